// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/conda_channel.hpp"

#include <rigsetup/base/format.hpp>
#include <rigsetup/data/json.hpp>

#include "tests/support/shell.hpp"

namespace rigsetup::test {
namespace {

Value to_value(const CondaPackage& package) {
  Value files = Value::list();
  for (const CondaFile& file : package.files) {
    files.push_back(Value::map({{"path", file.path},
                                {"content", file.content},
                                {"executable", file.executable},
                                {"link", file.link}}));
  }
  return Value::map({{"name", package.name},
                     {"version", package.version},
                     {"build", package.build},
                     {"build_number", package.build_number},
                     {"depends", Value::strings(package.depends)},
                     {"constrains", Value::strings(package.constrains)},
                     {"files", std::move(files)},
                     {"subdir", package.subdir},
                     {"noarch_python", package.noarch_python},
                     {"tar_bz2", package.tar_bz2},
                     {"size", static_cast<std::int64_t>(package.size)},
                     {"listed_sha256", package.listed_sha256}});
}

}  // namespace

std::map<std::string, CondaArtifact> write_conda_channel(const std::filesystem::path& folder,
                                                         const std::vector<CondaPackage>& packages) {
  Value described = Value::list();
  for (const CondaPackage& package : packages) described.push_back(to_value(package));
  const auto list = folder / "packages.json";
  write_text(list, to_json(described));
  const std::string said = shell(
      folder, format("python3 '{}/tests/support/conda_channel.py' . < packages.json", RIGSETUP_SOURCE_DIR));
  std::filesystem::remove(list);
  const Value parsed = parse_json(said, "what conda_channel.py says");
  std::map<std::string, CondaArtifact> written;
  for (const Member& one : parsed.as_map()) {
    const Value& of = one.value;
    written[one.key] = {of.at("path").as_string(), of.at("md5").as_string(), of.at("sha256").as_string(),
                        static_cast<std::uint64_t>(of.at("size").as_int())};
  }
  return written;
}

std::filesystem::path stand_in_micromamba() { return RIGSETUP_BUILD_DIR "/tests/stand-in-micromamba"; }

void install_stand_in_micromamba(const std::filesystem::path& to) {
  std::filesystem::create_directories(to.parent_path());
  std::filesystem::copy_file(stand_in_micromamba(), to, std::filesystem::copy_options::overwrite_existing);
  std::filesystem::permissions(to, std::filesystem::perms(0755));
}

}  // namespace rigsetup::test
