// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// A conda environment with packages of pip's in the whole product: the real daemon and client, a real Python
// and pip in a root of its own, the stand-in for micromamba, and a channel and an index on the loopback.

#include <algorithm>
#include <csignal>
#include <fstream>

#include <rigsetup/base/format.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/conda_channel.hpp"
#include "tests/support/real_python.hpp"
#include "tests/support/shell.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/wheel_index.hpp"
#include "tests/system/conda_bench.hpp"

namespace rigsetup::test {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;

namespace {

/// A tiny root with the user alice, and an environment.yml beside the recipe.
struct PipBench : CondaBench {
  explicit PipBench(const std::string& python) : name(python) {
    fs::create_directories(bed.folder / "channel");
    auto packages = real_python_packages(python);
    packages.push_back({.name = "old", .files = {{"share/old.txt", "old\n"}}});
    artifacts = write_conda_channel(bed.folder / "channel", packages);
    add_real_python(bed.root, python);
    std::ofstream(bed.root / "etc/passwd", std::ios::app) << "alice:x:1000:1000::/home/alice:/bin/sh\n";
    fs::create_directories(bed.root / "home/alice");
    shell(bed.root, "chown 1000:1000 home/alice; chmod 1777 tmp");
    index.add({"six", "1.0", {{"six.py", "version = 1\n"}}});
    index.add({"tool", "1.0", {{"tool.py", "import six\n"}}, {"six"}});
    std::map<std::string, std::string> many;
    for (int i = 0; i < 300; ++i) many[format("many/part{}.py", i)] = std::string(10'000, '#') + "\n";
    index.add({"many", "1.0", many});
    channel.emplace(bed.folder / "channel");
  }

  std::string steps(const std::string& more = {}) const {
    return format(
        "  - conda_env: {{name: rig, file: env.yml, owner: alice, channels: [\"{}\"], cuda: none{}}}\n",
        channel->url(), more);
  }
  /// What the environment.yml asks of conda, and of pip.
  void want(const std::string& of_conda, const std::string& of_pip) const {
    write_text(bed.folder / "env.yml",
               format("dependencies: [{}, pip: [--index-url {}, {}]]\n", of_conda, index.address(), of_pip));
  }
  std::string imports(const std::string& modules) const {
    return shell(bed.root, format("chroot --userspec 1000:1000 . /opt/rigsetup/envs/rig/bin/python -I -B -c "
                                  "'import {}; print(\"fine\")'",
                                  modules));
  }
  fs::path environment() const { return bed.root / "opt/rigsetup/envs/rig"; }
  fs::path site() const { return environment() / "lib" / name / "site-packages"; }
  /// What of the environment is not alice's.
  std::string foreign() const { return shell(environment(), "find . ! -uid 1000"); }

  std::string name;
  std::map<std::string, CondaArtifact> artifacts;
  WheelIndex index;
  std::optional<HttpServer> channel;
};

}  // namespace

TEST_CASE("what an environment.yml has for pip comes after conda's packages, and goes with it") {
  const std::string python = distribution_python();
  if (python.empty()) return skip("there is no /usr/bin/python3 that makes environments");
  PipBench bench(python);
  bench.want("python, old", "tool");
  Said said = bench.apply(bench.steps(", checks: [tool]"));
  INFO(shown(said));
  REQUIRE(said.status == 0);
  CHECK(bench.imports("tool, six, pip") == "fine\n");
  CHECK(bench.foreign() == "");
  CHECK(fs::is_empty(bench / "home/alice"));
  CHECK_FALSE(fs::exists(bench.environment() / ".rigsetup-work"));

  const std::string before = bench.bed.listing();
  const int requests = bench.index.server.requests();
  said = bench.apply(bench.steps(", checks: [tool]"));
  CHECK_THAT(said.out, Contains("Nothing to do"));
  CHECK(bench.bed.listing() == before);
  CHECK(bench.index.server.requests() == requests);

  SECTION("each stage takes away its own alone, where nothing else may stay") {
    bench.want("python", "six");
    const std::string exact = bench.steps(", exact: true");
    said = bench.apply(exact);
    INFO(shown(said));
    REQUIRE(said.status == 0);
    CHECK_FALSE(fs::exists(bench.environment() / "share/old.txt"));
    CHECK_FALSE(fs::exists(bench.site() / "tool.py"));
    CHECK(bench.imports("six, pip") == "fine\n");
    CHECK_THAT(bench.apply(exact).out, Contains("Nothing to do"));
    write_text(bench.bed.folder / "env.yml", "dependencies: [python]\n");
    said = bench.apply(exact);
    INFO(shown(said));
    REQUIRE(said.status == 0);
    CHECK_FALSE(fs::exists(bench.site() / "six.py"));
    CHECK_FALSE(fs::exists(bench.site() / "pip/__main__.py"));
    CHECK_THAT(bench.apply(exact).out, Contains("Nothing to do"));
  }
  SECTION("conda mends its own, and pip's stays") {
    shell(bench.environment(), "rm share/old.txt; rm lib/*/site-packages/pip/__main__.py");
    said = bench.apply(bench.steps());
    INFO(shown(said));
    REQUIRE(said.status == 0);
    CHECK(fs::exists(bench.environment() / "share/old.txt"));
    CHECK(bench.imports("tool, six, pip.__main__ as m") == "fine\n");
    CHECK(bench.foreign() == "");
  }
  SECTION("a hash that is not met is told of, and the environment stays in use") {
    bench.want("python, old", format("six, \"many==1.0 --hash=sha256:{}\"", std::string(64, 'a')));
    said = bench.apply(bench.steps());
    INFO(shown(said));
    CHECK(said.status == 1);
    CHECK_THAT(said.out,
               Contains("cannot add pip's packages to the conda environment /opt/rigsetup/envs/rig"));
    CHECK(bench.imports("tool, six") == "fine\n");
    bench.want("python, old", "tool");
    CHECK(bench.apply(bench.steps()).status == 0);
    CHECK_THAT(bench.apply(bench.steps()).out, Contains("Nothing to do"));
  }
}

TEST_CASE("a lock brings conda's packages and pip's by their hashes") {
  const std::string python = distribution_python();
  if (python.empty()) return skip("there is no /usr/bin/python3 that makes environments");
  PipBench bench(python);
  const auto lock = [&](const std::string& hash) {
    std::string text = "version: 1\npackage:\n";
    for (const char* name : {"python", "pip"}) {  // as one needs the other
      const auto artifact =
          std::find_if(bench.artifacts.begin(), bench.artifacts.end(),
                       [&](const auto& one) { return one.first.starts_with(std::string(name) + "-"); });
      text += format(
          "  - {{name: {}, manager: conda, platform: linux-64, url: \"{}/{}\", hash: {{sha256: {}}}}}\n",
          name, bench.channel->url(), artifact->second.path, artifact->second.sha256);
    }
    text += format(
        "  - {{name: six, version: \"1.0\", manager: pip, platform: linux-64, url: \"{}\", hash: {{sha256: "
        "{}}}}}\n",
        bench.index.url("six-1.0"), hash);
    write_text(bench.bed.folder / "conda-lock.yml", text);
    return bench.apply("  - conda_env: {name: rig, lock: conda-lock.yml, owner: alice, cuda: none}\n");
  };
  Said said = lock(std::string(64, 'a'));
  INFO(shown(said));
  CHECK(said.status == 1);
  CHECK_THAT(said.out, Contains("has another hash than the requirements demand"));
  CHECK_FALSE(fs::exists(bench.site() / "six.py"));
  said = lock(bench.index.hash("six-1.0"));
  INFO(shown(said));
  REQUIRE(said.status == 0);
  CHECK(bench.imports("six, pip") == "fine\n");
  CHECK_THAT(lock(bench.index.hash("six-1.0")).out, Contains("Nothing to do"));
}

TEST_CASE("daemon and pip are killed while pip works, and the next makes the environment whole") {
  const std::string python = distribution_python();
  if (python.empty()) return skip("there is no /usr/bin/python3 that makes environments");
  PipBench bench(python);
  const std::string wheel = WheelIndex::file("many-1.0");
  bench.index.server.fail(wheel, {.times = 1, .pause = std::chrono::milliseconds(20)});
  const std::string steps = format(
      "  - conda_env: {{name: rig, packages: [python], pip: [six, many, \"--index-url {}\"], owner: alice, "
      "channels: [\"{}\"], cuda: none}}\n",
      bench.index.address(), bench.channel->url());
  const auto run = start_run(bench.bed, steps);
  SECTION("while it downloads") {
    REQUIRE(eventually([&] { return bench.index.server.requests(wheel) > 0; }));
  }
  SECTION("while it writes files") {
    REQUIRE(eventually([&] { return fs::exists(bench.site() / "many/part7.py"); }));
  }
  bench.daemon->kill();
  for (const pid_t pid : job_processes(bench.bed)) ::kill(pid, SIGKILL);
  REQUIRE(eventually([&] { return job_processes(bench.bed).empty(); }));
  bench.daemon.emplace(bench.bed);
  follow(bench.bed, run);
  if (outcome_of(bench.bed, run) != "done") {
    const auto next = start_run(bench.bed, steps);
    for (const Value& record : follow(bench.bed, next)) UNSCOPED_INFO(record.get("type", ""));
    CHECK(outcome_of(bench.bed, next) == "done");
  }
  CHECK(bench.imports("six, many.part299") == "fine\n");
  CHECK(std::distance(fs::directory_iterator(bench.site() / "many"), {}) >= 300);
  CHECK_FALSE(fs::exists(bench.environment() / ".rigsetup-work"));
  CHECK(bench.foreign() == "");
  CHECK_THROWS_WITH(start_run(bench.bed, steps), Contains("there is nothing to do"));
}

}  // namespace rigsetup::test
