// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <map>
#include <random>

#include <rigsetup/journal/journal.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/journal/child.hpp"
#include "tests/unit/journal/examples.hpp"

using namespace rigsetup;
using namespace rigsetup::test;

namespace {

struct Acknowledged {
  std::int64_t run;
  std::int64_t sequence;
};

/// Runs of ten records each, one after the other, until killed. Says what is in the journal once append
/// returned.
void record_for_ever(const std::filesystem::path& file, int to_parent) {
  Journal journal(file);
  for (;;) {
    Acknowledged last{journal.begin(stored(), started()), 1};
    while (last.sequence < 10) {
      if (write(to_parent, &last, sizeof last) != sizeof last) return;
      last.sequence = journal.append(last.run, finding(std::to_string(last.sequence + 1))).sequence;
    }
    if (write(to_parent, &last, sizeof last) != sizeof last) return;
    journal.append(last.run, RunFinished{});
  }
}

}  // namespace

TEST_CASE("whenever the writer is killed, what it was told to be stored is stored, and nothing by halves") {
  TemporaryFolder folder;
  const auto file = folder / "journal.db";
  std::mt19937 random(20261123);
  std::map<std::int64_t, std::int64_t> acknowledged;  // run -> its last sequence number
  for (int round = 0; round < 12; ++round) {
    Child child([&](int to_parent) { record_for_ever(file, to_parent); });
    Acknowledged last{};
    const unsigned enough = 1 + random() % 40;
    for (unsigned i = 0; i < enough && read(child.from_child(), &last, sizeof last) == sizeof last; ++i) {
      acknowledged[last.run] = last.sequence;
    }
    usleep(
        static_cast<useconds_t>(random() % 1000));  // in the middle of something, not always after the pipe
    child.end();
    while (read(child.from_child(), &last, sizeof last) == sizeof last)
      acknowledged[last.run] = last.sequence;

    const Journal journal(file);
    REQUIRE_FALSE(acknowledged.empty());
    const std::int64_t latest = journal.latest().value();
    CHECK(latest >= acknowledged.rbegin()->first);
    for (const RunLine& line : journal.runs(1000)) {
      const auto records = journal.read(line.id, 0, 1000);
      INFO("round " << round << ", run " << line.id);
      REQUIRE_FALSE(records.empty());
      CHECK(std::holds_alternative<RunStarted>(records.front().event));
      for (std::size_t i = 0; i < records.size(); ++i)
        CHECK(records[i].sequence == static_cast<std::int64_t>(i) + 1);
      CHECK(static_cast<std::int64_t>(records.size()) >= acknowledged[line.id]);
      CHECK(journal.stored(line.id).attachments == stored().attachments);
      const bool finished = std::holds_alternative<RunFinished>(records.back().event);
      CHECK(line.ended.has_value() == finished);
      CHECK(journal.state(line.id).ended_already() == finished);
    }
  }
  CHECK(acknowledged.size() > 12);
}
