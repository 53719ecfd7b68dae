// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <sys/stat.h>

#include <rigsetup/data/json.hpp>
#include <rigsetup/journal/journal.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/journal/examples.hpp"

using namespace rigsetup;
using namespace rigsetup::test;

namespace {

Code code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("nothing was thrown");
  return Code::internal;
}

}  // namespace

TEST_CASE("an empty journal has no runs") {
  TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  CHECK_FALSE(journal.latest());
  CHECK_FALSE(journal.latest_of("/"));
  CHECK(journal.runs(10).empty());
  CHECK(journal.unfinished().empty());
  CHECK(journal.read(1, 0, 10).empty());
  CHECK(code_of([&] { journal.state(1); }) == Code::not_found);
  CHECK(code_of([&] { journal.stored(1); }) == Code::not_found);
  CHECK(code_of([&] { journal.append(1, RunResumed{}); }) == Code::not_found);
}

TEST_CASE("its files are for root alone") {
  TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  journal.begin(stored(), started());
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    struct stat status {};
    REQUIRE(stat(file.path().c_str(), &status) == 0);
    INFO(file.path());
    CHECK((status.st_mode & 07777) == 0600);
  }
}

TEST_CASE("a run begins with its first record and keeps what was agreed to") {
  TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  CHECK(journal.begin(stored(), started()) == 1);
  CHECK(journal.begin({}, started("/srv/rig")) == 2);
  const auto records = journal.read(1, 0, 10);
  REQUIRE(records.size() == 1);
  CHECK(records[0].run == 1);
  CHECK(records[0].sequence == 1);
  CHECK(std::get<RunStarted>(records[0].event).steps.size() == 2);
  const StoredRun back = journal.stored(1);
  CHECK(back.recipe_file == "demo.yaml");
  CHECK(back.recipe_text == "rigsetup: 1\n");
  CHECK(back.attachments == stored().attachments);
  CHECK(back.plan == R"({"steps":[]})");
  CHECK(journal.stored(2).recipe_text.empty());
}

TEST_CASE("what append returns is what is read, also after opening it again") {
  TemporaryFolder folder;
  std::vector<std::string> written;
  {
    Journal journal(folder / "journal.db");
    journal.begin(stored(), started());
    written.push_back(to_json(to_value(journal.append(1, StepStarted{"a", "o'ld", "n\"ew\n"}))));
    written.push_back(
        to_json(to_value(journal.append(1, StepFinished{"a", Outcome::changed, "", {}, {}, 7}))));
  }
  Journal journal(folder / "journal.db");
  const auto records = journal.read(1, 1, 10);
  REQUIRE(records.size() == 2);
  CHECK(to_json(to_value(records[0])) == written[0]);
  CHECK(to_json(to_value(records[1])) == written[1]);
  CHECK(journal.append(1, RunResumed{}).sequence == 4);
}

TEST_CASE("each run is numbered by itself, without gaps") {
  TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  const auto one = journal.begin(stored(), started());
  const auto two = journal.begin(stored(), started());
  CHECK(journal.append(one, finding("x")).sequence == 2);
  CHECK(journal.append(two, finding("x")).sequence == 2);
  CHECK(journal.append(one, finding("x")).sequence == 3);
  CHECK(journal.append(two, finding("x")).sequence == 3);
}

TEST_CASE("the state of a run is the sum of its records") {
  TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  const auto run = journal.begin(stored(), started());
  journal.append(run, StepFinished{"a", Outcome::changed, "", {}, {}, 7});
  const RunState state = journal.state(run);
  CHECK(state.run == run);
  CHECK(state.last_sequence == 2);
  CHECK(state.find("a")->outcome == Outcome::changed);
  CHECK_FALSE(state.ended_already());
}

TEST_CASE("the line of a run follows its end and its resumption") {
  TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  const auto run = journal.begin(stored(), started("/srv/rig"));
  CHECK(journal.unfinished() == std::vector<std::int64_t>{run});
  const RunLine begun = journal.runs(1).at(0);
  CHECK(begun.id == run);
  CHECK(begun.recipe == "demo");
  CHECK(begun.root == "/srv/rig");
  CHECK(begun.user == "alice");
  CHECK(begun.outcome == RunOutcome::running);
  CHECK_FALSE(begun.ended);
  CHECK(begun.started == journal.read(run, 0, 1).at(0).time);

  const Record end = journal.append(run, RunFinished{RunOutcome::failed, {}});
  CHECK(journal.unfinished().empty());
  CHECK(journal.runs(1).at(0).outcome == RunOutcome::failed);
  CHECK(journal.runs(1).at(0).ended == end.time);

  journal.append(run, RunResumed{"boot", "asked by alice"});
  CHECK(journal.unfinished() == std::vector<std::int64_t>{run});
  CHECK(journal.runs(1).at(0).outcome == RunOutcome::running);
  CHECK_FALSE(journal.runs(1).at(0).ended);
}

