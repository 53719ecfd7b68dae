// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

#include <rigsetup/host/tree.hpp>

#include "host/descriptor.hpp"
#include "host/identity.hpp"

namespace rigsetup {

enum class Links { follow, keep };  ///< what to do with a link that is the last component

/// Directories to make where the walk finds none.
struct Making {
  unsigned mode;
  Owner owner;
};

/// Where a path leads below a root, walked component by component with open descriptors. Links are expanded
/// by hand and stay inside the root. Once a folder or link on the way belongs to somebody else than root, the
/// rest of the walk, and whatever is done until this object ends, happens with that owner's rights. Belongs
/// to one thread.
class PathWalk {
 public:
  /// `giving_to` is who shall own what the caller makes there: in his own folder, his group is taken on too.
  PathWalk(int root, std::filesystem::path path, Links last, std::optional<Owner> giving_to = std::nullopt,
           std::optional<Making> making = std::nullopt);

  bool exists() const { return exists_; }
  bool parent_exists() const { return parent_exists_; }
  const struct stat& status() const { return status_; }       ///< of the last component, when it exists
  int parent() const { return folders_.back().get(); }        ///< the directory that holds it
  const std::string& name() const { return name_; }           ///< in it; "." for the root and after ".."
  const std::string& path() const { return path_.native(); }  ///< for messages
  Descriptor open(int flags, std::string_view doing) const;   ///< never follows; throws
  [[noreturn]] void fail(std::string_view doing, int error_number) const;
  /// Makes a change of names in the parent survive a power cut.
  void sync_parent(std::string_view doing) const;

 private:
  void push_ahead(const std::filesystem::path& path);
  bool step(const std::string& name, Links last);
  void expand(const Descriptor& link);
  void make(const std::string& name);
  void adopt(const struct stat& status);

  std::filesystem::path path_;
  std::optional<Owner> giving_to_;
  std::optional<Making> making_;
  std::unique_ptr<FileIdentity> identity_;
  std::vector<Descriptor> folders_;
  std::deque<std::string> ahead_;
  int links_left_ = 40;  // as many as the kernel allows
  std::string name_ = ".";
  struct stat status_ {};
  bool exists_ = true;
  bool parent_exists_ = true;
};

/// openat2 with the rules of a tree: nothing leads out of `folder`, no magic links. Returns -1 with errno.
int open_below(int folder, const char* path, int flags, unsigned mode = 0, std::uint64_t more_rules = 0);

}  // namespace rigsetup
