// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// nvml-probe [SECONDS]: asks libnvidia-ml.so.1 for all there is and prints it, one JSON object:
//
//     {"library": "...", "driver_version": "580.95.05", "cuda_version": "13.0", "gpus": [{"index": 0, ...}]}
//     {"gpus": [], "error": {"code": 18, "name": "LIB_RM_VERSION_MISMATCH", "text": "..."}}
//
// It always ends in time (10 s without a number) and always answers: the library runs in a child, which may
// crash, or hang where no signal reaches it, as it does when a GPU has fallen off the bus. Such a child is
// left to itself; the kernel ends it when it can. Exit status: 0, or 1 with an error in the answer.
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <iostream>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/data/json.hpp>

#include "facts/nvml/abi.hpp"
#include "facts/nvml/library.hpp"

namespace rigsetup::nvml {
namespace {

using Clock = std::chrono::steady_clock;

struct Child {
  pid_t pid = -1;
  int output = -1;
};

void write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;
    text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
  }
}

/// The child's only open end is its pipe: nobody waits for what a hanging one holds.
[[noreturn]] void be_child(int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int standard = 0; standard < 3; ++standard) ::dup2(nowhere, standard);
  write_all(output, to_json(to_value(ask_library())));
  ::_exit(0);
}

Child start_child() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw errno_error("ask NVML", errno);
  const pid_t pid = ::fork();
  if (pid < 0) throw errno_error("ask NVML", errno);
  if (pid == 0) {
    ::close(ends[0]);
    be_child(ends[1]);
  }
  ::close(ends[1]);
  return {pid, ends[0]};
}

/// All that the child says until it ends. False when it does not in time.
bool read_until(const Child& child, Clock::time_point deadline, std::string& said) {
  char piece[4096];
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return false;
    pollfd waiting{child.output, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) continue;
    const ssize_t got = ::read(child.output, piece, sizeof(piece));
    if (got == 0) return true;
    if (got > 0) said.append(piece, static_cast<std::size_t>(got));
  }
}

NvmlAnswer failed(int code, std::string_view name, std::string text) {
  NvmlAnswer answer;
  answer.error = NvmlError{code, std::string(name), std::move(text)};
  return answer;
}

NvmlAnswer ask_in_child(std::chrono::seconds limit) {
  const Child child = start_child();
  std::string said;
  if (!read_until(child, Clock::now() + limit, said)) {
    ::kill(child.pid, SIGKILL);
    return failed(k_timeout, nvml_error_name(k_timeout),
                  format("NVML did not answer within {} s", limit.count()));
  }
  int status = 0;
  while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) {
    return failed(-1, "CRASHED", format("NVML ended its program: {}", ::strsignal(WTERMSIG(status))));
  }
  if (said.empty()) {
    return failed(-1, "CRASHED", format("NVML ended its program with exit status {}", WEXITSTATUS(status)));
  }
  return nvml_answer_from(parse_json(said, "what NVML answered"));
}

std::chrono::seconds limit_from(int argc, char** argv) {
  int seconds = 10;
  if (argc > 1) {
    const std::string_view text = argv[1];
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (fault != std::errc{} || end != text.data() + text.size() || seconds < 1 || seconds > 3600) {
      throw Error(Code::invalid, format("cannot wait for \"{}\" seconds", text),
                  "usage: nvml-probe [SECONDS]");
    }
  }
  return std::chrono::seconds(seconds);
}

}  // namespace
}  // namespace rigsetup::nvml

int main(int argc, char** argv) {
  using namespace rigsetup;
  try {
    const NvmlAnswer answer = nvml::ask_in_child(nvml::limit_from(argc, argv));
    std::cout << to_json(to_value(answer)) << std::endl;
    return answer.error ? 1 : 0;
  } catch (const Error& error) {
    std::cerr << "nvml-probe: " << error.message() << "\n";
    if (!error.hint().empty()) std::cerr << "  " << error.hint() << "\n";
    return 2;
  }
}
