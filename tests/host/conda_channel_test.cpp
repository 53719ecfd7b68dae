// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// The bench that tests of conda environments stand on: a channel of real packages, and the stand-in for
// micromamba.

#include "tests/support/conda_channel.hpp"

#include <sys/wait.h>

#include <rigsetup/base/format.hpp>
#include <rigsetup/data/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/shell.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;
using test::file_text;

namespace {

namespace fs = std::filesystem;

std::vector<test::CondaPackage> packages() {
  using File = test::CondaFile;
  return {
      {.name = "python",
       .version = "3.11.9",
       .files = {{"bin/python3.11", "#!/bin/sh\n", true}, {"bin/python", "", false, "python3.11"}}},
      {.name = "numpy",
       .version = "1.26.4",
       .depends = {"python >=3.11,<3.12"},
       .files = {File{"bin/f2py", "#!{PREFIX}/bin/python\n", true}}},
      {.name = "numpy", .version = "2.1.0", .depends = {"python >=3.13"}},
      {.name = "jax",
       .version = "0.9.2",
       .depends = {"python", "numpy"},
       .files = {{"site-packages/jax/__init__.py", "x = 1\n"}},
       .subdir = "noarch",
       .noarch_python = true},
      {.name = "pytorch", .version = "2.7.0", .build = "cpu_generic_0", .depends = {"python"}},
      {.name = "pytorch",
       .version = "2.7.0",
       .build = "cuda129_generic_200",
       .build_number = 200,
       .depends = {"python", "__cuda", "cuda-version >=12.9,<13"}},
      {.name = "cuda-version", .version = "12.9", .subdir = "noarch", .constrains = {"__cuda >=12"}},
      {.name = "old", .files = {{"share/old.txt", "old\n"}}, .tar_bz2 = true, .size = 100'000},
      {.name = "stale", .listed_sha256 = std::string(64, '0')},
  };
}

struct Said {
  int status = 0;
  std::string out, err;
  Value json() const { return parse_json(out, "what the stand-in says"); }
};

class Bench {
 public:
  Bench() {
    fs::create_directories(folder_ / "channel");
    fs::create_directories(folder_ / "home");
    artifacts = test::write_conda_channel(folder_ / "channel", packages());
    test::install_stand_in_micromamba(folder_ / "bin/micromamba");
  }

  Said run(const std::string& arguments, const std::string& environment = "CONDA_OVERRIDE_CUDA=") const {
    const std::string line = format(
        "cd '{0}'; env -i HOME={0}/home CONDA_PKGS_DIRS={0}/pkgs {1} {0}/bin/micromamba {2} >out 2>err",
        folder_.path().string(), environment, arguments);
    const int status = std::system(line.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), file_text(folder_ / "out"),
            file_text(folder_ / "err")};
  }
  Said create(const std::string& specs, const std::string& environment = "CONDA_OVERRIDE_CUDA=") const {
    return run(format("create -p {}/env --override-channels -c {} --channel-priority strict --json -y {}",
                      folder_.path().string(), channel(), specs),
               environment);
  }
  Said install(const std::string& specs) const {
    return run(format("install -p {}/env --override-channels -c {} --channel-priority strict --json -y {}",
                      folder_.path().string(), channel(), specs));
  }
  void tell(const std::string& json) const { test::write_text(folder_ / "bin/stand-in.json", json); }
  fs::path operator/(const fs::path& name) const { return folder_ / name; }
  Value record(const std::string& dist) const {
    return parse_json(file_text(folder_ / ("env/conda-meta/" + dist + ".json")), dist);
  }
  std::string channel() const { return "file://" + (folder_ / "channel").string(); }

  std::map<std::string, test::CondaArtifact> artifacts;

 private:
  test::TemporaryFolder folder_;
};

std::vector<std::string> names(const Value& list) {
  std::vector<std::string> found;
  for (const Value& one : list.as_list()) found.push_back(one.at("name").as_string());
  return found;
}

}  // namespace

