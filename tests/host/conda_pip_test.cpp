// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// The kind conda_pip with a real Python and a real pip, in an environment that the stand-in for micromamba
// has made of packages from a channel, and with an index on the loopback.

#include <algorithm>
#include <thread>

#include <signal.h>
#include <sys/mount.h>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "resource/conda/conda_meta.hpp"
#include "tests/host/home_rig.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/real_python.hpp"
#include "tests/support/shell.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/wheel_index.hpp"

using namespace rigsetup;
using Catch::Matchers::Contains;
using test::skip;

namespace {

namespace fs = std::filesystem;

/// six 1.0, as conda has it.
test::CondaPackage six() {
  const std::string info = "site-packages/six-1.0.dist-info/";
  return {
      .name = "six",
      .depends = {"python"},
      .files = {{"site-packages/six.py", "version = 'of conda'\n"},
                {info + "METADATA", "Metadata-Version: 2.1\nName: six\nVersion: 1.0\n"},
                {info + "INSTALLER", "conda\n"},
                {info + "RECORD", "six.py,,\nsix-1.0.dist-info/METADATA,,\nsix-1.0.dist-info/RECORD,,\n"}},
      .subdir = "noarch",
      .noarch_python = true};
}

struct Index : test::WheelIndex {
  Index() {
    add({"six", "1.0", {{"six.py", "version = 'of pip'\n"}}});
    add({"six", "1.1", {{"six.py", "version = 'of pip'\n"}}});
    add({"numbers_x", "1.0", {{"numbers_x/__init__.py", "import six\n"}}, {"six<1.1", "helper"}});
    add({"helper", "2.0", {{"helper.py", ""}}});
    add({"needs_new", "1.0", {{"needs_new.py", ""}}, {"six>=1.1"}});
    std::map<std::string, std::string> many;
    for (int i = 0; i < 400; ++i) many[format("many/part{}.py", i)] = std::string(20'000, '#') + "\n";
    add({"many", "1.0", many});
  }
};

/// An environment of nobody's with Python, pip and six.
class RealRig : public test::HomeRig {
 public:
  explicit RealRig(const std::string& python) {
    auto packages = test::real_python_packages(python);
    packages.push_back(six());
    test::shell(folder.path(), "mkdir channel bin");
    test::write_conda_channel(folder / "channel", packages);
    test::install_stand_in_micromamba(folder / "bin/micromamba");
    test::shell(
        folder.path(),
        format("env -i HOME=$PWD/home CONDA_PKGS_DIRS=$PWD/home/pkgs CONDA_OVERRIDE_CUDA= setpriv "
               "--reuid nobody --regid nogroup --clear-groups bin/micromamba create -p {} "
               "--override-channels -c file://$PWD/channel --channel-priority strict --json -y pip six",
               path()));
    test::shell(folder.path(), "rm -r home/pkgs");
  }

