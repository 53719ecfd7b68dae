// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/apt_archive.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "tests/support/shell.hpp"
#include "tests/support/temporary_folder.hpp"

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

void AptArchive::build(const Deb& deb, const fs::path& to) const {
  const TemporaryFolder tree;
  fs::permissions(tree.path(), fs::perms(0755));
  std::string control =
      format("Package: {}\nVersion: {}\nArchitecture: {}\n", deb.name, deb.version, architecture_);
  const bool has_maintainer = std::any_of(deb.fields.begin(), deb.fields.end(),
                                          [](const auto& field) { return field.first == "Maintainer"; });
  if (!has_maintainer) control += "Maintainer: Test <test@localhost>\n";
  control += "Section: misc\nPriority: optional\n";
  control += format("Installed-Size: {}\n", deb.size / 1024 + 8);
  for (const auto& [name, value] : deb.fields) control += name + ": " + value + "\n";
  write_text(tree / "DEBIAN/control", control + "Description: a package of a test\n");
  for (const auto& [path, content] : deb.files) write_text(tree.path() / path.substr(1), content);
  write_text(tree.path() / "usr/share/rigsetup-test" / deb.name, deb.version + std::string(deb.size, 'x'));
  if (!deb.conffiles.empty()) write_text(tree / "DEBIAN/conffiles", join(deb.conffiles, "\n") + "\n");
  for (const auto& [name, text] : deb.scripts) {
    write_text(tree.path() / "DEBIAN" / name, (name == "templates" ? "" : "#!/bin/sh\n") + text + "\n");
    fs::permissions(tree.path() / "DEBIAN" / name, fs::perms(0755));
  }
  fs::create_directories(to);
  shell(tree.path(), format("dpkg-deb --root-owner-group -Znone -b . '{}'",
                            (to / file_name(deb, architecture_)).string()));
}

void AptArchive::add(const Deb& deb, const std::string& suite, const std::string& component) {
  suites_[suite].insert(component);
  build(deb, folder_ / pool(suite, component));
}

void AptArchive::add_flat(const Deb& deb, const std::string& flat) {
  flats_.insert(flat);
  build(deb, folder_ / flat);
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

void AptArchive::publish() {
  const std::string until = expired_ ? "Valid-Until: Thu, 01 Jan 2015 00:00:00 UTC\\n" : "";
  for (const auto& [suite, components] : suites_) {
    const fs::path dists = folder_ / "dists" / suite;
    for (const std::string& component : components) {
      const fs::path binary = dists / component / ("binary-" + architecture_);
      fs::create_directories(binary);
      shell(folder_, format("apt-ftparchive packages '{}' >'{}/Packages'; gzip -9kf '{}/Packages'",
                            pool(suite, component), binary.string(), binary.string()));
    }
    shell(dists, format("rm -f Release InRelease; apt-ftparchive -o APT::FTPArchive::Release::Origin=Test "
                        "-o APT::FTPArchive::Release::Suite={0} -o APT::FTPArchive::Release::Codename={0} "
                        "-o APT::FTPArchive::Release::Architectures={1} "
                        "-o 'APT::FTPArchive::Release::Components={2}' release . >Release.new; "
                        "printf '{3}' | cat - Release.new >Release; rm Release.new",
                        suite, architecture_, join({components.begin(), components.end()}, " "), until));
    sign(dists);
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
