// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <fstream>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/compat/load.hpp>
#include <rigsetup/data/yaml.hpp>

#include "compat/read.hpp"

namespace rigsetup::compat {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_most_files = 100;
constexpr YamlLimits k_limits{};

struct Section {
  std::string_view name;
  void (*read)(const std::string& key, Row& row, Tables& tables);
};
constexpr Section k_sections[] = {
    {"modules", read_modules},
    {"compute_capabilities", read_capability},
    {"device_names", read_names},
    {"branches", read_branch},
    {"branch_words", read_word},
    {"cuda_majors", read_cuda_major},
    {"cuda_releases", read_cuda},
    {"cudnn_lines", read_cudnn},
    {"platforms", read_platform},
    {"frameworks", read_framework},
    {"micromamba_releases", read_micromamba},
    {"miniforge_releases", read_miniforge},
};

constexpr std::string_view k_format_key = "rigsetup-tables";

bool has_format(const Value& root, Report& report) {
  const Value* format_number = root.find(k_format_key);
  if (format_number == nullptr) {
    report.at(root.mark(), "the file does not say its format",
              format("begin it with \"{}: 1\"", k_format_key));
    return false;
  }
  if (format_number->type() == Value::Type::integer && format_number->as_int() == k_tables_format)
    return true;
  report.at(format_number->mark(),
            format("tables of format {} cannot be read", excerpt(format_number->text())),
            format("this rigsetup reads format {}", k_tables_format));
  return false;
}

void read_section(const Member& member, Tables& tables, Report& report) {
  const auto section = std::find_if(std::begin(k_sections), std::end(k_sections),
                                    [&](const Section& one) { return one.name == member.key; });
  if (section == std::end(k_sections)) {
    std::vector<std::string> names;
    for (const Section& one : k_sections) names.emplace_back(one.name);
    const auto meant = suggestion(member.key, names);
    report.at(member.key_mark, format("there is no table \"{}\"", excerpt(member.key)),
              meant ? format("did you mean \"{}\"?", *meant) : "they are: " + join(names, ", "));
    return;
  }
  if (!member.value.is_map()) {
    report.at(member.value.mark(),
              format("\"{}\" takes rows by their keys, not {}", member.key, to_string(member.value.type())));
    return;
  }
  for (const Member& one : member.value.as_map()) {
    Row row(one.value, format("\"{}\" of \"{}\"", excerpt(one.key), member.key), report);
    section->read(one.key, row, tables);
  }
}

std::vector<fs::path> table_files(const fs::path& folder, Complaints& complaints) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.ends_with(".yaml") && !name.starts_with('.')) files.push_back(it->path());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    complaints.push_back({{folder.string()}, "cannot list the folder: " + error.message(), {}});
  }
  std::sort(files.begin(), files.end());
  if (files.size() > k_most_files) {
    complaints.push_back(
        {{folder.string()}, format("more than {} files of tables", k_most_files), "put them together"});
    files.resize(k_most_files);
  }
  return files;
}

/// One byte more than may be read, so that the YAML reader sees what is too large and says so.
std::optional<std::string> read_bounded(const fs::path& file, Complaints& complaints) {
  std::error_code error;
  std::ifstream in;
  if (fs::is_regular_file(file, error)) in.open(file, std::ios::binary);
  if (!in.is_open()) {
    complaints.push_back(
        {{file.string()}, "cannot read the file", "it must be a plain file that the daemon may read"});
    return std::nullopt;
  }
  std::string text(k_limits.bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

}  // namespace

std::vector<fs::path> table_folders(const fs::path& recipes, const fs::path& local) {
  return {recipes / "compat", recipes / "platforms", local};
}

Tables load(const std::vector<fs::path>& folders, Complaints& complaints) {
  Tables tables;
  for (const fs::path& folder : folders) {
    for (const fs::path& file : table_files(folder, complaints)) {
      if (const auto text = read_bounded(file, complaints)) read(*text, file.string(), tables, complaints);
    }
  }
  return tables;
}

void read(std::string_view text, const std::string& file, Tables& tables, Complaints& complaints) {
  const std::size_t before = complaints.size();
  const Value root = parse_yaml(text, file, complaints, k_limits);
  if (complaints.size() > before) return;
  Report report(file, complaints);
  if (!root.is_map()) {
    report.at(root.mark(), "a file of tables is a map", format("begin it with \"{}: 1\"", k_format_key));
    return;
  }
  if (!has_format(root, report)) return;
  for (const Member& member : root.as_map()) {
    if (member.key != k_format_key) read_section(member, tables, report);
  }
}

}  // namespace rigsetup::compat
