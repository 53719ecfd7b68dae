// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// conda_env in the whole product, and somebody who kills the daemon and the client: while packages are
// downloaded, and while they are put in their places.

#include <csignal>
#include <fstream>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/data/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/conda_channel.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/running_daemon.hpp"
#include "tests/support/shell.hpp"

namespace rigsetup::test {

namespace fs = std::filesystem;

namespace {

/// A tiny root in which alice is to have an environment of three packages.
struct Bench {
  Bench() {
    fs::create_directories(bed.folder / "channel");
    artifacts = write_conda_channel(
        bed.folder / "channel",
        {{.name = "python",
          .version = "3.11.9",
          .files = {{"bin/python3.11", "#!/bin/sh\n", true}},
          .size = 400'000},
         {.name = "numpy", .version = "1.26.4", .depends = {"python"}, .files = {{"lib/numpy.so", "n"}}},
         {.name = "six", .version = "1.16.0", .depends = {"python"}, .files = {{"lib/six.py", "s"}}}});
    std::ofstream(bed.root / "etc/passwd", std::ios::app) << "alice:x:1000:1000::/home/alice:/bin/sh\n";
    fs::create_directories(bed.root / "home/alice");
    fs::permissions(bed.root / "tmp", fs::perms(01777));
    server.emplace(bed.folder / "channel");
  }
  std::string steps() const {
    const fs::path engine = stand_in_micromamba();
    return format(
        "  - conda_engine: {{version: 2.8.1-0, url: \"file://{}\", sha256: {}}}\n"
        "  - conda_env: {{name: rig, packages: [numpy, six], owner: alice, channels: [\"{}\"], cuda: "
        "none}}\n",
        engine.string(), sha256_hex(file_text(engine)), server->url());
  }
  void tell(const std::string& json) const {
    write_text(bed.root / "opt/rigsetup/micromamba/2.8.1-0/stand-in.json", json);
  }
  fs::path record(const std::string& dist) const {
    return bed.root / "opt/rigsetup/envs/rig/conda-meta" / (dist + ".json");
  }
  bool is_whole() const {
    const bool all = fs::exists(record("python-3.11.9-0")) && fs::exists(record("numpy-1.26.4-0")) &&
                     fs::exists(record("six-1.16.0-0"));
    return all && file_text(bed.root / "opt/rigsetup/envs/rig/lib/numpy.so") == "n" &&
           !fs::exists(bed.root / "opt/rigsetup/envs/rig/.rigsetup-work");
  }

  Bed bed;
  std::map<std::string, CondaArtifact> artifacts;
  std::optional<HttpServer> server;
};

/// The run that a new daemon goes on with, or the one that is started after it.
void finish(const Bench& bench, std::int64_t run) {
  follow(bench.bed, run);
  if (outcome_of(bench.bed, run) == "done") return;
  const auto next = start_run(bench.bed, bench.steps());
  follow(bench.bed, next);
  CHECK(outcome_of(bench.bed, next) == "done");
}

}  // namespace

TEST_CASE("a conda environment comes by the daemon, and the second time there is nothing to do") {
  const Bench bench;
  const RunningDaemon daemon(bench.bed);
  const auto run = start_run(bench.bed, bench.steps());
  for (const Value& record : follow(bench.bed, run)) UNSCOPED_INFO(to_json(record));
  REQUIRE(outcome_of(bench.bed, run) == "done");
  CHECK(bench.is_whole());
  const std::string before = bench.bed.listing();
  const int requests = bench.server->requests();
  CHECK_THROWS_WITH(start_run(bench.bed, bench.steps()), Catch::Contains("there is nothing to do"));
  CHECK(bench.bed.listing() == before);
  CHECK(bench.server->requests() == requests);
}

TEST_CASE("the daemon is killed while packages are downloaded, and the next makes the environment whole") {
  Bench bench;
  const std::string path = "/" + bench.artifacts.at("python-3.11.9-0").path;
  bench.server->fail(path, {.times = 1, .pause = std::chrono::milliseconds(200)});
  RunningDaemon daemon(bench.bed);
  const auto run = start_run(bench.bed, bench.steps());
  REQUIRE(eventually([&] { return bench.server->requests(path) > 0; }));
  daemon.kill();
  const RunningDaemon next(bench.bed);
  finish(bench, run);
  CHECK(bench.is_whole());
}

TEST_CASE(
    "daemon and client are killed while packages are linked, and the next makes the environment whole") {
  const int package = GENERATE(0, 1, 2);
  INFO("before package " << package);
  const Bench bench;
  bench.tell(format(R"({{"phase": "link", "at": {}, "do": "sleep"}})", package));
  RunningDaemon daemon(bench.bed);
  const auto run = start_run(bench.bed, bench.steps());
  const fs::path begun = bench.bed.root / "opt/rigsetup/envs/rig/conda-meta";
  REQUIRE(eventually([&] {
    if (!fs::exists(begun / "history")) return false;
    const auto files = std::distance(fs::directory_iterator(begun), fs::directory_iterator());
    return files == package + 1;
  }));
  daemon.kill();
  for (const pid_t pid : job_processes(bench.bed)) ::kill(pid, SIGKILL);
  REQUIRE(eventually([&] { return job_processes(bench.bed).empty(); }));
  bench.tell("{}");
  const RunningDaemon next(bench.bed);
  finish(bench, run);
  CHECK(bench.is_whole());
}

}  // namespace rigsetup::test
