// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <random>

#include <rigsetup/journal/journal.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/journal/examples.hpp"

using namespace rigsetup;
using namespace rigsetup::test;

TEST_CASE("a reader that starts anywhere sees every later record once and in order") {
  constexpr int k_records = 60;
  TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  const auto run = journal.begin(stored(), started());
  const auto other = journal.begin(stored(), started());
  for (int i = 2; i <= k_records; ++i) {
    journal.append(run, finding(std::to_string(i)));
    journal.append(other, finding("of another run"));
  }
  std::mt19937 random(20261123);
  for (std::int64_t after = 0; after <= k_records + 1; ++after) {
    std::int64_t cursor = after;
    for (;;) {
      const std::size_t limit = 1 + random() % 9;
      const auto records = journal.read(run, cursor, limit);
      CHECK(records.size() <= limit);
      if (records.empty()) break;
      for (const Record& record : records) {
        CHECK(record.run == run);
        CHECK(record.sequence == ++cursor);
        if (record.sequence > 1) CHECK(message_of(record) == std::to_string(record.sequence));
      }
    }
    CHECK(cursor == std::max<std::int64_t>(after, k_records));
  }
}

TEST_CASE("a reader that keeps up sees what is appended meanwhile") {
  TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  const auto run = journal.begin(stored(), started());
  std::int64_t cursor = 0;
  std::vector<std::int64_t> seen;
  const auto catch_up = [&] {
    for (const Record& record : journal.read(run, cursor, 100)) {
      seen.push_back(record.sequence);
      cursor = record.sequence;
    }
  };
  for (int i = 0; i < 20; ++i) {
    if (i % 3 == 0) catch_up();
    journal.append(run, finding("x"));
  }
  catch_up();
  REQUIRE(seen.size() == 21);
  for (std::size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] == static_cast<std::int64_t>(i) + 1);
}
