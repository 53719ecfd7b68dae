// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// What apply does is what the plan said, nothing can hang it, and what goes wrong is said in dpkg's words.
#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/support/shell.hpp"
#include "tests/system/apt_rig.hpp"

namespace rigsetup::test {

using apt::Transaction;
using Catch::Matchers::Contains;

namespace {

Deb deb(const std::string& name, const std::string& version = "1.0",
        std::vector<std::pair<std::string, std::string>> fields = {}) {
  Deb made;
  made.name = name;
  made.version = version;
  made.fields = std::move(fields);
  return made;
}

Deb scripted(const std::string& name, const std::string& script, const std::string& version = "1.0") {
  Deb made = deb(name, version);
  made.scripts["postinst"] = script;
  return made;
}

bool contains(const std::vector<std::string>& lines, const std::string& part) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("a plan comes true: versions, auto marks, holds, progress") {
  AptRig rig;
  rig.archive.add(deb("lib"));
  rig.archive.add(deb("app", "1.0", {{"Depends", "lib"}}));
  rig.archive.publish();
  rig.configure(rig.source());
  apt::Request wanted = request({"app"});
  wanted.hold = true;
  const Transaction planned = rig.plan(wanted);
  rig.apply(planned);

  CHECK(rig.version("app") == "1.0");
  CHECK(rig.version("lib") == "1.0");
  CHECK_THAT(rig.root.run("apt-mark showauto"), Contains("lib") && !Contains("app"));
  CHECK_THAT(rig.root.run("apt-mark showhold"), Contains("app"));
  CHECK(rig.listener.phases ==
        std::vector<std::string>{"fetching package lists", "downloading", "installing"});
  CHECK(rig.listener.said("unpacking app"));
  CHECK(apt::lacks(wanted, apt::DpkgStatus::read(rig.tree)).empty());

  // Again: nothing is left to do, and no program is run that could change anything.
  const std::string before = shell(rig.root.path(), "find . -xdev -printf '%p %s %T@\\n' | sort | sha256sum");
  rig.apply(planned);
  CHECK(shell(rig.root.path(), "find . -xdev -printf '%p %s %T@\\n' | sort | sha256sum") == before);
}

TEST_CASE("an upgraded dependency stays automatic") {
  AptRig rig;
  rig.archive.add(deb("lib"));
  rig.archive.add(deb("app", "1.0", {{"Depends", "lib"}}));
  rig.archive.publish();
  rig.install(request({"app"}));
  rig.archive.add(deb("lib", "2.0"));
  rig.archive.add(deb("app", "2.0", {{"Depends", "lib (>= 2)"}}));
  rig.archive.publish();
  rig.settings.lists_max_age = std::chrono::seconds(0);
  rig.apply(rig.plan(request({"app (>= 2)"})));
  CHECK(rig.version("lib") == "2.0");
  CHECK_THAT(rig.root.run("apt-mark showauto"), Contains("lib") && !Contains("app"));
}

TEST_CASE("what is asked for as automatic goes when apt finds that nothing needs it, unless another asks too") {
  AptRig rig;
  rig.archive.add(deb("module"));
  rig.archive.add(deb("tool"));
  rig.archive.publish();
  rig.configure(rig.source());
  apt::Request automatic = request({"module", "tool"});
  automatic.automatic = true;
  apt::Archive archive = rig.packages();
  archive.prepare({}, rig.listener, {});
  apt::Stage stage;
  stage.requests = {automatic, request({"tool"})};
  rig.apply(archive.resolve({stage}, false, {}).at(0));
  CHECK_THAT(rig.root.run("apt-mark showauto"), Contains("module") && !Contains("tool"));
  CHECK(apt::lacks(automatic, apt::DpkgStatus::read(rig.tree)).empty());
  rig.root.run("apt-get -q -y autoremove");
  CHECK(rig.version("module").empty());
  CHECK(rig.version("tool") == "1.0");
}

TEST_CASE("an older version and a removal, when they are asked for") {
  AptRig rig;
  rig.archive.add(deb("app", "1.0"));
  rig.archive.add(deb("app", "2.0"));
  rig.archive.add(deb("old"));
  rig.archive.publish();
  rig.install(request({"app", "old"}));
  const Transaction planned = rig.plan(request({"app=1.0"}, {"old"}));
  CHECK(lines_of(planned) == std::vector<std::string>{"downgrade app 2.0 -> 1.0", "remove old 1.0"});
  rig.apply(planned);
  CHECK(rig.version("app") == "1.0");
  CHECK(rig.version("old").empty());
}

TEST_CASE("when the world moved between plan and apply, it is refused and nothing changes") {
  AptRig rig;
  rig.archive.add(deb("lib"));
  rig.archive.add(deb("app", "1.0", {{"Depends", "lib"}}));
  rig.archive.publish();
  rig.configure(rig.source());
  const Transaction planned = rig.plan(request({"app"}));

  SECTION("a version is gone, and apt knows") {
    rig.archive.remove(deb("lib"));
    rig.archive.add(deb("lib", "1.1"));
    rig.archive.publish();
    rig.root.run("apt-get update");
    CHECK_THAT(error_of([&] { rig.apply(planned); }),
               Contains("conflict: ") && Contains("'1.0' for 'lib'") && Contains("plan anew"));
  }
  SECTION("a package is gone from the server, and apt does not know") {
    rig.archive.remove(deb("lib"));
    CHECK_THAT(error_of([&] { rig.apply(planned); }),
               Contains("lib_1.0") && Contains("404") && Contains("plan anew"));
  }
  SECTION("something was installed that excludes it") {
    rig.archive.add(deb("other", "1.0", {{"Conflicts", "lib"}}));
    rig.archive.publish();
    rig.root.run("apt-get update; apt-get install -y other");
    CHECK_THAT(
        error_of([&] { rig.apply(planned); }),
        Contains("conflict: ") && Contains("other: the plan does not touch it, apt would now remove it"));
  }
  CHECK(rig.version("app").empty());
  CHECK(rig.version("lib").empty());
}

TEST_CASE("downloads: hiccups are tried again, a tampered package is named") {
  AptRig rig;
  const Deb app = deb("app");
  rig.archive.add(app);
  rig.archive.publish();
  rig.configure(rig.source());
  const Transaction planned = rig.plan(request({"app"}));
  const std::string path = "/" + rig.archive.path_of(app);

  SECTION("overloaded") {
    HttpFault fault;
    fault.status = 503;
    rig.server.fail(path, fault);
    rig.apply(planned);
    CHECK(rig.version("app") == "1.0");
    CHECK(rig.clock.slept >= std::chrono::seconds(1));
  }
  SECTION("other bytes once") {
    HttpFault fault;
    fault.other_content = true;
    rig.server.fail(path, fault);
    rig.apply(planned);
    CHECK(rig.version("app") == "1.0");
  }
  SECTION("reset once") {
    HttpFault fault;
    fault.reset_after = 100;
    rig.server.fail(path, fault);
    rig.apply(planned);
    CHECK(rig.version("app") == "1.0");
  }
  SECTION("tampered for good") {
    rig.archive.tamper(app);
    CHECK_THAT(error_of([&] { rig.apply(planned); }),
               Contains("network: ") && Contains("app_1.0") && Contains("Hash Sum mismatch"));
    CHECK(rig.version("app").empty());
  }
}

TEST_CASE("a failing package is named, with its own last words") {
  AptRig rig;
  rig.archive.add(scripted("bad", "echo cannot download blob >&2; exit 7"));
  rig.archive.publish();
  rig.configure(rig.source());
  const std::string error = error_of([&] { rig.apply(rig.plan(request({"bad"}))); });
  CHECK_THAT(error, Contains("program: cannot install bad") && Contains("exit status 7") &&
                        Contains("cannot download blob"));
  CHECK(apt::find_repair(rig.tree).broken.size() == 1);
  CHECK_THAT(error_of([&] { rig.plan(request({"bad"})); }), Contains("dpkg was interrupted"));
  CHECK_THAT(error_of([&] { rig.repair(); }),
             Contains("cannot repair dpkg") && Contains("cannot download blob"));
}

TEST_CASE("apt's exit status is not believed") {
  AptRig rig;
  rig.archive.add(deb("app"));
  rig.archive.publish();
  rig.configure(rig.source());
  const Transaction planned = rig.plan(request({"app"}));
  SECTION("it fails though all is in place") {
    write_text(rig.root / "etc/apt/apt.conf.d/99hook", "DPkg::Post-Invoke {\"exit 3\";};\n");
    rig.apply(planned);
    CHECK(rig.version("app") == "1.0");
    CHECK(contains(rig.listener.findings, "though every package is in place"));
  }
  SECTION("it succeeds though nothing was done") {
    write_text(rig.root / "usr/local/sbin/dpkg", "#!/bin/sh\nexit 0\n");
    write_text(rig.root / "etc/apt/apt.conf.d/99dpkg", "Dir::Bin::dpkg \"/usr/local/sbin/dpkg\";\n");
    shell(rig.root.path(), "chmod 755 usr/local/sbin/dpkg");
    CHECK_THAT(error_of([&] { rig.apply(planned); }), Contains("program: ") && Contains("app=1.0"));
  }
}

TEST_CASE("no question can hang it") {
  AptRig rig;
  // Each reads what a person would have typed: from standard input, from a terminal, through debconf.
  rig.archive.add(scripted("asks-input", "read answer || true"));
  rig.archive.add(scripted("asks-terminal", "read answer </dev/tty || true"));
  Deb asks = deb("asks-debconf", "1.0", {{"Depends", "debconf"}});
  asks.scripts["config"] =
      ". /usr/share/debconf/confmodule\ndb_input critical asks-debconf/why || true\ndb_go || true";
  asks.scripts["templates"] = "Template: asks-debconf/why\nType: string\nDescription: why?";
  asks.scripts["postinst"] = ". /usr/share/debconf/confmodule\ndb_get asks-debconf/why || true";
  rig.archive.add(asks);
  rig.archive.publish();
  // As needrestart does: a hook of apt's that asks what to restart.
  write_text(rig.root / "etc/apt/apt.conf.d/99needrestart",
             "DPkg::Post-Invoke {\"test $NEEDRESTART_MODE = l || exit 9; read answer || true\";};\n");
  rig.install(request({"asks-input", "asks-terminal", "asks-debconf"}));
  CHECK(rig.version("asks-debconf") == "1.0");
  CHECK(rig.version("asks-terminal") == "1.0");
  CHECK_FALSE(contains(rig.listener.findings, "apt-get ended"));
}

TEST_CASE("the administrator's conffile is kept, and that is said") {
  AptRig rig;
  Deb app = deb("app");
  app.files = {{"/etc/app.conf", "colour=red\n"}};
  app.conffiles = {"/etc/app.conf"};
  rig.archive.add(app);
  Deb other = scripted("other", "ucf /usr/share/other/other.conf /etc/other.conf");
  other.fields = {{"Depends", "ucf"}};
  other.files = {{"/usr/share/other/other.conf", "size=1\n"}};
  rig.archive.add(other);
  rig.archive.publish();
  rig.install(request({"app", "other"}));

  write_text(rig.root / "etc/app.conf", "colour=mine\n");
  write_text(rig.root / "etc/other.conf", "size=mine\n");
  app.version = other.version = "2.0";
  app.files[0].second = "colour=blue\n";
  other.files[0].second = "size=2\n";
  rig.archive.add(app);
  rig.archive.add(other);
  rig.archive.publish();
  rig.settings.lists_max_age = std::chrono::seconds(0);
  rig.apply(rig.plan(request({"app (>= 2)", "other (>= 2)"})));

  CHECK(file_text(rig.root / "etc/app.conf") == "colour=mine\n");
  CHECK(file_text(rig.root / "etc/other.conf") == "size=mine\n");
  CHECK(contains(rig.listener.findings, "kept /etc/app.conf"));
  CHECK(contains(rig.listener.findings, "kept /etc/other.conf"));
}

}  // namespace rigsetup::test
