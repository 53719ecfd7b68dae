// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "apt/scratch.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::apt {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t k_largest_list = std::size_t{512} << 20;
constexpr std::string_view k_main = "sources.list";

void make_private(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) fs::permissions(folder, fs::perms::owner_all, error);
  if (error) throw errno_error("make the folder " + folder.string(), error.value());
}

fs::path made_private(fs::path folder) {
  make_private(folder);
  return folder;
}

void make_empty(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (error) throw errno_error("empty the folder " + folder.string(), error.value());
  make_private(folder);
}

bool is_armored(std::string_view key) { return trim(key).starts_with("-----BEGIN"); }

/// A key written into the stanza itself: lines begin with a space, and an empty line is " .".
std::string inline_key(std::string_view value) {
  std::string key;
  for (const std::string& line : split_lines(value)) {
    const std::string_view text = trim(line);
    key += std::string(text == "." ? "" : text) + "\n";
  }
  return std::string(trim(key)) + "\n";
}

/// Names like "deb.example.org_dists_stable_main_binary-amd64_Packages.lz4".
bool is_list_to_copy(std::string_view rest) {
  return rest == "InRelease" || rest == "Release" || rest == "Release.gpg" ||
         rest.find("Packages") != std::string_view::npos;
}

void set_modified(const fs::path& file, std::int64_t nanoseconds) {
  const timespec time{static_cast<time_t>(nanoseconds / 1'000'000'000),
                      static_cast<long>(nanoseconds % 1'000'000'000)};
  const timespec times[2] = {time, time};
  if (utimensat(AT_FDCWD, file.c_str(), times, 0) != 0)
    throw errno_error("set the time of " + file.string(), errno);
}

/// Can the machine read it for the target? Under --root an address like file:/srv/debs is a path inside the
/// tree.
bool reachable(const Repository& repository, bool live) {
  const auto uris = repository.words("URIs");
  return std::none_of(uris.begin(), uris.end(), [&](const std::string& uri) {
    return uri.starts_with("cdrom:") || (!live && (uri.starts_with("file:") || uri.starts_with("copy:")));
  });
}

void copy_folder(const Tree& tree, const fs::path& from, const fs::path& to) {
  make_empty(to);
  for (const std::string& name : tree.list(from)) {
    const auto info = tree.info_followed(from / name);
    if (!info || info->type != FileInfo::Type::regular) continue;
    if (const auto bytes = tree.read(from / name)) write_file(to / name, *bytes);
  }
}

void copy_file(const Tree& tree, const fs::path& from, const fs::path& to, std::size_t limit = 64 << 20) {
  const auto bytes = tree.read(from, limit);
  if (bytes) {
    write_file(to, *bytes);
  } else {
    std::error_code ignored;  // it was not there, or libapt will say what is wrong with it
    fs::remove(to, ignored);
  }
}

}  // namespace

void write_file(const fs::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  if (!file.flush()) throw errno_error("write " + path.string(), errno);
}

FileLock::FileLock(const fs::path& file) : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  if (fd_ < 0) throw errno_error("open " + file.string(), errno);
}

FileLock::~FileLock() { ::close(fd_); }

void FileLock::take(Clock& clock, std::stop_token stop) {
  while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) throw errno_error("lock the folder of package lists", errno);
    clock.sleep(std::chrono::milliseconds(100), stop);
  }
}

Scratch::Scratch(const Host& host, fs::path folder, Options target_options, std::stop_token stop)
    : host_(host),
      folder_(made_private(std::move(folder))),
      target_options_(std::move(target_options)),
      lock_(folder_ / "lock") {
  for (const char* name : {"lists", "lists/partial", "cache", "cache/archives", "cache/archives/partial",
                           "keys", "none/apt.conf.d"}) {
    make_private(folder_ / name);
  }
  lock_.take(host_.clock, std::move(stop));
  copy_trust();
  copy_auth();
}

void Scratch::copy_trust() {
  make_private(folder_ / "trust");
  copy_file(host_.files, "/etc/apt/trusted.gpg", folder_ / "trust/trusted.gpg");
  copy_folder(host_.files, "/etc/apt/trusted.gpg.d", folder_ / "trust/trusted.gpg.d");
  std::string all = host_.files.read("/etc/apt/trusted.gpg").value_or("");
  for (const std::string& name : host_.files.list("/etc/apt/trusted.gpg.d")) {
    all += name + "\n" + host_.files.read("/etc/apt/trusted.gpg.d/" + name).value_or("");
  }
  common_trust_ = sha256_hex(all);
}

