// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/host/tree.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;
namespace fs = std::filesystem;

namespace {

constexpr Owner k_bob{12345, 12345};

/// A root with a secret, and a home whose owner plants links.
struct Planted {
  test::TemporaryFolder outside;
  Tree tree{(fs::create_directory(outside / "root"), outside / "root")};
  Planted() {
    fs::permissions(outside.path(), fs::perms(0755));
    std::ofstream(outside / "secret") << "of the machine";
    tree.make_directories("/etc");
    tree.write("/etc/shadow", "of the tree", 0600);
    tree.make_directories("/home");
    tree.make_directories("/home/bob", 0755, k_bob);
  }
  fs::path home(const std::string& name) const { return tree.root() / "home/bob" / name; }
  void link(const std::string& name, const fs::path& target) const {
    fs::create_symlink(target, home(name));
    REQUIRE(::lchown(home(name).c_str(), k_bob.uid, k_bob.gid) == 0);
  }
};

}  // namespace

TEST_CASE("no link leads out of a tree") {
  const Planted p;
  fs::create_symlink(p.outside / "secret", p.tree.root() / "absolute");
  fs::create_symlink("../secret", p.tree.root() / "upwards");
  fs::create_symlink("../../../../../../.." + (p.outside / "secret").native(), p.tree.root() / "far");
  fs::create_symlink("/proc/self/root" + (p.outside / "secret").native(), p.tree.root() / "magic");
  for (const char* name : {"/absolute", "/upwards", "/far", "/magic", "/../secret", "/etc/../../secret"}) {
    INFO(name);
    CHECK_FALSE(p.tree.read(name));
  }
  fs::create_symlink("/", p.tree.root() / "slash");
  CHECK(p.tree.read("/slash/etc/shadow") == "of the tree");
  fs::create_symlink("loop", p.tree.root() / "loop");
  CHECK_THROWS_WITH(p.tree.read("/loop"), Catch::Contains("/loop"));
  CHECK(p.tree.info("/loop")->type == FileInfo::Type::symlink);
}

