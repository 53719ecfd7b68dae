// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/host/tree.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;
using Type = FileInfo::Type;

namespace {
Owner me() { return {::geteuid(), ::getegid()}; }
}  // namespace

TEST_CASE("a file that was written is read back, with its mode and nothing left beside it") {
  const test::TemporaryFolder folder;
  const Tree tree(folder.path());
  tree.write("/a", std::string("x\0y", 3), 0640, me());
  CHECK(tree.read("/a") == std::string("x\0y", 3));
  CHECK(tree.info("/a")->mode == 0640);
  CHECK(tree.info("/a")->owner == me());
  CHECK(tree.info("/a")->size == 3);
  CHECK(tree.info("/a")->type == Type::regular);
  tree.write("/a", "", 0600, me());
  CHECK(tree.read("/a") == "");
  CHECK(tree.list("/") == std::vector<std::string>{"a"});
}

TEST_CASE("a write replaces the file and leaves the old one to who has it open") {
  const test::TemporaryFolder folder;
  const Tree tree(folder.path());
  tree.write("/a", "old", 0644, me());
  const auto old = tree.info("/a")->inode;
  tree.write("/a", "new", 0644, me());
  CHECK(tree.info("/a")->inode != old);
}

TEST_CASE("a write that fails leaves no trace") {
  const test::TemporaryFolder folder;
  const Tree tree(folder.path());
  tree.make_directories("/full", 0755, me());
  CHECK_THROWS_AS(tree.write("/full", "x", 0644, me()), Error);
  CHECK_THROWS_WITH(tree.write("/none/x", "x", 0644, me()), Catch::Contains("/none/x"));
  CHECK(tree.list("/") == std::vector<std::string>{"full"});
  CHECK(tree.list("/full").empty());
}

TEST_CASE("long names can be written too") {
  const test::TemporaryFolder folder;
  const Tree tree(folder.path());
  const std::string name(255, 'n');
  tree.write("/" + name, "x", 0644, me());
  CHECK(tree.list("/") == std::vector<std::string>{name});
}

TEST_CASE("what is not there is nothing, not an error") {
  const test::TemporaryFolder folder;
  const Tree tree(folder.path());
  tree.write("/file", "x", 0644, me());
  CHECK_FALSE(tree.read("/nothing"));
  CHECK_FALSE(tree.read("/nothing/below"));
  CHECK_FALSE(tree.read("/file/below"));
  CHECK_FALSE(tree.info("/nothing"));
  CHECK_FALSE(tree.read_link("/nothing"));
  CHECK_FALSE(tree.read_link("/file"));
  CHECK(tree.list("/nothing").empty());
  CHECK_FALSE(tree.remove("/nothing"));
  CHECK_NOTHROW(tree.remove_all("/nothing"));
}

TEST_CASE("a file larger than the limit is refused, one of just that size is not") {
  const test::TemporaryFolder folder;
  const Tree tree(folder.path());
  tree.write("/a", "12345", 0644, me());
  CHECK(tree.read("/a", 5) == "12345");
  CHECK_THROWS_WITH(tree.read("/a", 4), Catch::Contains("/a: it is larger than"));
}

TEST_CASE("a file of /proc that claims no size is read whole, and bounded") {
  const Tree machine("/");
  CHECK(machine.is_machine());
  const auto status = machine.read("/proc/self/status");
  REQUIRE(status);
  CHECK(status->find("Uid:") != std::string::npos);
  CHECK_THROWS_AS(machine.read("/proc/self/status", 10), Error);
}

TEST_CASE("links are made, replaced, read, and followed inside the tree") {
  const test::TemporaryFolder folder;
  const Tree tree(folder.path());
  tree.make_directories("/usr/local/cuda-12.9", 0755, me());
  tree.write("/usr/local/cuda-12.9/version.json", "{}", 0644, me());
  tree.make_link("/usr/local/cuda", "/etc/alternatives/cuda");
  tree.make_directories("/etc/alternatives", 0755, me());
  tree.make_link("/etc/alternatives/cuda", "../../usr/local/cuda-11.8");
  CHECK_FALSE(tree.read("/usr/local/cuda/version.json"));
  tree.make_link("/etc/alternatives/cuda", "../../usr/local/cuda-12.9");
  CHECK(tree.read("/usr/local/cuda/version.json") == "{}");
  CHECK(tree.read_link("/usr/local/cuda") == "/etc/alternatives/cuda");
  CHECK(tree.info("/usr/local/cuda")->type == Type::symlink);
  CHECK(tree.info_followed("/usr/local/cuda")->type == Type::directory);
  CHECK(tree.list("/usr/local/cuda") == std::vector<std::string>{"version.json"});
}

TEST_CASE("many files below a directory are looked at together, and none outside it") {
  const test::TemporaryFolder folder;
  const Tree tree(folder.path());
  tree.make_directories("/env/lib", 0755, me());
  tree.write("/env/lib/a", "12", 0644, me());
  tree.write("/env/b", "1", 0644, me());
  tree.write("/secret", "12345", 0644, me());
  tree.make_link("/env/out", "../..");
  tree.make_link("/env/lib64", "lib");
  const auto infos = tree.infos(
      "/env", {"lib/a", "lib/none", "b", "none/a", "lib64/a", "out", "out/secret", "/b", "..", "../secret"});
  REQUIRE(infos.size() == 10);
  CHECK(infos[0]->size == 2);
  CHECK_FALSE(infos[1]);
  CHECK(infos[2]->size == 1);
  CHECK_FALSE(infos[3]);
  CHECK(infos[4]->size == 2);
  CHECK(infos[5]->type == Type::symlink);
  CHECK_FALSE(infos[6]);
  CHECK(infos[7]->size == 1);
  CHECK_FALSE(infos[8]);
  CHECK_FALSE(infos[9]);
  CHECK_FALSE(tree.infos("/nowhere", {"a"})[0]);
}

