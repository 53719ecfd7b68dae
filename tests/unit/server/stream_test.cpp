// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "server/stream.hpp"

#include <filesystem>
#include <fstream>

#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;
using namespace rigsetup::server;
using Next = Stream::Next;

namespace {

RunStarted started() {
  RunStarted event;
  event.recipe = "a";
  event.root = "/";
  event.steps.push_back({"one", "file", "file /etc/one"});
  return event;
}

/// All that is there now; the pieces' lines.
std::vector<std::string> drain(Stream& stream, Next& last) {
  std::string all;
  for (;;) {
    std::string piece;
    last = stream.next(piece);
    if (last != Next::piece) break;
    all += piece;
  }
  return split_lines(all);
}

std::int64_t sequence(const std::string& line) { return parse_json(line).at("seq").as_int(); }

}  // namespace

TEST_CASE("a stream gives the records after a cursor, a line each, and ends") {
  const test::TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  const auto run = journal.begin({}, started());
  journal.append(run, StepStarted{"one", "absent", "present"});
  journal.append(run, Finding{"one", "a\nb", ""});
  Next last{};
  EventStream all(journal, run, 0, false, true);
  auto lines = drain(all, last);
  REQUIRE(lines.size() == 3);
  CHECK(last == Next::end);
  for (int i = 0; i < 3; ++i) CHECK(sequence(lines[i]) == i + 1);
  EventStream rest(journal, run, 2, false, true);
  lines = drain(rest, last);
  REQUIRE(lines.size() == 1);
  CHECK(std::get<Finding>(record_from(parse_json(lines[0])).event).message == "a\nb");
}

TEST_CASE("what programs printed is for trusted readers only") {
  const test::TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  const auto run = journal.begin({}, started());
  journal.append(run, StepFinished{"one", Outcome::passed, "", {{"program", "secret"}}, {}, 1});
  Next last{};
  EventStream trusted(journal, run, 1, false, true);
  CHECK(drain(trusted, last).front().find("secret") != std::string::npos);
  EventStream stranger(journal, run, 1, false, false);
  const auto lines = drain(stranger, last);
  REQUIRE(lines.size() == 1);
  CHECK(lines.front().find("secret") == std::string::npos);
  CHECK(std::get<StepFinished>(record_from(parse_json(lines.front())).event).outcome == Outcome::passed);
}

TEST_CASE("a follower waits for more until the run ends") {
  const test::TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  const auto run = journal.begin({}, started());
  EventStream stream(journal, run, 0, true, true);
  Next last{};
  CHECK(drain(stream, last).size() == 1);
  CHECK(last == Next::later);
  journal.append(run, StepStarted{"one", "", ""});
  CHECK(drain(stream, last).size() == 1);
  CHECK(last == Next::later);
  journal.append(run, RunFinished{RunOutcome::failed, {}});
  CHECK(drain(stream, last).size() == 1);
  CHECK(last == Next::end);
}

TEST_CASE("a follower of a run that was resumed reads on beyond its first end") {
  const test::TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  const auto run = journal.begin({}, started());
  journal.append(run, RunFinished{RunOutcome::interrupted, {}});
  journal.append(run, RunResumed{"boot", "asked by root"});
  EventStream stream(journal, run, 0, true, true);
  Next last{};
  CHECK(drain(stream, last).size() == 3);
  CHECK(last == Next::later);
  journal.append(run, RunFinished{RunOutcome::done, {}});
  CHECK(drain(stream, last).size() == 1);
  CHECK(last == Next::end);
}

TEST_CASE("a follower of an ended run gets what it lacks and ends, also with a cursor at or beyond the end") {
  const test::TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  const auto run = journal.begin({}, started());
  journal.append(run, RunFinished{RunOutcome::done, {}});
  Next last{};
  for (const auto& [after, count] : {std::pair{0, 2}, {1, 1}, {2, 0}, {99, 0}}) {
    EventStream stream(journal, run, after, true, true);
    CHECK(drain(stream, last).size() == static_cast<std::size_t>(count));
    CHECK(last == Next::end);
  }
}

