// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "apt/apt_options.hpp"

#include <algorithm>
#include <array>

#include <strings.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::apt {

namespace {

/// A name that ends with "*" stands for all that begin so.
constexpr std::array<std::string_view, 20> k_heeded = {"APT::Architecture",
                                                       "APT::Architectures*",
                                                       "APT::Default-Release",
                                                       "APT::Install-Suggests",
                                                       "APT::Never-MarkAuto-Sections*",
                                                       "Acquire::http::Proxy*",
                                                       "Acquire::https::Proxy*",
                                                       "Acquire::http::Timeout",
                                                       "Acquire::https::Timeout",
                                                       "Acquire::http::User-Agent",
                                                       "Acquire::https::CaInfo*",
                                                       "Acquire::https::CaPath*",
                                                       "Acquire::Check-Valid-Until",
                                                       "Acquire::Check-Date",
                                                       "Acquire::Max-ValidTime*",
                                                       "Acquire::Min-ValidTime*",
                                                       "Acquire::ForceIPv4",
                                                       "Acquire::ForceIPv6",
                                                       "Acquire::GzipIndexes",
                                                       "Acquire::By-Hash*"};

bool heeded(std::string_view key) {
  // Proxy-Auto-Detect names a program; a proxy of one host is "Proxy::HOST".
  return std::any_of(k_heeded.begin(), k_heeded.end(), [&](std::string_view name) {
    if (!name.ends_with('*'))
      return key.size() == name.size() && strncasecmp(key.data(), name.data(), key.size()) == 0;
    name.remove_suffix(1);
    if (key.size() < name.size() || strncasecmp(key.data(), name.data(), name.size()) != 0) return false;
    return key.size() == name.size() || key.substr(name.size()).starts_with("::");
  });
}

}  // namespace

Options heeded_options(std::string_view dump) {
  Options options;
  for (const std::string& line : split_lines(dump)) {  // Key "value";
    const std::size_t open = line.find(" \"");
    if (open == std::string::npos || !line.ends_with("\";")) continue;
    std::string key = line.substr(0, open);
    std::string value = line.substr(open + 2, line.size() - open - 4);
    if (heeded(key) && !value.empty()) options.emplace_back(std::move(key), std::move(value));
  }
  return options;
}

Options read_options(const Host& host, std::stop_token stop) {
  const auto has_apt = host.files.info_followed("/usr/bin/apt-config");
  if (!has_apt) {
    throw Error(Code::unsupported, "cannot use apt in " + host.files.root().string() + ": it is not there",
                "only Debian and its relatives are supported");
  }
  Command command;
  command.argv = {"/usr/bin/apt-config", "dump"};
  const Finished finished = host.programs.run(command, stop);
  if (!finished.ok()) {
    throw Error(Code::program, "cannot read apt's configuration: " + finished.text() + ": " +
                                   printable(last_lines(finished.err, 3)));
  }
  return heeded_options(finished.out);
}

}  // namespace rigsetup::apt