TEST_CASE("an environment is made of real packages and has the files of the real one") {
  const Bench bench;
  const Said said = bench.create("jax old numpy=1.26");
  INFO(said.err);
  REQUIRE(said.status == 0);
  const Value document = said.json();
  const Value& actions = document.at("actions");
  CHECK(names(actions.at("LINK")) == std::vector<std::string>{"python", "numpy", "jax", "old"});
  CHECK(names(actions.at("FETCH")).size() == 4);
  CHECK(said.json().at("success").as_bool());

  const Value numpy = bench.record("numpy-1.26.4-0");
  CHECK(numpy.at("url").as_string() == bench.channel() + "/linux-64/numpy-1.26.4-0.conda");
  CHECK(numpy.at("sha256").as_string() == bench.artifacts.at("numpy-1.26.4-0").sha256);
  CHECK(numpy.at("requested_spec").as_string() == "numpy=1.26");
  const Value& path = numpy.at("paths_data").at("paths").as_list().front();
  CHECK(path.at("sha256").as_string() != path.at("sha256_in_prefix").as_string());
  CHECK(file_text(bench / "env/bin/f2py") == format("#!{}/bin/python\n", (bench / "env").string()));
  CHECK(bench.record("python-3.11.9-0").at("requested_spec").as_string().empty());
  CHECK(bench.record("jax-0.9.2-0").at("files").as_list().front().as_string() ==
        "lib/python3.11/site-packages/jax/__init__.py");
  CHECK(file_text(bench / "env/lib/python3.11/site-packages/jax/__init__.py") == "x = 1\n");
  CHECK(fs::read_symlink(bench / "env/bin/python") == "python3.11");
  CHECK(fs::hard_link_count(bench / "env/share/old.txt") == 2);
  CHECK(fs::file_size(bench / "env/share/old.txt") == 4);
  CHECK(file_text(bench / "env/conda-meta/history").find("# conda version: 3.8.0") != std::string::npos);
  CHECK(file_text(bench / "home/.conda/environments.txt") == (bench / "env").string() + "\n");

  const Said again = bench.install("jax old numpy=1.26");
  CHECK(again.json().get("message", "") == "All requested packages already installed");
  CHECK(again.json().find("actions") == nullptr);
}

TEST_CASE(
    "which build comes depends on the CUDA that it is told of, and a demand for the other is unsolvable") {
  const Bench bench;
  CHECK(bench.create("pytorch").status == 0);
  CHECK(fs::exists(bench / "env/conda-meta/pytorch-2.7.0-cpu_generic_0.json"));
  const Said demanded = bench.create("'pytorch=*=cuda*'");
  CHECK(demanded.status == 1);
  CHECK_FALSE(demanded.json().at("success").as_bool());
  CHECK(demanded.out.find("nothing provides __cuda needed by pytorch-2.7.0-cuda129_generic_200") !=
        std::string::npos);
  CHECK(bench.create("'pytorch=*=cuda*'", "CONDA_OVERRIDE_CUDA=11.8").status == 1);
  CHECK(bench.create("pytorch", "CONDA_OVERRIDE_CUDA=12.4").status == 0);
  CHECK(fs::exists(bench / "env/conda-meta/pytorch-2.7.0-cuda129_generic_200.json"));
  CHECK_FALSE(fs::exists(bench / "env/conda-meta/pytorch-2.7.0-cpu_generic_0.json"));
}

