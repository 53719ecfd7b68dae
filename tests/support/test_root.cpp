// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/test_root.hpp"

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <system_error>

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <unistd.h>

#include <rigsetup/apt/repositories.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/host/tree.hpp>

#include "tests/support/shell.hpp"

namespace rigsetup::test {

namespace fs = std::filesystem;

namespace {

fs::path cache_folder() {
  const char* named = std::getenv("RIGSETUP_TEST_ROOT_CACHE");
  return named != nullptr ? fs::path(named) : fs::path(RIGSETUP_BUILD_DIR) / "test-root";
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[16];
  std::strftime(text, sizeof text, "%Y%m%d", &parts);
  return text;
}

/// The distribution's own repository: the first that is served over HTTP and has "main".
apt::Repository distribution() {
  for (const apt::RepositoryFile& file : apt::read_repositories(Tree("/"))) {
    for (const apt::Repository& repository : file.repositories) {
      const auto uris = repository.words("URIs");
      const auto suites = repository.words("Suites");
      const bool main = repository.get("Components").starts_with("main");
      if (main && !uris.empty() && uris[0].starts_with("http") && suites[0].find('-') == std::string::npos &&
          (uris[0].find("debian") != std::string::npos || uris[0].find("ubuntu") != std::string::npos)) {
        return repository;
      }
    }
  }
  throw std::runtime_error(
      "cannot make a test root: this machine's apt has no HTTP repository of its distribution");
}

void make_base(const fs::path& to, const std::vector<std::string>& packages) {
  const std::string suite = distribution().words("Suites")[0];
  const fs::path unfinished = to.string() + ".new";
  std::vector<std::string> with_ucf = packages;
  with_ucf.emplace_back("ucf");
  shell("/", format("rm -rf '{}'", unfinished.string()));
  shell("/", format("mmdebstrap --quiet --variant=apt --mode=root --include={} {} '{}' '{}'",
                    join(with_ucf, ","), suite, unfinished.string(), mirror_line("main")));
  // Only what a test adds is a repository; nothing is fetched from elsewhere.
  shell(unfinished,
        "rm -rf etc/apt/sources.list etc/apt/sources.list.d/* var/lib/apt/lists/* var/cache/apt/*.bin");
  fs::rename(unfinished, to);
}

/// Mounts of this thread and its children stay among themselves.
bool has_own_mounts() {
  thread_local const bool done =
      ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  return done;
}

bool mount_overlay(const fs::path& lower, const fs::path& folder, const fs::path& root) {
  if (!has_own_mounts()) return false;
  // On tmpfs: dpkg syncs every file it writes.
  fs::create_directories(folder / "layer");
  if (::mount("tmpfs", (folder / "layer").c_str(), "tmpfs", 0, "mode=755") != 0) return false;
  for (const char* name : {"layer/upper", "layer/work"}) fs::create_directories(folder / name);
  const std::string options = format("lowerdir={},upperdir={},workdir={}", lower.string(),
                                     (folder / "layer/upper").string(), (folder / "layer/work").string());
  if (::mount("overlay", root.c_str(), "overlay", 0, options.c_str()) == 0) return true;
  ::umount2((folder / "layer").c_str(), MNT_DETACH);
  return false;
}

}  // namespace

std::string mirror_line(const std::string& components) {
  const apt::Repository repository = distribution();
  const std::string signed_by = repository.get("Signed-By");
  return format("deb {}{} {} {}", signed_by.starts_with('/') ? "[signed-by=" + signed_by + "] " : "",
                repository.words("URIs")[0], repository.words("Suites")[0], components);
}

fs::path base_root(const std::vector<std::string>& packages) {
  const fs::path cache = cache_folder();
  fs::create_directories(cache);
  const int lock = ::open((cache / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0 || ::flock(lock, LOCK_EX) != 0)
    throw std::system_error(errno, std::generic_category(), "lock");
  std::vector<std::string> name = packages;
  name.insert(name.begin(), today());
  const fs::path base = cache / join(name, "+");
  if (!fs::exists(base)) {
    shell(cache, format("find . -maxdepth 1 -name '2*' ! -name '{}*' -exec rm -rf {{}} +", today()));
    make_base(base, packages);
  }
  ::close(lock);
  return base;
}

TestRoot::TestRoot(const std::vector<std::string>& packages) : root_(folder_ / "root") {
  const fs::path base = base_root(packages);
  fs::create_directories(root_);
  mounted_ = mount_overlay(base, folder_.path(), root_);
  if (!mounted_) shell("/", format("cp -a '{}/.' '{}'", base.string(), root_.string()));
}

TestRoot::~TestRoot() {
  if (!mounted_) return;
  ::umount2(root_.c_str(), MNT_DETACH);
  ::umount2((folder_ / "layer").c_str(), MNT_DETACH);
}

bool TestRoot::mount_proc() const {
  return mounted_ && ::mount("proc", (root_ / "proc").c_str(), "proc", 0, nullptr) == 0;
}

std::string TestRoot::run(const std::string& line) const {
  // Not through the product's own way inside: a test must not depend on what it tests.
  return shell("/", format("chroot '{}' /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "
                           "DEBIAN_FRONTEND=noninteractive /bin/sh -ec '{}'",
                           root_.string(), line));
}

}  // namespace rigsetup::test
