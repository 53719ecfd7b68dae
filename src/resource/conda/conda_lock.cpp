// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_lock.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/yaml.hpp>

#include "resource/conda/pip_section.hpp"
#include "resource/python/python_requirement.hpp"

namespace rigsetup {
namespace {

constexpr YamlLimits k_limits{.bytes = 16 << 20, .values = 2'000'000, .depth = 32};
constexpr std::string_view k_explicit = "@EXPLICIT";

bool is_hash(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// What an archive must be to be installed by its hash alone.
void add(std::optional<CondaArchive> archive, const std::string& sha256, const std::string& md5,
         const std::string& url, const Place& place, std::vector<CondaArchive>& archives,
         Complaints& complaints) {
  if (!archive) {
    complaints.push_back({place, format("\"{}\" is not the URL of a conda package", excerpt(masked_url(url))),
                          "https://.../linux-64/numpy-1.26.4-py312_0.conda"});
    return;
  }
  if (has_password(url)) {
    complaints.push_back({place, "a password in a URL is kept in clear by every client", "leave it out"});
    return;
  }
  if (!is_hash(sha256, 64) && !is_hash(md5, 32)) {
    complaints.push_back({place, format("{} has no hash", archive->file()),
                          "write the file with `conda list --explicit --sha256`"});
    return;
  }
  archive->sha256 = is_hash(sha256, 64) ? sha256 : "";
  archive->md5 = is_hash(md5, 32) ? md5 : "";
  archives.push_back(std::move(*archive));
}

/// "URL", "URL#md5", "URL#sha256", "URL#sha256:hex".
void read_line(const std::string& line, const Place& place, std::vector<CondaArchive>& archives,
               Complaints& complaints) {
  const std::string url = line.substr(0, line.find('#'));
  std::string hash = url.size() < line.size() ? line.substr(url.size() + 1) : "";
  for (const std::string_view kind : {"sha256:", "md5:"}) {
    if (hash.starts_with(kind)) hash.erase(0, kind.size());
  }
  add(parse_conda_url(url), hash, hash, url, place, archives, complaints);
}

std::vector<CondaArchive> read_explicit(std::string_view text, const std::string& file,
                                        Complaints& complaints) {
  std::vector<CondaArchive> archives;
  int number = 0;
  bool begun = false;
  for (const std::string& raw : split_lines(text)) {
    ++number;
    const std::string line(trim(raw));
    if (line == k_explicit) {
      begun = true;
    } else if (begun && !line.empty() && line.front() != '#') {
      read_line(line, {file, number, 1}, archives, complaints);
    }
  }
  return archives;
}

std::string text_in(const Value& map, std::string_view name) {
  const Value* value = map.find(name);
  return value != nullptr && value->is_scalar() ? value->text() : std::string();
}

/// A package that pip is to install by its URL and hash.
void add_of_pip(const Value& entry, const std::string& sha256, const Place& place, CondaLock& lock,
                Complaints& complaints) {
  const PipArchive archive{normalised_python_name(text_in(entry, "name")), text_in(entry, "version"),
                           text_in(entry, "url"), sha256};
  PipSection section;
  const std::size_t before = complaints.size();
  read_pip_line(archive.requirement(), place, section, complaints);
  if (complaints.size() > before) return;
  if (!is_hash(sha256, 64)) {
    complaints.push_back({place, format("{} is for pip, and has no sha256", archive.name),
                          "write the file with `conda-lock`"});
    return;
  }
  lock.pip.push_back(archive);
}

void read_entry(const Value& entry, const std::string& file, CondaLock& lock, Complaints& complaints) {
  const Place place{file, entry.mark().line, entry.mark().column};
  const std::string platform = text_in(entry, "platform");
  if (platform != "linux-64" && platform != "noarch") return;
  const Value* hash = entry.find("hash");
  const std::string sha256 = hash != nullptr ? text_in(*hash, "sha256") : "";
  if (text_in(entry, "manager") == "pip") return add_of_pip(entry, sha256, place, lock, complaints);
  const std::string url = text_in(entry, "url");
  add(parse_conda_url(url), sha256, hash != nullptr ? text_in(*hash, "md5") : "", url, place, lock.archives,
      complaints);
}

CondaLock read_yaml_lock(std::string_view text, const std::string& file, Complaints& complaints) {
  CondaLock lock;
  const std::size_t before = complaints.size();
  const Value root = parse_yaml(text, file, complaints, k_limits);
  if (complaints.size() > before) return lock;
  const Value* packages = root.find("package");
  if (text_in(root, "version") != "1" || packages == nullptr || !packages->is_list()) {
    complaints.push_back(
        {{file, 1, 1},
         "the file is neither a list of URLs that begins with @EXPLICIT nor a conda-lock.yml "
         "of version 1",
         "write it with `conda list --explicit --sha256` or `conda-lock`"});
    return lock;
  }
  for (const Value& entry : packages->as_list()) read_entry(entry, file, lock, complaints);
  return lock;
}

template <typename Archive>
void complain_of_doubles(const std::vector<Archive>& archives, const std::string& file,
                         Complaints& complaints) {
  std::set<std::string> names;
  for (const Archive& archive : archives) {
    if (names.insert(archive.name).second) continue;
    complaints.push_back(
        {{file, 1, 1}, format("{} is named twice", archive.name), "an environment has one of each"});
  }
}

}  // namespace

std::string CondaArchive::file() const { return url.substr(url.rfind('/') + 1); }

std::optional<CondaArchive> parse_conda_url(std::string_view url) {
  constexpr std::array<std::string_view, 3> k_schemes{"https://", "http://", "file://"};
  if (std::none_of(k_schemes.begin(), k_schemes.end(), [&](auto scheme) { return url.starts_with(scheme); }))
    return std::nullopt;
  if (url != printable(url) || url.find_first_of(" '\"\\") != std::string_view::npos) return std::nullopt;
  std::string_view stem = url.substr(url.rfind('/') + 1);
  for (const std::string_view ending : {".conda", ".tar.bz2"}) {
    if (!stem.ends_with(ending)) continue;
    stem.remove_suffix(ending.size());
    const std::size_t build = stem.rfind('-');
    if (build == std::string_view::npos || build == 0) return std::nullopt;
    const std::size_t version = stem.rfind('-', build - 1);
    if (version == std::string_view::npos || version == 0) return std::nullopt;
    CondaArchive archive;
    archive.url = url;
    archive.name = stem.substr(0, version);
    archive.version = stem.substr(version + 1, build - version - 1);
    archive.build = stem.substr(build + 1);
    return archive;
  }
  return std::nullopt;
}

std::string PipArchive::requirement() const { return format("{} @ {} --hash=sha256:{}", name, url, sha256); }

CondaLock read_conda_lock(std::string_view text, const std::string& file, Complaints& complaints) {
  const std::size_t before = complaints.size();
  const std::vector<std::string> lines = split_lines(text);
  const bool is_explicit = std::any_of(lines.begin(), lines.end(),
                                       [](const std::string& line) { return trim(line) == k_explicit; });
  CondaLock lock = is_explicit ? CondaLock{read_explicit(text, file, complaints), {}}
                               : read_yaml_lock(text, file, complaints);
  complain_of_doubles(lock.archives, file, complaints);
  complain_of_doubles(lock.pip, file, complaints);
  if (lock.archives.empty() && complaints.size() == before)
    complaints.push_back({{file, 1, 1}, "the lock names no package for linux-64", ""});
  return lock;
}

std::string explicit_text(const std::vector<CondaArchive>& archives) {
  std::string text = std::string(k_explicit) + "\n";
  for (const CondaArchive& archive : archives) {
    text += archive.url;
    if (!archive.md5.empty() || !archive.sha256.empty())
      text += archive.sha256.empty() ? "#" + archive.md5 : "#sha256:" + archive.sha256;
    text += "\n";
  }
  return text;
}

bool has_password(std::string_view url) { return masked_url(url) != url; }

std::string masked_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const std::size_t begin = scheme + 3;
  const std::size_t end = std::min(url.find('/', begin), url.size());
  const std::size_t at = url.substr(0, end).rfind('@');
  if (at == std::string_view::npos || at < begin) return std::string(url);
  return std::string(url.substr(0, begin)) + "***@" + std::string(url.substr(at + 1));
}

}  // namespace rigsetup
