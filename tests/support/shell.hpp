// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <unistd.h>

namespace rigsetup::test {

inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What a process is called; empty once it is gone.
inline std::string process_name(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  std::getline(file, name);  // never throws where the process ends meanwhile
  return name;
}

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!(file << text).flush()) throw std::runtime_error("cannot write " + path.string());
}

/// A line of shell for setting a test up, in a folder. Returns what it printed; throws when it fails.
inline std::string shell(const std::filesystem::path& folder, const std::string& line) {
  std::string log = (std::filesystem::temp_directory_path() / "rigsetup-shell-XXXXXX").string();
  const int fd = mkstemp(log.data());
  if (fd < 0) throw std::runtime_error("cannot make a temporary file");
  const std::string whole =
      "exec >'" + log + "' 2>&1 </dev/null; set -e; cd '" + folder.string() + "'; " + line;
  const int status = std::system(whole.c_str());
  const std::string output = file_text(log);
  std::filesystem::remove(log);
  ::close(fd);
  if (status != 0) throw std::runtime_error("cannot set the test up: " + line + "\n" + output);
  return output;
}

}  // namespace rigsetup::test
