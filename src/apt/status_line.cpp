// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "apt/status_line.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <utility>

#include <rigsetup/apt/archive.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::apt {

namespace {

using Kind = StatusLine::Kind;
constexpr std::array<std::pair<std::string_view, Kind>, 4> k_kinds = {{{"dlstatus", Kind::download},
                                                                       {"pmstatus", Kind::package},
                                                                       {"pmerror", Kind::error},
                                                                       {"pmconffile", Kind::conffile}}};

constexpr std::ptrdiff_t k_named_hosts = 3;

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

std::optional<StatusLine> parse_status_line(std::string_view line) {
  const std::vector<std::string> parts = split(line, ':');
  const auto kind =
      std::find_if(k_kinds.begin(), k_kinds.end(), [&](const auto& k) { return k.first == parts[0]; });
  if (kind == k_kinds.end() || parts.size() < 4) return std::nullopt;
  // A package may be "libc6:i386", so the percentage is the first number after the name.
  const auto percent = std::find_if(parts.begin() + 2, parts.end(), is_number);
  if (percent == parts.end()) return std::nullopt;
  StatusLine status;
  status.kind = kind->second;
  status.subject = join({parts.begin() + 1, percent}, ":");
  status.percent = std::clamp(std::strtod(percent->c_str(), nullptr), 0.0, 100.0);
  status.text = join({percent + 1, parts.end()}, ":");
  return status;
}

std::string label_of(const StatusLine& line) {
  std::string label = line.text.substr(0, line.text.rfind(" ("));
  if (!label.empty())
    label.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(label.front())));
  return printable(label);
}

std::vector<std::string> hosts_in(std::string_view output) {
  // Get:1 http://deb.debian.org/debian bookworm/main amd64 nginx amd64 1.22.1-9 [527 kB]
  std::vector<std::string> hosts;
  for (const std::string& line : split_lines(output)) {
    const std::vector<std::string> words = split_words(line);
    if (words.size() < 3 || !words[0].starts_with("Get:")) continue;  // or the rest is still to come
    const std::size_t scheme = words[1].find("://");
    if (scheme == std::string::npos) continue;
    const std::string place = words[1].substr(scheme + 3);
    if (place.starts_with('/')) continue;  // a file
    std::string host = place.substr(0, place.find('/'));
    host.erase(0, host.rfind('@') + 1);  // never whom it asks as
    host = printable(host);
    if (std::find(hosts.begin(), hosts.end(), host) == hosts.end()) hosts.push_back(host);
  }
  return hosts;
}

std::string from_any(const std::vector<std::string>& hosts) {
  if (hosts.empty()) return {};
  if (std::ssize(hosts) <= k_named_hosts) return "from " + join(hosts, " or ");
  return "from " + join({hosts.begin(), hosts.begin() + k_named_hosts}, ", ") + " or another host";
}

JobWatcher progress_watcher(Reporter& reporter) {
  JobWatcher watcher;
  watcher.status = [&reporter](std::string_view text) {
    const auto line = parse_status_line(text);
    if (!line || (line->kind != Kind::download && line->kind != Kind::package)) return;
    const bool downloads = line->kind == Kind::download;
    reporter.progress({"", downloads ? "downloading" : label_of(*line),
                       static_cast<std::uint64_t>(line->percent), 100, "percent", downloads});
  };
  return watcher;
}

}  // namespace rigsetup::apt
