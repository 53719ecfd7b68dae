// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/stand_in_micromamba/transaction.hpp"

#include <algorithm>
#include <ctime>
#include <fstream>

#include <sys/stat.h>

#include "tests/support/stand_in_micromamba/archive.hpp"

namespace stand_in {
namespace fs = std::filesystem;
namespace {

std::string stem(std::string fn) {
  for (const std::string end : {".conda", ".tar.bz2"}) {
    if (fn.ends_with(end)) fn.erase(fn.size() - end.size());
  }
  return fn;
}

std::string now() {
  const std::time_t time = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", std::gmtime(&time));
  return text;
}

void append(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::app) << text; }

/// "lib/python3.11/site-packages" of the environment.
std::string site_packages(const fs::path& prefix) {
  for (const auto& [name, package] : installed_in(prefix)) {
    if (name != "python") continue;
    const std::string version = package.at("version");
    return "lib/python" + version.substr(0, version.find('.', version.find('.') + 1)) + "/site-packages";
  }
  throw Critical("noarch: python packages without python in the environment");
}

std::string installed_path(const Package& package, const std::string& path, const fs::path& prefix) {
  if (package.at("noarch") != "python") return path;
  if (path.starts_with("site-packages/")) return site_packages(prefix) + path.substr(13);
  if (path.starts_with("python-scripts/")) return "bin" + path.substr(14);
  return path;
}

/// Puts one file of an unpacked package where it belongs; what has the prefix in it is written anew.
Json link_file(const Json& entry, const fs::path& from, const fs::path& to, const fs::path& prefix) {
  Json made = entry;
  made.erase("prefix_placeholder");
  made.erase("file_mode");
  fs::create_directories(to.parent_path());
  fs::remove(to);
  if (entry.value("path_type", "") == "softlink") {
    fs::copy_symlink(from, to);
  } else if (entry.contains("prefix_placeholder")) {
    std::string text = read_file(from);
    const std::string placeholder = entry["prefix_placeholder"];
    for (std::size_t at = 0; (at = text.find(placeholder, at)) != std::string::npos;)
      text.replace(at, placeholder.size(), prefix.string());
    write_file(to, text);
    fs::permissions(to, fs::status(from).permissions());
    made["sha256_in_prefix"] = sha256_of(text);
    return made;
  } else {
    std::error_code error;
    fs::create_hard_link(from, to, error);
    if (error) fs::copy_file(from, to);
  }
  made["sha256_in_prefix"] = entry.value("sha256", "");
  return made;
}

std::string requested_spec(const std::string& name, const std::vector<std::string>& asked) {
  for (const std::string& text : asked) {
    if (parse_spec(text).name == name) return text;
  }
  return "";
}

void link(const Package& package, const Transaction& transaction) {
  const fs::path unpacked = transaction.cache / stem(package.at("fn"));
  const fs::path meta = transaction.prefix / "conda-meta" / (package.dist() + ".json");
  Json record = package.record;
  record["requested_spec"] = requested_spec(package.at("name"), transaction.asked);
  record["timestamp"] = package.record.value("timestamp", 0LL) / 1000;
  record["extracted_package_dir"] = unpacked.string();
  record["package_tarball_full_path"] = (transaction.cache / package.at("fn")).string();
  record["link"] = {{"source", unpacked.string()}, {"type", 1}};
  record["paths_data"] = {{"paths", Json::array()}, {"paths_version", 1}};
  record["files"] = Json::array();
  const Json paths = Json::parse(read_file(unpacked / "info/paths.json"));
  for (const Json& entry : paths.at("paths")) {
    const std::string path = installed_path(package, entry.at("_path"), transaction.prefix);
    Json made = link_file(entry, unpacked / entry.at("_path"), transaction.prefix / path, transaction.prefix);
    made["_path"] = path;
    record["files"].push_back(path);
    record["paths_data"]["paths"].push_back(std::move(made));
  }
  write_file(meta, record.dump(4));
}

void unlink(const Package& package, const fs::path& prefix) {
  for (const std::string& path : package.list("files")) {
    fs::remove(prefix / path);
    std::error_code not_empty;
    for (fs::path up = fs::path(path).parent_path(); !up.empty() && fs::remove(prefix / up, not_empty);)
      up = up.parent_path();
  }
  fs::remove(prefix / "conda-meta" / (package.dist() + ".json"));
}

void fetch_one(const Package& package, const Transaction& transaction) {
  const fs::path archive = transaction.cache / package.at("fn");
  if (transaction.offline)
    throw Critical("Download error (7) Could not connect to server [" + package.at("url") + "]");
  const std::string bytes = fetch(package.at("url"));
  write_file(archive, bytes);  // in place, as the real one does
  const std::string sha256 = package.at("sha256");
  const std::string md5 = package.at("md5");
  if ((!sha256.empty() && sha256_of(bytes) != sha256) || (!md5.empty() && md5_of(bytes) != md5)) {
    fs::remove(archive);
    throw Critical("Found incorrect downloads. Aborting");
  }
  append(transaction.cache / "urls.txt", package.at("url") + "\n");
}

bool is_whole(const Package& package, const fs::path& archive) {
  if (!fs::is_regular_file(archive)) return false;
  const std::string bytes = read_file(archive);
  const std::string sha256 = package.at("sha256");
  const std::string md5 = package.at("md5");
  return (sha256.empty() || sha256_of(bytes) == sha256) && (md5.empty() || md5_of(bytes) == md5);
}

/// Where its archive is; the first cache where none has it.
fs::path archive_of(const Package& package, const Transaction& transaction) {
  for (const fs::path& cache : transaction.more_caches) {
    if (is_whole(package, cache / package.at("fn"))) return cache / package.at("fn");
  }
  return transaction.cache / package.at("fn");
}

/// The record of what is installed: the index's, or where there was none, the package's own.
Package unpacked(Package package, const Transaction& transaction) {
  const fs::path folder = transaction.cache / stem(package.at("fn"));
  if (!fs::exists(folder / "info/repodata_record.json")) {
    extract(archive_of(package, transaction), folder);
    Json record = Json::parse(read_file(folder / "info/index.json"));
    record.update(package.record);
    write_file(folder / "info/repodata_record.json", record.dump(4));
  }
  Json record = Json::parse(read_file(folder / "info/index.json"));
  record.update(package.record);
  package.record = std::move(record);
  return package;
}

}  // namespace

