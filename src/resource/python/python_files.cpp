// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/python_files.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <unordered_set>

#include <rigsetup/base/text.hpp>

namespace rigsetup {
namespace {

/// A line of RECORD: "torch/__init__.py,sha256=...,1234"; a path with a comma stands in quotes.
struct RecordedFile {
  std::string path;  ///< below site-packages, or "../../../bin/x"
  std::optional<std::uint64_t> size;
};

RecordedFile parse_record_line(std::string_view line) {
  RecordedFile file;
  line = trim(line);  // pip ends them with \r\n
  if (line.starts_with('"')) {
    const auto close = line.find('"', 1);
    if (close == std::string_view::npos) return file;
    file.path = line.substr(1, close - 1);
    line = line.substr(close + 1);
  } else {
    file.path = line.substr(0, line.find(','));
    line = line.substr(file.path.size());
  }
  const auto text = line.substr(std::min(line.size(), line.rfind(',') + 1));
  std::uint64_t size = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (!text.empty() && fault == std::errc{} && end == text.data() + text.size()) file.size = size;
  return file;
}

std::vector<RecordedFile> recorded_files(const Tree& tree, const std::filesystem::path& info) {
  std::vector<RecordedFile> files;
  for (const auto& line : split_lines(tree.read(info / "RECORD", 16 << 20).value_or("")))
    files.push_back(parse_record_line(line));
  std::erase_if(files, [](const RecordedFile& file) { return file.path.empty(); });
  return files;
}

/// What Python writes anew when it is gone.
bool is_cache(const std::string& path) { return path.ends_with(".pyc"); }

/// What a package says of a file of its.
struct Claim {
  std::string package;
  std::optional<std::uint64_t> size;
  bool is_met(const std::optional<FileInfo>& info) const {
    return info && (!size || info->type != FileInfo::Type::regular || info->size == *size);
  }
};

/// The file's path below the environment; empty: it lies elsewhere, or Python makes it anew.
std::string below_environment(const std::string& prefix, const std::filesystem::path& site,
                              const std::string& path) {
  if (is_cache(path)) return "";
  const bool is_plain = !path.starts_with('/') && path.find("..") == std::string::npos;
  const std::string whole = is_plain ? site.string() + "/" + path : (site / path).lexically_normal().string();
  return whole.starts_with(prefix) ? whole.substr(prefix.size()) : "";
}

}  // namespace

std::vector<std::string> damaged_packages(const Tree& tree, const PythonEnvironment& environment) {
  const std::string prefix = environment.path.lexically_normal().string() + "/";
  std::vector<std::string> names;
  std::vector<Claim> claims;  // of each
  for (const auto& site : environment.sites) {
    for (const auto& info : tree.list(site)) {
      const auto package = package_of_info(info);
      if (package.empty() || environment.packages.count(package) == 0) continue;
      for (const RecordedFile& file : recorded_files(tree, site / info)) {
        std::string name = below_environment(prefix, site.lexically_normal(), file.path);
        if (name.empty()) continue;
        names.push_back(std::move(name));
        claims.push_back({package, file.size});
      }
    }
  }
  const auto infos = tree.infos(environment.path, names);
  // Two packages may have one file: it is as the last to come has written it.
  std::unordered_set<std::string_view> right;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (claims[i].is_met(infos[i])) right.insert(names[i]);
  }
  std::set<std::string> damaged;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!right.contains(names[i])) damaged.insert(claims[i].package);
  }
  return {damaged.begin(), damaged.end()};
}

void remove_remains(const Tree& tree, const PythonEnvironment& environment,
                    const std::set<std::string>& spared) {
  for (const auto& site : environment.sites) {
    const auto below = site.lexically_relative(environment.path);
    for (const auto& name : tree.list(site)) {
      if (spared.contains((below / name).string())) continue;
      const bool half = !package_of_info(name).empty() && !is_whole(tree, site / name);
      // While it removes "torch" pip calls it "~orch".
      if (half || name.starts_with('~')) tree.remove_all(site / name);
    }
  }
}

void forget_package(const Tree& tree, const PythonEnvironment& environment, const std::string& name) {
  for (const auto& site : environment.sites) {
    for (const auto& info : tree.list(site)) {
      if (package_of_info(info) == name) tree.remove_all(site / info);
    }
  }
}

void remove_package(const Tree& tree, const PythonEnvironment& environment, const std::string& name) {
  const auto prefix = environment.path.lexically_normal().string() + "/";
  for (const auto& site : environment.sites) {
    std::set<std::filesystem::path> folders;
    for (const auto& info : tree.list(site)) {
      if (package_of_info(info) != name) continue;
      for (const RecordedFile& file : recorded_files(tree, site / info)) {
        const auto path = (site / file.path).lexically_normal();
        if (!path.string().starts_with(prefix) || file.path.starts_with(info)) continue;
        const auto found = tree.info(path);
        if (found && found->type != FileInfo::Type::directory) tree.remove(path);
        for (auto up = path.parent_path(); up != site && up.string().starts_with(site.string());
             up = up.parent_path())
          folders.insert(up);
      }
      tree.remove_all(site / info);  // last, so that one that is half removed is still known
    }
    // Below comes before above; what is left in a folder is somebody else's, but for Python's own cache.
    for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) {
      const auto left = tree.list(*folder);
      if (std::all_of(left.begin(), left.end(), [](const auto& one) { return one == "__pycache__"; }))
        tree.remove_all(*folder);
    }
  }
}

}  // namespace rigsetup
