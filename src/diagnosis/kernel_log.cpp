// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "diagnosis/kernel_log.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include <rigsetup/base/text.hpp>

namespace rigsetup::diagnosis {
namespace {

constexpr std::size_t k_most = 2 << 20;  // bytes; the kernel's own buffer is seldom larger than 1 MiB
constexpr int k_most_records = 1 << 16;  // a machine that writes faster than this reads must not hold it

/// A read gives one record; one that was overwritten meanwhile is EPIPE, and the next read goes on.
std::string read_device() {
  const int file = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return {};  // a container; or not root
  std::string text;
  std::array<char, 8192> record;
  for (int i = 0; i < k_most_records && text.size() < k_most; ++i) {
    const auto size = read(file, record.data(), record.size());
    if (size > 0) {
      text += message_of({record.data(), static_cast<std::size_t>(size)});
      text += '\n';
    } else if (size == 0 || (errno != EPIPE && errno != EINTR)) {
      break;
    }
  }
  close(file);
  return text;
}

Text read_file(const Tree& tree, const std::string& path) {
  return {path, end_of(tree, path, k_most).value_or("")};
}

}  // namespace

std::optional<std::string> end_of(const Tree& tree, const std::string& path, std::size_t most) {
  const auto info = tree.info_followed(path);
  if (!info || info->type != FileInfo::Type::regular) return std::nullopt;
  return tree.read_part(path, info->size > most ? info->size - most : 0, most);
}

std::string message_of(std::string_view record) {
  if (const auto begin = record.find(';'); begin != std::string_view::npos) record.remove_prefix(begin + 1);
  return std::string(record.substr(0, record.find('\n')));
}

std::string since_boot(std::string log) {
  const auto boot = log.rfind("Linux version ");
  return boot == std::string::npos ? log : log.substr(boot);
}

std::string who_moved_the_driver(std::string_view history) {
  std::string when;
  std::string command;
  std::string last;
  for (const auto& line : split_lines(history)) {
    const auto value = [&] { return std::string(trim(line.substr(line.find(':') + 1))); };
    const bool changes =
        line.starts_with("Install:") || line.starts_with("Upgrade:") || line.starts_with("Downgrade:");
    if (line.starts_with("Start-Date:")) {
      when = value();
      command.clear();
    } else if (line.starts_with("Commandline:")) {
      command = value();
    } else if (changes && (line.find("libnvidia-compute") != std::string::npos ||
                           line.find(" libcuda1:") != std::string::npos)) {
      last = when + (command.empty() ? "" : ": " + command);
    }
  }
  return last;
}

Text read_kernel_log(const Host& host) {
  if (host.live() && !host.described) return {"the kernel log", read_device()};
  const Tree& tree = host.machine ? *host.machine : host.files;
  auto log = read_file(tree, "/kmsg");
  if (!log.words.empty()) return log;
  log = read_file(tree, "/var/log/kern.log");
  log.words = since_boot(std::move(log.words));
  return log;
}

}  // namespace rigsetup::diagnosis