Packages installed_in(const fs::path& prefix) {
  Packages found;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(prefix / "conda-meta", absent)) {
    if (entry.path().extension() != ".json") continue;
    Json record = Json::parse(read_file(entry.path()));
    const std::string name = record.at("name");
    found[name] = {std::move(record)};
  }
  return found;
}

bool is_cached(const Package& package, const Transaction& transaction) {
  if (fs::exists(transaction.cache / stem(package.at("fn")) / "info/repodata_record.json")) return true;
  return is_whole(package, archive_of(package, transaction));
}

void fetch_all(const Transaction& transaction, const Hook& hook) {
  fs::create_directories(transaction.cache);
  int number = 0;
  for (const Package& package : transaction.fetch) {
    hook("fetch", number++);
    fetch_one(package, transaction);
  }
}

void carry_out(const Transaction& transaction, const Hook& hook) {
  fs::create_directories(transaction.prefix / "conda-meta");
  append(transaction.prefix / "conda-meta/history", "");  // created empty at the start
  std::vector<Package> ready;
  for (const Package& package : transaction.link) ready.push_back(unpacked(package, transaction));
  std::string history = "==> " + now() + " <==\n# cmd: " + transaction.command + "\n# conda version: 3.8.0\n";
  for (const Package& package : transaction.unlink) {
    unlink(package, transaction.prefix);
    history += "-" + package.at("channel") + "/" + package.at("subdir") + "::" + package.dist() + "\n";
  }
  int number = 0;
  for (const Package& package : ready) {
    hook("link", number++);
    link(package, transaction);
    history += "+" + package.at("channel") + "/" + package.at("subdir") + "::" + package.dist() + "\n";
  }
  append(transaction.prefix / "conda-meta/history",
         history + "# update specs: " + Json(transaction.asked).dump() + "\n");
}

}  // namespace stand_in
