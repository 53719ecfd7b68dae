// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/python_files.hpp"

#include <algorithm>
#include <charconv>
#include <set>

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

class Looker {
 public:
  Looker(const Tree& tree, const PythonEnvironment& environment, std::filesystem::path site)
      : tree_(tree),
        prefix_(environment.path.lexically_normal()),
        site_(std::move(site)),
        names_(as_set(tree.list(site_))) {}

  bool is_damaged(const std::filesystem::path& info, Look look) const {
    const auto files = recorded_files(tree_, site_ / info);
    return std::any_of(files.begin(), files.end(), [&](const RecordedFile& file) {
      if (is_cache(file.path)) return false;
      return look == Look::folders ? !has_folder(file) : !has_file(file);
    });
  }

 private:
  static std::set<std::string> as_set(std::vector<std::string> names) {
    return {std::make_move_iterator(names.begin()), std::make_move_iterator(names.end())};
  }

  bool has_folder(const RecordedFile& file) const {
    const auto top = file.path.substr(0, file.path.find('/'));
    return top == ".." || top.empty() || names_.count(top) > 0;
  }

  bool has_file(const RecordedFile& file) const {
    const auto path = (site_ / file.path).lexically_normal();
    if (!path.string().starts_with(prefix_.string() + "/")) return true;  // nobody's business here
    const auto info = tree_.info_followed(path);
    return info && (!file.size || info->size == *file.size);
  }

  const Tree& tree_;
  std::filesystem::path prefix_;
  std::filesystem::path site_;
  std::set<std::string> names_;
};

}  // namespace

std::vector<std::string> damaged_packages(const Tree& tree, const PythonEnvironment& environment, Look look) {
  std::set<std::string> damaged;
  for (const auto& site : environment.sites) {
    const Looker looker(tree, environment, site);
    for (const auto& name : tree.list(site)) {
      const auto package = package_of_info(name);
      if (package.empty() || environment.packages.count(package) == 0) continue;
      if (looker.is_damaged(name, look)) damaged.insert(package);
    }
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
