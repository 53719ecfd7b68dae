// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// The conda command by the built daemon, from a server that fails and with a daemon that is killed.
#include <algorithm>
#include <csignal>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/conda_channel.hpp"
#include "tests/support/shell.hpp"
#include "tests/system/conda_bench.hpp"

using namespace rigsetup;
using namespace rigsetup::test;
using Catch::Matchers::Contains;

namespace {

namespace fs = std::filesystem;

const std::string k_conda = "  - conda:\n";
const fs::path k_engine = "opt/rigsetup/micromamba/2.8.1-0/micromamba";

}  // namespace

TEST_CASE("conda comes with its engine, once, and can be taken away again") {
  const CondaBench bench;
  const Said plan = bench.on_steps("plan", k_conda);
  CHECK_THAT(plan.out, Contains("Miniforge 26.7.2-0 in /opt/conda") && Contains("micromamba 2.8.1-0"));
  const Said first = bench.apply(k_conda);
  INFO(shown(first));
  REQUIRE(first.status == 0);
  CHECK(fs::exists(bench / "opt/conda/bin/conda"));
  CHECK(file_text(bench / k_engine) == file_text(stand_in_micromamba()));
  CHECK_THAT(file_text(bench / "etc/conda/condarc.d/50-rigsetup.yml"), Contains("channel_priority: strict"));
  CHECK_FALSE(fs::exists(bench / "root/.conda"));
  CHECK_FALSE(fs::exists(bench / "var/lib/rigsetup/conda/opt/conda/attempt"));

  const auto listing = bench.bed.listing();
  const Said second = bench.apply(k_conda);
  CHECK_THAT(second.out, Contains("Nothing to do"));
  CHECK(bench.bed.listing() == listing);
  CHECK(bench.server.requests(CondaBench::k_installer) == 1);

  const Said pruned = bench.apply("  - file: {path: /etc/other, content: x}\n", {"--prune"});
  INFO(shown(pruned));
  CHECK(pruned.status == 0);
  for (const char* gone : {"opt/conda", "opt/rigsetup/micromamba/2.8.1-0", "etc/profile.d/rigsetup-conda.sh",
                           "etc/conda/condarc.d/50-rigsetup.yml"}) {
    INFO(gone);
    CHECK_FALSE(fs::exists(bench / gone));
  }
}

TEST_CASE("a file that is not the known one is refused in a sentence, and nothing of it is left or run") {
  CondaBench bench;
  bench.server.fail(CondaBench::k_installer, {.times = -1, .other_content = true});
  const Said said = bench.apply(k_conda);
  INFO(shown(said));
  CHECK(said.status != 0);
  CHECK_THAT(said.out + said.errors, Contains("its SHA-256 is") && Contains(bench.server.url()));
  CHECK_FALSE(fs::exists(bench / "opt/conda"));
  CHECK(fs::is_empty(bench / "var/lib/rigsetup/conda/opt/conda/attempt"));
}

TEST_CASE("a download that breaks off is gone on with, and a server that fails is asked again") {
  CondaBench bench;
  bench.server.fail(CondaBench::k_micromamba, {.times = 1, .status = 503});
  bench.server.fail(CondaBench::k_installer, {.times = 1, .close_after = 1000});
  const Said said = bench.apply(k_conda);
  INFO(shown(said));
  CHECK(said.status == 0);
  CHECK(bench.server.requests(CondaBench::k_micromamba) == 2);
  const auto seen = bench.server.seen();
  CHECK(std::any_of(seen.begin(), seen.end(), [](const HttpRequest& request) {
    const auto range = request.headers.find("range");
    return request.path == CondaBench::k_installer && range != request.headers.end() &&
           range->second == "bytes=1000-";
  }));
  CHECK(fs::exists(bench / "opt/conda/bin/conda"));
}

TEST_CASE("without a network it comes from files") {
  CondaBench bench;
  const auto file_step = [&](const std::string& fields, const char* name) {
    return format("{}url: \"file://{}{}\"", fields, bench.downloads.string(), name);
  };
  const std::string engine = "  - conda_engine: {" +
                             file_step("version: 2.8.1-0, ", CondaBench::k_micromamba) +
                             ", sha256: " + sha256_hex(file_text(stand_in_micromamba())) + "}\n";
  const Said said = bench.apply(engine + "  - conda: {" + file_step("", CondaBench::k_installer) + "}\n");
  INFO(shown(said));
  CHECK(said.status == 0);
  CHECK(fs::exists(bench / "opt/conda/bin/conda"));
  CHECK(bench.server.requests() == 0);
}

TEST_CASE("the installer and the daemon are killed, and the next daemon makes it whole") {
  CondaBench bench;
  write_text(bench / "var/cache/hold-installer", "");
  const Said begun = bench.apply(k_conda, {"--detach"});
  REQUIRE(begun.status == 0);
  REQUIRE(eventually([&] { return fs::exists(bench / "var/cache/installer-holds"); }));
  CHECK(fs::exists(bench / "opt/conda/install_tmp"));
  bench.daemon->kill();
  for (const pid_t pid : job_processes(bench.bed)) ::kill(pid, SIGKILL);
  REQUIRE(eventually([&] { return job_processes(bench.bed).empty(); }));
  fs::remove(bench / "var/cache/hold-installer");
  bench.daemon.emplace(bench.bed);
  follow(bench.bed, 1);
  const Said rerun = bench.apply(k_conda);
  INFO(shown(rerun));
  CHECK(rerun.status == 0);
  CHECK_FALSE(fs::exists(bench / "opt/conda/install_tmp"));
  CHECK(fs::file_size(bench / "opt/conda/conda-meta/history") > 0);
  CHECK_THAT(bench.apply(k_conda).out, Contains("Nothing to do"));
}

TEST_CASE("an installer that fails is quoted, and something that is in the way is left as it is") {
  CondaBench bench;
  write_text(bench / "opt/conda/precious", "mine\n");
  const Said said = bench.apply(k_conda);
  CHECK(said.status != 0);
  CHECK_THAT(said.out + said.errors, Contains("cannot install conda in /opt/conda: something else is there"));
  CHECK(file_text(bench / "opt/conda/precious") == "mine\n");
  CHECK(bench.server.requests(CondaBench::k_installer) == 0);
}
