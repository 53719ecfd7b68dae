// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/daemon/client_bed.hpp"

#include <fstream>

#include <sys/wait.h>
#include <unistd.h>

#include <rigsetup/base/text.hpp>

namespace rigsetup::test {

namespace fs = std::filesystem;

const std::string k_gate = R"(
  - id: gate
    command:
      argv: [sh, -c, "touch /tmp/reached; until test -e /tmp/go; do sleep 0.05; done; touch /tmp/gone"]
      check: [test, -e, /tmp/gone]
)";
const std::string k_stubborn_gate = R"(
  - id: gate
    command:
      argv: [sh, -c, "trap '' INT; touch /tmp/reached; until test -e /tmp/go; do sleep 0.05; done; touch /tmp/gone"]
      check: [test, -e, /tmp/gone]
)";
const std::string k_failing = R"(
  - id: failing-with-a-long-name
    command:
      argv: [sh, -c, "echo a long line of output that says in many words what it was that went wrong >&2; exit 3"]
      check: [test, -e, /tmp/never]
)";

std::string many_files(int count) {
  std::string steps;
  for (int i = 0; i < count; ++i)
    steps +=
        "  - id: f" + std::to_string(i) + "\n    file: {path: /etc/f" + std::to_string(i) + ", content: x}\n";
  return steps;
}

std::vector<std::string> ClientBed::apply(const std::string& steps,
                                          const std::vector<std::string>& more) const {
  const auto file = folder / "rig.yaml";
  std::ofstream(file) << "rigsetup: 1\nname: rig\nsummary: of a test\nsteps:\n" << steps;
  std::vector<std::string> words{"apply", file, "-y", "--root", root};
  words.insert(words.end(), more.begin(), more.end());
  return client(words);
}

std::vector<std::string> ClientBed::client(std::vector<std::string> words) const {
  words.insert(words.begin(), RIGSETUP_BUILD_DIR "/rigsetup");
  words.insert(words.end(), {"--socket", socket});
  return words;
}

bool ClientBed::gate_is_reached() const {
  return eventually([&] { return fs::exists(root / "tmp/reached"); });
}

void ClientBed::open_gate() const { fs::create_directory(root / "tmp/go"); }

Called call(const std::string& line, const std::map<std::string, std::string>& variables) {
  const TemporaryFolder folder;
  std::string whole = "cd " + folder.path().string() + "; exec env -i PATH=" RIGSETUP_BUILD_DIR ":$PATH";
  for (const auto& [name, value] : variables) whole += " " + name + "='" + value + "'";
  std::ofstream(folder / "line") << line;
  whole += " bash line >out 2>errors </dev/null";
  const pid_t pid = fork();
  if (pid == 0) {
    execl("/bin/sh", "sh", "-c", whole.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_file(folder / "out"),
          read_file(folder / "errors")};
}

std::string shell_line(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) line += (line.empty() ? "'" : " '") + word + "'";
  return line;
}

std::vector<std::string> breakable(const std::vector<std::string>& lines) {
  std::vector<std::string> found;
  for (const auto& line : lines) {
    const auto words = split_words(line);
    const bool quoted = !words.empty() && (words.front() == "\u2502" || words.front() == "|");
    if (words.size() > 1 && !quoted && line.find("rigsetup ") == std::string::npos) found.push_back(line);
  }
  return found;
}

}  // namespace rigsetup::test