TEST_CASE("a cursor beyond the end of a long run comes to the end too") {
  const test::TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  const auto run = journal.begin({}, started());
  for (int i = 0; i < 600; ++i) journal.append(run, Finding{"one", std::to_string(i), ""});
  EventStream stream(journal, run, 1000, true, true);
  Next last{};
  CHECK(drain(stream, last).empty());
  journal.append(run, RunFinished{RunOutcome::done, {}});
  CHECK(drain(stream, last).empty());
  CHECK(last == Next::end);
}

TEST_CASE("a follower with a cursor beyond the records is told nothing, and ends with the run") {
  const test::TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  const auto run = journal.begin({}, started());
  EventStream stream(journal, run, 99, true, true);
  Next last{};
  CHECK(drain(stream, last).empty());
  CHECK(last == Next::later);
  journal.append(run, StepStarted{"one", "", ""});
  CHECK(drain(stream, last).empty());
  CHECK(last == Next::later);
  journal.append(run, RunFinished{RunOutcome::done, {}});
  CHECK(drain(stream, last).empty());
  CHECK(last == Next::end);
}

TEST_CASE("progress is told to followers only, once for each change") {
  const test::TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  const auto run = journal.begin({}, started());
  journal.progress(run, {"one", "downloading", 5, 10, "bytes", true});
  Next last{};
  EventStream once(journal, run, 0, false, true);
  CHECK(drain(once, last).size() == 1);
  EventStream follower(journal, run, 1, true, true);
  const auto lines = drain(follower, last);
  REQUIRE(lines.size() == 1);
  const auto progress = progress_from(parse_json(lines[0]).at("progress"));
  CHECK(progress.step == "one");
  CHECK(progress.done == 5);
  CHECK(drain(follower, last).empty());
  CHECK(last == Next::later);
}

TEST_CASE("more records than one read takes come in order and whole") {
  const test::TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  const auto run = journal.begin({}, started());
  for (int i = 0; i < 600; ++i) journal.append(run, Finding{"one", std::to_string(i), ""});
  EventStream stream(journal, run, 0, false, true);
  Next last{};
  const auto lines = drain(stream, last);
  REQUIRE(lines.size() == 601);
  for (std::size_t i = 0; i < lines.size(); ++i)
    CHECK(sequence(lines[i]) == static_cast<std::int64_t>(i + 1));
}

TEST_CASE("a file is streamed as it is; one that is not there is left out") {
  const test::TemporaryFolder folder;
  const std::string big(200'000, 'x');
  std::ofstream(folder / "one.log") << big;
  std::ofstream(folder / "empty.log");
  std::ofstream(folder / "two.log") << "second\n";
  const auto whole = [](FileStream stream_of) {
    std::string all;
    for (std::string piece; stream_of.next(piece) == Next::piece; piece.clear()) all += piece;
    return all;
  };
  CHECK(whole(FileStream({{"one", folder / "one.log"}})) == big);
  CHECK(whole(FileStream({{"absent", folder / "absent.log"}})).empty());
  CHECK(whole(FileStream({{"empty", folder / "empty.log"}})).empty());
  CHECK(whole(FileStream({{"one", folder / "one.log"},
                          {"absent", folder / "absent.log"},
                          {"empty", folder / "empty.log"},
                          {"two", folder / "two.log"}})) ==
        "==> one <==\n" + big + "==> empty <==\n==> two <==\nsecond\n");
}

TEST_CASE("a link in a log's place is not followed") {
  const test::TemporaryFolder folder;
  std::ofstream(folder / "secret") << "secret";
  std::filesystem::create_symlink(folder / "secret", folder / "one.log");
  FileStream stream({{"one", folder / "one.log"}});
  std::string piece;
  CHECK_THROWS_AS(stream.next(piece), Error);
  CHECK(piece.empty());
}
