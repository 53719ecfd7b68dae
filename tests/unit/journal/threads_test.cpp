// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <condition_variable>
#include <mutex>
#include <thread>

#include <rigsetup/journal/journal.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/journal/examples.hpp"

using namespace rigsetup;
using namespace rigsetup::test;

TEST_CASE("several threads append and several follow, and all see the same") {
  constexpr int k_writers = 3;
  constexpr int k_each = 40;
  constexpr int k_readers = 2;
  TemporaryFolder folder;
  Journal journal(folder / "journal.db");
  const auto run = journal.begin(stored(), started());

  std::vector<std::vector<std::string>> seen(k_readers);
  std::vector<std::thread> threads;
  for (auto& mine : seen) {
    threads.emplace_back([&] {
      std::mutex mutex;
      std::condition_variable woken;
      bool news = true;
      const auto number = journal.subscribe([&](std::int64_t) {
        const std::lock_guard lock(mutex);
        news = true;
        woken.notify_one();
      });
      std::int64_t cursor = 0;
      std::uint64_t progress = 0;
      for (bool ended = false; !ended;) {
        {
          std::unique_lock lock(mutex);
          woken.wait(lock, [&] { return news; });
          news = false;
        }
        journal.progress_since(run, progress);
        for (const Record& record : journal.read(run, cursor, 1000)) {
          // A gap or a repetition ends up in the list, and the lists are compared below.
          if (record.sequence != ++cursor) mine.push_back("out of order");
          if (std::holds_alternative<Finding>(record.event)) mine.push_back(message_of(record));
          if (std::holds_alternative<RunFinished>(record.event)) ended = true;
        }
      }
      journal.unsubscribe(number);
    });
  }
  std::vector<std::thread> writers;
  for (int writer = 0; writer < k_writers; ++writer) {
    writers.emplace_back([&, writer] {
      const std::string step = std::to_string(writer);
      for (int i = 0; i < k_each; ++i) {
        journal.progress(run, {step, "working", static_cast<std::uint64_t>(i), k_each, "", true});
        journal.append(run, finding(step + ":" + std::to_string(i)));
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  journal.append(run, RunFinished{});
  for (std::thread& thread : threads) thread.join();

  REQUIRE(seen[0].size() == k_writers * k_each);
  CHECK(seen[1] == seen[0]);
  std::vector<int> next(k_writers, 0);
  for (const std::string& message : seen[0]) {  // each writer's own findings are in its order
    const int writer = std::stoi(message);
    CHECK(message ==
          std::to_string(writer) + ":" + std::to_string(next.at(static_cast<std::size_t>(writer))++));
  }
}
