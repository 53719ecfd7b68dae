// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <thread>

#include "tests/support/catch.hpp"
#include "tests/support/running_daemon.hpp"

using namespace rigsetup;
using namespace rigsetup::test;

TEST_CASE("an idle daemon wakes up not at all, and is small after a plan and a run") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  std::string steps;
  for (int i = 0; i < 20; ++i) {
    steps +=
        "  - id: f" + std::to_string(i) + "\n    file: {path: /etc/f" + std::to_string(i) + ", content: x}\n";
  }
  const auto run = start_run(bed, steps);
  follow(bed, run);
  REQUIRE(outcome_of(bed, run) == "done");
  CHECK(get(bed.socket, "/v1/status?root=" + bed.root.string()).status == 200);
#if !defined(__SANITIZE_THREAD__)  // whose runtime has a thread of its own that wakes up
  // Until everything is put away.
  std::size_t before = 0;
  REQUIRE(eventually([&] {
    before = context_switches(daemon.pid());
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return before == context_switches(daemon.pid());
  }));
#if !defined(__SANITIZE_ADDRESS__)
  CHECK(anonymous_bytes(daemon.pid()) < (4U << 20));
#endif
  std::this_thread::sleep_for(std::chrono::seconds(1));
  CHECK(context_switches(daemon.pid()) == before);
#endif
}