TEST_CASE("runs are listed newest first, as many as asked for") {
  TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  for (int i = 0; i < 5; ++i) journal.begin(stored(), started());
  const auto lines = journal.runs(3);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].id == 5);
  CHECK(lines[2].id == 3);
  CHECK(journal.runs(100).size() == 5);
  CHECK(journal.latest() == 5);
}

TEST_CASE("the latest run of a root is the newest, however it ended") {
  TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  const auto end = [&](const std::string& root, RunOutcome outcome) {
    const auto run = journal.begin(stored(), started(root));
    journal.append(run, RunFinished{outcome, {}});
    return run;
  };
  end("/", RunOutcome::done);
  const auto failed = end("/", RunOutcome::failed);
  const auto other = end("/srv/rig", RunOutcome::interrupted);
  CHECK(journal.latest_of("/") == failed);
  CHECK(journal.latest_of("/srv/rig") == other);
  CHECK_FALSE(journal.latest_of("/srv"));
  const auto open = journal.begin(stored(), started("/"));
  CHECK(journal.latest_of("/") == open);
}

TEST_CASE("the latest result of a check is kept by root and key") {
  TemporaryFolder folder;
  const auto time = std::chrono::system_clock::time_point(std::chrono::milliseconds(1795451412345));
  {
    Journal journal(folder / "journal.db");
    CHECK_FALSE(journal.check_result("/", "nvcc:1"));
    journal.store_check({"/", "nvcc:1", "nvcc", Outcome::passed, "", {{"nvcc a.cu", ""}}, {}, time});
    journal.store_check({"/srv", "nvcc:1", "nvcc", Outcome::deferred, "first boot", {}, {}, time});
    journal.store_check({"/",
                         "nvcc:1",
                         "toolkit",
                         Outcome::failed,
                         "no compiler",
                         {{"nvcc a.cu", "not found"}},
                         {{Code::program, "cannot compile", "install g++"}},
                         time});
  }
  Journal journal(folder / "journal.db");
  const auto result = journal.check_result("/", "nvcc:1");
  REQUIRE(result);
  CHECK(result->root == "/");
  CHECK(result->key == "nvcc:1");
  CHECK(result->step == "toolkit");
  CHECK(result->outcome == Outcome::failed);
  CHECK(result->reason == "no compiler");
  CHECK(result->evidence.at(0).seen == "not found");
  CHECK(result->faults.at(0).code == Code::program);
  CHECK(result->faults.at(0).hint == "install g++");
  CHECK(result->time == time);
  CHECK(journal.check_result("/srv", "nvcc:1")->reason == "first boot");
  CHECK_FALSE(journal.check_result("/", "nvcc:2"));
}

TEST_CASE("progress is seen once and forgotten with its step and its run") {
  TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  const auto run = journal.begin(stored(), started());
  std::uint64_t number = 0;
  CHECK(journal.progress_since(run, number).empty());
  journal.progress(run, {"a", "downloading", 1, 10, "bytes", true});
  journal.progress(run, {"b", "starting", 0, 0, "", true});
  CHECK(journal.progress_since(run, number).size() == 2);
  CHECK(journal.progress_since(run, number).empty());
  journal.append(run, StepFinished{"a", Outcome::changed, "", {}, {}, 7});
  std::uint64_t fresh = 0;
  const auto left = journal.progress_since(run, fresh);
  REQUIRE(left.size() == 1);
  CHECK(left[0].step == "b");
  journal.append(run, RunFinished{});
  fresh = 0;
  CHECK(journal.progress_since(run, fresh).empty());
}

TEST_CASE("a record brings out the progress that was held back") {
  TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  const auto run = journal.begin(stored(), started());
  std::uint64_t number = 0;
  journal.progress(run, {"a", "downloading", 1, 50, "bytes", true});
  REQUIRE(journal.progress_since(run, number).size() == 1);
  journal.progress(run, {"a", "downloading", 50, 50, "bytes", true});
  journal.append(run, finding("x"));
  const auto news = journal.progress_since(run, number);
  REQUIRE(news.size() == 1);
  CHECK(news[0].done == 50);
}

TEST_CASE("records and published progress wake, and what failed to be recorded does not") {
  TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  std::vector<std::int64_t> woken;
  const auto number = journal.subscribe([&](std::int64_t run) { woken.push_back(run); });
  const auto run = journal.begin(stored(), started());
  CHECK(woken == std::vector<std::int64_t>{run});
  journal.append(run, finding("x"));
  CHECK(woken.size() == 2);
  journal.progress(run, {"a", "downloading", 0, 0, "", true});
  CHECK(woken.size() == 3);
  CHECK_THROWS_AS(journal.append(99, finding("x")), Error);
  CHECK(woken.size() == 3);
  journal.unsubscribe(number);
  journal.append(run, finding("x"));
  CHECK(woken.size() == 3);
}
