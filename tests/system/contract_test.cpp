// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// The contract with the person at the terminal: the active recipe, ownership, saved plans, why. What is
// agreed to is in consent_test.cpp.
#include <rigsetup/data/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/shell.hpp"
#include "tests/system/provision_rig.hpp"

namespace rigsetup::test {

using Catch::Matchers::Contains;
using Names = std::vector<std::string>;

namespace {

const std::string k_app = "  - id: programs\n    apt_packages: {packages: [app]}\n";
const std::string k_tool = "  - id: tools\n    apt_packages: {packages: [tool]}\n";
const std::string k_settings =
    "  - id: settings\n    file: {path: /etc/rig.conf, content: \"fast = yes\\n\"}\n";

Value json_of(const Said& said) {
  INFO(shown(said));
  return parse_json(said.out);
}

Names leftovers_in(const Said& plan) {
  Names names;
  const Value reply = json_of(plan);
  if (const Value* list = reply.find("leftovers")) {
    for (const Value& one : list->as_list()) {
      names.push_back(one.at("noun").as_string() + " " + one.at("name").as_string());
    }
  }
  return names;
}

}  // namespace

TEST_CASE("the recipe that is applied becomes the active one, and every verb speaks of it") {
  Bench bench;
  const Machine& machine = bench.machine;
  CHECK_THAT(machine.on("status").out, Contains("no active recipe") && Contains("rigsetup init"));
  CHECK(machine.on("plan").status == 1);

  machine.want(k_settings);
  const Said once = bench.apply({"--once"});
  INFO(shown(once));
  REQUIRE(once.status == 0);
  CHECK_FALSE(std::filesystem::exists(machine.root / "etc/rigsetup/recipe.yaml"));

  const Said plan = bench.plan();
  CHECK(plan.status == 3);
  CHECK_THAT(plan.out, Contains("active recipe rig") && Contains("absent"));
  const Said applied = bench.apply();
  INFO(shown(applied));
  REQUIRE(applied.status == 0);
  CHECK(file_text(machine.root / "etc/rigsetup/recipe.yaml") == file_text(machine.recipe()));
  CHECK(file_text(machine.root / "etc/rigsetup/shop.asc") == file_text(machine.bed.folder / "shop.asc"));
  CHECK(machine.on("status").status == 0);
  CHECK_THAT(machine.on("status").out, Contains("rig on") && Contains("settings"));
  CHECK(machine.on("plan").status == 0);

  const Said edited = [&] {
    std::string text = file_text(machine.root / "etc/rigsetup/recipe.yaml");
    text.replace(text.find("fast = yes"), 10, "fast = no!");
    write_text(machine.root / "etc/rigsetup/recipe.yaml", text);
    return machine.on("apply", {"-y"});
  }();
  INFO(shown(edited));
  CHECK(edited.status == 0);
  CHECK(machine.steps_that("changed") == Names{"settings"});
  CHECK(file_text(machine.root / "etc/rig.conf") == "fast = no!\n");

  write_text(machine.root / "etc/rigsetup/recipe.yaml", "rigsetup: 1\nname: broken\nstepz: []\n");
  const Said broken = machine.on("status");
  CHECK(broken.status == 2);
  CHECK_THAT(broken.out, Contains("wrong with it") && Contains("rigsetup validate"));
}

TEST_CASE("init writes a recipe for this root, that plans; and never over one that is there") {
  Bench bench;
  const Machine& machine = bench.machine;
  write_text(
      machine.bed.data / "first.yaml",
      "rigsetup: 1\nname: first\nsteps:\n  - id: here\n    file: {path: /etc/here, content: x}\n"
      "  - id: elsewhere\n    file: {path: /etc/there, content: x}\n    when: {platform: [ubuntu-22.04]}\n");
  const Said init = machine.on("init", {"first"});
  INFO(shown(init));
  REQUIRE(init.status == 0);
  CHECK_THAT(init.out, Contains("etc/rigsetup/recipe.yaml") && Contains("rigsetup plan"));
  const std::string text = file_text(machine.root / "etc/rigsetup/recipe.yaml");
  CHECK_THAT(text, Contains("id: here") && Contains("# left out: elsewhere") && Contains("Debian"));
  CHECK(machine.on("plan").status == 3);
  CHECK(machine.on("apply", {"-y"}).status == 0);
  CHECK(std::filesystem::exists(machine.root / "etc/here"));

  const Said again = machine.on("init", {"first"});
  CHECK(again.status == 2);
  CHECK_THAT(again.errors, Contains("there is one already") && Contains("--replace"));
  CHECK(machine.on("init", {"first", "--replace"}).status == 0);
  const std::filesystem::path elsewhere = machine.bed.folder / "mine.yaml";
  CHECK(machine.on("init", {"first", "-o", elsewhere}).status == 0);
  CHECK_THAT(file_text(elsewhere), Contains("id: here"));
}

TEST_CASE("what the recipe does not name any more is kept and told of; pruning takes exactly that away") {
  Bench bench;
  const Machine& machine = bench.machine;
  write_text(machine.root / "etc/rig.conf", "of the admin\n");
  machine.root.run("chmod 600 /etc/rig.conf");
  machine.want(k_app + k_tool + k_settings);
  REQUIRE(bench.apply().status == 0);
  CHECK(machine.version("lib") == "1.0");

  // Renamed, reordered: nothing is lost, nothing is pruned.
  machine.want(
      "  - id: conf\n    file: {path: /etc/rig.conf, content: \"fast = yes\\n\"}\n"
      "  - id: all\n    apt_packages: {packages: [tool, app]}\n");
  CHECK(leftovers_in(bench.plan({"--json"})).empty());
  REQUIRE(bench.apply({"--prune"}).status == 0);
  CHECK(machine.version("app") == "2.0");

  machine.want(k_tool);
  const Said kept = bench.plan({"--json"});
  CHECK(leftovers_in(kept) == Names{"package app", "file /etc/rig.conf"});
  CHECK_THAT(bench.plan().out, Contains("No longer in the recipe: kept"));
  REQUIRE(bench.apply().status == 0);
  CHECK(machine.version("app") == "2.0");
  CHECK_THAT(machine.on("plan").out, Contains("No longer in the recipe: kept"));

  const Said shown_first = bench.plan({"--prune"});
  CHECK(shown_first.status == 3);
  CHECK_THAT(shown_first.out, Contains("prune.apt_packages") && Contains("no more package app") &&
                                  Contains("prune.file") && Contains("lib  1.0, removed"));
  const Said pruned = bench.apply({"--prune"});
  INFO(shown(pruned));
  REQUIRE(pruned.status == 0);
  CHECK(machine.version("app").empty());
  CHECK(machine.version("lib").empty());  // it came along, and nothing needs it
  CHECK(machine.version("tool") == "1.5");
  CHECK(file_text(machine.root / "etc/rig.conf") == "of the admin\n");
  CHECK(machine.root.run("stat -c %a /etc/rig.conf") == "600\n");
  CHECK(leftovers_in(bench.plan({"--json"})).empty());
  const Said again = bench.apply({"--prune"});
  CHECK_THAT(again.out, Contains("Nothing to do"));
}

TEST_CASE("a hold goes with the step that wanted it; rigsetup's own removal gives back what would bind") {
  Bench bench;
  const Machine& machine = bench.machine;
  const std::string preferences =
      "  - id: pin\n    file: {path: /etc/apt/preferences.d/pin, content: \"Package: x\\nPin: version 1\\n"
      "Pin-Priority: 1\\n\"}\n";
  machine.want("  - id: tools\n    apt_packages: {packages: [tool], hold: true}\n" + preferences);
  REQUIRE(bench.apply().status == 0);
  CHECK(machine.root.run("apt-mark showhold") == "tool\n");
  SECTION("the hold alone is not wanted any more") {
    machine.want(k_tool + preferences);
    CHECK(leftovers_in(bench.plan({"--json"})) == Names{"hold of package tool"});
    REQUIRE(bench.apply({"--prune"}).status == 0);
    CHECK(machine.root.run("apt-mark showhold").empty());
    CHECK(machine.version("tool") == "1.5");
  }
  SECTION("nor is the package") {
    machine.want(preferences);
    const Said pruned = bench.apply({"--prune"});
    INFO(shown(pruned));
    REQUIRE(pruned.status == 0);
    CHECK(machine.version("tool").empty());
    CHECK(machine.root.run("apt-mark showhold").empty());
  }
  SECTION("rigsetup is removed") {
    const std::string said =
        shell("/", RIGSETUP_BUILD_DIR "/rigsetupd --state-dir " + machine.bed.state.string() + " --release " +
                       machine.root.path().string());
    CHECK(said == "tool\n");
    CHECK_FALSE(std::filesystem::exists(machine.root / "etc/apt/preferences.d/pin"));
    CHECK(machine.version("tool") == "1.5");
  }
}

TEST_CASE("what was there before, or was taken away by hand, is never rigsetup's") {
  Bench bench;
  const Machine& machine = bench.machine;
  machine.want(k_app);
  REQUIRE(bench.apply({"--once"}).status == 0);
  machine.root.run("dpkg --purge app");
  machine.want(k_settings);
  CHECK(leftovers_in(bench.plan({"--json"})).empty());  // gone, and forgotten
  machine.root.run("apt-get install -y app");
  CHECK(leftovers_in(bench.plan({"--json"})).empty());
  machine.want(k_app);
  REQUIRE(bench.apply().status == 0);
  machine.want(k_settings);
  REQUIRE(bench.apply({"--prune"}).status == 0);
  CHECK(machine.version("app") == "2.0");
}

TEST_CASE("a saved plan is applied as it was agreed to, or refused with what moved") {
  Bench bench;
  const Machine& machine = bench.machine;
  machine.want(k_app + k_settings);
  const std::string file = machine.bed.folder / "plan.json";
  const Said saved = bench.plan({"-o", file});
  INFO(shown(saved));
  REQUIRE(saved.status == 3);
  CHECK_THAT(saved.out, Contains("rigsetup apply " + file));
  machine.want("");  // the plan carries its recipe

  SECTION("nothing moved") {
    const Said applied = machine.rigsetup({"apply", "-y", file});
    INFO(shown(applied));
    CHECK(applied.status == 0);
    CHECK(machine.version("app") == "2.0");
  }
  SECTION("the archive moved") {
    bench.shop.renew_app("2.1");
    bench.machine.daemon.reset();
    write_text(machine.bed.config, "lists_max_age: 0\n");
    bench.machine.start();
    const Said refused = machine.rigsetup({"apply", "-y", file});
    INFO(shown(refused));
    CHECK(refused.status == 2);
    CHECK_THAT(refused.errors, Contains("package app: was \"install 2.0\", is \"install 2.1\""));
    CHECK(machine.version("app").empty());
  }
  SECTION("the machine moved") {
    write_text(machine.root / "etc/rig.conf", "fast = yes\n");
    const Said refused = machine.rigsetup({"apply", "-y", file});
    INFO(shown(refused));
    CHECK(refused.status == 2);
    CHECK_THAT(refused.errors, Contains("step settings"));
  }
}

TEST_CASE("only one step, and what it needs") {
  Bench bench;
  const Machine& machine = bench.machine;
  machine.want(k_app + "  - id: alone\n    needs: []\n    file: {path: /etc/alone, content: x}\n" +
               k_settings);
  const Said applied = bench.apply({"--only", "alone"});
  INFO(shown(applied));
  REQUIRE(applied.status == 0);
  CHECK(machine.steps_that("changed") == Names{"alone", "active-recipe"});
  CHECK(machine.version("app").empty());
  const Said unknown = bench.plan({"--only", "alome"});
  CHECK_THAT(unknown.errors, Contains("did you mean alone?"));
}

TEST_CASE("why: the line of the recipe and the run, or not rigsetup") {
  Bench bench;
  const Machine& machine = bench.machine;
  machine.want(k_app + k_settings);
  REQUIRE(bench.apply().status == 0);
  CHECK_THAT(machine.on("why", {"app"}).out, Contains("app 2.0") && Contains("run 1") &&
                                                 Contains("step programs") && Contains("recipe.yaml:"));
  CHECK_THAT(machine.on("why").out,
             Contains("package") && Contains("/etc/rig.conf") && Contains("1 packages that came along"));
  CHECK_THAT(machine.on("why", {"lib"}).out, Contains("came along") && Contains("step programs"));
  CHECK_THAT(machine.on("why", {"/etc/rig.conf"}).out, Contains("step settings"));
  CHECK_THAT(machine.on("why", {"dpkg"}).out, Contains("rigsetup did not bring it"));
  CHECK_THAT(machine.on("why", {"/usr/bin/dpkg"}).out,
             Contains("comes with the package dpkg") && Contains("did not bring it"));
  CHECK_THAT(machine.on("why", {"no-such-package"}).out, Contains("not there"));
  CHECK(json_of(machine.on("why", {"app", "--json"})).at("origins").as_list().size() == 1);
}

}  // namespace rigsetup::test
