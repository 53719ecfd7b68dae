// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

namespace rigsetup::test {

inline const std::filesystem::path k_libexec = std::filesystem::path(RIGSETUP_BUILD_DIR) / "libexec";

inline std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Waits, without end but for the test's own time limit, until something is so.
inline void wait_until(const std::function<bool()>& is_so) {
  while (!is_so()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

/// Processes of the machine that have this word among their arguments.
inline std::vector<pid_t> processes_with(const std::string& word) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string arguments = '\0' + contents(entry.path() / "cmdline");
    if (arguments.find('\0' + word + '\0') != std::string::npos) found.push_back(std::stoi(name));
  }
  return found;
}

/// A number of seconds nobody else sleeps: a `sleep` with it can be found again.
inline std::string unique_sleep() {
  static int count = 0;
  return "9" + std::to_string(::getpid()) + std::to_string(++count);
}

/// A few of the machine's programs and their libraries as a root of its own.
inline void make_small_root(const std::filesystem::path& root) {
  namespace fs = std::filesystem;
  const auto copy = [&root](const fs::path& file) {
    const fs::path to = root / file.relative_path();
    fs::create_directories(to.parent_path());
    if (!fs::exists(to)) fs::copy_file(file, to);  // what a link leads to
  };
  for (const char* program : {"/bin/sh", "/bin/sleep", "/bin/cat", "/bin/ls", "/usr/bin/id", "/bin/chmod"}) {
    copy(program);
    const std::unique_ptr<FILE, int (*)(FILE*)> ldd(::popen(("ldd " + std::string(program)).c_str(), "r"),
                                                    ::pclose);
    char line[4096];
    while (ldd && ::fgets(line, sizeof line, ldd.get())) {
      std::istringstream words(line);
      for (std::string word; words >> word;) {
        if (word[0] == '/') copy(word);
      }
    }
  }
  fs::create_directories(root / "etc");
  fs::create_directories(root / "tmp");
}

}  // namespace rigsetup::test
