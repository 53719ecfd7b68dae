// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <fstream>

#include <sqlite3.h>

#include <rigsetup/journal/journal.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/journal/examples.hpp"

using namespace rigsetup;
using namespace rigsetup::test;
using Catch::Matchers::Contains;

namespace {

void execute(const std::filesystem::path& file, const std::string& sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &database) == SQLITE_OK);
  const int result = sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr);
  INFO(sqlite3_errmsg(database));
  CHECK(result == SQLITE_OK);
  sqlite3_close(database);
}

std::string fixture(const std::string& name) {
  std::ifstream stream(std::filesystem::path(RIGSETUP_SOURCE_DIR) / "tests/unit/journal" / name);
  REQUIRE(stream);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("a journal of format 1 is read for good") {
  TemporaryFolder folder;
  const auto file = folder / "journal.db";
  execute(file, fixture("journal-v1.sql"));
  Journal journal(file);

  const auto lines = journal.runs(10);
  REQUIRE(lines.size() == 2);
  CHECK(lines[1].recipe == "demo");
  CHECK(lines[1].root == "/srv/rig");
  CHECK(lines[1].user == "alice");
  CHECK(lines[1].outcome == RunOutcome::done);
  CHECK(journal.unfinished() == std::vector<std::int64_t>{2});

  const RunState state = journal.state(1);
  CHECK(state.last_sequence == 13);
  CHECK(state.header.caller.uid == 1000);
  CHECK(state.find("a")->outcome == Outcome::changed);
  CHECK(state.find("a")->evidence.at(0).seen == "new");
  CHECK(state.find("a")->findings.at(0).hint == "compare the two");
  CHECK(state.find("b")->outcome == Outcome::as_wanted);
  CHECK(state.resumed == 1);
  CHECK(state.reboots.at(0).why == "a new kernel");
  CHECK(state.started == std::chrono::system_clock::time_point(lines[1].started.time_since_epoch()));
  CHECK(journal.read(1, 0, 100).size() == 13);

  const StoredRun run = journal.stored(1);
  CHECK(run.recipe_file == "demo.yaml");
  CHECK(run.recipe_text == "rigsetup: 1\n");
  CHECK(run.attachments == stored().attachments);
  CHECK(run.plan == R"({"steps":[]})");

  const auto check = journal.check_result("/srv/rig", "nvidia_gpu:1");
  REQUIRE(check);
  CHECK(check->outcome == Outcome::failed);
  CHECK(check->faults.at(0).code == Code::unsupported);

  CHECK(journal.append(2, finding("x")).sequence == 2);
  CHECK(journal.begin(stored(), started()) == 3);
}

TEST_CASE("a journal of a newer format is refused with both numbers and left alone") {
  TemporaryFolder folder;
  const auto file = folder / "journal.db";
  { Journal journal(file); }
  execute(file, "PRAGMA user_version = 999");
  try {
    Journal journal(file);
    FAIL("it was accepted");
  } catch (const Error& error) {
    CHECK(error.code() == Code::unsupported);
    CHECK_THAT(error.message(), Contains("format 999") && Contains("up to 2"));
    CHECK_THAT(error.hint(), Contains("newer rigsetup"));
  }
  execute(file, "PRAGMA user_version = 2");
  CHECK_NOTHROW(Journal(file));
}
