// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/stand_in_micromamba/arguments.hpp"

#include <map>

namespace stand_in {

Arguments parse(int argc, char** argv) {
  const std::map<std::string, std::string> with_value = {{"-p", "-p"},
                                                         {"--prefix", "-p"},
                                                         {"-f", "-f"},
                                                         {"--file", "-f"},
                                                         {"-c", "-c"},
                                                         {"--channel", "-c"},
                                                         {"-r", "-r"},
                                                         {"--root-prefix", "-r"},
                                                         {"--channel-priority", "="},
                                                         {"--repodata-ttl", "="},
                                                         {"--log-level", "="},
                                                         {"--lock-timeout", "="},
                                                         {"--platform", "="},
                                                         {"--shell", "="},
                                                         {"-s", "="}};
  const std::set<std::string> flags = {"-y",
                                       "--yes",
                                       "--json",
                                       "--dry-run",
                                       "--offline",
                                       "--no-deps",
                                       "-q",
                                       "--quiet",
                                       "--force-reinstall",
                                       "--override-channels",
                                       "--no-rc",
                                       "--no-env",
                                       "--no-pin",
                                       "--no-py-pin",
                                       "--always-copy",
                                       "--force",
                                       "--no-prune-deps"};
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    arguments.line += (i > 1 ? " " : "") + word;
    if (const auto option = with_value.find(word); option != with_value.end()) {
      if (++i == argc) throw Usage{word};
      arguments.line += std::string(" ") + argv[i];
      if (option->second == "-p") arguments.prefix = argv[i];
      if (option->second == "-f") arguments.file = argv[i];
      if (option->second == "-c") arguments.channels.emplace_back(argv[i]);
    } else if (flags.count(word) > 0 || (i == 1 && word == "--version")) {
      arguments.flags.insert(word);
    } else if (word.starts_with("-")) {
      throw Usage{word};
    } else if (arguments.verb.empty()) {
      arguments.verb = word;
    } else {
      arguments.specs.push_back(word);
    }
  }
  return arguments;
}

}  // namespace stand_in
