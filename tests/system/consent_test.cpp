// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// What goes beyond the recipe needs a word of its own, before a run and in the middle of one.
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/shell.hpp"
#include "tests/support/terminal.hpp"
#include "tests/system/provision_rig.hpp"

namespace rigsetup::test {

using Catch::Matchers::Contains;
using Names = std::vector<std::string>;

namespace {

const std::string k_tool = "  - id: tools\n    apt_packages: {packages: [tool]}\n";
const std::string k_gate = R"yaml(
  - id: gate
    command:
      argv: [sh, -c, "touch /var/cache/reached; until test -e /var/cache/go; do sleep 0.05; done"]
      check: [test, -e, /var/cache/go]
)yaml";

Deb tool(const std::string& version) {
  Deb made;
  made.name = "tool";
  made.version = version;
  return made;
}

/// What a step needs `word` for: refused without it, in words, and done with it, on the command line or in
/// the recipe.
void needs_its_word(const Bench& bench, const std::string& steps, const std::string& word,
                    const std::string& in_words, const std::string& version) {
  const Machine& machine = bench.machine;
  const std::string before = machine.version("tool");
  machine.want(steps);
  const Said plan = bench.plan();
  INFO(shown(plan));
  CHECK(plan.status == 3);
  CHECK_THAT(plan.out,
             Contains("Beyond what the recipe says") && Contains(in_words) && Contains("--allow-" + word));
  const Said refused = bench.apply();
  INFO(shown(refused));
  CHECK(refused.status == 2);
  CHECK_THAT(refused.errors, Contains(in_words) && Contains("-y --allow-" + word));
  CHECK(machine.version("tool") == before);

  const Said agreed = bench.apply({"--allow-" + word});
  INFO(shown(agreed));
  CHECK(agreed.status == 0);
  CHECK(machine.version("tool") == version);

  machine.root.run("apt-get install -y --allow-downgrades tool=" + before);
  REQUIRE(machine.version("tool") == before);
  machine.want(steps, "policy: {allow: [" + word + "]}\n");
  const Said unattended = bench.apply();
  INFO(shown(unattended));
  CHECK(unattended.status == 0);
  CHECK(machine.version("tool") == version);
}

}  // namespace

TEST_CASE("what goes beyond the recipe needs its own word") {
  Bench bench;
  const Machine& machine = bench.machine;
  machine.want(k_tool);
  REQUIRE(bench.apply().status == 0);
  const std::string rival = "  - id: rivals\n    apt_packages: {packages: [rival]}\n";
  machine.want(rival);
  const Said plan = bench.plan();
  CHECK_THAT(plan.out, Contains("Beyond what the recipe says") && Contains("would remove tool 1.5") &&
                           Contains("--allow-remove"));
  const Said refused = bench.apply();
  INFO(shown(refused));
  CHECK(refused.status == 2);
  CHECK_THAT(refused.errors, Contains("would remove tool 1.5") && Contains("-y --allow-remove"));
  CHECK(machine.version("tool") == "1.5");

  SECTION("on the command line") {
    const Said agreed = bench.apply({"--allow-remove"});
    INFO(shown(agreed));
    CHECK(agreed.status == 0);
  }
  SECTION("in the recipe") {
    machine.want(rival, "policy: {allow: [remove]}\n");
    const Said agreed = bench.apply();
    INFO(shown(agreed));
    CHECK(agreed.status == 0);
  }
  CHECK(machine.version("tool").empty());
  CHECK(machine.version("rival") == "1.0");
}

TEST_CASE("an older version needs its own word") {
  Bench bench;
  Machine& machine = bench.machine;
  write_text(machine.bed.config, "lists_max_age: 0\n");
  machine.start();
  bench.shop.offer(tool("1.6"));
  machine.want(k_tool);
  REQUIRE(bench.apply().status == 0);
  REQUIRE(machine.version("tool") == "1.6");
  needs_its_word(bench, "  - id: tools\n    apt_packages: {packages: [tool=1.5]}\n", "downgrade",
                 "would go back from tool 1.6 to 1.5", "1.5");
}

TEST_CASE("a package of another origin needs its own word") {
  Bench bench;
  bench.machine.want(k_tool);
  REQUIRE(bench.apply().status == 0);
  bench.shop.offer_elsewhere(tool("2.0"));
  needs_its_word(
      bench,
      bench.shop.other_repository_step() + "  - id: tools\n    apt_packages: {packages: [tool (>= 2)]}\n",
      "replace", "would replace tool 1.5 of Test:stable/main by 2.0 of Flat", "2.0");
}

TEST_CASE("on a terminal each thing beyond the recipe is asked for by itself, and no is no") {
  Bench bench;
  const Machine& machine = bench.machine;
  machine.want(k_tool);
  REQUIRE(bench.apply().status == 0);
  machine.want("  - id: rivals\n    apt_packages: {packages: [rival]}\n");
  const Names words{RIGSETUP_BUILD_DIR "/rigsetup",
                    "--socket",
                    machine.bed.socket,
                    "apply",
                    machine.recipe(),
                    "--root",
                    machine.root.path()};
  {
    OnTerminal client(words);
    REQUIRE(client.shows("Agree to that? [y/N]"));
    CHECK_THAT(client.picture().text(), Contains("it would remove tool 1.5"));
    client.type("n\n");
    CHECK(client.end() == 2);
    CHECK_THAT(client.picture().text(), Contains("Nothing was changed"));
    CHECK(machine.version("tool") == "1.5");
  }
  OnTerminal client(words);
  REQUIRE(client.shows("Agree to that? [y/N]"));
  client.type("y\n");
  REQUIRE(client.shows("Apply this? [y/N]"));
  client.type("y\n");
  CHECK(client.end() == 0);
  CHECK(machine.version("rival") == "1.0");
  const Value run = get(machine.bed.socket, "/v1/runs/latest").json();
  CHECK(run.at("allowed").as_strings() == Names{"remove"});
  CHECK_FALSE(run.at("caller").at("terminal").as_string().empty());
}

