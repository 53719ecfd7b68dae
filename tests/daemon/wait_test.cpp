// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <chrono>
#include <future>
#include <thread>

#include <signal.h>

#include "tests/daemon/client_bed.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::test;
using Catch::Matchers::Contains;

namespace {

std::string wait_line(const ClientBed& bed, const std::string& what, const std::string& timeout = "60s") {
  return shell_line(bed.client({"wait", "--for", what, "--root", bed.root, "--timeout", timeout}));
}

std::future<Called> start(const std::string& line) {
  return std::async(std::launch::async, [line] { return call(line); });
}

bool has_ended(const std::future<Called>& called) {
  return called.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

}  // namespace

TEST_CASE("wait comes back when the run that goes on has ended well") {
  const ClientBed bed;
  const RunningDaemon daemon(bed);
  start_run(bed, k_gate);
  REQUIRE(bed.gate_is_reached());
  auto ready = start(wait_line(bed, "ready"));
  auto idle = start(wait_line(bed, "idle"));
  const auto before = context_switches(daemon.pid());
  std::this_thread::sleep_for(std::chrono::seconds(3));
  CHECK_FALSE(has_ended(ready));
  CHECK_FALSE(has_ended(idle));
  CHECK(context_switches(daemon.pid()) - before < 3000);  // it follows, and does not ask again and again
  bed.open_gate();
  CHECK(ready.get().status == 0);
  const auto ended = idle.get();
  CHECK(ended.status == 0);
  CHECK(ended.out.empty());
  CHECK(ended.errors == "rigsetup: waiting: run 1 is going on\n");
}

TEST_CASE("a run that failed leaves a root that is idle, and nothing to wait for") {
  const ClientBed bed;
  const RunningDaemon daemon(bed);
  follow(bed, start_run(bed, k_failing));
  CHECK(call(wait_line(bed, "idle")).status == 0);
  const auto called = call(wait_line(bed, "ready"));
  CHECK(called.status == 1);
  CHECK_THAT(called.errors,
             Contains("cannot wait any longer: run 1 failed") && Contains("hint: rigsetup show 1"));
}

TEST_CASE("what was changed since makes waiting pointless") {
  const ClientBed bed;
  const RunningDaemon daemon(bed);
  follow(bed, start_run(bed, many_files(1)));
  make_active(bed, many_files(1));
  CHECK(call(wait_line(bed, "ready")).status == 0);
  std::filesystem::remove(bed.root / "etc/f0");
  CHECK(call(wait_line(bed, "ready")).status == 3);
}

TEST_CASE("wait gives up when its time is over, also on a daemon that does not answer") {
  const ClientBed bed;
  CHECK(call(wait_line(bed, "idle", "1s")).status == 8);  // there is none
  const RunningDaemon daemon(bed);
  const auto called = call(wait_line(bed, "ready", "5s"));  // time enough for an answer
  CHECK(called.status == 8);
  CHECK_THAT(called.errors, Contains("no recipe was applied yet"));
  start_run(bed, k_gate);
  REQUIRE(bed.gate_is_reached());
  CHECK(call(wait_line(bed, "idle", "1s")).status == 8);
  ::kill(daemon.pid(), SIGSTOP);
  CHECK(call(wait_line(bed, "idle", "1s")).status == 8);
  ::kill(daemon.pid(), SIGCONT);
}

TEST_CASE("wait outlives a daemon that is not there yet, and one that is killed while a run goes on") {
  const ClientBed bed;
  auto called = start(wait_line(bed, "ready", "5min"));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  CHECK_FALSE(has_ended(called));
  {
    RunningDaemon daemon(bed);
    start_run(bed, k_gate);
    REQUIRE(bed.gate_is_reached());
    std::this_thread::sleep_for(std::chrono::seconds(3));
    daemon.kill();
  }
  CHECK_FALSE(has_ended(called));
  const RunningDaemon daemon(bed);
  bed.open_gate();
  CHECK(called.get().status == 0);
}
