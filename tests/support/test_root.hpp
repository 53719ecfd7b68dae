// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.hpp"

namespace rigsetup::test {

/// The tree that mmdebstrap makes from this machine's own package mirror: real apt and dpkg, these further
/// packages, no repositories. Made once a day, kept in RIGSETUP_TEST_ROOT_CACHE or the build folder; other
/// programs that want it at the same time wait.
std::filesystem::path base_root(const std::vector<std::string>& packages = {});

/// That mirror as a line of apt's sources.list, with these components.
std::string mirror_line(const std::string& components);

/// A throw-away copy of that tree for one test: an overlay where the kernel lets us mount, else a copy. Its
/// mounts are in a mount namespace of the calling thread, so that nothing of them outlives the program,
/// however it ends. Used by the thread that made it.
class TestRoot {
 public:
  explicit TestRoot(const std::vector<std::string>& packages = {});
  TestRoot(const TestRoot&) = delete;
  ~TestRoot();

  const std::filesystem::path& path() const { return root_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return root_ / name; }
  /// For programs of its own that want /proc. Only where the root is mounted: false elsewhere.
  bool mount_proc() const;
  /// A line of shell inside. Returns its output, throws when it fails.
  std::string run(const std::string& line) const;

 private:
  TemporaryFolder folder_;
  std::filesystem::path root_;
  bool mounted_ = false;
};

}  // namespace rigsetup::test
