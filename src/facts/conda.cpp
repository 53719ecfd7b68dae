// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <optional>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/facts/conda.hpp>

namespace rigsetup {
namespace {

constexpr std::size_t k_most_users = 1000;
constexpr const char* k_names[] = {"conda",      "miniconda3", "anaconda3", "miniforge3",
                                   "mambaforge", "miniconda",  "anaconda",  "miniforge"};

/// Whether one is at that path: by conda-meta, which every base installation has.
std::optional<FoundConda> look(const Tree& files, const std::string& path, const std::string& user) {
  for (const std::string& name : files.list(path + "/conda-meta")) {
    const bool is_conda = name.starts_with("conda-") && name.size() > 6 && name[6] >= '0' && name[6] <= '9';
    if (!is_conda || !name.ends_with(".json")) continue;
    const auto record = files.read(path + "/conda-meta/" + name, 4 << 20).value_or("");
    const auto folder = files.info_followed(path);
    const bool is_roots = !folder || folder->owner.uid == 0;
    return FoundConda{path, !user.empty() || is_roots ? user : format("user {}", folder->owner.uid),
                      split(name, '-')[1], record.find("repo.anaconda.com") != std::string::npos};
  }
  return std::nullopt;
}

void look_below(const Tree& files, const std::string& folder, const std::string& user,
                std::vector<FoundConda>& found) {
  for (const char* name : k_names) {
    try {
      if (auto one = look(files, folder + "/" + name, user)) found.push_back(std::move(*one));
    } catch (const Error&) {
      // A home that cannot be read has nothing to say.
    }
  }
}

}  // namespace

std::vector<FoundConda> find_conda(const Tree& files) {
  std::vector<FoundConda> found;
  for (const char* folder : {"/opt", "/usr/local"}) look_below(files, folder, "", found);
  std::size_t users = 0;
  for (const std::string& line : split_lines(files.read("/etc/passwd", 4 << 20).value_or(""))) {
    const auto fields = split(line, ':');
    if (fields.size() < 7 || !fields[5].starts_with('/') || fields[5].size() < 2) continue;
    const bool is_person = fields[2] == "0" || (fields[2].size() >= 4 && fields[0] != "nobody");
    if (is_person && ++users <= k_most_users)
      look_below(files, fields[5], fields[2] == "0" ? "" : printable(fields[0]), found);
  }
  return found;
}

}  // namespace rigsetup
