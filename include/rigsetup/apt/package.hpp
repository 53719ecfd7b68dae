// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <rigsetup/base/version.hpp>
#include <rigsetup/host/tree.hpp>

namespace rigsetup::apt {

/// A package as /var/lib/dpkg/status has it.
struct Installed {
  std::string name;
  std::string architecture;
  std::string version;
  std::string want;    ///< "install", "hold", "deinstall", "purge"
  std::string flag;    ///< "ok" or "reinstreq"
  std::string status;  ///< "installed", "half-configured", "unpacked", "config-files", ...
  bool installed() const { return status == "installed" || status.starts_with("triggers-"); }
  bool held() const { return want == "hold"; }
};

/// dpkg's database as it is on disk. Reading takes milliseconds and needs no helper.
class DpkgStatus {
 public:
  static DpkgStatus read(const Tree& tree);
  /// "NAME" (of the native architecture, or "all") or "NAME:ARCHITECTURE"; nullptr: dpkg does not know it.
  const Installed* find(std::string_view name) const;
  /// Packages in a half state, one line each as `dpkg --audit` would name them; empty: dpkg is whole.
  std::vector<std::string> broken() const;
  /// Names of those among them that must be unpacked anew; configuring does not help them.
  std::vector<std::string> half_installed() const;
  bool journal_left() const { return journal_left_; }  ///< files in /var/lib/dpkg/updates

 private:
  std::vector<Installed> packages_;
  std::unordered_map<std::string, std::size_t> by_name_;
  bool journal_left_ = false;
};

/// Suites of a repository that lie elsewhere than its others.
struct Elsewhere {
  std::vector<std::string> uris;
  std::vector<std::string> suites;
  std::string installed_key;  ///< as that of Source; empty: the common trust
};

/// A repository: a deb822 stanza, and one for each place where further suites of it lie.
struct Source {
  std::string name;  ///< stem of its file in /etc/apt/sources.list.d
  std::vector<std::string> uris;
  std::vector<std::string> suites;
  std::vector<std::string> components;     ///< empty for a flat repository (suite ends with "/")
  std::vector<std::string> architectures;  ///< empty: the target's
  std::string key;                         ///< bytes of its OpenPGP key, armored or not
  std::string fingerprint;                 ///< what the recipe says it must have: 40 hex digits
  /// Instead of a key: path in the target of a keyring that a package of its own brought. It is the target's
  /// own trust, so it is not verified again; `key` and `fingerprint` are empty then and Signed-By is this
  /// path.
  std::string installed_key;
  /// No Signed-By at all: more of an archive whose entry in the target names no key either (apt refuses two
  /// entries for one suite that differ in it). Trusted by the keys in /etc/apt/trusted.gpg.d, as that entry
  /// is.
  bool common_trust = false;
  /// With the same components: a distribution's security updates, for one.
  std::vector<Elsewhere> elsewhere;
  std::string key_path() const;   ///< "/etc/apt/keyrings/NAME.asc" or ".gpg"; or installed_key; or ""
  std::string file_path() const;  ///< "/etc/apt/sources.list.d/NAME.sources"
  std::string deb822() const;
};

/// What a package step wants.
struct Request {
  std::string step;
  std::vector<PackageName> install;
  std::vector<std::string> absent;
  std::vector<std::string> unneeded;   ///< these go as well, once nothing needs them any more
  std::vector<std::string> own_holds;  ///< of those in `absent`: rigsetup put them on hold, so they may go
  bool recommends = true;
  bool hold = false;
  bool automatic = false;  ///< marked as what came along, so that apt takes them away with what they serve
};

/// Is no such package installed? What only left its configuration behind is not.
bool is_absent(const DpkgStatus& status, std::string_view name);

/// Whether a request is met by what is installed alone. Returns what is missing, a line each; empty: as
/// wanted.
struct Lack {
  std::string have;
  std::string want;
};
std::vector<Lack> lacks(const Request& request, const DpkgStatus& status);

}  // namespace rigsetup::apt
