// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "journal/subscribers.hpp"

#include <utility>
#include <vector>

namespace rigsetup {

std::uint64_t Subscribers::add(Wake wake) {
  auto subscriber = std::make_shared<Subscriber>();
  subscriber->wake = std::move(wake);
  const std::lock_guard lock(mutex_);
  subscribers_.emplace(++last_number_, std::move(subscriber));
  return last_number_;
}

void Subscribers::remove(std::uint64_t number) {
  std::shared_ptr<Subscriber> subscriber;
  {
    const std::lock_guard lock(mutex_);
    const auto found = subscribers_.find(number);
    if (found == subscribers_.end()) return;
    subscriber = std::move(found->second);
    subscribers_.erase(found);
  }
  const std::lock_guard lock(subscriber->calling);
  subscriber->removed = true;
}

void Subscribers::wake(std::int64_t run) {
  std::vector<std::shared_ptr<Subscriber>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [number, subscriber] : subscribers_) all.push_back(subscriber);
  }
  for (const auto& subscriber : all) {
    const std::lock_guard lock(subscriber->calling);
    if (!subscriber->removed) subscriber->wake(run);
  }
}

}  // namespace rigsetup