TEST_CASE("a plan changes nothing, and what was fetched before is installed without a network") {
  const Bench bench;
  const Said plan = bench.create("old --dry-run");
  CHECK(plan.json().at("dry_run").as_bool());
  const Value document = plan.json();
  CHECK(names(document.at("actions").at("FETCH")) == std::vector<std::string>{"old"});
  CHECK_FALSE(fs::exists(bench / "env"));
  const test::CondaArtifact& old = bench.artifacts.at("old-1.0-0");
  const fs::path lock = bench / "lock.txt";
  test::write_text(lock, format("@EXPLICIT\n{}/{}#sha256:{}\n", bench.channel(), old.path, old.sha256));
  CHECK(bench.run(format("create -p {}/env --json -y --offline -f {}", (bench / "").string(), lock.string()))
            .status == 1);
  fs::copy_file(bench / "channel" / old.path, bench / "pkgs/old-1.0-0.tar.bz2");
  const Said offline =
      bench.run(format("create -p {}env --json -y --offline -f {}", (bench / "").string(), lock.string()));
  INFO(offline.err);
  CHECK(offline.status == 0);
  CHECK(bench.record("old-1.0-0").at("url").as_string() == bench.channel() + "/" + old.path);
  test::write_text(lock, format("@EXPLICIT\n{}/{}#{}\n", bench.channel(), old.path, std::string(64, '1')));
  fs::remove_all(bench / "pkgs/old-1.0-0");
  const Said wrong =
      bench.run(format("install -p {}env --json -y -f {}", (bench / "").string(), lock.string()));
  CHECK(wrong.status == 1);
  CHECK(wrong.err == "critical libmamba Found incorrect downloads. Aborting\n");
  CHECK(wrong.out.empty());
}

TEST_CASE("it fails as the real one does, and as tests tell it to") {
  const Bench bench;
  CHECK(bench.create("stale").err == "critical libmamba Found incorrect downloads. Aborting\n");
  CHECK(bench.create("nowhere").out.find("nothing provides nowhere") != std::string::npos);
  CHECK(bench.run("create --nonsense").status == 109);
  REQUIRE(bench.create("old").status == 0);
  bench.tell(R"({"phase": "link", "at": 1, "do": "die"})");
  CHECK(bench.create("old jax").status == 128 + 9);
  CHECK(file_text(bench / "env/conda-meta/history").empty());
  CHECK(fs::exists(bench / "env/conda-meta/python-3.11.9-0.json") !=
        fs::exists(bench / "env/conda-meta/old-1.0-0.json"));
  bench.tell(R"({"lie": "failed"})");
  const Said failed = bench.install("old jax");
  CHECK(failed.status == 0);
  CHECK_FALSE(failed.json().at("success").as_bool());
  bench.tell(R"({"lie": "done"})");
  const Said done = bench.install("pytorch");
  CHECK(done.json().at("success").as_bool());
  CHECK_FALSE(fs::exists(bench / "env/conda-meta/pytorch-2.7.0-cpu_generic_0.json"));
}

TEST_CASE("packages are changed in place and taken away again") {
  const Bench bench;
  REQUIRE(bench.create("numpy old").status == 0);
  fs::remove(bench / "env/share/old.txt");
  CHECK(bench.install("old").json().find("actions") == nullptr);  // it does not look
  CHECK(bench.install("old --force-reinstall").status == 0);
  CHECK(fs::exists(bench / "env/share/old.txt"));
  REQUIRE(bench.run(format("remove -p {}/env --json -y old", (bench / "").string())).status == 0);
  CHECK_FALSE(fs::exists(bench / "env/share/old.txt"));
  CHECK_FALSE(fs::exists(bench / "env/conda-meta/old-1.0-0.json"));
  CHECK(fs::exists(bench / "env/bin/f2py"));
}

TEST_CASE("a channel is read over HTTP, whole or not at all") {
  const Bench bench;
  test::HttpServer server(bench / "channel");
  const std::string line =
      format("create -p {}/env --json -y -c {} old", (bench / "").string(), server.url());
  server.fail("/linux-64/repodata.json.zst", {.times = 1, .close_after = 20});
  const Said cut = bench.run(line);
  CHECK(cut.err.find("critical libmamba Download error (18)") != std::string::npos);
  server.fail("/noarch/repodata.json.zst", {.times = 1, .status = 503});
  CHECK(bench.run(line).err.find("503") != std::string::npos);
  const Said whole = bench.run(line);
  INFO(whole.err);
  CHECK(whole.status == 0);
  CHECK(server.requests("/linux-64/old-1.0-0.tar.bz2") == 1);
}