void Scratch::copy_auth() const {
  make_private(folder_ / "auth");
  copy_file(host_.files, "/etc/apt/auth.conf", folder_ / "auth/auth.conf");
  copy_folder(host_.files, "/etc/apt/auth.conf.d", folder_ / "auth/auth.conf.d");
}

void Scratch::copy_preferences(const fs::path& to) const {
  copy_file(host_.files, "/etc/apt/preferences", to / "preferences");
  copy_folder(host_.files, "/etc/apt/preferences.d", to / "preferences.d");
}

void Scratch::copy_status(const fs::path& to) const {
  copy_file(host_.files, "/var/lib/dpkg/status", to / "status", k_largest_list);
  copy_file(host_.files, "/var/lib/apt/extended_states", to / "extended_states");
}

void Scratch::copy_lists(const std::vector<Listed>& repositories) const {
  const fs::path from = "/var/lib/apt/lists";
  const std::vector<std::string> names = host_.files.list(from);
  for (const Listed& listed : repositories) {
    for (const std::string& place : listed.repository.places()) {
      const std::string prefix = list_name(release_address(place));
      for (const std::string& name : names) {
        if (!name.starts_with(prefix) || !is_list_to_copy(std::string_view(name).substr(prefix.size())))
          continue;
        const auto info = host_.files.info(from / name);
        if (fs::exists(lists() / name) || !info || info->type != FileInfo::Type::regular) continue;
        copy_file(host_.files, from / name, lists() / name, k_largest_list);
        set_modified(lists() / name, info->modified_ns);
      }
    }
  }
}

std::string Scratch::keep_key(const std::string& bytes) {
  const fs::path path = keys() / (sha256_hex(bytes) + (is_armored(bytes) ? ".asc" : ".gpg"));
  write_file(path, bytes);
  return path.string();
}

std::string Scratch::key_at(const std::string& path, const std::vector<Source>& sources,
                            const std::string& whose) const {
  for (const Source& source : sources) {
    if (source.installed_key.empty() && source.key_path() == path) return source.key;
  }
  const auto bytes = host_.files.read(path);
  if (bytes) return *bytes;
  throw Error(Code::conflict, format("cannot trust the repository {}: its key {} is not there", whose, path),
              "restore the key, or remove the repository");
}

Listed Scratch::rewritten(const std::string& file, Repository repository,
                          const std::vector<Source>& sources) {
  Listed listed;
  listed.file = file;
  listed.trust = common_trust_;
  const std::string signed_by = repository.get("Signed-By");
  if (signed_by.find("-----BEGIN") != std::string::npos) {
    repository.set("Signed-By", keep_key(inline_key(signed_by)));
    listed.trust = repository.get("Signed-By");
  } else if (!signed_by.empty()) {
    std::vector<std::string> trusted;
    bool paths_only = true;
    for (const std::string& word : repository.words("Signed-By")) {
      const bool is_path = word.starts_with('/');
      paths_only = paths_only && is_path;
      trusted.push_back(is_path ? keep_key(key_at(word, sources, repository.get("URIs"))) : word);
    }
    repository.set("Signed-By", join(trusted, " "));
    listed.trust = repository.get("Signed-By") + (paths_only ? "" : common_trust_);
  }
  std::string identity = repository.text() + listed.trust;
  for (const auto& [key, value] : target_options_) {
    if (key.starts_with("APT::Architecture")) identity += value + "\n";
  }
  listed.id = sha256_hex(identity);
  listed.repository = std::move(repository);
  return listed;
}

std::vector<Listed> Scratch::list(const std::vector<Source>& sources) {
  std::vector<Listed> listed;
  for (const RepositoryFile& file : read_repositories(host_.files)) {
    const bool replaced = std::any_of(sources.begin(), sources.end(), [&](const Source& source) {
      return fs::path(source.file_path()).filename() == file.name;
    });
    if (replaced) continue;
    for (const Repository& repository : file.repositories) {
      if (reachable(repository, host_.live())) listed.push_back(rewritten(file.name, repository, sources));
    }
  }
  for (const Source& source : sources) {
    for (Listed& one : list_only(source)) listed.push_back(std::move(one));
  }
  return listed;
}

