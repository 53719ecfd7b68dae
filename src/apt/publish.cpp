// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rigsetup/apt/archive.hpp>
#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/host/watched_host.hpp>

#include "apt/key.hpp"
#include "apt/lock.hpp"
#include "apt/private_folder.hpp"
#include "apt/resolver.hpp"
#include "apt/scratch.hpp"

namespace rigsetup::apt {

namespace fs = std::filesystem;

namespace {

constexpr const char* k_lists = "/var/lib/apt/lists";
constexpr std::size_t k_largest_list = std::size_t{512} << 20;

/// The lists of one repository as the scratch folder has them.
struct Lists {
  std::string place;
  std::string release;    ///< file name; empty: there is none
  std::string signature;  ///< of a release file that does not carry its own
  std::vector<std::string> signed_by;
  std::vector<std::string> files;
};

Lists lists_from(const Value& value) {
  Lists lists;
  lists.place = value.get("uri", "") + " " + value.get("suite", "");
  lists.release = value.get("release", "");
  lists.signature = value.get("signature", "");
  for (const Value& file : value.at("files").as_list()) {
    if (!file.get("whole", false)) {
      throw Error(
          Code::conflict,
          format("cannot publish {}: it is not what its signed release file says", file.get("name", "")),
          "run it again: the lists are fetched anew");
    }
    lists.files.push_back(file.get("name", ""));
  }
  return lists;
}

/// Does gpgv's status output tell of a good signature by one of the wanted keys, and of no bad one?
bool is_good(std::string_view status, const std::vector<std::string>& wanted) {
  bool good = false;
  for (const std::string& line : split_lines(status)) {
    const std::vector<std::string> words = split_words(line);
    if (words.size() < 3 || words[0] != "[GNUPG:]") continue;
    if (words[1] == "BADSIG") return false;
    if (words[1] != "VALIDSIG") continue;
    const auto is_one = [&](const std::string& name) { return name == words[2] || name == words.back(); };
    good |= wanted.empty() || std::any_of(wanted.begin(), wanted.end(), is_one);
  }
  return good;
}

/// apt does not verify lists that are in place, so nothing gets there that was not verified just before.
void verify(const Lists& lists, const std::vector<fs::path>& keyrings, const fs::path& folder,
            const Host& host, std::stop_token stop) {
  const PrivateFolder rings("gpgv");
  Command command;
  command.argv = {"gpgv", "--homedir", rings.path().string(), "--status-fd", "1", "--ignore-time-conflict"};
  int number = 0;
  for (const fs::path& keyring : keyrings) {
    const fs::path binary = rings.path() / (std::to_string(++number) + ".gpg");
    const Tree holder(keyring.parent_path());
    write_file(binary, dearmored(holder.read("/" + keyring.filename().string()).value_or("")));
    command.argv.insert(command.argv.end(), {"--keyring", binary.string()});
  }
  if (!lists.signature.empty()) command.argv.push_back((folder / lists.signature).string());
  command.argv.push_back((folder / lists.release).string());
  command.inside = false;
  const Finished finished = host.programs.run(command, stop);
  std::vector<std::string> fingerprints = lists.signed_by;
  std::erase_if(fingerprints, [](const std::string& word) { return word.starts_with('/'); });
  if (is_good(finished.out, fingerprints)) return;
  throw Error(
      Code::conflict,
      format("cannot publish the lists of {}: {}", lists.place, printable(last_lines(finished.err, 2))),
      "the repository is not signed by the key that is trusted for it");
}

/// Puts one file in apt's place, atomically and with the time its server gave it: apt asks the server for
/// what is newer than that.
void place(const Tree& tree, int lists, const std::string& name, const fs::path& from) {
  const Tree scratch(from.parent_path());
  const auto info = scratch.info("/" + name);
  const auto bytes = scratch.read("/" + name, k_largest_list);
  if (!info || !bytes) throw Error(Code::io, "cannot read " + from.string() + ": it is gone");
  const auto there = tree.info(fs::path(k_lists) / name);
  if (there && there->size == info->size && there->modified_ns == info->modified_ns) return;

  const std::string temporary = ".rigsetup-new";
  ::unlinkat(lists, temporary.c_str(), 0);
  const TreeFile file(tree, fs::path(k_lists) / temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
  for (std::string_view rest = *bytes; !rest.empty();) {
    const ssize_t count = ::write(file.fd(), rest.data(), rest.size());
    if (count < 0 && errno != EINTR) throw errno_error(format("write {}/{}", k_lists, name), errno);
    if (count > 0) rest.remove_prefix(static_cast<std::size_t>(count));
  }
  const timespec time{static_cast<time_t>(info->modified_ns / 1'000'000'000),
                      static_cast<long>(info->modified_ns % 1'000'000'000)};
  const timespec times[2] = {time, time};
  if (::fchmod(file.fd(), 0644) != 0 || ::futimens(file.fd(), times) != 0 || ::fsync(file.fd()) != 0 ||
      ::renameat(lists, temporary.c_str(), lists, name.c_str()) != 0) {
    throw errno_error(format("write {}/{}", k_lists, name), errno);
  }
}

/// What apt has got by itself since is left alone: going back in time would hide what it knows.
bool apt_has_newer(const Tree& tree, const fs::path& scratch_lists, const std::string& release) {
  const auto there = tree.info(fs::path(k_lists) / release);
  const auto here = Tree(scratch_lists).info("/" + release);
  return there && here && there->modified_ns > here->modified_ns;
}

}  // namespace

void Archive::publish(Reporter& reporter, std::stop_token stop) {
  const WatchedHost watched(host_, reporter.when_busy());
  Scratch scratch = open_scratch(stop);
  const std::vector<Listed> configured = scratch.list({});
  {
    const Stamps stamps(folder_ / "stamps.json");
    const bool missing = std::any_of(configured.begin(), configured.end(), [&](const Listed& listed) {
      return stamps.time(listed).time_since_epoch().count() == 0;
    });
    if (missing) fetch(scratch, configured, reporter, stop);
  }
  Progress progress;
  progress.label = "verifying the package lists";
  reporter.progress(std::move(progress));
  const Options options = scratch.open("publish", configured);
  const Value described = Resolver(watched.host()).ask("lists", options, {}, nullptr, stop);
  std::vector<Lists> verified;
  for (const Value& one : described.as_list()) {
    // [trusted=yes] is the owner's word about a repository of his own; there is nothing to verify and apt has
    // it as it was.
    if (one.get("trusted", false) || one.get("release", "").empty()) continue;
    Lists lists = lists_from(one);
    Repository keys;
    keys.set("Signed-By", one.get("signed_by", ""));
    lists.signed_by = keys.words("Signed-By");
    if (apt_has_newer(host_.files, scratch.lists(), lists.release)) continue;
    verify(lists, scratch.keyrings(keys), scratch.lists(), watched.host(), stop);
    verified.push_back(std::move(lists));
  }

  host_.files.make_directories(k_lists);
  const ListsLock lock({host_, reporter, settings_.lock_timeout, stop});
  const TreeFile folder(host_.files, k_lists, O_RDONLY | O_DIRECTORY);
  for (const Lists& lists : verified) {
    for (const std::string& name : lists.files) place(host_.files, folder.fd(), name, scratch.lists() / name);
    if (!lists.signature.empty()) {
      place(host_.files, folder.fd(), lists.signature, scratch.lists() / lists.signature);
    }
    place(host_.files, folder.fd(), lists.release, scratch.lists() / lists.release);
  }
  ::fsync(folder.fd());
}

bool Archive::published(const Source& source) const {
  const std::vector<std::string> names = host_.files.list(k_lists);
  for (const Repository& repository : parse_deb822(source.deb822())) {
    for (const std::string& place_of : repository.places()) {
      const std::string prefix = list_name(release_address(place_of));
      const auto there = [&](std::string_view part) {
        return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
          return name.starts_with(prefix) && name.find(part, prefix.size()) != std::string::npos;
        });
      };
      if (!there("Release") || !there("Packages")) return false;
    }
  }
  return true;
}

}  // namespace rigsetup::apt
