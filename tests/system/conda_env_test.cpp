// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// conda_packages through real downloads, real packages and the stand-in for micromamba, as a user who is not
// root.

#include <sys/mount.h>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "resource/conda/conda_meta.hpp"
#include "tests/contract/rig.hpp"
#include "tests/host/small_root.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/conda_channel.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/shell.hpp"
#include "tests/support/skip.hpp"

namespace rigsetup::test {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;

namespace {

constexpr const char* k_path = "/opt/rigsetup/envs/rig";
constexpr const char* k_engine = "/opt/rigsetup/micromamba/2.8.1-0/micromamba";
constexpr Owner k_alice{1000, 1000};

/// So many that what a client says of the package is longer than what is kept of a job's log.
std::vector<std::string> many_words() {
  std::vector<std::string> words;
  for (int i = 0; i < 10'000; ++i) words.push_back(format("no-such-package-{} >=1", i));
  return words;
}

std::vector<test::CondaPackage> packages() {
  using File = CondaFile;
  return {
      {.name = "python",
       .version = "3.11.9",
       .depends = {"libz"},
       .files = {{"bin/python3.11", "#!/bin/sh\n", true}, {"bin/python", "", false, "python3.11"}},
       .size = 200'000},
      {.name = "libz", .version = "1.3", .files = {{"lib/libz.so", "zzzz"}}},
      {.name = "libz", .version = "1.2", .files = {{"lib/libz.so", "zz"}, {"lib/libz.old", "z"}}},
      {.name = "numpy",
       .version = "1.26.4",
       .depends = {"python >=3.11,<3.12", "libblas"},
       .files = {File{"bin/f2py", "#!{PREFIX}/bin/python\n", true}}},
      {.name = "numpy", .version = "2.1.0", .depends = {"python >=3.13"}},
      {.name = "libblas", .version = "3.9", .files = {{"lib/libblas.so", "blas"}}},
      {.name = "six",
       .version = "1.16.0",
       .depends = {"python"},
       .files = {{"site-packages/six.py", "x = 1\n"}},
       .subdir = "noarch",
       .noarch_python = true},
      {.name = "pytorch", .version = "2.7.0", .build = "cpu_generic_0", .depends = {"python"}},
      {.name = "pytorch",
       .version = "2.7.0",
       .build = "cuda129_generic_200",
       .build_number = 200,
       .depends = {"python", "__cuda", "cuda-version >=12.9,<13"}},
      {.name = "cuda-version", .version = "12.9", .subdir = "noarch", .constrains = {"__cuda >=12"}},
      {.name = "tensorflow", .version = "2.19.1", .build = "cpu_py311_0", .depends = {"python"}},
      {.name = "old", .files = {{"share/old.txt", "old\n"}}, .tar_bz2 = true, .size = 100'000},
      {.name = "wordy", .constrains = many_words()},
      {.name = "stale", .listed_sha256 = std::string(64, '0')},
  };
}

/// How a step ended: empty, or the error with its hint.
using Ending = std::string;

class Bench {
 public:
  Bench() {
    fs::create_directories(rig.folder / "channel");
    artifacts = write_conda_channel(rig.folder / "channel", packages());
    server.emplace(rig.folder / "channel");
    install_stand_in_micromamba(rig.root.outside(k_engine));
    rig.root.make_directories("/home/alice", 0755, k_alice);
    rig.root.make_directories("/tmp", 0777);
    programs.emplace(rig.root.root(), k_libexec);
    rig.programs_in_use = &*programs;
  }

  std::string step(const std::string& packages, const std::string& more = {}) const {
    return format(
        "- conda_packages:\n    path: {}\n    engine: {}\n    owner: alice\n    channels: [\"{}\"]\n{}{}",
        k_path, k_engine, server->url(), packages.empty() ? "" : "    packages: [" + packages + "]\n", more);
  }
  Ending apply(const std::string& text, const Attachments& attachments = {}) {
    const BuiltRecipe recipe = rig.read(text, attachments);
    const Context context = rig.context();
    CurlDownloads downloads(*programs);
    const Context real{context.host,         context.reporter, downloads,   context.archive,
                       context.apt_settings, context.work,     context.log, context.stop};
    try {
      recipe.steps.front().resource->apply(real);
    } catch (const Error& error) {
      return error.message() + " (" + error.hint() + ")";
    }
    return {};
  }
  /// What differs; empty: it is as wanted.
  std::string look(const std::string& text, const Attachments& attachments = {}) {
    const BuiltRecipe recipe = rig.read(text, attachments);
    const Inspection found = rig.inspect(*recipe.steps.front().resource);
    if (const auto* differs = std::get_if<Differs>(&found)) return differs->have;
    if (const auto* pending = std::get_if<Pending>(&found)) return "pending: " + pending->why;
    return std::holds_alternative<AsWanted>(found) ? "" : "unknown";
  }
  void tell(const std::string& json) const {
    write_text(rig.root.outside(k_engine).parent_path() / "stand-in.json", json);
  }
  /// "libz 1.3, python 3.11.9"
  std::string installed() const {
    std::vector<std::string> texts;
    for (const auto& [name, package] : read_conda_environment(rig.root, k_path).packages)
      texts.push_back(name + " " + package.version);
    return join(texts, ", ");
  }
  std::string damage() const {
    const auto environment = read_conda_environment(rig.root, k_path);
    return join(environment.faults, ", ") +
           (damaged_packages(rig.root, k_path, environment).empty() ? "" : "damaged files");
  }
  std::string url(const std::string& dist) const { return server->url() + "/" + artifacts.at(dist).path; }
  /// Lines of an explicit file.
  std::string lock(const std::vector<std::string>& dists) const {
    std::string text = "@EXPLICIT\n";
    for (const auto& dist : dists) text += url(dist) + "#sha256:" + artifacts.at(dist).sha256 + "\n";
    return text;
  }

  Rig rig;
  std::map<std::string, CondaArtifact> artifacts;
  std::optional<HttpServer> server;
  std::optional<RealPrograms> programs;
};

}  // namespace

TEST_CASE("an environment is made by its owner, and is as wanted from then on") {
  Bench bench;
  write_text(bench.rig.root.outside(k_engine).parent_path() / "stand-in.log", "");
  fs::permissions(bench.rig.root.outside(k_engine).parent_path() / "stand-in.log", fs::perms(0666));
  const std::string step = bench.step("numpy, six");
  CHECK(bench.look(step) == "absent");
  CHECK(bench.apply(step) == "");
  CHECK(bench.installed() == "libblas 3.9, libz 1.3, numpy 1.26.4, python 3.11.9, six 1.16.0");
  CHECK(bench.look(step) == "");
  CHECK(bench.damage() == "");
  // Everything is the owner's, and there is nothing in anybody's home.
  for (const std::string& line : bench.rig.listing(false)) {
    if (line.starts_with(k_path)) CHECK_THAT(line, Contains("1000:1000"));
  }
  CHECK(bench.rig.root.list("/home/alice").empty());
  CHECK(bench.rig.root.list("/root").empty());
  CHECK_FALSE(bench.rig.root.info(fs::path(k_path) / ".rigsetup-work"));
  for (const std::string& line :
       split_lines(file_text(bench.rig.root.outside(k_engine).parent_path() / "stand-in.log"))) {
    const Value call = parse_json(line);
    CHECK(call.at("uid").as_int() == 1000);
    CHECK(call.at("environment").at("CONDA_OVERRIDE_CUDA").as_string() == "");
  }
  const int requests = bench.server->requests();
  CHECK(bench.apply(step) == "");
  CHECK(bench.server->requests() <= requests + 2);  // the index, and no package again
}

TEST_CASE("packages come and go with the recipe") {
  Bench bench;
  REQUIRE(bench.apply(bench.step("numpy, six")) == "");
  SECTION("what is added comes") {
    CHECK(bench.look(bench.step("numpy, six, old")) == "no old");
    CHECK(bench.apply(bench.step("numpy, six, old")) == "");
    CHECK_THAT(bench.installed(), Contains("old 1.0") && Contains("numpy 1.26.4"));
    CHECK(bench.look(bench.step("numpy, six, old")) == "");
  }
  SECTION("what left stays") { CHECK(bench.look(bench.step("six")) == ""); }
  SECTION("and goes, with what only it needed, where the environment is to be exact") {
    const std::string exact = bench.step("six", "    exact: true\n");
    CHECK(bench.look(exact) == "not wanted any more: libblas, numpy");
    CHECK(bench.apply(exact) == "");
    CHECK(bench.installed() == "libz 1.3, python 3.11.9, six 1.16.0");
    CHECK(bench.look(exact) == "");
    CHECK(bench.damage() == "");
  }
}

TEST_CASE("what a client says is understood however long it is") {
  Bench bench;
  CHECK(bench.apply(bench.step("wordy")) == "");
  CHECK(bench.installed() == "wordy 1.0");
}

TEST_CASE("a lock gives just its packages, and none that is another") {
  Bench bench;
  const std::string step = bench.step("", "    lock: rig.lock\n    exact: true\n");
  const Attachments lock{{"rig.lock", bench.lock({"libz-1.3-0", "python-3.11.9-0", "old-1.0-0"})}};
  CHECK(bench.look(step, lock) == "absent");
  CHECK(bench.apply(step, lock) == "");
  CHECK(bench.installed() == "libz 1.3, old 1.0, python 3.11.9");
  CHECK(bench.look(step, lock) == "");
  CHECK(bench.server->requests("/linux-64/repodata.json.zst") == 0);
  const Attachments smaller{{"rig.lock", bench.lock({"libz-1.3-0", "python-3.11.9-0"})}};
  CHECK(bench.look(step, smaller) == "not wanted any more: old");
  CHECK(bench.apply(step, smaller) == "");
  CHECK(bench.installed() == "libz 1.3, python 3.11.9");

  // A package of the lock in place of another version.
  const std::string plain = bench.step("", "    lock: rig.lock\n");
  REQUIRE(bench.apply(plain, {{"rig.lock", bench.lock({"libz-1.2-0"})}}) == "");
  CHECK(bench.look(step, smaller) == "libz 1.2 0");
  CHECK(bench.apply(step, smaller) == "");
  CHECK(bench.installed() == "libz 1.3, python 3.11.9");
  CHECK(bench.damage() == "");

  std::string wrong = bench.lock({"libblas-3.9-0"});
  wrong.replace(wrong.find("#sha256:") + 8, 4, "0000");
  const std::string said = bench.apply(bench.step("", "    lock: rig.lock\n"), {{"rig.lock", wrong}});
  CHECK_THAT(said, Contains("libblas-3.9-0.conda") && Contains("SHA-256"));
  CHECK(bench.installed() == "libz 1.3, python 3.11.9");
}

TEST_CASE("an installation that was cut off is found, and is whole after the next") {
  Bench bench;
  const std::string step = bench.step("numpy, six");
  const int package = GENERATE(0, 1, 2, 3, 4);
  INFO("killed before package " << package);
  bench.tell(format(R"({{"phase": "link", "at": {}, "do": "die"}})", package));
  CHECK_THAT(bench.apply(step), Contains("killed"));
  CHECK(bench.look(step) == "an unfinished environment");
  bench.tell("{}");
  CHECK(bench.apply(step) == "");
  CHECK(bench.installed() == "libblas 3.9, libz 1.3, numpy 1.26.4, python 3.11.9, six 1.16.0");
  CHECK(bench.look(step) == "");
  CHECK(bench.damage() == "");
}

TEST_CASE("what is damaged is found and mended, and nothing else is changed") {
  Bench bench;
  const std::string step = bench.step("numpy, six");
  REQUIRE(bench.apply(step) == "");
  const fs::path prefix = k_path;
  SECTION("a file that is gone") {
    bench.rig.root.remove(prefix / "lib/libz.so");
    CHECK(bench.look(step) == "libz: lib/libz.so is missing");
  }
  SECTION("a file that was cut off") {
    bench.rig.root.write(prefix / "lib/libblas.so", "", 0644, k_alice);
    CHECK(bench.look(step) == "libblas: lib/libblas.so has another size");
  }
  SECTION("a record without content") {
    bench.rig.root.write(prefix / "conda-meta/six-1.16.0-0.json", "", 0644, k_alice);
    CHECK(bench.look(step) == "conda-meta/six-1.16.0-0.json is damaged");
  }
  SECTION("a package that others need is gone") {
    bench.rig.root.remove(prefix / "conda-meta/libblas-3.9-0.json");
    CHECK(bench.look(step) == "libblas is not there, and others need it");
  }
  CHECK(bench.apply(step) == "");
  CHECK(bench.look(step) == "");
  CHECK(bench.damage() == "");
  CHECK(bench.rig.text(prefix / "lib/libblas.so") == "blas");
  CHECK(bench.installed() == "libblas 3.9, libz 1.3, numpy 1.26.4, python 3.11.9, six 1.16.0");
}

TEST_CASE("why an environment cannot be made is one sentence, and the machine stays usable") {
  Bench bench;
  REQUIRE(bench.apply(bench.step("six")) == "");
  const auto said = [&](const std::string& step) {
    const std::string ending = bench.apply(step);
    CHECK_THAT(ending, Catch::Matchers::StartsWith("cannot "));
    CHECK(bench.damage() == "");
    CHECK_THAT(bench.installed(), Contains("six 1.16.0"));
    return ending;
  };
  SECTION("no such package") {
    CHECK_THAT(said(bench.step("six, nosuch")), Contains("no such package") && Contains("nosuch"));
  }
  SECTION("versions that do not go together") {
    CHECK_THAT(said(bench.step("six, numpy=2.1, python=3.11")),
               Contains("do not fit together") && Contains("3.13"));
  }
  SECTION("a package that is not what the index promises") {
    CHECK_THAT(said(bench.step("six, stale")), Contains("stale-1.0-0.conda") && Contains("SHA-256"));
  }
  SECTION("no such channel") {
    bench.server->fail("/linux-64/repodata.json.zst", {.times = -1, .status = 404});
    CHECK_THAT(said(bench.step("six, old")), Contains("no such channel"));
  }
  SECTION("nobody answers") {
    const std::string step = bench.step("six, old");
    bench.server.reset();
    CHECK_THAT(said(step), Contains("cannot be reached"));
  }
  SECTION("a driver that is not there") {
    CHECK_THAT(said(bench.step("six, \"pytorch=*=cuda*\"")), Contains("no driver that offers it"));
  }
  SECTION("a GPU build that the channel does not have") {
    CHECK_THAT(said(bench.step("six, \"tensorflow=*=*cuda*\"", "    cuda: \"12.9\"\n")),
               Contains("no such package") && Contains("tensorflow"));
  }
  SECTION("a client that fails and says that it did not") {
    bench.tell(R"({"lie": "nothing"})");
    CHECK_THAT(said(bench.step("six, old")), Contains("micromamba"));
    bench.tell(R"({"lie": "done"})");
    CHECK_THAT(said(bench.step("six, old")), Contains("says that all is done, and old is not there"));
    bench.tell(R"({"lie": "failed"})");
    CHECK_THAT(said(bench.step("six, old")), Contains("micromamba"));
  }
  bench.tell("{}");
}

TEST_CASE("the build for the GPU is taken where the driver offers what it needs") {
  Bench bench;
  const std::string step = bench.step("\"pytorch=*=cuda*\"", "    cuda: \"12.2\"\n");
  CHECK(bench.apply(step) == "");
  CHECK(read_conda_environment(bench.rig.root, k_path).packages.at("pytorch").build == "cuda129_generic_200");
  CHECK(bench.look(step) == "");
}

TEST_CASE("a build for the CPU that is there is not taken for one for the GPU") {
  Bench bench;
  REQUIRE(bench.apply(bench.step("pytorch")) == "");
  const std::string step = bench.step("\"pytorch=*=cuda*\"", "    cuda: \"12.9\"\n");
  CHECK(bench.look(step) == "pytorch 2.7.0 cpu_generic_0 instead of pytorch=*=cuda*");
  CHECK(bench.apply(step) == "");
  CHECK(bench.look(step) == "");
}

TEST_CASE("a disk without room is told of, and no package is downloaded for it") {
  Bench bench;
  const fs::path mount = bench.rig.root.outside("/opt/rigsetup/envs");
  fs::create_directories(mount);
  // The index fits and the packages do not; not even the index fits.
  const auto [size, cause] = GENERATE(std::pair("1m", "are free"), std::pair("256k", "the disk is full"));
  const std::string options = format("size={},mode=755", size);
  if (::mount("none", mount.c_str(), "tmpfs", 0, options.c_str()) != 0)
    return skip("no tmpfs can be mounted");
  const std::string said = bench.apply(bench.step("python"));
  ::umount2(mount.c_str(), MNT_DETACH);
  CHECK_THAT(said, Contains(cause));
  CHECK(bench.server->requests("/" + bench.artifacts.at("python-3.11.9-0").path) == 0);
}

TEST_CASE("what somebody else has put there is left alone") {
  Bench bench;
  SECTION("something that is no environment") {
    bench.rig.root.make_directories(k_path, 0755, k_alice);
    bench.rig.root.write(fs::path(k_path) / "notes.txt", "mine", 0644, k_alice);
    CHECK_THAT(bench.apply(bench.step("six")), Contains("something else is there"));
    CHECK(bench.rig.text(fs::path(k_path) / "notes.txt") == "mine");
  }
  SECTION("an environment of another user") {
    bench.rig.root.make_directories(fs::path(k_path) / "conda-meta", 0755, {1001, 1001});
    CHECK_THAT(bench.apply(bench.step("six")), Contains("belongs to"));
  }
  SECTION("an environment that is frozen") {
    bench.rig.root.make_directories(fs::path(k_path) / "conda-meta", 0755, k_alice);
    bench.rig.root.set_attributes(k_path, 0755, k_alice);
    bench.rig.root.write(fs::path(k_path) / "conda-meta/frozen", "", 0644, k_alice);
    CHECK_THAT(bench.apply(bench.step("six")), Contains("frozen"));
  }
}

}  // namespace rigsetup::test
