// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <vector>

#include <rigsetup/host/tree.hpp>

namespace rigsetup {

/// While it lives, this thread (and no other) touches files with an owner's rights: his file-system user and
/// group, no supplementary groups, and hence without root's power over files. The process stays root
/// otherwise, so the owner can neither signal nor trace it.
class FileIdentity {
 public:
  explicit FileIdentity(Owner owner);  ///< throws Error when the kernel refuses
  FileIdentity(const FileIdentity&) = delete;
  ~FileIdentity();

 private:
  void restore();
  uid_t uid_ = 0;
  gid_t gid_ = 0;
  std::vector<gid_t> groups_;
};

}  // namespace rigsetup
