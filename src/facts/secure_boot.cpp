// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// Variables of the firmware as efivarfs shows them: four bytes of attributes, then the value
// (Documentation/filesystems/efivarfs.rst). SecureBoot and SetupMode are one byte (UEFI 2.10, 3.3); those
// with Mok in their names are shim's (shim's MokVars.txt), lists of signatures that hold each certificate
// whole.
#include <algorithm>
#include <set>

#include <rigsetup/base/text.hpp>

#include "facts/lines.hpp"
#include "facts/machine.hpp"

namespace rigsetup {
namespace {

constexpr std::string_view k_global = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
constexpr std::string_view k_shim = "605dab50-e046-4300-abb6-3dd810dd8b23";
constexpr std::string_view k_database = "d719b2cb-3d3a-4596-a3bc-dad00e67656f";
constexpr std::size_t k_attributes = 4;

std::string variable(const Tree& machine, const std::string& name, std::string_view owner) {
  const auto bytes = text_of(machine, "/sys/firmware/efi/efivars/" + name + "-" + std::string(owner));
  return bytes.size() > k_attributes ? bytes.substr(k_attributes) : "";
}

bool is_set(const Tree& machine, const std::string& name, std::string_view owner) {
  return variable(machine, name, owner) == std::string_view("\1", 1);
}

/// The certificates that modules may be signed for: shim's list, which goes on in variables with a number
/// when it is long ("MokListRT1"), and the firmware's own, where clouds put theirs.
std::string trusted(const Tree& machine) {
  std::string certificates = variable(machine, "db", k_database);
  for (const auto& name : machine.list("/sys/firmware/efi/efivars")) {
    const auto dash = name.find('-');
    if (!name.starts_with("MokListRT") || name.substr(dash + 1) != k_shim) continue;
    certificates += variable(machine, name.substr(0, dash), k_shim);
  }
  return certificates;
}

/// Where Ubuntu's shim-signed and dkms itself keep the key that DKMS signs with.
const DkmsKey k_of_shim = {"/var/lib/shim-signed/mok/MOK.priv", "/var/lib/shim-signed/mok/MOK.der"};
const DkmsKey k_of_dkms = {"/var/lib/dkms/mok.key", "/var/lib/dkms/mok.pub"};

bool is_ubuntu(const Tree& target) {
  const auto lines = split_lines(text_of(target, "/etc/os-release"));
  return std::ranges::any_of(lines, [](const std::string& line) {
    const auto [key, value] = key_value(line, '=');
    return key == "ID" && without_quotes(value) == "ubuntu";
  });
}

/// dkms sources these as a shell would.
DkmsKey configured_key(const Tree& target) {
  DkmsKey found;
  const auto read = [&](const std::filesystem::path& file) {
    for (const auto& line : split_lines(text_of(target, file))) {
      const auto [key, value] = key_value(line, '=');
      if (key == "mok_signing_key") found.key = without_quotes(value);
      if (key == "mok_certificate") found.certificate = without_quotes(value);
    }
  };
  read("/etc/dkms/framework.conf");
  for (const auto& name : target.list("/etc/dkms/framework.conf.d")) {
    if (name.ends_with(".conf")) read("/etc/dkms/framework.conf.d/" + name);
  }
  return found;
}

}  // namespace

DkmsKey dkms_key_of(const Tree& target) {
  DkmsKey key = configured_key(target);
  const DkmsKey& usual = key.key.empty() && is_ubuntu(target) ? k_of_shim : k_of_dkms;
  if (key.key.empty()) key.key = usual.key;
  if (key.certificate.empty()) key.certificate = usual.certificate;
  return key;
}

SecureBoot read_secure_boot(const Tree& machine, const Tree& target) {
  SecureBoot result;
  if (!machine.info("/sys/firmware")) return result;  // a container, or a machine that is only described
  result.firmware = machine.info("/sys/firmware/efi") ? "efi" : "legacy";
  result.enabled = is_set(machine, "SecureBoot", k_global);
  result.setup_mode = is_set(machine, "SetupMode", k_global);
  result.validation_off = is_set(machine, "MokSBStateRT", k_shim);
  result.keys_enrolled = !variable(machine, "MokListRT", k_shim).empty();
  const auto enrolled = trusted(machine);
  const auto waiting = variable(machine, "MokNew", k_shim);
  result.keys_pending = !waiting.empty();
  const std::string used = dkms_key_of(target).certificate;
  for (const auto& path : std::set{k_of_shim.certificate, k_of_dkms.certificate, used}) {
    const auto certificate = text_of(target, path);
    if (certificate.empty()) continue;
    result.dkms_keys.push_back({path, enrolled.find(certificate) != std::string::npos,
                                waiting.find(certificate) != std::string::npos, path == used});
  }
  return result;
}

}  // namespace rigsetup