TEST_CASE("a write replaces a link and leaves alone what it pointed to") {
  const test::TemporaryFolder folder;
  const Tree tree(folder.path());
  tree.write("/target", "kept", 0644, me());
  tree.make_link("/link", "target");
  tree.write("/link", "new", 0644, me());
  CHECK(tree.info("/link")->type == Type::regular);
  CHECK(tree.read("/target") == "kept");
}

TEST_CASE("directories are made with their mode, also through links, and what is there stays as it is") {
  const test::TemporaryFolder folder;
  const Tree tree(folder.path());
  tree.make_directories("/a", 0700, me());
  tree.make_link("/link", "/a");
  tree.make_directories("/link/b/c", 0751, me());
  CHECK(tree.info("/a")->mode == 0700);
  CHECK(tree.info("/a/b")->mode == 0751);
  CHECK(tree.info("/a/b/c")->mode == 0751);
  CHECK_NOTHROW(tree.make_directories("/a/b/c", 0700, me()));
  CHECK(tree.info("/a/b/c")->mode == 0751);
  tree.write("/file", "", 0644, me());
  CHECK_THROWS_AS(tree.make_directories("/file", 0755, me()), Error);
  CHECK_THROWS_AS(tree.make_directories("/file/below", 0755, me()), Error);
}

TEST_CASE("attributes are set on what a path leads to") {
  const test::TemporaryFolder folder;
  const Tree tree(folder.path());
  tree.write("/a", "", 0644, me());
  tree.set_attributes("/a", 04755, me());
  CHECK(tree.info("/a")->mode == 04755);
  CHECK_THROWS_WITH(tree.set_attributes("/b", 0644, me()), Catch::Contains("/b"));
}

TEST_CASE("a file that was packed long ago tells when it came") {
  const test::TemporaryFolder folder;
  const Tree tree(folder.path());
  tree.write("/packed", "1");
  const auto written = tree.info("/packed")->changed_ns;
  const timespec long_ago[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
  REQUIRE(utimensat(AT_FDCWD, (folder.path() / "packed").c_str(), long_ago, 0) == 0);
  CHECK(tree.info("/packed")->modified_ns == std::int64_t{1'000'000'000} * 1'000'000'000);
  CHECK(tree.info("/packed")->changed_ns >= written);
}

TEST_CASE("remove takes files, links and empty directories only") {
  const test::TemporaryFolder folder;
  const Tree tree(folder.path());
  tree.make_directories("/full", 0755, me());
  tree.write("/full/a", "", 0644, me());
  tree.make_link("/link", "full");
  CHECK_THROWS_AS(tree.remove("/full"), Error);
  CHECK(tree.remove("/link"));
  CHECK(tree.info("/full/a"));
  CHECK(tree.remove("/full/a"));
  CHECK(tree.remove("/full"));
  CHECK(tree.list("/").empty());
}

TEST_CASE("remove_all takes everything below and leaves what links lead to") {
  const test::TemporaryFolder folder;
  const Tree tree(folder.path());
  tree.make_directories("/gone/deep/deeper", 0755, me());
  tree.make_directories("/kept", 0755, me());
  tree.write("/kept/a", "a", 0644, me());
  tree.write("/gone/deep/file", "", 0400, me());
  tree.make_link("/gone/deep/link", "/kept");
  tree.remove_all("/gone");
  CHECK(tree.list("/") == std::vector<std::string>{"kept"});
  CHECK(tree.list("/kept") == std::vector<std::string>{"a"});
  tree.make_link("/link", "kept");
  tree.remove_all("/link");
  CHECK(tree.read("/kept/a") == "a");
  CHECK_THROWS_AS(tree.remove_all("/"), Error);
  CHECK_THROWS_AS(tree.remove_all("/kept/.."), Error);
}

TEST_CASE("free space is told for what is not there yet as well") {
  const test::TemporaryFolder folder;
  const Tree tree(folder.path());
  CHECK(tree.free_bytes("/not/there/yet") > 0);
}

TEST_CASE("a root must be a directory, and may be named oddly") {
  const test::TemporaryFolder folder;
  CHECK_THROWS_AS(Tree(folder / "none"), Error);
  std::filesystem::create_directory(folder / "r");
  std::filesystem::create_symlink("/", folder / "machine");
  CHECK(Tree(folder / "r/").root() == folder / "r");
  CHECK(Tree(folder / "r/../r/.").root() == folder / "r");
  CHECK(Tree(folder / "machine").is_machine());
  CHECK_FALSE(Tree(folder / "r").is_machine());
  const Tree tree(folder / "r");
  const Tree copy(tree);
  CHECK(copy.outside("/etc/../etc/hosts") == folder / "r/etc/hosts");
  CHECK(copy.outside("/../../x") == folder / "r/x");
  CHECK(copy.list("/").empty());
}