  BuiltRecipe recipe(const std::string& fields, Attachments attachments = {}) const {
    return read("- conda_pip: {path: " + path() + ", owner: nobody, " + fields + "}\n",
                std::move(attachments));
  }
  BuiltRecipe recipe(const Index& index, const std::string& packages, const std::string& more = {}) const {
    return recipe(format("packages: [{}], index_url: \"{}\"{}", packages, index.address(), more));
  }
  /// What is wrong with conda's packages.
  std::string damage() const {
    const auto environment = read_conda_environment(machine_itself(), path());
    std::vector<std::string> damaged = environment.faults;
    for (const auto& [name, what] : damaged_packages(machine_itself(), path(), environment))
      damaged.push_back(name + ": " + what);
    return join(damaged, ", ");
  }
  std::string run(const std::string& code) const {
    return test::shell(folder.path(), path() + "/bin/python -I -B -c '" + code + "'");
  }
};

}  // namespace

TEST_CASE("a real pip adds to what conda has put there, mends its own, and leaves conda's alone") {
  const std::string python = test::distribution_python();
  if (python.empty()) return skip("there is no /usr/bin/python3 that makes environments");
  Index index;
  RealRig rig(python);
  REQUIRE(rig.damage() == "");
  const auto recipe = rig.recipe(index, "numbers_x, many");
  CHECK(rig.look(recipe) == "no many, no numbers-x");
  REQUIRE(rig.apply(recipe) == "");
  CHECK(rig.look(recipe) == "as wanted: numbers-x 1.0, many 1.0, in all 3 packages of pip's");
  CHECK(rig.run("import numbers_x, six; print(six.version, end=\"\")") == "of conda");
  CHECK(rig.damage() == "");
  CHECK(rig.owners() == "");
  CHECK_FALSE(fs::exists(rig.path() + "/.rigsetup-work"));
  // What conda has that fits, pip does not even ask for.
  CHECK(rig.look(rig.recipe(index, "numbers_x, many, \"six==1.0\"")) == "made for other requirements");
  CHECK(index.server.requests(index.page("six")) == 0);

  // Files that are gone or cut short come back.
  test::shell(rig.site(), "rm -r many; : > numbers_x/__init__.py");
  CHECK(rig.look(recipe) == "many, numbers-x are damaged");
  REQUIRE(rig.apply(recipe) == "");
  CHECK(fs::exists(rig.site() / "many/part399.py"));
  CHECK(test::file_text(rig.site() / "numbers_x/__init__.py") == "import six\n");

  // Exact takes pip's away, and nothing of conda's.
  const auto exact = rig.recipe(index, "numbers_x", ", exact: true");
  REQUIRE(rig.apply(exact) == "");
  CHECK(rig.look(exact) == "as wanted: numbers-x 1.0, in all 2 packages of pip's");
  CHECK_FALSE(fs::exists(rig.site() / "many"));
  CHECK(fs::exists(rig.site() / "helper.py"));
  CHECK(rig.damage() == "");
  CHECK(rig.run("import numbers_x, pip") == "");
  CHECK(rig.owners() == "");
}

TEST_CASE("what pip would have to write over conda's files for is refused in one sentence") {
  const std::string python = test::distribution_python();
  if (python.empty()) return skip("there is no /usr/bin/python3 that makes environments");
  Index index;
  RealRig rig(python);
  const std::string head = "cannot add pip's packages to the conda environment " + rig.path() + ": ";
  CHECK(rig.apply(rig.recipe(index, "\"six>=1.1\""))
            .starts_with(head + "conda has six 1.0, and pip would write six>=1.1 over it (ask conda"));
  const std::string by_another = rig.apply(rig.recipe(index, "needs_new"));
  CHECK_THAT(by_another, Catch::Matchers::StartsWith(head) && Contains("needs-new 1.0 depends on six>=1.1") &&
                             Contains("six==1.0 is there and has to stay"));
  CHECK_THAT(rig.apply(rig.recipe(index, "no-such")), Contains("the package index has nothing for no-such"));
  CHECK_THAT(rig.apply(rig.recipe("packages: [helper], index_url: \"http://127.0.0.1:9/simple\"")),
             Contains("pip cannot reach the package index"));
  CHECK(rig.damage() == "");
  CHECK(rig.run("import six; print(six.version, end=\"\")") == "of conda");
}

TEST_CASE("a lock is installed from its URLs, by its hashes and without what it does not name") {
  const std::string python = test::distribution_python();
  if (python.empty()) return skip("there is no /usr/bin/python3 that makes environments");
  Index index;
  RealRig rig(python);
  const std::string a_hash(64, 'a');
  const auto locked = [&](const std::string& hash) {
    const auto entry = [&](const std::string& name, const std::string& version, const std::string& sha256) {
      return format(
          "  - {{name: {0}, version: \"{1}\", manager: pip, platform: linux-64, url: \"{2}\", hash: "
          "{{sha256: "
          "{3}}}}}\n",
          name, version, index.url(name + "-" + version), sha256);
    };
    const std::string text =
        "version: 1\npackage:\n  - {name: pip, manager: conda, platform: linux-64, url: "
        "\"https://h/pip-1-0.conda\", hash: {sha256: " +
        a_hash + "}}\n" + entry("numbers_x", "1.0", hash) + entry("six", "1.0", index.hash("six-1.0"));
    return rig.recipe("lock: l.yml", {{"l.yml", text}});
  };
  CHECK_THAT(rig.apply(locked(a_hash)), Contains("has another hash than the requirements demand"));
  CHECK(rig.look(locked(a_hash)) == "pip did not come to its end");
  CHECK_FALSE(fs::exists(rig.site() / "numbers_x"));
  const auto recipe = locked(index.hash("numbers_x-1.0"));
  REQUIRE(rig.apply(recipe) == "");
  CHECK(rig.look(recipe) == "as wanted: numbers-x 1.0, six 1.0, in all 1 packages of pip's");
  CHECK_FALSE(fs::exists(rig.site() / "helper.py"));  // the lock does not name it
  CHECK(index.server.requests(index.page("numbers-x")) == 0);
  test::shell(rig.site(), "rm -r numbers_x");
  CHECK(rig.look(recipe) == "numbers-x is damaged");
  REQUIRE(rig.apply(recipe) == "");
  CHECK(rig.run("import numbers_x") == "");
  CHECK(rig.damage() == "");
  CHECK(rig.owners() == "");
}

TEST_CASE("a full disk is told of, and its room is given back") {
  const std::string python = test::distribution_python();
  if (python.empty()) return skip("there is no /usr/bin/python3 that makes environments");
  Index index;
  RealRig rig(python);
  const fs::path place = rig.site() / "many";
  test::shell(rig.site(), "mkdir many; chown nobody many");
  if (::mount("none", place.c_str(), "tmpfs", 0, "size=1m,mode=777") != 0)
    return skip("no tmpfs can be mounted");
  const auto recipe = rig.recipe(index, "helper, many");
  const std::string said = rig.apply(recipe);
  ::umount2(place.c_str(), MNT_DETACH);
  CHECK_THAT(said, Contains("the disk is full (make room"));
  CHECK_FALSE(fs::exists(rig.path() + "/.rigsetup-work"));
  CHECK(rig.look(recipe) == "pip did not come to its end");
  REQUIRE(rig.apply(recipe) == "");
  CHECK(rig.look(recipe).starts_with("as wanted"));
  CHECK(rig.damage() == "");
}

TEST_CASE("a pip that is killed while it writes files leaves what the next one makes whole") {
  const std::string python = test::distribution_python();
  if (python.empty()) return skip("there is no /usr/bin/python3 that makes environments");
  Index index;
  RealRig rig(python);
  const auto recipe = rig.recipe(index, "helper, many");
  std::thread killer([&] {
    test::wait_until([&] { return fs::exists(rig.site() / "many/part0.py"); });
    for (const pid_t pid : test::processes_with("install")) {
      if (test::contents(format("/proc/{}/cmdline", pid)).starts_with(rig.path())) ::kill(pid, SIGKILL);
    }
  });
  const auto said = rig.apply(recipe);
  killer.join();
  INFO(said);
  if (!said.empty()) CHECK(rig.look(recipe) == "pip did not come to its end");
  REQUIRE(rig.apply(recipe) == "");
  CHECK(rig.look(recipe).starts_with("as wanted: helper 2.0, many 1.0"));
  CHECK(test::shell(rig.site(), "ls many | grep -c part | tr -d '\\n'") == "400");
  CHECK(rig.damage() == "");
  CHECK(rig.owners() == "");
}
