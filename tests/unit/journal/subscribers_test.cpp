// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "journal/subscribers.hpp"

#include <atomic>
#include <thread>

#include "tests/support/catch.hpp"

using namespace rigsetup;

TEST_CASE("each subscriber is woken, and none that was removed") {
  Subscribers subscribers;
  int one = 0;
  int two = 0;
  const auto first = subscribers.add([&](std::int64_t run) { one += static_cast<int>(run); });
  subscribers.add([&](std::int64_t run) { two += static_cast<int>(run); });
  subscribers.wake(1);
  subscribers.remove(first);
  subscribers.remove(first);
  subscribers.wake(10);
  CHECK(one == 1);
  CHECK(two == 11);
}

TEST_CASE("a subscriber may remove itself while it is called") {
  Subscribers subscribers;
  std::uint64_t number = 0;
  int calls = 0;
  number = subscribers.add([&](std::int64_t) {
    ++calls;
    subscribers.remove(number);
  });
  subscribers.wake(1);
  subscribers.wake(1);
  CHECK(calls == 1);
}

TEST_CASE("a subscriber may add another while it is called") {
  Subscribers subscribers;
  int calls = 0;
  subscribers.add([&](std::int64_t run) {
    if (run == 1) subscribers.add([&](std::int64_t) { ++calls; });
  });
  subscribers.wake(1);
  CHECK(calls == 0);
  subscribers.wake(2);
  CHECK(calls == 1);
}

TEST_CASE("after its removal a subscriber is not called any more, whoever was about to") {
  Subscribers subscribers;
  std::atomic<bool> stop = false;
  std::vector<std::thread> wakers;
  for (int i = 0; i < 2; ++i) {
    wakers.emplace_back([&] {
      while (!stop) subscribers.wake(1);
    });
  }
  int late = 0;
  for (int i = 0; i < 300; ++i) {
    std::atomic<bool> removed = false;
    std::atomic<int> calls = 0;
    std::atomic<int> calls_after = 0;
    const auto number = subscribers.add([&](std::int64_t) {
      ++calls;
      std::this_thread::yield();
      if (removed) ++calls_after;
    });
    while (calls == 0) std::this_thread::yield();
    subscribers.remove(number);
    removed = true;
    std::this_thread::yield();
    late += calls_after;
  }
  stop = true;
  for (std::thread& waker : wakers) waker.join();
  CHECK(late == 0);
}
