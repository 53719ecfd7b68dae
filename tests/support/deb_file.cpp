// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/deb_file.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <set>
#include <stdexcept>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "tests/support/shell.hpp"

namespace rigsetup::test {
namespace {

constexpr std::size_t k_block = 512;
/// One for all: it must not differ from run to run, and not lie in the future.
constexpr long k_written = 1'700'000'000;

/// A tar archive (ustar) of root's files, in memory. A folder comes before what is in it, as dpkg wants it.
class Tar {
 public:
  void add(const std::string& path, const std::string& content, unsigned mode) {
    add_folders_of(path);
    add_header('0', "." + path, mode, content.size(), "");
    bytes_ += content;
    pad();
  }
  void add_link(const std::string& path, const std::string& target) {
    add_folders_of(path);
    add_header('2', "." + path, 0777, 0, target);
  }
  std::string finish() {
    add_folder("/");
    bytes_.append(2 * k_block, '\0');
    return std::move(bytes_);
  }

 private:
  void add_folders_of(const std::string& path) {
    for (std::size_t at = 0; at != std::string::npos; at = path.find('/', at + 1)) {
      add_folder(path.substr(0, at + 1));
    }
  }
  void add_folder(const std::string& path) {
    if (folders_.insert(path).second) add_header('5', "." + path, 0755, 0, "");
  }
  void pad() { bytes_.append((k_block - bytes_.size() % k_block) % k_block, '\0'); }

  void add_header(char type, const std::string& path, unsigned mode, std::size_t size,
                  const std::string& target) {
    char header[k_block] = {};
    // "name", or "prefix" and "name" with the slash between them left out.
    const std::size_t cut = path.size() > 100 ? path.find('/', path.size() - 101) : std::string::npos;
    const std::string name = cut == std::string::npos ? path : path.substr(cut + 1);
    const std::string prefix = cut == std::string::npos ? "" : path.substr(0, cut);
    if (name.size() > 100 || prefix.size() > 155 || target.size() > 100)
      throw std::runtime_error("too long a path: " + path);
    std::memcpy(header, name.data(), name.size());
    std::snprintf(header + 100, 8, "%07o", mode);
    std::snprintf(header + 108, 8, "%07o", 0U);
    std::snprintf(header + 116, 8, "%07o", 0U);
    std::snprintf(header + 124, 12, "%011zo", size);
    std::snprintf(header + 136, 12, "%011lo", k_written);
    header[156] = type;
    std::memcpy(header + 157, target.data(), target.size());
    std::memcpy(header + 257, "ustar\00000root", 12);
    std::memcpy(header + 297, "root", 4);
    std::memcpy(header + 345, prefix.data(), prefix.size());
    std::memset(header + 148, ' ', 8);
    unsigned sum = 0;
    for (const char byte : header) sum += static_cast<unsigned char>(byte);
    std::snprintf(header + 148, 8, "%06o", sum);
    bytes_.append(header, sizeof header);
  }

  std::string bytes_;
  std::set<std::string> folders_;
};

std::string control_of(const Deb& deb, const std::string& architecture) {
  std::string control =
      format("Package: {}\nVersion: {}\nArchitecture: {}\n", deb.name, deb.version, architecture);
  const bool has_maintainer = std::any_of(deb.fields.begin(), deb.fields.end(),
                                          [](const auto& field) { return field.first == "Maintainer"; });
  if (!has_maintainer) control += "Maintainer: Test <test@localhost>\n";
  control += "Section: misc\nPriority: optional\n";
  control += format("Installed-Size: {}\n", deb.size / 1024 + 8);
  for (const auto& [name, value] : deb.fields) control += name + ": " + value + "\n";
  return control + "Description: a package of a test\n";
}

std::string control_part(const Deb& deb, const std::string& architecture) {
  Tar tar;
  tar.add("/control", control_of(deb, architecture), 0644);
  if (!deb.conffiles.empty()) tar.add("/conffiles", join(deb.conffiles, "\n") + "\n", 0644);
  for (const auto& [name, text] : deb.scripts) {
    tar.add("/" + name, (name == "templates" ? "" : "#!/bin/sh\n") + text + "\n", 0755);
  }
  return tar.finish();
}

std::string data_part(const Deb& deb) {
  Tar tar;
  for (const auto& [path, content] : deb.files) tar.add(path, content, 0644);
  for (const auto& [path, content] : deb.programs) tar.add(path, content, 0755);
  for (const auto& [path, target] : deb.links) tar.add_link(path, target);
  tar.add("/usr/share/rigsetup-test/" + deb.name, deb.version + std::string(deb.size, 'x'), 0644);
  return tar.finish();
}

void add_member(std::string& archive, const std::string& name, const std::string& content) {
  char header[61];
  std::snprintf(header, sizeof header, "%-16s%-12ld%-6d%-6d%-8s%-10zu`\n", name.c_str(), k_written, 0, 0,
                "100644", content.size());
  archive += header + content + (content.size() % 2 == 1 ? "\n" : "");
}

}  // namespace

void write_deb(const Deb& deb, const std::string& architecture, const std::filesystem::path& to) {
  std::string archive = "!<arch>\n";
  add_member(archive, "debian-binary", "2.0\n");
  add_member(archive, "control.tar", control_part(deb, architecture));
  add_member(archive, "data.tar", data_part(deb));
  write_text(to, archive);
}

}  // namespace rigsetup::test
