// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/digest.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/resource/look.hpp"

using namespace rigsetup;
using test::apply;
using test::look;
using test::Rig;

namespace {
constexpr const char* k_steps =
    "- file: {path: /etc/rig/a.conf, content: \"one\\ntwo\\n\", mode: \"0640\", owner: alice, group: "
    "audio}\n";
}

TEST_CASE("a file is made with its content, mode and owner, and its folders") {
  Rig rig;
  const auto recipe = rig.read(k_steps);
  CHECK(look(rig, recipe) == "absent -> a file of 8 B, mode 0640");
  apply(rig, recipe);
  const auto info = rig.root.info("/etc/rig/a.conf");
  REQUIRE(info);
  CHECK(info->mode == 0640);
  CHECK(info->owner == Owner{1000, 29});
  CHECK(rig.root.info("/etc/rig")->mode == 0755);
  CHECK(rig.text("/etc/rig/a.conf") == "one\ntwo\n");
  CHECK(rig.findings.empty());
}

TEST_CASE("what differs of a file is said, without its content") {
  Rig rig;
  const auto recipe = rig.read(k_steps);
  apply(rig, recipe);
  rig.root.write("/etc/rig/a.conf", "one\nsecret\n", 0644, {0, 29});
  const auto seen = look(rig, recipe);
  CHECK(seen == "11 B, other content from line 2 on, mode 0644, owner 0:29 -> 8 B, mode 0640, owner 1000:29");
}

TEST_CASE("what a file replaces is kept once for each content, for root alone") {
  Rig rig;
  const auto recipe = rig.read(k_steps);
  rig.add_file("/etc/rig/a.conf", "before");
  apply(rig, recipe);
  const std::string kept = "/var/lib/rigsetup/backups/etc/rig/a.conf." + sha256_hex("before").substr(0, 12);
  CHECK(rig.text(kept) == "before");
  CHECK(rig.root.info(kept)->mode == 0600);
  CHECK(rig.root.info("/var/lib/rigsetup/backups")->mode == 0700);
  REQUIRE(rig.findings.size() == 1);
  CHECK(rig.findings.front().message == "the earlier /etc/rig/a.conf is kept as " + kept);

  const auto backup = rig.root.info(kept);
  rig.add_file("/etc/rig/a.conf", "before");
  apply(rig, recipe);
  CHECK(rig.root.info(kept)->inode == backup->inode);
  CHECK(rig.root.list("/var/lib/rigsetup/backups/etc/rig").size() == 1);
}

TEST_CASE("a file that is larger than what is read at once is compared, kept and replaced") {
  Rig rig;
  const auto recipe = rig.read(k_steps);
  std::string large = "one\ntwo\n" + std::string((64 << 20) + 1, 'x');
  rig.add_file("/etc/rig/a.conf", large);
  CHECK_THAT(look(rig, recipe), Catch::Contains(", other content from line 3 on, "));
  apply(rig, recipe);
  CHECK(rig.text("/etc/rig/a.conf") == "one\ntwo\n");
  const std::string kept = "/var/lib/rigsetup/backups/etc/rig/a.conf." + sha256_hex(large).substr(0, 12);
  CHECK(rig.root.info(kept)->size == large.size());
  CHECK(rig.root.info(kept)->mode == 0600);
  Sha256 digest;
  REQUIRE(rig.root.read_in_pieces(kept, [&](std::string_view piece) {
    digest.add(piece);
    return true;
  }));
  CHECK(digest.hex() == sha256_hex(large));
}

TEST_CASE("a file that only begins as it should, or ends too soon, differs") {
  Rig rig;
  const auto recipe = rig.read(k_steps);
  rig.add_file("/etc/rig/a.conf", "one\ntwo\nthree\n");
  CHECK(look(rig, recipe).starts_with("14 B, other content from line 3 on, "));
  rig.add_file("/etc/rig/a.conf", "one\n");
  CHECK(look(rig, recipe).starts_with("4 B, other content from line 2 on, "));
  rig.add_file("/etc/rig/a.conf", "");
  CHECK(look(rig, recipe).starts_with("0 B, other content from line 1 on, "));
}

TEST_CASE("only the mode is changed when only the mode differs") {
  Rig rig;
  const auto recipe = rig.read(k_steps);
  apply(rig, recipe);
  const auto before = rig.root.info("/etc/rig/a.conf");
  rig.root.set_attributes("/etc/rig/a.conf", 0600, {1000, 29});
  CHECK(look(rig, recipe) == "mode 0600 -> mode 0640");
  apply(rig, recipe);
  CHECK(rig.root.info("/etc/rig/a.conf")->inode == before->inode);
  CHECK(rig.root.info("/etc/rig/a.conf")->mode == 0640);
}

TEST_CASE("what is no regular file is not replaced") {
  Rig rig;
  const auto recipe = rig.read(k_steps);
  rig.root.make_directories("/etc/rig");
  SECTION("a link") {
    rig.root.make_link("/etc/rig/a.conf", "/etc/passwd");
    CHECK(look(rig, recipe).starts_with("a symbolic link -> "));
    CHECK_THROWS_WITH(apply(rig, recipe), "cannot write /etc/rig/a.conf: it is a symbolic link");
    CHECK(rig.text("/etc/passwd").starts_with("root:"));
  }
  SECTION("a folder") {
    rig.root.make_directories("/etc/rig/a.conf");
    CHECK_THROWS_WITH(apply(rig, recipe), "cannot write /etc/rig/a.conf: it is a directory");
  }
}

TEST_CASE("an owner who is not there yet may come with an earlier step") {
  Rig rig;
  const auto recipe = rig.read("- file: {path: /etc/a, content: a, owner: bob}\n");
  CHECK(look(rig, recipe) == "pending: there is no user bob yet");
  CHECK_THROWS_WITH(apply(rig, recipe), "cannot write /etc/a: there is no user bob yet");
}

TEST_CASE("a file may come from beside the recipe, also an empty one") {
  Rig rig;
  const auto recipe =
      rig.read("- file: {path: /etc/a, source: a.txt}\n- id: b\n  file: {path: /etc/b, content: \"\"}\n",
               {{"a.txt", "from beside"}});
  apply(rig, recipe);
  CHECK(rig.text("/etc/a") == "from beside");
  rig.apply(*recipe.steps.at(1).resource);
  CHECK(rig.text("/etc/b").empty());
}

TEST_CASE("preferences of apt are known before they are written") {
  const Rig rig;
  const auto recipe = rig.read("- file: {path: /etc/apt/preferences.d/cuda, content: \"Package: *\\n\"}\n");
  const auto preferences = recipe.steps.front().resource->apt_preferences();
  REQUIRE(preferences);
  CHECK(preferences->first == "/etc/apt/preferences.d/cuda");
  CHECK(preferences->second == "Package: *\n");
  CHECK_FALSE(rig.read(k_steps).steps.front().resource->apt_preferences());
}

TEST_CASE("folders that are missing below a user's folder become that user's") {
  Rig rig;
  rig.root.make_directories("/home");
  rig.root.make_directories("/home/alice", 0755, {1000, 1000});
  apply(rig, rig.read("- file: {path: /home/alice/.config/rig/a, content: a, owner: alice}\n"));
  CHECK(rig.root.info("/home/alice/.config")->owner == Owner{1000, 1000});
  CHECK(rig.root.info("/home/alice/.config/rig/a")->owner == Owner{1000, 1000});
}
