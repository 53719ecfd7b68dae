// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <rigsetup/apt/package.hpp>

#include "tests/support/deb_file.hpp"

namespace rigsetup::test {

/// A signed apt repository in a folder, made of real packages by apt-ftparchive and gpg: suites with
/// components below dists/, and flat ones. Nothing is visible to apt before publish().
class AptArchive {
 public:
  explicit AptArchive(std::filesystem::path folder);
  AptArchive(const AptArchive&) = delete;
  ~AptArchive();  ///< ends gpg's agent

  const std::filesystem::path& folder() const { return folder_; }
  void add(const Deb& deb, const std::string& suite = "stable", const std::string& component = "main");
  /// It is there without any package as well.
  void add_component(const std::string& suite, const std::string& component);
  /// Into a flat repository, as NVIDIA's: the packages lie beside Packages and Release in the folder `flat`.
  void add_flat(const Deb& deb, const std::string& flat);
  /// What the Release files of its suites say; without it "Test" and nothing.
  void name_suites(const std::string& origin, const std::string& label) {
    origin_ = origin;
    label_ = label;
  }
  /// What the Release files of its flat repositories say.
  void name_flat(const std::string& origin, const std::string& label) {
    flat_origin_ = origin;
    flat_label_ = label;
  }
  void remove(const Deb& deb, const std::string& suite = "stable", const std::string& component = "main");
  void publish();  ///< writes and signs all indexes anew

  std::string key() const { return key_of("first"); }  ///< armored
  std::string binary_key() const;
  std::string fingerprint() const { return fingerprint_of("first"); }
  std::string other_key() { return key_of(other()); }
  std::string other_fingerprint() { return fingerprint_of(other()); }
  void sign_with_other_key() { signer_ = other(); }
  void set_expired(bool expired) { expired_ = expired; }  ///< Valid-Until in the past
  void break_signature(const std::string& suite = "stable") const;
  /// Changes bytes of the package's file without telling the index.
  void tamper(const Deb& deb, const std::string& suite = "stable",
              const std::string& component = "main") const;

  /// The path of the package's file below the repository.
  std::string path_of(const Deb& deb, const std::string& suite = "stable",
                      const std::string& component = "main") const;
  apt::Source source(const std::string& url, const std::string& name = "test",
                     std::vector<std::string> components = {"main"}) const;

 private:
  std::filesystem::path home() const { return folder_.string() + ".gnupg"; }
  void make_key(const std::string& name) const;
  std::string key_of(const std::string& name) const;
  std::string fingerprint_of(const std::string& name) const;
  std::string other();
  void index_suite(const std::string& suite, const std::set<std::string>& components) const;
  void sign(const std::filesystem::path& release_folder) const;

  std::filesystem::path folder_;
  std::string architecture_;
  std::string signer_ = "first";
  bool has_other_ = false;
  bool expired_ = false;
  int published_ = 0;                                    ///< how often
  std::map<std::string, std::set<std::string>> suites_;  ///< and their components
  std::set<std::string> flats_;
  std::string origin_ = "Test";
  std::string label_;
  std::string flat_origin_ = "Flat";
  std::string flat_label_ = "Flat";
};

}  // namespace rigsetup::test
