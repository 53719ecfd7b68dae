// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// What those who watch a run are told, in the four ways in which it can be slow.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
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
#include "tests/support/terminal.hpp"
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

/// A client without a terminal, and when each of its lines came.
class TimedClient {
 public:
  TimedClient(const Machine& machine, std::vector<std::string> words) {
    words.insert(words.begin(), {RIGSETUP_BUILD_DIR "/rigsetup", "--socket", machine.bed.socket});
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
      dup2(ends[1], STDOUT_FILENO);
      dup2(ends[1], STDERR_FILENO);
      execv(argv[0], argv.data());
      _exit(127);
    }
    close(ends[1]);
    thread_ = std::jthread([this, from = ends[0]] { read_all(from); });
  }
  TimedClient(const TimedClient&) = delete;
  ~TimedClient() {
    if (!ended_) kill(pid_, SIGKILL);
    thread_.join();
    waitpid(pid_, nullptr, 0);
  }
  bool has_ended() const { return ended_; }
  bool said(const std::string& words) const {
    const std::lock_guard lock(mutex_);
    return text_.find(words) != std::string::npos;
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  std::chrono::duration<double> longest_silence() const { return silence_; }

 private:
  void read_all(int from) {
    std::array<char, 4096> piece;
    auto last = std::chrono::steady_clock::now();
    for (ssize_t got; (got = read(from, piece.data(), piece.size())) > 0;) {
      const auto now = std::chrono::steady_clock::now();
      const std::lock_guard lock(mutex_);
      silence_ = std::max(silence_, std::chrono::duration<double>(now - last));
      last = now;
      text_.append(piece.data(), static_cast<std::size_t>(got));
    }
    close(from);
    ended_ = true;
  }
  pid_t pid_ = -1;
  mutable std::mutex mutex_;
  std::string text_;
  std::chrono::duration<double> silence_{0};
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

namespace {

/// A program that has a compiler at work until /var/cache/NAME-may-go is there.
void write_slow_program(const std::filesystem::path& root, const std::string& path, const std::string& name) {
  std::filesystem::create_directories((root / path).parent_path());
  write_text(root / path,
             "#!/bin/sh\nfolder=$(mktemp -d); cp /bin/sleep $folder/cc1plus\n$folder/cc1plus 1000 & "
             "compiler=$!\nuntil test -e /var/cache/" +
                 name + "-may-go; do sleep 0.05; done\nkill $compiler; rm -r $folder\n");
  std::filesystem::permissions(root / path, std::filesystem::perms(0755));
}

}  // namespace

TEST_CASE("whoever waits hears something every few seconds, and what is slow is named in it") {
  const Shop shop;
  Machine machine(shop);
  machine.start();
  write_slow_program(machine.root.path(), "opt/slow/look", "look");
  write_slow_program(machine.root.path(), "opt/slow/python", "check");
  machine.want(R"yaml(
  - id: stalling
    apt_packages: {packages: [stalling]}
  - id: dozing
    apt_packages: {packages: [dozing]}
  - id: look
    command: {argv: ["true"], check: [/opt/slow/look]}
  - id: proof
    python_import: {python: /opt/slow/python, modules: [json]}
)yaml");
  LockHolder holder(machine.root / "var/lib/dpkg/lock-frontend");
  const TimedClient client(machine, machine.apply_words());
  const auto is_said = [&](const std::string& words) {
    const bool said =
        eventually([&] { return client.has_ended() || client.said(words); }) && client.said(words);
    if (!said) WARN("not said: " << words << "\n" << client.text());
    return said;
  };
  const auto may_go = [&](const std::string& name) {
    write_text(machine.root / ("var/cache/" + name + "-may-go"), "");
  };
  CHECK(is_said("planning: looking at step look"));
  CHECK(is_said("compiling (cc1plus), "));
  may_go("look");
  CHECK(is_said("waiting for the dpkg lock held by " + holder.name() + ", "));
  holder.let_go();
  CHECK(is_said("downloading: no data from 127.0.0.1:"));
  CHECK(is_said("postinst of dozing"));
  may_go("dozing");
  CHECK(is_said("proof: importing json: compiling (cc1plus), "));
  may_go("check");
  REQUIRE(eventually([&] { return client.has_ended(); }));
  // The cadence itself is tested with a clock of its own; here only that nothing on the way swallows it. A
  // machine that is slow has three times as long.
  CHECK(client.longest_silence().count() < 15);
}

TEST_CASE("on a terminal the view moves every few seconds, also while a step tells nothing") {
  const Shop shop;
  Machine machine(shop);
  machine.start();
  write_slow_program(machine.root.path(), "opt/slow/work", "work");
  machine.want(
      "  - id: work\n    command: {argv: [/opt/slow/work], check: [test, -e, /var/cache/work-may-go]}\n");
  std::vector<std::string> words = machine.apply_words();
  words.insert(words.begin(), {RIGSETUP_BUILD_DIR "/rigsetup", "--socket", machine.bed.socket});
  OnTerminal client(words);
  REQUIRE(client.shows("compiling (cc1plus)"));
  for (int i = 0; i < 3; ++i) {
    const std::string before = client.picture().text();
    const auto since = std::chrono::steady_clock::now();
    CHECK(client.until([&] { return client.picture().text() != before; }));
    CHECK(std::chrono::steady_clock::now() - since < std::chrono::seconds(15));
  }
  write_text(machine.root / "var/cache/work-may-go", "");
  CHECK(client.end() == 0);
}

}  // namespace rigsetup::test