TEST_CASE("a run that is gone on with, whose version vanished, is planned again") {
  Bench bench;
  Machine& machine = bench.machine;
  machine.want(
      "  - id: slow\n    apt_packages: {packages: [slow]}\n"
      "  - id: gate\n    file: {path: /etc/gate, content: x}\n"
      "  - id: programs\n    needs: [gate]\n    apt_packages: {packages: [app]}\n");
  Client client(machine.bed.socket, machine.apply_words());
  REQUIRE(eventually([&] { return machine.slow_has_begun(); }));
  CHECK(machine.rigsetup({"cancel"}).status == 0);
  machine.let_slow_go();
  client.wait();
  REQUIRE(machine.latest_outcome() == "cancelled");
  bench.shop.renew_app("2.1");
  const Said resumed = machine.rigsetup({"resume"});
  INFO(shown(resumed));
  CHECK(resumed.status == 0);
  CHECK(machine.version("app") == "2.1");
  CHECK_THAT(resumed.out, Contains("2.1 instead of 2.0"));
}

TEST_CASE("a run that would now do more than was agreed to waits, says for what, and goes on with the word") {
  Bench bench;
  Machine& machine = bench.machine;
  machine.want(k_tool);
  REQUIRE(bench.apply().status == 0);
  machine.want(k_gate + "  - id: programs\n    apt_packages: {packages: [app]}\n");
  REQUIRE(bench.apply({"--detach"}).status == 0);
  REQUIRE(eventually([&] { return std::filesystem::exists(machine.root / "var/cache/reached"); }));
  machine.daemon->kill();
  bench.shop.renew_app("2.1", "tool");
  write_text(machine.root / "var/cache/go", "");

  machine.start();
  follow(machine.bed, 2);
  const std::string why = "would remove tool 1.5, which no step asks for";
  const std::string command = "rigsetup resume 2 --allow-remove";
  const auto waits = [&] {
    CHECK(machine.latest_outcome() == "waiting");
    CHECK(machine.version("tool") == "1.5");
    CHECK(machine.version("app").empty());
  };
  waits();
  const auto says_so = [&](const std::string& text) {
    CHECK_THAT(join(split_words(text), " "), Contains(why) && Contains(command));
  };
  says_so(machine.rigsetup({"show"}).out);
  const Said status = machine.on("status");
  says_so(status.out);
  CHECK_THAT(status.out, !Contains("Next: "));  // one command to type, not two
  const Said watched = machine.rigsetup({"watch", "2"});
  says_so(watched.out);
  CHECK(watched.status == 8);
  const Said waited = machine.on("wait");
  says_so(waited.errors);
  CHECK(waited.status == 8);

  for (const Names& words : {Names{"resume"}, Names{"resume", "--allow-downgrade", "--allow-replace"}}) {
    const Said unasked = machine.rigsetup(words);
    says_so(unasked.out);
    CHECK(unasked.status == 8);
    waits();
  }
  const Said agreed = machine.rigsetup({"resume", "--allow-remove"});
  INFO(shown(agreed));
  CHECK(agreed.status == 0);
  CHECK_THAT(agreed.out, Contains("2.1 instead of 2.0"));
  CHECK(machine.version("tool").empty());
  CHECK(machine.version("app") == "2.1");
  CHECK(machine.plan().status == 0);
  const Value run = get(machine.bed.socket, "/v1/runs/2").json();
  CHECK_THAT(to_json(run.at("agreed")), Contains("would remove tool 1.5"));
  CHECK(run.find("consents") == nullptr);
}

TEST_CASE("a word that a run goes on with counts for what it was shown to wait for, and nothing else") {
  Bench bench;
  Machine& machine = bench.machine;
  Deb gadget = tool("1.0");
  gadget.name = "gadget";
  bench.shop.offer(gadget);
  machine.want("  - id: tools\n    apt_packages: {packages: [tool, gadget]}\n");
  REQUIRE(bench.apply().status == 0);
  machine.want(k_gate + "  - id: programs\n    apt_packages: {packages: [app]}\n");
  REQUIRE(bench.apply({"--detach", "--allow-remove"}).status ==
          0);  // the plan that was shown removes nothing
  REQUIRE(eventually([&] { return std::filesystem::exists(machine.root / "var/cache/reached"); }));
  machine.daemon->kill();
  bench.shop.renew_app("2.1", "tool");
  write_text(machine.root / "var/cache/go", "");
  machine.start();
  follow(machine.bed, 2);
  CHECK_THAT(machine.rigsetup({"show"}).out, Contains("would remove tool 1.5") && !Contains("gadget"));

  bench.shop.renew_app("2.2", "tool, gadget");
  const Said more = machine.rigsetup({"resume", "--allow-remove"});
  INFO(shown(more));
  CHECK(more.status == 8);
  CHECK_THAT(more.out, Contains("would remove gadget 1.0"));
  CHECK(machine.version("tool") == "1.5");
  const Value waits = get(machine.bed.socket, "/v1/runs/2").json();
  CHECK(waits.at("consents").as_list().size() == 1);
  CHECK(waits.at("agreed").as_list().size() == 1);
  const Said agreed = machine.rigsetup({"resume", "--allow-remove"});
  INFO(shown(agreed));
  CHECK(agreed.status == 0);
  CHECK(machine.version("app") == "2.2");
  CHECK(machine.version("tool").empty());
  CHECK(machine.version("gadget").empty());
}

}  // namespace rigsetup::test
