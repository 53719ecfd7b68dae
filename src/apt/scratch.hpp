// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <rigsetup/apt/package.hpp>
#include <rigsetup/apt/repositories.hpp>
#include <rigsetup/host/host.hpp>

#include "apt/apt_options.hpp"

namespace rigsetup::apt {

/// A repository as the scratch folder has it: its keys are the scratch's own copies.
struct Listed {
  std::string file;  ///< the file of the target it stands in
  Repository repository;
  std::string trust;  ///< digest of the keys it is trusted by
  std::string id;     ///< digest of everything that decides what its lists are and whether they are trusted
};

/// A file to be locked. A member of its own, so that it is let go of also when what it guards cannot be made.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& file);
  FileLock(const FileLock&) = delete;
  ~FileLock();
  void take(Clock& clock, std::stop_token stop);  ///< waits for it

 private:
  int fd_ = -1;
};

/// A folder that looks to libapt like the target, made of copies, readable by root only:
///     lists/  cache/  keys/  trust/  auth/     shared by all uses
///     update/ resolve/ publish/                each with the repositories (and more) of one use
/// Holds a lock on the folder while it exists, because a plan and a run may want it at the same time.
class Scratch {
 public:
  Scratch(const Host& host, std::filesystem::path folder, Options target_options, std::stop_token stop);
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  /// Brings keys under the scratch's own names. `sources` are those that are not in the target yet, or will
  /// be written anew: they stand for the target's file of the same name.
  std::vector<Listed> list(const std::vector<Source>& sources);
  /// One of them alone.
  std::vector<Listed> list_only(const Source& source);

  /// Writes exactly these repositories for one use, and returns the options under which libapt sees them.
  Options open(const std::string& use, const std::vector<Listed>& repositories);
  std::filesystem::path file_for(const std::string& use, const Listed& listed) const;

  void copy_preferences(const std::filesystem::path& to) const;
  void copy_status(const std::filesystem::path& to) const;
  /// Gives libapt a start, so that a list that has not changed costs a "304 Not Modified".
  void copy_lists(const std::vector<Listed>& repositories) const;

  std::filesystem::path lists() const { return folder_ / "lists"; }
  std::filesystem::path keys() const { return folder_ / "keys"; }
  std::filesystem::path folder(const std::string& use) const { return folder_ / use; }
  /// Keyrings in the scratch that are trusted for this repository, in whatever form.
  std::vector<std::filesystem::path> keyrings(const Repository& repository) const;

 private:
  std::string keep_key(const std::string& bytes);
  std::string key_at(const std::string& path, const std::vector<Source>& sources,
                     const std::string& whose) const;
  Listed rewritten(const std::string& file, Repository repository, const std::vector<Source>& sources);
  void copy_trust();
  void copy_auth() const;

  const Host& host_;
  std::filesystem::path folder_;
  Options target_options_;
  std::string common_trust_;  ///< digest of trusted.gpg and trusted.gpg.d
  FileLock lock_;
};

/// Which lists were fetched when: a file in the scratch folder.
class Stamps {
 public:
  explicit Stamps(std::filesystem::path file);
  /// When the lists of this repository, trusted by these keys, were fetched; the epoch: never.
  std::chrono::system_clock::time_point time(const Listed& listed) const;
  std::chrono::system_clock::time_point latest() const;
  /// Lists of the same address that were trusted by another key are forgotten.
  void set(const std::vector<Listed>& fetched, std::chrono::system_clock::time_point now);

 private:
  struct Stamp {
    std::string trust;
    std::vector<std::string> places;
    std::int64_t time = 0;
  };
  std::filesystem::path file_;
  std::map<std::string, Stamp> stamps_;
};

/// Writes a file of the scratch; nobody but root can enter the folders above it.
void write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace rigsetup::apt