TEST_CASE("a magic link is text, not a door") {
  const Tree machine("/");
  const test::TemporaryFolder folder;
  const int fd = ::open((folder / "unlinked").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  REQUIRE(::write(fd, "x", 1) == 1);
  fs::remove(folder / "unlinked");
  CHECK_FALSE(machine.read("/proc/self/fd/" + std::to_string(fd)));
  ::close(fd);
}

TEST_CASE("what is no regular file is refused without opening it") {
  const Planted p;
  REQUIRE(::mkfifo((p.tree.root() / "fifo").c_str(), 0644) == 0);
  REQUIRE(::mknod((p.tree.root() / "null").c_str(), S_IFCHR | 0666, makedev(1, 3)) == 0);
  CHECK_THROWS_WITH(p.tree.read("/fifo"), Catch::Contains("FIFO"));
  CHECK_THROWS_WITH(p.tree.read("/null"), Catch::Contains("device"));
  CHECK_THROWS_WITH(p.tree.read("/etc"), Catch::Contains("directory"));
  CHECK_THROWS_AS(p.tree.set_attributes("/null", 0600, {}), Error);
  p.tree.write("/fifo", "now a file");
  CHECK(p.tree.read("/fifo") == "now a file");
}

TEST_CASE("a huge file costs nothing") {
  const Planted p;
  std::ofstream(p.tree.root() / "huge");
  fs::resize_file(p.tree.root() / "huge", std::uintmax_t{1} << 40);
  CHECK_THROWS_WITH(p.tree.read("/huge", 1 << 20), Catch::Contains("larger than"));
}

TEST_CASE("below a folder of somebody else, root has only his rights") {
  const Planted p;
  p.link("shadow", "/etc/shadow");
  p.link("etc", "/etc");
  p.tree.write("/home/bob/own", "bob's", 0600, k_bob);
  CHECK(p.tree.read("/home/bob/own") == "bob's");
  CHECK(p.tree.info("/home/bob/own")->owner == k_bob);

  CHECK_THROWS_AS(p.tree.read("/home/bob/shadow"), Error);
  CHECK_THROWS_AS(p.tree.read("/home/bob/etc/shadow"), Error);
  CHECK_THROWS_AS(p.tree.write("/home/bob/etc/new", "x", 0644, k_bob), Error);
  CHECK_THROWS_AS(p.tree.write("/home/bob/etc/shadow", "x"), Error);
  CHECK_THROWS_AS(p.tree.set_attributes("/home/bob/shadow", 0666, {}), Error);
  CHECK_THROWS_AS(p.tree.remove("/home/bob/etc/shadow"), Error);
  CHECK_THROWS_AS(p.tree.remove_all("/home/bob/etc/shadow"), Error);
  CHECK_THROWS_AS(p.tree.make_link("/home/bob/etc/new", "x"), Error);
  CHECK_THROWS_AS(p.tree.make_directories("/home/bob/etc/new", 0755, k_bob), Error);
  CHECK(p.tree.read("/etc/shadow") == "of the tree");
  CHECK(p.tree.info("/etc/shadow")->mode == 0600);
  CHECK(p.tree.list("/etc") == std::vector<std::string>{"shadow"});
}

TEST_CASE("nothing below his folder is given to root behind his back, and nothing is left of the attempt") {
  const Planted p;
  CHECK_THROWS_WITH(p.tree.write("/home/bob/roots", "x", 0644, Owner{0, 0}), Catch::Contains("give to 0:0"));
  CHECK(p.tree.list("/home/bob").empty());
}

TEST_CASE("a folder of the group root does not lend that group") {
  const Planted p;
  p.tree.write("/etc/for-group-root", "x", 0640);
  p.tree.set_attributes("/home/bob", 0755, Owner{k_bob.uid, 0});
  p.link("it", "/etc/for-group-root");
  CHECK_THROWS_AS(p.tree.read("/home/bob/it"), Error);
}

TEST_CASE("his link in a folder that all may write is followed with his rights") {
  const Planted p;
  p.tree.make_directories("/tmp", 01777);
  fs::create_symlink("/etc/shadow", p.tree.root() / "tmp/x");
  REQUIRE(::lchown((p.tree.root() / "tmp/x").c_str(), k_bob.uid, k_bob.gid) == 0);
  CHECK_THROWS_AS(p.tree.read("/tmp/x"), Error);
}

TEST_CASE("root is root again afterwards, also when it failed") {
  const Planted p;
  p.link("shadow", "/etc/shadow");
  CHECK_THROWS_AS(p.tree.read("/home/bob/shadow"), Error);
  CHECK(::setfsuid(static_cast<uid_t>(-1)) == 0);
  CHECK(::setfsgid(static_cast<gid_t>(-1)) == 0);
  CHECK(p.tree.read("/etc/shadow") == "of the tree");
}

TEST_CASE("other threads keep their rights meanwhile") {
  const Planted p;
  p.tree.write("/home/bob/own", "bob's", 0600, k_bob);
  std::atomic<bool> done = false;
  int failures = 0;
  std::jthread as_bob([&] {
    while (!done) p.tree.read("/home/bob/own");
  });
  for (int i = 0; i < 500; ++i) failures += p.tree.read("/etc/shadow") != "of the tree";
  done = true;
  CHECK(failures == 0);
}

TEST_CASE("a folder swapped for a link at any moment never opens the door") {
  const Planted p;
  p.tree.make_directories("/home/bob/real", 0755, k_bob);
  p.tree.write("/home/bob/real/shadow", "bob's", 0644, k_bob);
  p.link("trap", "/etc");
  std::atomic<bool> done = false;
  std::jthread swapper([&] {
    while (!done) {
      // What bob would do: exchange the folder and the link, again and again.
      ::syscall(SYS_renameat2, AT_FDCWD, p.home("real").c_str(), AT_FDCWD, p.home("trap").c_str(), 2u);
    }
  });
  int leaked = 0;
  for (int i = 0; i < 2000; ++i) {
    try {
      leaked += p.tree.read("/home/bob/real/shadow") == "of the tree";
    } catch (const Error&) {  // it led to /etc, and bob may not read there
    }
    try {
      p.tree.write("/home/bob/real/new", "x", 0644, k_bob);
    } catch (const Error&) {
    }
  }
  done = true;
  swapper.join();
  CHECK(leaked == 0);
  CHECK(p.tree.list("/etc") == std::vector<std::string>{"shadow"});
}

TEST_CASE("a reader sees the old or the new file, never half of one") {
  const Planted p;
  const std::string old_text(100'000, 'o');
  const std::string new_text(200'000, 'n');
  p.tree.write("/file", old_text);
  std::atomic<bool> done = false;
  std::jthread writer([&] {
    while (!done) {
      p.tree.write("/file", new_text);
      p.tree.write("/file", old_text);
    }
  });
  int odd = 0;
  for (int i = 0; i < 300; ++i) {
    const auto text = p.tree.read("/file");
    odd += !text || (*text != old_text && *text != new_text);
  }
  done = true;
  writer.join();
  CHECK(odd == 0);
  CHECK(p.tree.list("/") == std::vector<std::string>{"etc", "file", "home"});
}

TEST_CASE("remove_all stops at a mount, even of the same file system") {
  const Planted p;
  p.tree.make_directories("/gone/mounted");
  p.tree.make_directories("/kept");
  p.tree.write("/kept/a", "a");
  // In a child with mounts of its own, so that none is left whatever happens.
  const pid_t child = ::fork();
  if (child == 0) {
    const auto path = [&](const char* name) { return (p.tree.root() / name).native(); };
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount(path("kept").c_str(), path("gone/mounted").c_str(), nullptr, MS_BIND, nullptr) != 0) {
      ::_exit(2);
    }
    try {
      Tree(p.tree.root())
          .remove_all("/gone");  // opened here: an older descriptor belongs to the outer mounts
    } catch (const Error& error) {
      ::_exit(error.code() == Code::busy ? 0 : 3);
    }
    ::_exit(1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(p.tree.read("/kept/a") == "a");
}
