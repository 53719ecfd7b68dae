// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// The whole product, and somebody who kills its parts: the daemon while apt runs and after every durable
// record, and dpkg itself. No timing decides anything: the package "slow" waits until it may go on.
#include <csignal>

#include <rigsetup/base/format.hpp>
#include <rigsetup/data/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/shell.hpp"
#include "tests/system/provision_rig.hpp"

namespace rigsetup::test {

using Catch::Matchers::Contains;

namespace {

const std::string k_slow_step = R"yaml(
  - id: slow
    apt_packages: {packages: [slow]}
)yaml";

const std::string k_steps = R"yaml(
  - id: programs
    apt_packages: {packages: [app]}
  - id: held
    apt_packages: {packages: [tool=1.5], hold: true}
    needs: [programs]
  - id: settings
    file: {path: /etc/rig.conf, content: "fast = yes\n", mode: "0640"}
)yaml";

/// Reads records of run 1 until `count` were seen; false when the run had fewer.
bool saw_records(const Bed& bed, int count) {
  HttpClient client(bed.socket);
  client.send("GET /v1/runs/1/events?follow=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  client.read_head();
  for (int seen = 0; seen < count;) {
    const auto line = client.read_line();
    if (!line) return false;
    if (parse_json(*line).find("progress") == nullptr) ++seen;
  }
  return true;
}

/// Starts the recipe without anybody who follows it.
void begin(Machine& machine) {
  machine.start();
  auto words = machine.apply_words();
  words.emplace_back("--detach");
  const Said said = machine.rigsetup(words);
  if (said.status != 0) throw std::runtime_error("the run does not begin: " + said.out + said.errors);
}

}  // namespace

TEST_CASE("apt goes on when the daemon ends, and the next daemon follows it to the end") {
  const bool by_term = GENERATE(false, true);
  INFO((by_term ? "SIGTERM" : "SIGKILL"));
  const Shop shop;
  Machine machine(shop);
  machine.want(k_slow_step);
  begin(machine);
  REQUIRE(eventually([&] { return machine.slow_has_begun(); }));
  by_term ? static_cast<void>(machine.daemon->stop()) : machine.daemon->kill();
  CHECK(machine.job_processes().size() > 2);  // the supervisor, apt-get, dpkg
  machine.let_slow_go();
  REQUIRE(eventually([&] { return machine.job_processes().empty(); }));
  CHECK(machine.version("slow") == "1.0");

  machine.start();
  follow(machine.bed, 1);
  CHECK(machine.latest_outcome() == "done");
  CHECK(get(machine.bed.socket, "/v1/runs/1").json().at("resumed").as_int() == 1);
  CHECK_THAT(machine.rigsetup({"log", "1"}).out, Contains("Unpacking slow") && Contains("slow begins") &&
                                                     Contains("slow ends") && Contains("Setting up slow"));
  CHECK(machine.plan().status == 0);
}

TEST_CASE("a dpkg that was killed is repaired first, and then all is as wanted") {
  const Shop shop;
  Machine machine(shop);
  machine.want(k_slow_step);
  begin(machine);
  REQUIRE(eventually([&] { return machine.slow_has_begun(); }));
  for (const pid_t pid : machine.job_processes()) {
    const std::string name = process_name(pid);
    if (name == "apt-get" || name == "dpkg" || name == "slow.postinst") ::kill(pid, SIGKILL);
  }
  follow(machine.bed, 1);
  const std::string show = machine.rigsetup({"show", "1"}).out;
  INFO(show);
  CHECK(machine.latest_outcome() == "failed");
  CHECK_THAT(show, Contains("cannot") && Contains("hint: "));
  CHECK(machine.version("slow") != "1.0");

  const Said plan = machine.plan();
  INFO(plan.out << plan.errors);
  CHECK(plan.status == 3);
  CHECK_THAT(plan.out, Contains("Repair first") && Contains("slow"));
  machine.let_slow_go();
  const Said apply = machine.apply();
  INFO(apply.out << apply.errors);
  CHECK(apply.status == 0);
  CHECK(machine.version("slow") == "1.0");
  CHECK(machine.root.run("dpkg --audit").empty());
  CHECK(machine.plan().status == 0);
}

TEST_CASE("killed after any record and started again, the daemon brings the same end state") {
  const Shop shop;
  std::string wanted;
  std::size_t records = 0;
  {
    Machine machine(shop);
    machine.want(k_steps);
    begin(machine);
    records = follow(machine.bed, 1).size();
    REQUIRE(machine.latest_outcome() == "done");
    wanted = machine.content();
  }
  REQUIRE(records > 8);  // a run of four steps has two records and two a step
  for (std::size_t count = 1; count < records; ++count) {
    INFO("killed after record " << count << " of " << records);
    Machine machine(shop);
    machine.want(k_steps);
    begin(machine);
    REQUIRE(saw_records(machine.bed, static_cast<int>(count)));
    machine.daemon->kill();
    machine.start();
    for (const Value& record : follow(machine.bed, 1))
      CHECK(record.at("event").as_string() != "plan-changed");  // it is followed as it was made
    CHECK(machine.latest_outcome() == "done");
    CHECK(machine.content() == wanted);
    CHECK(machine.root.run("dpkg --audit").empty());
  }
}

}  // namespace rigsetup::test
