// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/journal/journal.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;

namespace {

struct Bed {
  std::int64_t begin(const std::string& root = "/") {
    RunStarted started;
    started.root = root;
    started.steps = {{"web", "apt_packages", ""}};
    return journal.begin({"recipe.yaml", "text", {}, "the plan"}, started);
  }
  void make(std::int64_t run, std::vector<Thing> things) {
    journal.append(run, StepStarted{"web", {}, {}, std::move(things)});
  }
  void remove(std::int64_t run, std::vector<Thing> things) {
    StepFinished finished;
    finished.step = "prune.apt_packages";
    finished.removed = std::move(things);
    journal.append(run, finished);
  }
  std::vector<std::string> owned(const std::string& root = "/") const {
    std::vector<std::string> lines;
    for (const Owned& one : journal.owned(root)) {
      lines.push_back(one.thing.kind + " " + one.thing.name + (one.thing.along ? " along" : "") + " " +
                      std::to_string(one.run) + " " + one.step);
    }
    return lines;
  }
  test::TemporaryFolder folder;
  Journal journal{folder / "journal.db"};
};

using Lines = std::vector<std::string>;
const Thing k_nginx{"apt_packages", "nginx"};

}  // namespace

TEST_CASE("what a step is about to make is owned from the record on, by root") {
  Bed bed;
  const auto run = bed.begin();
  bed.make(run, {k_nginx, {"apt_packages", "lib", "", true}});
  CHECK(bed.owned() == Lines{"apt_packages nginx 1 web", "apt_packages lib along 1 web"});
  CHECK(bed.owned("/srv/image").empty());
  bed.make(bed.begin("/srv/image"), {k_nginx});
  CHECK(bed.owned("/srv/image") == Lines{"apt_packages nginx 2 web"});
}

TEST_CASE("the first to make a thing is its maker, until it is taken away") {
  Bed bed;
  bed.make(bed.begin(), {{"file", "/etc/a", "first"}});
  bed.make(bed.begin(), {{"file", "/etc/a", "second"}});
  REQUIRE(bed.journal.owned("/").size() == 1);
  CHECK(bed.journal.owned("/").front().thing.note == "first");
  bed.remove(bed.begin(), {{"file", "/etc/a"}});
  CHECK(bed.owned().empty());
  bed.make(bed.begin(), {{"file", "/etc/a", "third"}});
  CHECK(bed.owned() == Lines{"file /etc/a 4 web"});
}

TEST_CASE("what is taken away on one root stays owned on another") {
  Bed bed;
  bed.make(bed.begin("/a"), {k_nginx});
  bed.make(bed.begin("/b"), {k_nginx});
  bed.remove(bed.begin("/a"), {k_nginx});
  CHECK(bed.owned("/a").empty());
  CHECK(bed.owned("/b").size() == 1);
  bed.journal.disown("/b", k_nginx);
  CHECK(bed.owned("/b").empty());
}

TEST_CASE("a plan that is made anew is stored with the record that says so") {
  Bed bed;
  const auto run = bed.begin();
  const Record record = bed.journal.change_plan(run, "the new plan", {"digest", {"nginx: 2 instead of 1"}});
  CHECK(record.sequence == 2);
  CHECK(bed.journal.stored(run).plan == "the new plan");
  CHECK(bed.journal.state(run).header.plan_digest == "digest");
  REQUIRE(bed.journal.state(run).findings.size() == 1);
}
