// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/running_daemon.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "tests/support/shell.hpp"
#include "tests/support/tiny_root.hpp"

namespace rigsetup::test {
namespace {

namespace fs = std::filesystem;

pid_t spawn(const std::vector<std::string>& options, const fs::path& errors) {
  std::vector<std::string> words{RIGSETUP_BUILD_DIR "/rigsetupd"};
  words.insert(words.end(), options.begin(), options.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);                   // a test that crashes leaves no daemon behind
  setenv("TMPDIR", errors.parent_path().c_str(), 1);  // what a killed one leaves goes with the test
  const int fd = open(errors.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(fd, STDERR_FILENO);
  execv(argv[0], argv.data());
  _exit(127);
}

int wait_for(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::size_t number_after(const std::string& text, const std::string& label) {
  const auto at = text.find(label);
  return at == std::string::npos ? 0 : std::stoul(text.substr(at + label.size()));
}

/// What one process started, and they.
void add_descendants(pid_t pid, std::vector<pid_t>& all) {
  all.push_back(pid);
  const std::string children =
      read_file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
  for (const auto& child : split_words(children)) add_descendants(std::stoi(child), all);
}

}  // namespace

Bed::Bed() {
  // Other users must reach the socket.
  fs::permissions(folder.path(), fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec |
                                     fs::perms::group_read | fs::perms::others_read);
  fs::create_directories(data);
  fs::create_directories(root);
  make_tiny_root(root);
  std::ofstream(config) << "lists_max_age: 1h\n";
  std::ofstream(data / "greeting.yaml") << "rigsetup: 1\nname: greeting\nsummary: a file that greets\n"
                                           "steps:\n  - file: {path: /etc/greeting, content: \"hello\\n\"}\n";
}

/// A test may leave a job behind that waits for what never comes; nobody else would end it.
Bed::~Bed() {
  for (const pid_t pid : job_processes(*this)) ::kill(pid, SIGKILL);
}

std::string Bed::listing() const {
  std::vector<std::string> lines;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    struct stat info {};
    lstat(entry.path().c_str(), &info);
    std::ostringstream line;
    line << fs::relative(entry.path(), root).string() << ' ' << std::oct << info.st_mode << ' ' << info.st_uid
         << ' ';
    if (entry.is_symlink())
      line << fs::read_symlink(entry.path()).string();
    else if (entry.is_regular_file())
      line << std::dec << info.st_size << ' ' << std::hash<std::string>()(read_file(entry.path()));
    lines.push_back(line.str());
  }
  std::ranges::sort(lines);
  std::string all;
  for (const auto& line : lines) all += line + "\n";
  return all;
}

std::vector<std::string> options_for(const Bed& bed) {
  return {"--socket",    bed.socket,   "--state-dir", bed.state,       "--config",
          bed.config,    "--data-dir", bed.data,      "--libexec-dir", RIGSETUP_BUILD_DIR "/libexec",
          "--foreground"};
}

RunningDaemon::RunningDaemon(const Bed& bed, std::vector<std::string> more) {
  auto options = options_for(bed);
  options.insert(options.end(), more.begin(), more.end());
  pid_ = spawn(options, bed.folder / "errors");
  const bool answers = eventually([&] {
    if (waitpid(pid_, nullptr, WNOHANG) != 0) {
      pid_ = -1;
      return true;
    }
    try {
      return get(bed.socket, "/v1/version").status == 200;
    } catch (const std::runtime_error&) {
      return false;
    }
  });
  if (!answers || pid_ < 0) {
    if (pid_ > 0) kill();
    throw std::runtime_error("rigsetupd does not answer: " + read_file(bed.folder / "errors"));
  }
}

RunningDaemon::~RunningDaemon() {
  if (pid_ > 0) kill();
}

int RunningDaemon::stop() {
  ::kill(pid_, SIGTERM);
  return wait_for(std::exchange(pid_, -1));
}

void RunningDaemon::kill() {
  ::kill(pid_, SIGKILL);
  wait_for(std::exchange(pid_, -1));
}

Ended run_daemon(const std::vector<std::string>& options) {
  const TemporaryFolder folder;
  const auto errors = folder / "errors";
  const auto status = wait_for(spawn(options, errors));
  return {status, read_file(errors)};
}

Value inline_recipe(const Bed& bed, const std::string& steps) {
  return Value::map(
      {{"recipe", Value::map({{"file", "test.yaml"},
                              {"text", "rigsetup: 1\nname: test\nsummary: of a test\nsteps:\n" + steps}})},
       {"root", bed.root.string()},
       {"once", true}});
}

void make_active(const Bed& bed, const std::string& steps) {
  std::filesystem::create_directories(bed.root / "etc/rigsetup");
  std::ofstream(bed.root / "etc/rigsetup/recipe.yaml")
      << inline_recipe(bed, steps).at("recipe").at("text").as_string();
}

std::int64_t start_run(const Bed& bed, const std::string& steps) {
  const auto plan = post(bed.socket, "/v1/plans", inline_recipe(bed, steps));
  if (plan.status != 200) throw std::runtime_error("no plan: " + plan.body);
  const auto run = post(bed.socket, "/v1/runs",
                        Value::map({{"plan", plan.json().at("id")}, {"digest", plan.json().at("digest")}}));
  if (run.status != 201) throw std::runtime_error("no run: " + run.body);
  return run.json().at("run").as_int();
}

std::vector<Value> follow(const Bed& bed, std::int64_t run) {
  HttpClient client(bed.socket);
  client.send("GET /v1/runs/" + std::to_string(run) + "/events?follow=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  std::vector<Value> records;
  if (client.read_head().status != 200) return records;
  while (const auto line = client.read_line()) {
    auto value = parse_json(*line);
    if (value.find("progress") == nullptr) records.push_back(std::move(value));
  }
  return records;
}

std::string outcome_of(const Bed& bed, std::int64_t run) {
  return get(bed.socket, "/v1/runs/" + std::to_string(run)).json().at("outcome").as_string();
}

bool eventually(const std::function<bool()>& condition) {
  for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
       std::chrono::steady_clock::now() < end;) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

std::string read_file(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::size_t anonymous_bytes(pid_t pid) {
  return number_after(read_file("/proc/" + std::to_string(pid) + "/status"), "RssAnon:") * 1024;
}

std::size_t peak_bytes(pid_t pid) {
  return number_after(read_file("/proc/" + std::to_string(pid) + "/status"), "VmHWM:") * 1024;
}

std::size_t open_descriptors(pid_t pid) {
  const fs::directory_iterator all("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::size_t settled_descriptors(pid_t pid) {
  std::size_t count = 0;
  eventually([&] {
    count = open_descriptors(pid);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return count == open_descriptors(pid);
  });
  return count;
}

std::size_t context_switches(pid_t pid) {
  std::size_t all = 0;
  for (const auto& thread : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    all += number_after(read_file(thread.path() / "status"), "\nvoluntary_ctxt_switches:");
  }
  return all;
}

std::vector<pid_t> job_processes(const Bed& bed) {
  std::vector<pid_t> all;
  if (!std::filesystem::exists(bed.state / "runs")) return all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(bed.state / "runs")) {
    if (entry.path().filename() != "pid" || std::filesystem::exists(entry.path().parent_path() / "exit"))
      continue;
    const pid_t supervisor = std::stoi(read_file(entry.path()));
    if (process_name(supervisor) == "supervisor") add_descendants(supervisor, all);
  }
  return all;
}

}  // namespace rigsetup::test
