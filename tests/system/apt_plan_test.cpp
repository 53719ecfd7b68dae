// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/catch.hpp"
#include "tests/support/shell.hpp"
#include "tests/system/apt_rig.hpp"

namespace rigsetup::test {

using apt::Stage;
using apt::Transaction;
using Catch::Matchers::Contains;
using Lines = std::vector<std::string>;

namespace {

Deb deb(const std::string& name, const std::string& version = "1.0",
        std::vector<std::pair<std::string, std::string>> fields = {}) {
  Deb made;
  made.name = name;
  made.version = version;
  made.fields = std::move(fields);
  return made;
}

std::vector<Transaction> resolve(AptRig& rig, const std::vector<Stage>& stages) {
  std::vector<apt::Source> sources;
  for (const Stage& stage : stages) sources.insert(sources.end(), stage.sources.begin(), stage.sources.end());
  apt::Archive offers = rig.packages();
  offers.prepare(sources, rig.listener, {});
  return offers.resolve(stages, false, {});
}

Stage stage(std::vector<apt::Source> sources, const apt::Request& wanted) {
  Stage made;
  made.sources = std::move(sources);
  made.requests = {wanted};
  return made;
}

}  // namespace

TEST_CASE("a plan covers packages of a repository that is not added yet, and changes nothing") {
  AptRig rig;
  rig.archive.add(deb("lib", "2.0"));
  Deb app = deb("app", "1.5", {{"Depends", "lib (>= 2)"}});
  app.size = 100'000;
  rig.archive.add(app);
  rig.archive.publish();
  const std::string before = shell(rig.root.path(), "find . -xdev -printf '%p %s %T@\\n' | sort | sha256sum");

  const Transaction planned = rig.plan(request({"app"}), {rig.source()});

  CHECK(lines_of(planned) == Lines{"install app 1.5", "install lib 2.0"});
  CHECK(planned.changes[0].requested);
  CHECK_FALSE(planned.changes[1].requested);
  CHECK(planned.changes[0].origin == "Test:stable/main");
  CHECK(planned.changes[0].download_bytes ==
        std::filesystem::file_size(rig.archive.folder() / rig.archive.path_of(app)));
  CHECK(planned.disk_bytes() == (100'000 / 1024 + 8 + 8) * 1024);
  CHECK(planned.steps == Lines{"packages"});
  CHECK(rig.listener.findings == Lines{});
  CHECK(shell(rig.root.path(), "find . -xdev -printf '%p %s %T@\\n' | sort | sha256sum") == before);
}

TEST_CASE("what is in apt's archive folder already is not counted as a download") {
  AptRig rig;
  rig.archive.add(deb("app"));
  rig.archive.publish();
  const auto file = rig.archive.folder() / rig.archive.path_of(deb("app"));
  std::filesystem::copy(file, rig.root / "var/cache/apt/archives" / file.filename());
  CHECK(rig.plan(request({"app"}), {rig.source()}).download_bytes() == 0);
}

TEST_CASE("each stage is resolved on the result of those before it") {
  AptRig rig;
  rig.archive.add(deb("x"));
  rig.archive.add(deb("y"));
  rig.archive.add(deb("app", "1.0", {{"Depends", "x | y"}}));
  rig.archive.add(deb("other", "1.0", {{"Conflicts", "x"}}));
  rig.archive.publish();

  SECTION("all at once, y serves app") {
    Stage both = stage({rig.source()}, request({"app"}, {}, "first"));
    both.requests.push_back(request({"other"}, {}, "second"));
    const auto planned = resolve(rig, {both});
    CHECK(lines_of(planned.at(0)) == Lines{"install app 1.0", "install other 1.0", "install y 1.0"});
    CHECK(planned[0].steps == Lines{"first", "second"});
  }
  SECTION("in steps, the second takes x away again") {
    const auto planned = resolve(rig, {stage({rig.source()}, request({"app"}, {}, "first")),
                                       stage({}, request({"other"}, {}, "second"))});
    CHECK(lines_of(planned.at(0)) == Lines{"install app 1.0", "install x 1.0"});
    // apt keeps app when it can; either way x goes, and that is told.
    CHECK_THAT(lines_of(planned.at(1)), Catch::VectorContains(std::string("remove x 1.0")));
  }
}

TEST_CASE("a stage sees what the one before it changed, also within a second and to the same size") {
  AptRig rig;
  for (const char* version : {"1.0", "2.0", "3.0"}) rig.archive.add(deb("lib", version));
  rig.archive.add(deb("app", "1.0", {{"Depends", "lib (>= 3)"}}));
  rig.archive.publish();
  const auto planned = resolve(
      rig, {stage({rig.source()}, request({"lib=1.0"}, {}, "first")),
            stage({}, request({"lib=2.0"}, {}, "second")), stage({}, request({"lib (>= 3)"}, {}, "third")),
            stage({}, request({"app"}, {}, "fourth"))});
  CHECK(lines_of(planned.at(1)) == Lines{"upgrade lib 1.0 -> 2.0"});
  CHECK(lines_of(planned.at(2)) == Lines{"upgrade lib 2.0 -> 3.0"});
  CHECK(lines_of(planned.at(3)) == Lines{"install app 1.0"});
}

TEST_CASE("a source and a pin count only from their stage on") {
  AptRig rig;
  rig.archive.add(deb("driver", "580"));
  rig.archive.add(deb("driver", "595"));
  rig.archive.add(deb("tool"));
  rig.archive.publish();
  Stage pinned = stage({}, request({"driver"}, {}, "driver"));
  pinned.preferences = {
      {"/etc/apt/preferences.d/pin", "Package: driver\nPin: version 580*\nPin-Priority: 900\n"}};
  const auto planned = resolve(rig, {stage({rig.source()}, request({"tool"}, {}, "tool")), pinned});
  CHECK(lines_of(planned.at(1)) == Lines{"install driver 580"});

  const auto unpinned = resolve(rig, {stage({rig.source()}, request({"driver"}))});
  CHECK(lines_of(unpinned.at(0)) == Lines{"install driver 595"});
  CHECK_THAT(error_of([&] {
               resolve(rig, {stage({}, request({"tool"})), stage({rig.source()}, request({}))});
             }),
             Contains("cannot find a package named tool"));
}

TEST_CASE("an older version brings the versions it insists on") {
  AptRig rig;
  for (const std::string version : {"12.9.1-1", "12.9.2-1"}) {
    rig.archive.add(deb("cuda-toolkit", version, {{"Depends", "cuda-nvcc (= " + version + ")"}}));
    rig.archive.add(deb("cuda-nvcc", version));
  }
  rig.archive.publish();
  CHECK(lines_of(rig.plan(request({"cuda-toolkit=12.9.1-1"}), {rig.source()})) ==
        Lines{"install cuda-nvcc 12.9.1-1", "install cuda-toolkit 12.9.1-1"});
  CHECK(lines_of(rig.plan(request({"cuda-toolkit (<< 12.9.2)"}), {rig.source()})) ==
        Lines{"install cuda-nvcc 12.9.1-1", "install cuda-toolkit 12.9.1-1"});
  CHECK(lines_of(rig.plan(request({"cuda-toolkit"}), {rig.source()})) ==
        Lines{"install cuda-nvcc 12.9.2-1", "install cuda-toolkit 12.9.2-1"});
}

TEST_CASE("recommended packages come for those requests that want them") {
  AptRig rig;
  rig.archive.add(deb("rich", "1.0", {{"Recommends", "sauce"}}));
  rig.archive.add(deb("plain", "1.0", {{"Recommends", "salt"}}));
  rig.archive.add(deb("sauce"));
  rig.archive.add(deb("salt"));
  rig.archive.publish();
  Stage mixed = stage({rig.source()}, request({"rich"}, {}, "first"));
  mixed.requests.push_back(request({"plain"}, {}, "second"));
  mixed.requests[1].recommends = false;
  CHECK(lines_of(resolve(rig, {mixed}).at(0)) ==
        Lines{"install plain 1.0", "install rich 1.0", "install sauce 1.0"});
}

TEST_CASE("what cannot be is refused with the reason") {
  AptRig rig;
  rig.archive.add(deb("app", "1.0", {{"Depends", "lib (>= 2)"}}));
  rig.archive.add(deb("lib", "1.0"));
  rig.archive.add(deb("server", "1.0", {{"Provides", "mail-agent"}}));
  rig.archive.publish();
  const auto refusal = [&](const apt::Request& wanted) {
    return error_of([&] { rig.plan(wanted, {rig.source()}); });
  };
  CHECK_THAT(refusal(request({"app"})), Contains("conflict: ") && Contains("app : Depends: lib (>= 2) but"));
  CHECK_THAT(refusal(request({"sever"})), Contains("not_found: ") && Contains("did you mean server?"));
  CHECK_THAT(refusal(request({"lib=3.0"})), Contains("not_found: ") && Contains("available: 1.0"));
  CHECK_THAT(refusal(request({"mail-agent"})),
             Contains("virtual package") && Contains("provides it: server"));
  CHECK_THAT(refusal(request({}, {"dpkg"})), Contains("cannot remove dpkg"));
  CHECK_THAT(refusal(request({"lib"}, {"lib"})), Contains("cannot both install and remove lib"));
}

TEST_CASE("what is installed and serves is kept; ranges, holds and absent are met") {
  AptRig rig;
  rig.archive.add(deb("lib", "1.0"));
  rig.archive.publish();
  rig.install(request({"lib"}));
  rig.archive.add(deb("lib", "2.0"));
  rig.archive.add(deb("app", "1.0", {{"Depends", "lib (>= 2)"}}));
  rig.archive.publish();
  rig.settings.lists_max_age = std::chrono::seconds(0);

  CHECK(rig.plan(request({"lib"})).empty());
  CHECK(lines_of(rig.plan(request({"lib (>= 2)"}))) == Lines{"upgrade lib 1.0 -> 2.0"});
  CHECK(lines_of(rig.plan(request({"app"}))) == Lines{"install app 1.0", "upgrade lib 1.0 -> 2.0"});
  CHECK(lines_of(rig.plan(request({}, {"lib"}))) == Lines{"remove lib 1.0"});

  rig.root.run("apt-mark hold lib");
  CHECK_THAT(error_of([&] { rig.plan(request({"app"})); }), Contains("it is on hold"));
  CHECK_THAT(error_of([&] { rig.plan(request({}, {"lib"})); }), Contains("lib: it is on hold"));
  apt::Request held = request({"lib (>= 2)"});
  held.hold = true;
  const Transaction moved = rig.plan(held);
  CHECK(lines_of(moved) == Lines{"upgrade lib 1.0 -> 2.0"});
  CHECK(moved.hold == Lines{"lib"});
  rig.apply(moved);
  CHECK(rig.version("lib") == "2.0");
  CHECK(apt::DpkgStatus::read(rig.tree).find("lib")->held());
  CHECK(rig.plan(held).empty());
}

TEST_CASE("suites that lie elsewhere are planned with the others, and come to apt") {
  AptRig rig;
  rig.archive.add(deb("app", "1.0"));
  rig.archive.add(deb("app", "1.1"), "stable-security");
  rig.archive.add(deb("tool"));
  rig.archive.publish();
  apt::Source both = rig.source();
  both.elsewhere = {{{rig.server.url()}, {"stable-security"}, both.key_path()}};
  const Transaction planned = rig.plan(request({"app", "tool"}), {both});
  CHECK(lines_of(planned) == Lines{"install app 1.1", "install tool 1.0"});
  rig.configure(both);
  rig.apply(planned);
  CHECK(rig.version("app") == "1.1");
}

TEST_CASE("components and flat repositories") {
  AptRig rig;
  rig.archive.add(deb("free"));
  rig.archive.add(deb("licensed"), "stable", "non-free");
  rig.archive.add_flat(deb("cuda", "12.9"), "cuda/x86_64");
  rig.archive.publish();
  CHECK_THAT(error_of([&] { rig.plan(request({"licensed"}), {rig.source()}); }),
             Contains("cannot find a package"));
  const auto both = rig.archive.source(rig.server.url(), "test", {"main", "non-free"});
  const Transaction licensed = rig.plan(request({"licensed"}), {both});
  CHECK(licensed.changes.at(0).origin == "Test:stable/non-free");

  apt::Source flat = rig.archive.source(rig.server.url() + "/cuda/x86_64/", "flat", {});
  flat.suites = {"/"};
  const Transaction planned = rig.plan(request({"cuda"}), {flat});
  CHECK(lines_of(planned) == Lines{"install cuda 12.9"});
  CHECK_THAT(planned.changes[0].origin, Contains("Flat"));
  rig.configure(flat);
  rig.apply(planned);
  CHECK(rig.version("cuda") == "12.9");
}

}  // namespace rigsetup::test
