// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/apt_archive.hpp"

#include <chrono>
#include <cstdlib>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "tests/support/shell.hpp"

namespace rigsetup::test {

namespace fs = std::filesystem;

namespace {

std::string file_name(const Deb& deb, const std::string& architecture) {
  return deb.name + "_" + deb.version + "_" + architecture + ".deb";
}

std::string pool(const std::string& suite, const std::string& component) {
  return "pool/" + suite + "/" + component;
}

}  // namespace

AptArchive::AptArchive(fs::path folder) : folder_(std::move(folder)) {
  fs::create_directories(folder_);
  fs::create_directories(home());
  fs::permissions(home(), fs::perms::owner_all);
  architecture_ = trim(shell("/", "dpkg --print-architecture"));
  make_key("first");
}

AptArchive::~AptArchive() {
  const std::string line = "gpgconf --homedir '" + home().string() + "' --kill all >/dev/null 2>&1";
  if (std::system(line.c_str()) != 0) return;  // there was no agent
}

void AptArchive::make_key(const std::string& name) const {
  shell(home(), format("gpg --homedir . --batch --quiet --pinentry-mode loopback --passphrase '' "
                       "--quick-gen-key '{} <{}@localhost>' ed25519 sign never",
                       name, name));
}

std::string AptArchive::key_of(const std::string& name) const {
  return shell(home(), format("gpg --homedir . --batch --quiet --armor --export {}@localhost", name));
}

std::string AptArchive::binary_key() const {
  return shell(home(), "gpg --homedir . --batch --quiet --export first@localhost");
}

std::string AptArchive::fingerprint_of(const std::string& name) const {
  for (const std::string& line : split_lines(
           shell(home(), format("gpg --homedir . --batch --with-colons --list-keys {}@localhost", name)))) {
    const auto fields = split(line, ':');
    if (fields[0] == "fpr") return fields[9];
  }
  return {};
}

std::string AptArchive::other() {
  if (!has_other_) make_key("other");
  has_other_ = true;
  return "other";
}

void AptArchive::add_component(const std::string& suite, const std::string& component) {
  suites_[suite].insert(component);
  fs::create_directories(folder_ / pool(suite, component));
}

void AptArchive::add(const Deb& deb, const std::string& suite, const std::string& component) {
  suites_[suite].insert(component);
  write_deb(deb, architecture_, folder_ / path_of(deb, suite, component));
}

void AptArchive::add_flat(const Deb& deb, const std::string& flat) {
  flats_.insert(flat);
  write_deb(deb, architecture_, folder_ / flat / file_name(deb, architecture_));
}

void AptArchive::remove(const Deb& deb, const std::string& suite, const std::string& component) {
  fs::remove(folder_ / path_of(deb, suite, component));
}

std::string AptArchive::path_of(const Deb& deb, const std::string& suite,
                                const std::string& component) const {
  return pool(suite, component) + "/" + file_name(deb, architecture_);
}

void AptArchive::tamper(const Deb& deb, const std::string& suite, const std::string& component) const {
  const fs::path path = folder_ / path_of(deb, suite, component);
  std::string bytes = file_text(path);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
  write_text(path, bytes);
}

void AptArchive::break_signature(const std::string& suite) const {
  const fs::path path = folder_ / "dists" / suite / "InRelease";
  std::string text = file_text(path);
  text.replace(text.find("Components:"), 11, "Xomponents:");
  write_text(path, text);
}

void AptArchive::sign(const fs::path& release_folder) const {
  shell(release_folder,
        format("rm -f InRelease Release.gpg; gpg --homedir '{}' --batch --yes --pinentry-mode loopback "
               "--passphrase '' -u {}@localhost --clearsign -o InRelease Release",
               home().string(), signer_));
}

void AptArchive::index_suite(const std::string& suite, const std::set<std::string>& components) const {
  const std::string until = expired_ ? "Valid-Until: Thu, 01 Jan 2015 00:00:00 UTC\\n" : "";
  const fs::path dists = folder_ / "dists" / suite;
  for (const std::string& component : components) {
    const fs::path binary = dists / component / ("binary-" + architecture_);
    fs::create_directories(binary);
    shell(folder_, format("apt-ftparchive packages '{}' >'{}/Packages'; gzip -9kf '{}/Packages'",
                          pool(suite, component), binary.string(), binary.string()));
  }
  const std::string label = label_.empty() ? "" : format("-o APT::FTPArchive::Release::Label='{}' ", label_);
  const std::string codename = suite.substr(0, suite.find('-'));  // "jammy" also of jammy-updates
  shell(dists, format("rm -f Release InRelease; apt-ftparchive -o APT::FTPArchive::Release::Origin={} {}"
                      "-o APT::FTPArchive::Release::Suite={} -o APT::FTPArchive::Release::Codename={} "
                      "-o APT::FTPArchive::Release::Architectures={} "
                      "-o 'APT::FTPArchive::Release::Components={}' release . >Release.new; "
                      "printf '{}' | cat - Release.new >Release; rm Release.new",
                      origin_, label, suite, codename, architecture_,
                      join({components.begin(), components.end()}, " "), until));
}

void AptArchive::publish() {
  for (const auto& [suite, components] : suites_) {
    index_suite(suite, components);
    sign(folder_ / "dists" / suite);
  }
  for (const std::string& flat : flats_) {
    shell(
        folder_ / flat,
        format(
            "rm -f Release InRelease; apt-ftparchive packages . >Packages; gzip -9kf Packages; "
            "apt-ftparchive -o APT::FTPArchive::Release::Origin='{}' -o APT::FTPArchive::Release::Label='{}' "
            "release . >Release.new; mv Release.new Release",
            flat_origin_, flat_label_));
    sign(folder_ / flat);
  }
  // HTTP dates have whole seconds: indexes published twice within one would look unchanged to apt.
  const auto time = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1) +
                    ++published_ * std::chrono::seconds(2);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
    const std::string name = entry.path().filename().string();
    if (name == "InRelease" || name.starts_with("Release") || name.starts_with("Packages"))
      std::filesystem::last_write_time(entry.path(), time);
  }
}

apt::Source AptArchive::source(const std::string& url, const std::string& name,
                               std::vector<std::string> components) const {
  apt::Source source;
  source.name = name;
  source.uris = {url};
  source.suites = {"stable"};
  source.components = std::move(components);
  source.key = key();
  source.fingerprint = fingerprint();
  return source;
}

}  // namespace rigsetup::test
