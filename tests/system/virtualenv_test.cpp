// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// virtualenv in the whole product: the real daemon and client, a real Python and pip in a root of its own,
// and indexes on the loopback that fail when they are told to.

#include <csignal>
#include <fstream>

#include <rigsetup/base/format.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/real_python.hpp"
#include "tests/support/shell.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/wheel_index.hpp"
#include "tests/system/provision_rig.hpp"

namespace rigsetup::test {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;

namespace {

/// A tiny root with Python and the user alice, an index like PyPI's, and one of builds for the CPU like
/// PyTorch's.
struct VenvBench {
  explicit VenvBench(const std::string& python) {
    add_real_python(bed.root, python);
    fs::create_symlink(python, bed.root / "usr/bin/python3");
    shell(bed.root, "mkdir -p usr/share; cp -a /usr/share/python-wheels usr/share/");
    std::ofstream(bed.root / "etc/passwd", std::ios::app) << "alice:x:1000:1000::/home/alice:/bin/sh\n";
    fs::create_directories(bed.root / "home/alice");
    shell(bed.root, "chown 1000:1000 home/alice; chmod 1777 tmp");
    plain.add({"six", "1.0", {{"six.py", "version = 1\n"}}});
    plain.add({"torch", "3.0", {{"torch.py", "build = 'newest'\n"}}});
    plain.add({"tool", "1.0", {{"tool.py", "import torch\n"}}, {"torch"}});
    for (const char* name : {"many", "more"}) {
      std::map<std::string, std::string> parts;
      for (int i = 0; i < 300; ++i) parts[format("{}/part{}.py", name, i)] = std::string(10'000, '#') + "\n";
      plain.add({name, "1.0", parts});
    }
    frameworks.add({"torch", "2.0+cpu", {{"torch.py", "build = 'cpu'\n"}}});
    frameworks.add({"six", "9.0", {{"six.py", "raise SystemExit('not from here')\n"}}});
    write_tables();
    daemon.emplace(bed);
  }

  /// The shipped ones, with PyTorch's indexes here.
  void write_tables() const {
    fs::copy(RIGSETUP_SOURCE_DIR "/recipes/compat", bed.data / "compat", fs::copy_options::recursive);
    const std::string real = "https://download.pytorch.org";
    std::string text = file_text(bed.data / "compat/frameworks.yaml");
    for (auto at = text.find(real); at != std::string::npos; at = text.find(real))
      text.replace(at, real.size(), frameworks.server.url());
    write_text(bed.data / "compat/frameworks.yaml", text);
  }

  Said apply(const std::string& fields, const std::string& kind = "virtualenv") const {
    write_text(bed.folder / "recipe.yaml",
               "rigsetup: 1\nname: venv\nsummary: of a test\nsteps:\n" + step(fields, kind));
    return Client(bed.socket, {"apply", "-y", bed.folder / "recipe.yaml", "--root", bed.root}).wait();
  }
  /// Of the index like PyPI's alone.
  std::string from_plain(const std::string& packages) const {
    return format("packages: [{}], index_url: \"{}\"", packages, plain.address());
  }
  static std::string step(const std::string& fields, const std::string& kind = "virtualenv") {
    return format("  - {}: {{path: /home/alice/e, owner: alice, {}}}\n", kind, fields);
  }
  std::string imports(const std::string& modules) const {
    return shell(
        bed.root,
        format("chroot --userspec 1000:1000 . /home/alice/e/bin/python -I -B -c 'import {}; print(\"fine\")'",
               modules));
  }
  /// What alice's home has that is not hers.
  std::string foreign() const { return shell(bed.root, "find home/alice ! -uid 1000"); }
  fs::path site() const {
    const std::string found = shell(bed.root / "home/alice/e", "echo -n lib/python3*/site-packages");
    return bed.root / "home/alice/e" / found;
  }

  WheelIndex plain;
  WheelIndex frameworks{"whl/cpu"};
  Bed bed;
  std::optional<RunningDaemon> daemon;
};

}  // namespace

TEST_CASE("an environment comes by the daemon, and what cannot be had leaves it in use") {
  const std::string python = distribution_python();
  if (python.empty()) return skip("/usr/bin/python3 cannot make environments");
  VenvBench bench(python);

  // The index for PyTorch is the table's, and the other is not asked for it.
  const std::string torch = "packages: [torch], cuda: none, checks: [torch_cuda]";
  Said said = bench.apply(torch);
  INFO(shown(said));
  REQUIRE(said.status == 0);
  CHECK_THAT(said.out, Contains("builds for the CPU were asked for, from " + bench.frameworks.address()));
  CHECK(fs::exists(bench.site() / "torch-2.0+cpu.dist-info"));
  CHECK(bench.foreign() == "");
  const std::string before = bench.bed.listing();
  const int requests = bench.frameworks.server.requests();
  said = bench.apply(torch);
  CHECK(said.status == 0);
  CHECK_THAT(said.out, Contains("Nothing to do"));
  CHECK(bench.bed.listing() == before);
  CHECK(bench.frameworks.server.requests() == requests);

  // All else from the other index, around the framework that is there.
  said = bench.apply(bench.from_plain("torch, tool, six") +
                         ", framework_packages: [torch], framework_index_url: \"" +
                         bench.frameworks.address() + "\"",
                     "virtualenv_packages");
  INFO(shown(said));
  REQUIRE(said.status == 0);
  CHECK(bench.imports("torch, tool, six; assert torch.build == \"cpu\"") == "fine\n");

  const auto refused = [&](const Said& ended) {
    INFO(shown(ended));
    CHECK(ended.status == 1);
    CHECK(bench.imports("torch, six") == "fine\n");
    CHECK(bench.foreign() == "");
    return ended.out;
  };
  CHECK_THAT(
      refused(bench.apply(bench.from_plain("six, no-such"))),
      Contains(
          "cannot make the Python environment /home/alice/e: the package index has nothing for no-such"));
  write_text(bench.bed.folder / "r.txt", "many==1.0 --hash=sha256:" + std::string(64, 'a') + "\n");
  CHECK_THAT(refused(bench.apply("requirements: r.txt, index_url: \"" + bench.plain.address() + "\"")),
             Contains("what was downloaded for many==1.0 has another hash than the requirements demand"));
  shell(bench.site(), "chown 0:0 .");  // by somebody who worked on it as root
  const Said denied = bench.apply(bench.from_plain("six, more"));
  shell(bench.site(), "chown 1000:1000 .");
  CHECK_THAT(refused(denied), Contains("its owner may not use /home/alice/e/lib/"));
  bench.plain.server.fail(bench.plain.page("many"), {.times = -1, .status = 503});
  CHECK_THAT(refused(bench.apply(bench.from_plain("six, many"))),
             Contains("the package index answers with HTTP error 503 each time"));
}

TEST_CASE("an index that fails first and then answers, and a daemon that is killed while pip works") {
  const std::string python = distribution_python();
  if (python.empty()) return skip("/usr/bin/python3 cannot make environments");
  VenvBench bench(python);
  bench.plain.server.fail(bench.plain.page("six"), {.times = 2, .status = 503});
  bench.plain.server.fail(WheelIndex::file("six-1.0"), {.times = 1, .reset_after = 100});
  const Said said = bench.apply(bench.from_plain("six"));
  INFO(shown(said));
  REQUIRE(said.status == 0);

  // A new daemon goes on with the run, or the run after it does.
  const auto kill_and_finish = [&](const std::string& step, std::int64_t run, bool pip_as_well) {
    bench.daemon->kill();
    if (pip_as_well) {
      for (const pid_t pid : job_processes(bench.bed)) ::kill(pid, SIGKILL);
      REQUIRE(eventually([&] { return job_processes(bench.bed).empty(); }));
    }
    bench.daemon.emplace(bench.bed);
    follow(bench.bed, run);
    if (outcome_of(bench.bed, run) != "done") {
      const auto next = start_run(bench.bed, step);
      follow(bench.bed, next);
      CHECK(outcome_of(bench.bed, next) == "done");
    }
    CHECK_FALSE(fs::exists(bench.bed.root / "home/alice/e/.rigsetup-work"));
    CHECK(bench.foreign() == "");
    CHECK_THROWS_WITH(start_run(bench.bed, step), Contains("there is nothing to do"));
  };
  const std::string with_many = VenvBench::step(bench.from_plain("six, many"));
  const std::string wheel = WheelIndex::file("many-1.0");
  bench.plain.server.fail(wheel, {.times = 1, .pause = std::chrono::milliseconds(10)});
  auto run = start_run(bench.bed, with_many);
  REQUIRE(eventually([&] { return bench.plain.server.requests(wheel) > 0; }));
  kill_and_finish(with_many, run, false);
  CHECK(bench.imports("six, many.part299") == "fine\n");

  const std::string with_more = VenvBench::step(bench.from_plain("six, many, more"));
  run = start_run(bench.bed, with_more);
  REQUIRE(eventually([&] { return fs::exists(bench.site() / "more/part7.py"); }));
  kill_and_finish(with_more, run, true);
  CHECK(bench.imports("six, many.part299, more.part299") == "fine\n");
  CHECK(std::distance(fs::directory_iterator(bench.site() / "more"), {}) >= 300);
}

}  // namespace rigsetup::test
