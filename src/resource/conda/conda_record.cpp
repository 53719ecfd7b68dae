// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_record.hpp"

#include <charconv>
#include <utility>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

namespace rigsetup {
namespace {

constexpr std::string_view k_head = "rigsetup conda-meta 1";
constexpr std::size_t k_most_values = 4'000'000;

/// A member that is a text; what is of another type counts as absent.
std::string text_of(const Value& map, std::string_view name) {
  const Value* value = map.find(name);
  return value != nullptr && value->is_scalar() ? value->text() : std::string();
}

std::vector<std::string> names_of(const Value* specs) {
  std::vector<std::string> names;
  if (specs == nullptr || !specs->is_list()) return names;
  for (const Value& spec : specs->as_list()) {
    if (!spec.is_string()) continue;
    std::string name = spec.text().substr(0, spec.text().find_first_of(" =<>!~["));
    if (!name.empty() && !name.starts_with("__")) names.push_back(std::move(name));  // __cuda is no package
  }
  return names;
}

/// What of a path can be compared. Compiled Python files come and go with the interpreter.
std::optional<CondaPackage::File> file_of(const Value& entry) {
  CondaPackage::File file{text_of(entry, "_path"), std::nullopt};
  const std::string type = text_of(entry, "path_type");
  if (file.path.empty() || file.path.find('\n') != std::string::npos || type == "pyc_file")
    return std::nullopt;
  const std::string packed = text_of(entry, "sha256");
  const Value* size = entry.find("size_in_bytes");
  if (type == "hardlink" && !packed.empty() && packed == text_of(entry, "sha256_in_prefix") &&
      size != nullptr && size->type() == Value::Type::integer) {
    file.size = static_cast<std::uint64_t>(size->as_int());
  }
  return file;
}

void read_files(const Value& root, CondaPackage& package) {
  const Value* data = root.find("paths_data");
  const Value* paths = data != nullptr ? data->find("paths") : nullptr;
  if (paths != nullptr && paths->is_list()) {
    for (const Value& entry : paths->as_list()) {
      if (auto file = file_of(entry)) package.files.push_back(std::move(*file));
    }
  } else {
    for (const std::string& path : root.get_strings("files")) {
      if (path.find('\n') == std::string::npos && !path.ends_with(".pyc"))
        package.files.push_back({path, std::nullopt});
    }
  }
}

std::string requested_spec(const Value& root) {
  if (std::string one = text_of(root, "requested_spec"); !one.empty()) return one;
  const Value* several = root.find("requested_specs");
  if (several == nullptr || !several->is_list() || several->as_list().empty()) return {};
  return several->as_list().front().text();
}

template <class Number>
Number number(std::string_view text) {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The word at the beginning, which is taken off together with the space behind it.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = text.find(' ');
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return word;
}

}  // namespace

CondaPackage parse_conda_record(std::string_view json) {
  const Value root = parse_json(json, "the file", k_most_values);
  CondaPackage package;
  package.name = text_of(root, "name");
  package.version = text_of(root, "version");
  package.build = text_of(root, "build");
  if (package.name.empty() || package.version.empty())
    throw Error(Code::invalid, "cannot use the file: it names no package");
  package.url = text_of(root, "url");
  package.md5 = text_of(root, "md5");
  package.sha256 = text_of(root, "sha256");
  package.requested = requested_spec(root);
  package.depends = names_of(root.find("depends"));
  package.noarch_python = text_of(root, "noarch") == "python";
  package.site_packages = text_of(root, "python_site_packages_path");
  read_files(root, package);
  return package;
}

std::string note_text(const std::map<std::string, CondaRecord>& records) {
  std::string text = std::string(k_head) + "\n";
  for (const auto& [file, record] : records) {
    const CondaPackage& package = record.package;
    const auto line = [&](std::string_view key, std::string_view value) {
      if (!value.empty()) text.append(key).append(" ").append(printable(value)).append("\n");
    };
    text += format("record {} {} {}\n", record.size, record.changed_ns, file);
    line("name", package.name);
    line("version", package.version);
    line("build", package.build);
    line("url", package.url);
    line("md5", package.md5);
    line("sha256", package.sha256);
    line("requested", package.requested);
    line("depends", join(package.depends, " "));
    line("noarch", package.noarch_python ? "python" : "");
    line("site-packages", package.site_packages);
    for (const CondaPackage::File& one : package.files) {
      text.append("f ")
          .append(one.size ? std::to_string(*one.size) : "-")
          .append(" ")
          .append(one.path)
          .append("\n");
    }
  }
  return text;
}

std::map<std::string, CondaRecord> parse_note(std::string_view text) {
  std::map<std::string, CondaRecord> records;
  CondaRecord* record = nullptr;
  bool first = true;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};  // cut off: not what was written
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (std::exchange(first, false)) {
      if (line != k_head) return {};
      continue;
    }
    const std::string_view key = take_word(line);
    if (key == "record") {
      const auto size = number<std::uint64_t>(take_word(line));
      const auto changed = number<std::int64_t>(take_word(line));
      record = &records[std::string(line)];
      *record = {size, changed, {}};
      continue;
    }
    if (record == nullptr) return {};
    CondaPackage& package = record->package;
    if (key == "f") {
      const std::string_view size = take_word(line);
      package.files.push_back({std::string(line), std::nullopt});
      if (size != "-") package.files.back().size = number<std::uint64_t>(size);
    }
    if (key == "name") package.name = line;
    if (key == "version") package.version = line;
    if (key == "build") package.build = line;
    if (key == "url") package.url = line;
    if (key == "md5") package.md5 = line;
    if (key == "sha256") package.sha256 = line;
    if (key == "requested") package.requested = line;
    if (key == "depends") package.depends = split_words(line);
    if (key == "noarch") package.noarch_python = true;
    if (key == "site-packages") package.site_packages = line;
  }
  return records;
}

}  // namespace rigsetup
