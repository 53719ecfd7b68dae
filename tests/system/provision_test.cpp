// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// The whole product as its users have it: the built programs, a recipe file, a real root, a signed archive.
#include <sys/mount.h>

#include <rigsetup/data/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/shell.hpp"
#include "tests/system/provision_rig.hpp"

namespace rigsetup::test {

using Catch::Matchers::Contains;
using Names = std::vector<std::string>;

namespace {

const std::string k_steps = R"yaml(
  - id: programs
    apt_packages: {packages: ["app (>= 1.5)"]}
  - id: held
    apt_packages: {packages: [tool=1.5], hold: true}
  - id: settings
    file: {path: /etc/rig.conf, content: "fast = yes\n", mode: "0640"}
  - id: marked
    command: {argv: [sh, -c, "echo marking; echo made >/etc/marked"], check: [test, -e, /etc/marked]}
  - id: gpu
    nvidia_gpu:
)yaml";

const std::string k_slow_step = R"yaml(
  - id: slow
    apt_packages: {packages: [slow]}
  - id: after
    file: {path: /etc/after, content: "x\n"}
)yaml";

std::string run_count(const Machine& machine) {
  return std::to_string(parse_json(machine.rigsetup({"runs", "--json"}).out).at("runs").as_list().size());
}

}  // namespace

TEST_CASE("a recipe is applied, proved, remembered, and then there is nothing to do") {
  const Shop shop;
  Machine machine(shop);
  machine.start();
  machine.want(k_steps);

  const Said first = machine.apply();
  INFO(shown(first));
  REQUIRE(first.status == 0);
  CHECK_THAT(first.out, Contains("6 changed") && Contains("1 deferred"));
  CHECK(machine.steps_that("changed") ==
        Names{"shop", "programs", "held", "settings", "marked", "active-recipe"});
  CHECK(machine.steps_that("deferred") == Names{"gpu"});
  CHECK(machine.version("app") == "2.0");
  CHECK(machine.version("lib") == "1.0");
  CHECK(machine.version("tool") == "1.5");
  CHECK(machine.root.run("apt-mark showhold") == "tool\n");
  CHECK_THAT(machine.root.run("apt-mark showauto"), Contains("lib"));
  CHECK(file_text(machine.root / "etc/rig.conf") == "fast = yes\n");
  CHECK(file_text(machine.root / "etc/marked") == "made\n");

  const std::string before = machine.listing_with_times();
  const Said plan = machine.plan();
  CHECK(plan.status == 0);
  const Said status = machine.rigsetup({"status", "--root", machine.root.path()});
  INFO(shown(status));
  CHECK(status.status == 0);
  const Said second = machine.apply();
  INFO(shown(second));
  CHECK(second.status == 0);
  CHECK(run_count(machine) == "1");
  CHECK(machine.listing_with_times() == before);

  CHECK_THAT(machine.rigsetup({"runs"}).out, Contains("done") && Contains("rig"));
  CHECK_THAT(machine.rigsetup({"show", "1"}).out, Contains("programs") && Contains("settings"));
  CHECK_THAT(machine.rigsetup({"log"}).out, Contains("Setting up app (2.0)") && Contains("marking"));
  for (const Names& verb : {Names{"runs"}, Names{"show"}, Names{"log"}, Names{"version"}, Names{"recipes"},
                            Names{"status", "--root", machine.root.path()},
                            Names{"facts", "--root", machine.root.path()}, Names{"kinds"}}) {
    Names words = verb;
    words.push_back("--json");
    const Said said = machine.rigsetup(words);
    INFO(verb.front() << ": " << shown(said));
    CHECK(said.status == 0);
    CHECK_NOTHROW(parse_json(said.out));
  }
}

TEST_CASE("what has drifted, and nothing else, is named and repaired") {
  const Shop shop;
  Machine machine(shop);
  machine.start();
  machine.want(k_steps);
  REQUIRE(machine.apply().status == 0);
  machine.root.run("dpkg --purge app");
  write_text(machine.root / "etc/rig.conf", "fast = no\n");

  const Said plan = machine.rigsetup({"plan", machine.recipe(), "--root", machine.root.path(), "--json"});
  INFO(shown(plan));
  CHECK(plan.status == 3);
  Names to_change;
  const Value planned = parse_json(plan.out);
  for (const Value& step : planned.at("steps").as_list()) {
    if (step.at("verdict").as_string() == "change") to_change.push_back(step.at("id").as_string());
  }
  CHECK(to_change == Names{"programs", "settings"});
  CHECK(machine.rigsetup({"status", "--root", machine.root.path()}).status == 3);

  CHECK(machine.apply().status == 0);
  CHECK(machine.steps_that("changed") == Names{"programs", "settings"});
  CHECK(machine.version("app") == "2.0");
  CHECK(file_text(machine.root / "etc/rig.conf") == "fast = yes\n");
  CHECK(machine.rigsetup({"status", "--root", machine.root.path()}).status == 0);
}

