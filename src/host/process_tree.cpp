// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "host/process_tree.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "host/descriptor.hpp"

namespace rigsetup {
namespace {

constexpr std::size_t k_most_processes = 1000;
constexpr std::size_t k_most_bytes = 32 << 10;  // of one file: command lines and environments can be huge

/// Not through Tree: a process may end between any two calls, and that is no error.
std::string read_proc(const std::string& path) {
  std::string text(k_most_bytes, '\0');
  std::size_t size = 0;
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  while (file && size < text.size()) {
    const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::vector<std::string> between_zeros(const std::string& text) {
  std::vector<std::string> parts = split(text, '\0');
  if (!parts.empty() && parts.back().empty()) parts.pop_back();
  return parts;
}

std::string package_in(const std::string& environment) {
  constexpr std::string_view k_name = "DPKG_MAINTSCRIPT_PACKAGE=";
  for (const std::string& line : between_zeros(environment)) {
    if (line.starts_with(k_name)) return line.substr(k_name.size());
  }
  return {};
}

std::optional<RunningProcess> look_at(pid_t pid) {
  const std::string folder = format("/proc/{}/", pid);
  const std::string stat = read_proc(folder + "stat");
  // The name in parentheses may hold anything, also a parenthesis.
  const std::size_t begin = stat.find('(');
  const std::size_t end = stat.rfind(')');
  if (begin == std::string::npos || end == std::string::npos) return std::nullopt;
  const std::vector<std::string> fields = split_words(std::string_view(stat).substr(end + 1));
  const auto field = [&](std::size_t number) { return number_of(fields[number - 3]); };  // as proc(5) counts
  if (fields.size() < 22 || fields[0] == "Z" || fields[0] == "X") return std::nullopt;
  RunningProcess process;
  process.pid = pid;
  process.parent = static_cast<pid_t>(field(4));
  process.cpu = field(14) + field(15) + field(16) + field(17);
  process.started = field(22);
  process.name = stat.substr(begin + 1, end - begin - 1);
  process.argv = between_zeros(read_proc(folder + "cmdline"));
  process.package = package_in(read_proc(folder + "environ"));
  std::array<char, 4096> target;
  const ssize_t length = ::readlink((folder + "cwd").c_str(), target.data(), target.size());
  if (length > 0) process.folder.assign(target.data(), static_cast<std::size_t>(length));
  return process;
}

/// Children belong to the thread that made them.
std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  const std::string folder = format("/proc/{}/task", pid);
  DIR* threads = ::opendir(folder.c_str());
  if (!threads) return children;
  while (const dirent* thread = ::readdir(threads)) {
    if (thread->d_name[0] == '.') continue;
    for (const std::string& child :
         split_words(read_proc(format("{}/{}/children", folder, thread->d_name)))) {
      children.push_back(static_cast<pid_t>(number_of(child)));
    }
  }
  ::closedir(threads);
  return children;
}

}  // namespace

std::vector<RunningProcess> processes_below(pid_t top) {
  std::vector<RunningProcess> found;
  std::vector<pid_t> open{top};
  while (!open.empty() && found.size() < k_most_processes) {
    const pid_t pid = open.back();
    open.pop_back();
    if (auto process = look_at(pid)) found.push_back(std::move(*process));
    const std::vector<pid_t> children = children_of(pid);
    open.insert(open.end(), children.rbegin(), children.rend());
  }
  return found;
}

std::uint64_t ticks_a_second() { return static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)); }

std::uint64_t ticks_since_boot() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  const auto ticks = ticks_a_second();
  return static_cast<std::uint64_t>(now.tv_sec) * ticks +
         static_cast<std::uint64_t>(now.tv_nsec) * ticks / 1'000'000'000;
}

}  // namespace rigsetup