std::vector<Listed> Scratch::list_only(const Source& source) {
  std::vector<Listed> listed;
  for (const Repository& repository : parse_deb822(source.deb822())) {
    if (!reachable(repository, host_.live())) {
      throw Error(Code::unsupported,
                  format("cannot use the repository {} for a tree: {} is a path of this machine", source.name,
                         repository.get("URIs")),
                  "serve it over HTTP");
    }
    listed.push_back(rewritten(fs::path(source.file_path()).filename(), repository, {source}));
  }
  return listed;
}

fs::path Scratch::file_for(const std::string& use, const Listed& listed) const {
  if (listed.file == k_main) return folder(use) / "main.sources";
  const std::string suffix = listed.file.ends_with(".sources") ? "" : ".sources";
  return folder(use) / "sources.list.d" / (listed.file + suffix);
}

Options Scratch::open(const std::string& use, const std::vector<Listed>& repositories) {
  make_empty(folder(use));
  make_private(folder(use) / "sources.list.d");
  make_private(folder(use) / "preferences.d");
  std::map<fs::path, std::string> files;
  for (const Listed& listed : repositories) files[file_for(use, listed)] += listed.repository.text() + "\n";
  for (const auto& [path, text] : files) write_file(path, text);

  const auto in = [&](const char* name) { return (folder_ / name).string(); };
  const auto in_use = [&](const char* name) { return (folder(use) / name).string(); };
  Options options = target_options_;
  const Options own = {{"Dir", folder_.string() + "/"},
                       {"Dir::Etc", in("none/")},
                       {"Dir::Etc::main", in("none/apt.conf")},
                       {"Dir::Etc::parts", in("none/apt.conf.d/")},
                       {"Dir::Etc::sourcelist", in_use("main.sources")},
                       {"Dir::Etc::sourceparts", in_use("sources.list.d/")},
                       {"Dir::Etc::preferences", in_use("preferences")},
                       {"Dir::Etc::preferencesparts", in_use("preferences.d/")},
                       {"Dir::Etc::trusted", in("trust/trusted.gpg")},
                       {"Dir::Etc::trustedparts", in("trust/trusted.gpg.d/")},
                       {"Dir::Etc::netrc", in("auth/auth.conf")},
                       {"Dir::Etc::netrcparts", in("auth/auth.conf.d/")},
                       {"Dir::State", in_use("")},
                       {"Dir::State::lists", in("lists/")},
                       {"Dir::State::status", in_use("status")},
                       {"Dir::State::extended_states", in_use("extended_states")},
                       {"Dir::Cache", in("cache/")},
                       {"Dir::Cache::archives", in("cache/archives/")},
                       // None with the status in it: apt takes a status file for unchanged that has the same
                       // size and was written in the same second, as one stage's and the next one's often are.
                       {"Dir::Cache::pkgcache", ""},
                       {"Dir::Cache::srcpkgcache", "srcpkgcache.bin"},
                       {"APT::Sandbox::User", "root"},
                       {"APT::Get::List-Cleanup", "false"},
                       {"Acquire::Languages", "none"},
                       {"Acquire::PDiffs", "false"},
                       {"Acquire::Retries", "0"},
                       {"Acquire::AllowInsecureRepositories", "false"},
                       {"Acquire::AllowWeakRepositories", "false"},
                       {"Acquire::AllowDowngradeToInsecureRepositories", "false"}};
  options.insert(options.end(), own.begin(), own.end());
  return options;
}

std::vector<fs::path> Scratch::keyrings(const Repository& repository) const {
  std::vector<fs::path> rings;
  bool all_trusted = true;
  for (const std::string& word : repository.words("Signed-By")) {
    if (!word.starts_with('/')) continue;
    rings.emplace_back(word);
    all_trusted = false;
  }
  if (!all_trusted) return rings;
  if (fs::exists(folder_ / "trust/trusted.gpg")) rings.push_back(folder_ / "trust/trusted.gpg");
  for (const auto& entry : fs::directory_iterator(folder_ / "trust/trusted.gpg.d"))
    rings.push_back(entry.path());
  return rings;
}

}  // namespace rigsetup::apt