TEST_CASE("what cannot be is refused, with what to do") {
  const Shop shop;
  Machine machine(shop);
  machine.want(k_steps);
  CHECK(machine.apply().status == 6);  // no daemon

  machine.start();
  const Said unasked = machine.rigsetup({"apply", machine.recipe(), "--root", machine.root.path()});
  INFO(shown(unasked));
  CHECK(unasked.status == 2);
  CHECK_THAT(unasked.errors, Contains("rigsetup apply -y") && Contains(machine.recipe().string()));

  machine.want(
      "  - file: {path: relative, contant: x}\n  - nonsense: {}\n  - id: x\n    needs: [missing]\n"
      "    apt_packages: {packages: [\"a b\"]}\n");
  const Said invalid = machine.apply();
  INFO(shown(invalid));
  CHECK(invalid.status == 2);
  CHECK_THAT(invalid.errors, Contains("recipe.yaml:") && Contains("contant") && Contains("nonsense") &&
                                 Contains("missing") && Contains("absolute path"));

  machine.want("  - apt_packages: {packages: [no-such-thing]}\n");
  const Said unknown = machine.apply();
  INFO(shown(unknown));
  CHECK(unknown.status != 0);
  CHECK_THAT(unknown.errors, Contains("no-such-thing"));
  CHECK(run_count(machine) == "0");
  CHECK_FALSE(std::filesystem::exists(machine.root / "etc/rig.conf"));
}

TEST_CASE("a client that is killed stops nothing") {
  const Shop shop;
  Machine machine(shop);
  machine.start();
  machine.want(k_slow_step);
  Client client(machine.bed.socket, machine.apply_words());
  REQUIRE(eventually([&] { return machine.slow_has_begun(); }));
  client.kill();
  machine.let_slow_go();
  follow(machine.bed, 1);
  CHECK(machine.latest_outcome() == "done");
  CHECK(machine.version("slow") == "1.0");
  CHECK(std::filesystem::exists(machine.root / "etc/after"));
}

TEST_CASE("a cancel waits for dpkg, and resume does the rest") {
  const Shop shop;
  Machine machine(shop);
  machine.start();
  machine.want(k_slow_step);
  Client client(machine.bed.socket, machine.apply_words());
  REQUIRE(eventually([&] { return machine.slow_has_begun(); }));
  CHECK(machine.rigsetup({"cancel"}).status == 0);
  CHECK(machine.latest_outcome() == "running");
  CHECK_FALSE(machine.job_processes().empty());
  machine.let_slow_go();
  const Said said = client.wait();
  INFO(shown(said));
  CHECK(said.status == 7);
  CHECK(machine.latest_outcome() == "cancelled");
  CHECK(machine.version("slow") == "1.0");
  CHECK_FALSE(std::filesystem::exists(machine.root / "etc/after"));

  const Said resumed = machine.rigsetup({"resume"});
  INFO(shown(resumed));
  CHECK(resumed.status == 0);
  CHECK(machine.latest_outcome() == "done");
  CHECK(std::filesystem::exists(machine.root / "etc/after"));
}

TEST_CASE("a full disk is said, and harms nothing that was written") {
  const Shop shop;
  Machine machine(shop);
  std::filesystem::create_directories(machine.bed.state);
  REQUIRE(::mount("tmpfs", machine.bed.state.c_str(), "tmpfs", 0, "size=8m,mode=700") == 0);
  machine.start();
  machine.want(k_steps);
  shell(machine.bed.state, "cat /dev/zero >ballast 2>/dev/null || true");
  const Said full = machine.apply();
  INFO(shown(full));
  CHECK(full.status == 1);
  CHECK_THAT(full.out + full.errors, Contains("cannot") && (Contains("space") || Contains("full")));

  std::filesystem::remove(machine.bed.state / "ballast");
  const Said freed = machine.apply();
  INFO(shown(freed));
  CHECK(freed.status == 0);
  CHECK(machine.version("app") == "2.0");
  machine.daemon->kill();
  machine.start();
  CHECK(machine.latest_outcome() == "done");
  machine.daemon.reset();
  ::umount2(machine.bed.state.c_str(), MNT_DETACH);
}

}  // namespace rigsetup::test
