// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include "resource/conda/conda_client.hpp"
#include "resource/conda/conda_wish.hpp"

namespace rigsetup {

/// Brings the packages of an environment whose folder is there to what is wished for, from any state: mends
/// what is damaged, finds out which packages it takes, downloads them, lets the client install them without
/// network, and believes what it says only when the files agree.
class CondaInstallation {
 public:
  /// How it was left the last time: `whole`, to the end; `asked`, and for just this.
  struct Before {
    bool whole = false;
    bool asked = false;
  };
  CondaInstallation(const Context& context, const CondaWish& wish, Owner owner, Before before);
  void run() const;

 private:
  void make_work_folder() const;
  void bring() const;
  void mend() const;
  void install_lock() const;
  void install_specs() const;
  void remove_others(const std::vector<CondaArchive>& archives) const;
  void remove_leftovers() const;
  void prove() const;

  CondaEnvironment read() const;
  /// What the specs come to. They are found by the owner's process: what root would fetch of it is checked.
  std::vector<CondaArchive> solve(const std::vector<std::string>& specs) const;
  void install_explicit(const std::string& label, const std::vector<CondaArchive>& archives) const;
  void run_client(const std::string& name, const std::string& label, Command command,
                  std::size_t packages) const;
  void tell(const std::string& label, std::uint64_t done = 0, std::uint64_t total = 0) const;

  const Context& context_;
  const CondaWish& wish_;
  const Before before_;
  CondaClient client_;
};

}  // namespace rigsetup
