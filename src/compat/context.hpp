// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <functional>
#include <unordered_map>

#include <rigsetup/compat/stack.hpp>

namespace rigsetup::compat {

/// A limit and the GPU that sets it; an empty value is none.
struct Bound {
  std::string value;
  std::optional<Device> gpu;
};

/// What the archives are known to have.
class Archive {
 public:
  explicit Archive(const std::optional<std::vector<Offer>>& offers);
  bool known() const { return known_; }
  bool has(const std::string& package, const std::string& origin) const;
  bool has_all(const std::vector<std::string>& packages, const std::string& origin) const;
  std::vector<const Offer*> offers(const std::string& package, const std::string& origin) const;
  std::vector<std::string> versions(const std::string& package, const std::string& origin) const;
  /// The newest version that the test takes; empty: none, or nobody has looked.
  std::string newest(const std::string& package, const std::string& origin,
                     const std::function<bool(std::string_view)>& takes) const;

 private:
  bool known_ = false;
  std::unordered_map<std::string_view, std::vector<const Offer*>> by_package_;
};

/// The machine as the tables see it, and what its GPUs allow together.
struct Context {
  const Tables& tables;
  const Wishes& wishes;
  const Platform& platform;
  Archive archive;
  std::vector<Device> gpus;    ///< that the driver is chosen for
  std::vector<Device> legacy;  ///< that stay without one beside the others
  Bound first_branch, last_branch, first_cuda, last_cuda, oldest_compute, newest_compute;

  const Device* first_with(ModuleRule rule) const;
};

// machine.cpp
std::variant<Context, Refusal> look_at(const Tables& tables, const Wishes& wishes);

/// A driver that could be installed.
struct Candidate {
  const Origin* origin = nullptr;
  std::string branch;
  std::string modules;
  const PackageRow* row = nullptr;
  std::string version;  ///< newest that the archive has; where nobody has looked, the newest in the tables
};

/// A wish for a branch, taken apart.
struct BranchWish {
  std::string branch;   ///< "580"; empty: a word
  std::string version;  ///< "580.126.16"; empty: any of the branch
  const BranchWord* word = nullptr;
};
BranchWish parse_branch_wish(const Context& context);

// driver.cpp
std::string modules_for(const Context& context, std::string_view branch);
const PackageRow* row_for(const Context& context, const Origin& origin, const std::string& branch,
                          const std::string& modules);
std::vector<const Origin*> origins_of(const Context& context);
std::vector<Candidate> candidates(const Context& context, const Origin& origin);
/// Does the branch drive every GPU and every toolkit that was asked for?
bool drives(const Context& context, const Candidate& candidate, const std::string& minimum_driver);
std::optional<Candidate> pick_driver(const Context& context, const BranchWish& wish,
                                     const std::string& minimum_driver);
bool ended(const Context& context, const std::string& date);
// driver_refusal.cpp
Refusal no_driver(const Context& context, const BranchWish& wish);
std::optional<Refusal> refuse_modules(const Context& context);
// driver_packages.cpp
std::optional<Refusal> fill_driver(const Context& context, const BranchWish& wish, const Candidate& picked,
                                   Stack& stack);
// other_kernels.cpp
/// What lets the driver, once it is chosen, run with the kernels that are not the newest.
void fill_other_kernels(const Context& context, const Candidate& picked, Stack& stack);
// cuda.cpp
/// What the wished toolkits need of a driver at least; empty: nothing.
std::string least_driver(const Context& context);
std::optional<Refusal> choose_cuda(const Context& context, const std::string& driver, Stack& stack);
// cudnn.cpp
std::optional<Refusal> choose_cudnn(const Context& context, const std::string& driver, Stack& stack);
// libraries.cpp
/// The first row whose span holds the version, and whose archive has its packages where that is known or in
/// doubt.
const LibraryRow* library_for(const Context& context, const std::vector<LibraryRow>& rows,
                              const std::string& version,
                              const std::function<std::vector<std::string>(const LibraryRow&)>& names);

// Versions and text.
bool older(std::string_view a, std::string_view b);  ///< in Debian's order
/// "12.9" holds "12.9" and "12.9.1", not "12.90".
bool within(std::string_view version, std::string_view prefix);
std::string upstream(std::string_view version);  ///< "580.178.04-0ubuntu0.22.04.1" -> "580.178.04"
std::string major_of(std::string_view version);
/// Templates with each {NAME} replaced.
std::vector<std::string> expand(const std::vector<std::string>& templates,
                                const std::map<std::string, std::string>& values);
std::string month(const std::string& date);  ///< "June 2028"
std::string and_list(const std::vector<std::string>& items);

}  // namespace rigsetup::compat
