// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// Whose environments are, and that nothing of them runs with root's rights.

#include "tests/support/catch.hpp"
#include "tests/unit/resource/look.hpp"

using namespace rigsetup;
using Catch::Matchers::Contains;
using test::apply;
using test::check;
using test::look;
using test::Rig;

namespace {

constexpr const char* k_account = "- system_account: {name: _rigsetup-env}\n";

/// Without the account.
struct FreshRig : Rig {
  FreshRig() {
    add_file("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\n");
    add_file("/etc/group", "root:x:0:\n");
    test::add_useradd(*this);
  }
  std::string last_call() const { return programs.ran().back().text(); }
};

}  // namespace

TEST_CASE("the account is made once, without a home and without a login") {
  FreshRig rig;
  const auto recipe = rig.read(k_account);
  CHECK(look(rig, recipe) == "absent -> a system account");
  apply(rig, recipe);
  CHECK_THAT(rig.last_call(), Contains("--system") && Contains("--no-create-home") &&
                                  Contains("--shell /usr/sbin/nologin") && Contains("--user-group"));
  CHECK(look(rig, recipe) == "as wanted: user 997");
  apply(rig, recipe);
  CHECK(rig.programs.ran().size() == 1);
}

TEST_CASE("a group of that name that is left serves") {
  FreshRig rig;
  rig.add_file("/etc/group", "root:x:0:\n_rigsetup-env:x:997:\n");
  const auto recipe = rig.read(k_account);
  apply(rig, recipe);
  CHECK_THAT(rig.last_call(), Contains("--gid _rigsetup-env"));
  CHECK(look(rig, recipe) == "as wanted: user 997");
}

TEST_CASE("an account that cannot be made says why") {
  FreshRig rig;
  const auto recipe = rig.read(k_account);
  SECTION("the lock is another's: later") {
    rig.add_file("/etc/passwd.lock");
    const Applied applied = apply(rig, recipe);
    REQUIRE(std::holds_alternative<RetryLater>(applied));
    CHECK_THAT(std::get<RetryLater>(applied).why, Contains("cannot lock /etc/passwd"));
  }
  SECTION("there is no useradd") {
    rig.root.remove("/usr/sbin/useradd");
    CHECK_THROWS_WITH(apply(rig, recipe),
                      Contains("cannot make the account _rigsetup-env: there is no useradd"));
  }
  SECTION("it is root by another name") {
    const auto toor = rig.read("- system_account: {name: toor}\n");
    CHECK(look(rig, toor) == "user 0, which is none -> a system account");
    CHECK_THROWS_WITH(apply(rig, toor), Contains("user 0 of that name is no system account"));
  }
  for (const char* name : {"Bob", "a b", "-x", "a:b", "\"\"", "a23456789012345678901234567890123"}) {
    INFO(name);
    CHECK_THAT(test::complaints(rig, std::string("- system_account: {name: ") + name + "}\n"),
               Contains("is no name for an account"));
  }
}

TEST_CASE("an environment without an owner brings the account, one for all of them") {
  const Rig rig;
  const auto recipe = rig.read(
      "- conda_env: {name: a, packages: [numpy]}\n"
      "- virtualenv: {path: /opt/b, packages: [six]}\n"
      "- id: own\n  virtualenv: {path: /home/alice/c, packages: [six], owner: alice}\n");
  int accounts = 0;
  for (const Step& step : recipe.recipe.steps) {
    if (step.kind == "system_account") {
      ++accounts;
      CHECK(step.id == "environments.account");
      CHECK(step.fields.text("name") == "_rigsetup-env");
    }
    if (step.kind == "conda_packages") CHECK(step.fields.text("owner") == "_rigsetup-env");
  }
  CHECK(accounts == 1);
  const auto own = rig.read("- virtualenv: {path: /home/alice/c, packages: [six], owner: alice}\n");
  for (const Step& step : own.recipe.steps) CHECK(step.kind != "system_account");
}

TEST_CASE("a conda environment that is to come is seen before its account and its client are there") {
  FreshRig rig;
  const auto recipe = rig.read("- conda_packages: {path: /opt/a, engine: /opt/m, packages: [numpy]}\n");
  CHECK(look(rig, recipe) == "absent -> an environment with numpy");
  rig.root.make_directories("/opt/a");
  CHECK(look(rig, recipe) == "pending: there is no user _rigsetup-env yet");
}

TEST_CASE("no environment is root's, by whatever name") {
  FreshRig rig;
  test::add_python(rig);
  for (const char* step :
       {"- conda_env: {name: a, packages: [numpy], owner: root}\n",
        "- virtualenv: {path: /opt/b, packages: [six], owner: root}\n",
        "- virtualenv_packages: {path: /opt/b, packages: [six], owner: root}\n",
        "- conda_packages: {path: /opt/a, engine: /opt/m, packages: [numpy], owner: root}\n",
        "- conda_pip: {path: /opt/a, packages: [six], owner: root}\n"}) {
    INFO(step);
    CHECK_THAT(test::complaints(rig, step), Contains("an environment cannot be root's"));
  }
  const auto by_toor = rig.read("- virtualenv: {path: /opt/b, packages: [six], owner: toor}\n");
  CHECK_THROWS_WITH(look(rig, by_toor), Contains("toor: that is root by another name"));
  CHECK_THROWS_WITH(apply(rig, by_toor), Contains("toor: that is root by another name"));
  CHECK(rig.programs.ran().empty());
}

TEST_CASE("an environment that root made is not taken over, and the way out is told") {
  Rig rig;
  test::add_python(rig);
  rig.add_file("/opt/b/pyvenv.cfg", "home = /usr/bin\n");
  rig.add_program("/opt/b/bin/python");
  rig.add_file("/opt/b/lib/python3.11/site-packages/pip-1.0.dist-info/METADATA");
  const auto recipe = rig.read("- virtualenv: {path: /opt/b, packages: [six]}\n");
  CHECK(look(rig, recipe).starts_with("it belongs to user 0 -> "));
  try {
    apply(rig, recipe);
    FAIL("it was taken over");
  } catch (const Error& error) {
    CHECK_THAT(error.message(), Contains("it belongs to user 0, not to _rigsetup-env"));
    CHECK_THAT(error.hint(), Contains("chown -R 998:998 " + rig.root.outside("/opt/b").string()));
  }
  CHECK(rig.programs.ran().empty());
}

TEST_CASE("checks run as the owner, and as nobody where that is root") {
  Rig rig;
  test::add_python(rig);
  check(rig, rig.read("- python_import: {python: /usr/bin/python3, modules: [six]}\n"));
  CHECK(rig.programs.ran().back().as == Owner{65534, 65534});
  check(rig, rig.read("- python_import: {python: /usr/bin/python3, modules: [six], user: alice}\n"));
  CHECK(rig.programs.ran().back().as == Owner{1000, 1000});
  test::add_nvcc(rig);  // whose host compiler may be an environment's
  check(rig, rig.read("- nvcc_compiles:\n"));
  CHECK(rig.programs.ran().back().as == Owner{65534, 65534});
  const auto calls = rig.programs.ran().size();
  CHECK_THAT(
      check(rig, rig.read("- python_import: {python: /usr/bin/python3, modules: [six], user: root}\n")),
      Contains("/usr/bin/python3 does not run as root"));
  CHECK(rig.programs.ran().size() == calls);
}
