// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// What those who watch a run are told, in the four ways in which it can be slow.
#include <algorithm>
#include <atomic>
#include <csignal>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rigsetup/data/json.hpp>
#include <rigsetup/event/event.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/shell.hpp"
#include "tests/system/provision_rig.hpp"

namespace rigsetup::test {
namespace {

const std::string k_steps = R"yaml(
  - id: big
    apt_packages: {packages: [big]}
  - id: dozing
    apt_packages: {packages: [dozing]}
  - id: module
    apt_packages: {packages: [module]}
)yaml";

/// Holds dpkg's lock as apt does, in a process of its own.
class LockHolder {
 public:
  explicit LockHolder(const std::filesystem::path& lock) {
    const int file = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    int ready[2];
    REQUIRE(pipe(ready) == 0);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      prctl(PR_SET_NAME, "unattended-upgr");
      struct flock whole {};
      whole.l_type = F_WRLCK;
      const char held = fcntl(file, F_SETLK, &whole) == 0 ? 'y' : 'n';
      (void)!write(ready[1], &held, 1);
      while (true) pause();
    }
    char held = 'n';
    (void)!read(ready[0], &held, 1);
    for (const int end : {file, ready[0], ready[1]}) close(end);
    REQUIRE(held == 'y');
  }
  LockHolder(const LockHolder&) = delete;
  ~LockHolder() { let_go(); }
  void let_go() {
    if (pid_ > 0) kill(pid_, SIGKILL);
    if (pid_ > 0) waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  std::string name() const { return "unattended-upgr (" + std::to_string(pid_) + ")"; }

 private:
  pid_t pid_ = -1;
};

/// Follows a run to its end in a thread of its own and keeps all that it is told.
class Watcher {
 public:
  Watcher(const std::filesystem::path& socket, std::int64_t run) : client_(socket) {
    client_.send("GET /v1/runs/" + std::to_string(run) + "/events?follow=1 HTTP/1.1\r\nHost: x\r\n\r\n");
    REQUIRE(client_.read_head().status == 200);
    thread_ = std::jthread([this] {
      while (const auto line = client_.read_line()) {
        const Value value = parse_json(*line);
        const std::lock_guard lock(mutex_);
        if (const Value* progress = value.find("progress"))
          told_.push_back(progress_from(*progress));
        else
          events_.push_back(value.at("event").as_string());
      }
      ended_ = true;
    });
  }
  std::vector<Progress> told() const {
    const std::lock_guard lock(mutex_);
    return told_;
  }
  std::vector<std::string> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  bool ended() const { return ended_; }

 private:
  HttpClient client_;
  mutable std::mutex mutex_;
  std::vector<Progress> told_;
  std::vector<std::string> events_;
  std::atomic<bool> ended_ = false;
  std::jthread thread_;  // last: uses all above
};

using Test = std::function<bool(const Progress&)>;

/// How long, as it was told, those reports say that it goes on: several numbers are signs of life.
std::set<std::int64_t> seconds_told(const std::vector<Progress>& told, const Test& test) {
  std::set<std::int64_t> seconds;
  for (const Progress& progress : told) {
    if (test(progress)) seconds.insert(progress.at_seconds);
  }
  return seconds;
}

Test at(const std::string& what) {
  return [what](const Progress& progress) { return progress.at.starts_with(what); };
}
Test label(const std::string& text) {
  return [text](const Progress& progress) { return progress.label == text; };
}

std::vector<Progress> sums(const std::vector<Progress>& told) {
  std::vector<Progress> sums;
  std::copy_if(told.begin(), told.end(), std::back_inserter(sums),
               [](const Progress& progress) { return progress.step.empty(); });
  return sums;
}

void check_sums(const std::vector<Progress>& told) {
  const std::vector<Progress> all = sums(told);
  REQUIRE(all.size() > 5);
  for (std::size_t i = 1; i < all.size(); ++i) {
    CHECK(all[i].done >= all[i - 1].done);
    CHECK(all[i].number > all[i - 1].number);
    CHECK((all[i].done < 100 || i + 1 == all.size()));
  }
  CHECK(all.back().done == 100);
}

std::map<std::uint64_t, std::string> by_number(const std::vector<Progress>& told) {
  std::map<std::uint64_t, std::string> lines;
  for (const Progress& progress : told) lines[progress.number] = to_json(to_value(progress));
  return lines;
}

}  // namespace

TEST_CASE(
    "a lock, a download, a script and a module that are slow are named to all, and the number only rises") {
  const Shop shop;
  Machine machine(shop);
  machine.start();
  machine.want(k_steps);
  LockHolder holder(machine.root / "var/lib/dpkg/lock-frontend");
  const std::string waiting = "waiting for the dpkg lock held by " + holder.name();
  std::vector<std::string> words = machine.apply_words();
  words.push_back("--detach");
  const Said started = machine.rigsetup(words);
  INFO(started.out << started.errors);
  REQUIRE(started.status == 0);

  Watcher first(machine.bed.socket, 1);
  Watcher second(machine.bed.socket, 1);
  const auto is_told = [&](const Test& test) {
    return eventually([&] { return first.ended() || seconds_told(first.told(), test).size() >= 2; });
  };
  CHECK(is_told(label(waiting)));
  holder.let_go();

  CHECK(is_told(at("postinst of dozing")));
  write_text(machine.root / "var/cache/dozing-may-go", "");
  CHECK(is_told(at("building the module rig/1.0 (cc1)")));

  // Who comes now has everything at once, though nothing new happens.
  Watcher late(machine.bed.socket, 1);
  CHECK(eventually([&] {
    const auto told = late.told();
    return !sums(told).empty() && std::any_of(told.begin(), told.end(), at("building the module rig/1.0"));
  }));
  const std::uint64_t attached_at = sums(late.told()).front().done;
  CHECK(attached_at >= sums(second.told()).front().done);
  write_text(machine.root / "var/cache/module-may-go", "");

  REQUIRE(eventually([&] { return first.ended() && second.ended() && late.ended(); }));
  CHECK(machine.latest_outcome() == "done");
  const std::vector<Progress> seen = first.told();
  std::set<std::uint64_t> amounts;
  for (const Progress& progress : seen) {
    if (progress.label == "downloading" && progress.done > 0 && progress.done < progress.total)
      amounts.insert(progress.done);
  }
  CHECK(amounts.size() >= 3);

  check_sums(seen);
  check_sums(second.told());
  CHECK(sums(late.told()).back().done == 100);
  CHECK(first.events() == second.events());
  // The latest value only: one may have missed what the other saw, but the same number is the same report.
  const auto others = by_number(second.told());
  std::size_t shared = 0;
  for (const auto& [number, line] : by_number(seen)) {
    const auto found = others.find(number);
    if (found == others.end()) continue;
    ++shared;
    CHECK(found->second == line);
  }
  CHECK(shared > 10);

  // The next run knows from this one how long it takes, before anything has happened.
  machine.root.run(
      "rm /var/cache/*-may-go; dpkg --purge module dozing big; touch /var/cache/dozing-may-go "
      "/var/cache/module-may-go; apt-get clean");
  REQUIRE(machine.rigsetup(words).status == 0);
  Watcher again(machine.bed.socket, 2);
  REQUIRE(eventually([&] { return again.ended(); }));
  CHECK(machine.latest_outcome() == "done");
  CHECK(sums(again.told()).front().left_seconds.has_value());
}

}  // namespace rigsetup::test
