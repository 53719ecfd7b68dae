// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/tiny_root.hpp"

#include <cstdio>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string>

namespace rigsetup::test {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

/// The libraries of a program, the dynamic loader too, as ldd names them: absolute paths.
std::set<fs::path> libraries_of(const fs::path& program) {
  std::set<fs::path> found;
  FILE* pipe = popen(("ldd " + program.string()).c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run ldd");
  std::string output;
  char piece[512];
  while (fgets(piece, sizeof(piece), pipe) != nullptr) output += piece;
  pclose(pipe);
  for (std::size_t at = 0; (at = output.find('/', at)) != std::string::npos;) {
    const auto end = output.find_first_of(" \n", at);
    found.insert(output.substr(at, end - at));
    at = end;
  }
  return found;
}

void copy_into(const fs::path& root, const fs::path& file) {
  const fs::path to = root / file.relative_path();
  fs::create_directories(to.parent_path());
  fs::copy_file(fs::canonical(file), to, fs::copy_options::skip_existing);
}

constexpr const char* k_dpkg_status =
    "Package: base-files\nStatus: install ok installed\nPriority: required\nSection: admin\n"
    "Maintainer: nobody <nobody@example.com>\nArchitecture: amd64\nVersion: 12.4\nDescription: base\n\n"
    "Package: hello\nStatus: install ok installed\nPriority: optional\nSection: devel\n"
    "Maintainer: nobody <nobody@example.com>\nArchitecture: amd64\nVersion: 2.10-3\nDescription: greets\n\n";

}  // namespace

void add_program(const fs::path& root, const fs::path& program) {
  copy_into(root, program);
  for (const auto& library : libraries_of(program)) copy_into(root, library);
}

void make_tiny_root(const fs::path& root) {
  for (const char* folder : {"usr/bin", "usr/lib", "usr/lib64", "etc", "dev", "proc", "sys", "tmp", "run",
                             "root", "var/lib/dpkg/info", "var/lib/dpkg/updates"}) {
    fs::create_directories(root / folder);
  }
  fs::create_directory_symlink("usr/bin", root / "bin");
  fs::create_directory_symlink("usr/lib", root / "lib");
  fs::create_directory_symlink("usr/lib64", root / "lib64");
  for (const char* name :
       {"sh", "sleep", "touch", "test", "cat", "mkdir", "rm", "true", "false", "ls", "id", "chmod"}) {
    add_program(root, fs::path("/usr/bin") / name);
  }
  write(root / "etc/os-release",
        "PRETTY_NAME=\"Debian GNU/Linux 12 "
        "(bookworm)\"\nID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n");
  write(root / "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
  write(root / "etc/group", "root:x:0:\n");
  write(root / "var/lib/dpkg/status", k_dpkg_status);
  write(root / "var/lib/dpkg/arch", "amd64\n");
}

}  // namespace rigsetup::test
