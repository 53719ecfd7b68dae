// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "host/entering.hpp"

#include <algorithm>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup {

std::vector<std::pair<std::string, std::string>> full_environment(const Command& command) {
  std::vector<std::pair<std::string, std::string>> all{
      {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
      {"HOME", "/root"},
      {"LC_ALL", "C.UTF-8"}};
  for (const auto& [name, value] : command.environment) {
    const auto same = [&name = name](const auto& known) { return known.first == name; };
    const auto known = std::find_if(all.begin(), all.end(), same);
    if (known != all.end()) {
      known->second = value;
    } else {
      all.emplace_back(name, value);
    }
  }
  return all;
}

std::filesystem::path find_program(const std::filesystem::path& root, const Command& command) {
  if (command.argv.empty() || command.argv[0].empty()) {
    throw Error(Code::internal, "cannot run a program without a name");
  }
  const Tree tree(root);
  const std::string& program = command.argv[0];
  const auto exists = [&](const std::filesystem::path& path) {
    const auto info = tree.info_followed(path);
    return info && info->type == FileInfo::Type::regular;
  };
  if (program.find('/') != std::string::npos) {
    if (exists(command.directory / program)) return command.directory / program;
  } else {
    for (const auto& [name, value] : full_environment(command)) {
      if (name != "PATH") continue;
      for (const std::string& folder : split(value, ':')) {
        const auto path = std::filesystem::path(folder) / program;
        if (exists(path)) return path;
      }
    }
  }
  throw Error(Code::not_found, format("cannot run {}: there is no such program{}", program,
                                      root == "/" ? "" : " in " + root.native()));
}

void rethrow_inside(const Finished& finished, std::string_view output) {
  if (finished.exit_code < k_inside_failed || finished.exit_code > k_inside_missing) return;
  const std::string last = last_lines(output, 1);
  const std::string_view line = trim(last);
  if (line.substr(0, k_inside_says.size()) != k_inside_says) return;
  throw Error(finished.exit_code == k_inside_missing   ? Code::not_found
              : finished.exit_code == k_inside_refused ? Code::denied
                                                       : Code::unsupported,
              printable(line.substr(k_inside_says.size())));
}

}  // namespace rigsetup
