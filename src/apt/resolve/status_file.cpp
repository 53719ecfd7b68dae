// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the rigsetup authors
#include "apt/resolve/status_file.hpp"

#include <fstream>
#include <iterator>
#include <string_view>

#include <apt-pkg/configuration.h>
#include <apt-pkg/pkgrecords.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/text.hpp>

#include "apt/resolve/aptlib.hpp"

namespace rigsetup::resolve {

namespace {

std::string status_path() { return _config->FindFile("Dir::State::status"); }

std::string read_status() {
  std::ifstream file(status_path(), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_status(const std::string& text) {
  std::ofstream file(status_path(), std::ios::binary | std::ios::trunc);
  if (!(file << text).flush()) throw Error(Code::io, "cannot write the simulated status " + status_path());
}

/// The value of a field that fits on one line; empty when the stanza does not have it.
std::string_view field(std::string_view stanza, std::string_view name) {
  const std::string start = "\n" + std::string(name) + ":";
  std::size_t at = stanza.starts_with(start.substr(1)) ? 0 : stanza.find(start);
  if (at == std::string_view::npos) return {};
  at = stanza.find(':', at) + 1;
  return trim(stanza.substr(at, stanza.find('\n', at) - at));
}

std::string with_status(std::string_view stanza, const std::string& status) {
  std::string text;
  for (const std::string& line : split_lines(stanza)) {
    if (line.empty() || line.starts_with("Status:")) continue;
    text += line + "\n";
    if (line.starts_with("Package:")) text += "Status: " + status + "\n";
  }
  return text + "\n";
}

template <typename Each>
void for_each_stanza(std::string_view status, const Each& each) {
  while (!status.empty()) {
    const std::size_t end = status.find("\n\n");
    const std::string_view stanza = status.substr(0, end);
    if (!trim(stanza).empty()) each(stanza);
    status.remove_prefix(end == std::string_view::npos ? status.size() : end + 2);
  }
}

/// What a half state becomes; empty: the package is gone.
std::string settled(const std::vector<std::string>& state, bool has_version) {
  const std::string& want = state[0];
  const std::string& now = state[2];
  if (now == "half-installed" && (want == "deinstall" || want == "purge" || !has_version)) return {};
  if (now == "not-installed" || now == "config-files" || now == "installed") return join(state, " ");
  return want + " ok installed";
}

}  // namespace

void settle_half_states() {
  std::string settled_status;
  for_each_stanza(read_status(), [&](std::string_view stanza) {
    const std::vector<std::string> state = split_words(field(stanza, "Status"));
    if (state.size() != 3) return;
    const std::string becomes = settled(state, !field(stanza, "Version").empty());
    if (!becomes.empty()) settled_status += with_status(stanza, becomes);
  });
  write_status(settled_status);
}

void simulate(Universe& universe, const std::set<std::string>& hold) {
  pkgDepCache& marks = universe.marks();
  pkgRecords records(universe.cache());
  std::string status;
  std::set<std::string> replaced;
  for (auto package = universe.cache().PkgBegin(); !package.end(); ++package) {
    pkgDepCache::StateCache& state = marks[package];
    const pkgCache::VerIterator version = state.InstVerIter(universe.cache());
    if (version == package.CurrentVer() && !hold.contains(name_of(package))) continue;
    // "all" packages are known under the native architecture here and under "all" in the file.
    for (const char* architecture : {package.Arch(), "all"}) {
      replaced.insert(std::string(package.Name()) + ":" + architecture);
    }
    if (version.end()) continue;
    auto file = version.FileList();
    while (!file.end() && file.File().Flagged(pkgCache::Flag::NotSource)) ++file;
    if (file.end()) file = version.FileList();
    const char* start = nullptr;
    const char* stop = nullptr;
    records.Lookup(file).GetRec(start, stop);
    const std::string_view stanza(start, static_cast<std::size_t>(stop - start));
    status +=
        with_status(stanza, hold.contains(name_of(package)) ? "hold ok installed" : "install ok installed");
  }
  for_each_stanza(read_status(), [&](std::string_view stanza) {
    const std::string name(field(stanza, "Package"));
    if (replaced.contains(name + ":" + std::string(field(stanza, "Architecture")))) return;
    status += std::string(stanza) + "\n\n";
  });
  if (!marks.writeStateFile(nullptr, false)) throw_complaints(Code::io, "write the simulated auto marks");
  write_status(status);
}

}  // namespace rigsetup::resolve
