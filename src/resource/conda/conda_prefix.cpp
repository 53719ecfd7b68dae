// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_prefix.hpp"

#include <algorithm>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

namespace rigsetup {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_environments = "envs";

fs::path record_of(const fs::path& prefix) { return conda_state_folder(prefix) / "installation.json"; }

/// "26.3.2" of conda-meta/conda-26.3.2-py313h78bf25f_3.json.
std::string conda_version(const Tree& tree, const fs::path& meta) {
  for (const std::string& name : tree.list(meta)) {
    const bool is_conda = name.starts_with("conda-") && name.size() > 6 && name[6] >= '0' && name[6] <= '9';
    if (is_conda && name.ends_with(".json")) return split(name, '-')[1];
  }
  return "";
}

/// What the installer leaves where it was ended. Not `_conda`: newer ones keep that program for good.
bool is_unfinished(const Tree& tree, const fs::path& prefix) {
  for (const char* left : {"install_tmp", "preconda.tar.bz2", "postconda.tar.bz2"}) {
    if (tree.info(prefix / left)) return true;
  }
  const auto history = tree.info_followed(prefix / "conda-meta/history");
  return !history || history->size == 0 || !tree.info_followed(prefix / "bin/conda");
}

}  // namespace

fs::path conda_state_folder(const fs::path& prefix) {
  return fs::path("/var/lib/rigsetup/conda") / prefix.relative_path();
}

CondaPrefix read_conda_prefix(const Tree& tree, const fs::path& prefix) {
  CondaPrefix found;
  const auto info = tree.info_followed(prefix);
  found.exists = info || tree.info(prefix);
  if (!info) return found;
  found.owner = info->owner;
  if (info->type != FileInfo::Type::directory) return found;
  const auto names = tree.list(prefix);
  found.is_empty =
      std::all_of(names.begin(), names.end(), [](const std::string& name) { return name == k_environments; });
  found.whole = !found.is_empty && !is_unfinished(tree, prefix);
  found.conda = conda_version(tree, prefix / "conda-meta");
  return found;
}

std::optional<CondaRecord> read_conda_record(const Tree& tree, const fs::path& prefix) {
  const auto text = tree.read(record_of(prefix), 1 << 16);
  if (!text) return std::nullopt;
  try {
    const Value value = parse_json(*text, record_of(prefix).string());
    return CondaRecord{value.get("version", ""), value.get("complete", false)};
  } catch (const Error&) {
    return CondaRecord{};  // it was begun, and nothing more is known
  }
}

void write_conda_record(const Tree& tree, const fs::path& prefix, const CondaRecord& record) {
  tree.make_directories(record_of(prefix).parent_path());
  tree.write(record_of(prefix),
             to_json(Value::map({{"version", record.version}, {"complete", record.complete}})) + "\n");
}

void remove_conda_prefix(const Tree& tree, const fs::path& prefix) {
  for (const std::string& name : tree.list(prefix)) {
    if (name != k_environments) tree.remove_all(prefix / name);
  }
  if (tree.list(prefix / k_environments).empty()) tree.remove_all(prefix);
}

void remove_conda_record(const Tree& tree, const fs::path& prefix) {
  tree.remove_all(conda_state_folder(prefix));
}

}  // namespace rigsetup
