// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// Variables of the firmware as efivarfs shows them: four bytes of attributes, then the value
// (Documentation/filesystems/efivarfs.rst). SecureBoot and SetupMode are one byte (UEFI 2.10, 3.3); those
// with Mok in their names are shim's (shim's MokVars.txt), lists of signatures that hold each certificate
// whole.
#include <rigsetup/base/text.hpp>

#include "facts/lines.hpp"
#include "facts/machine.hpp"

namespace rigsetup {
namespace {

constexpr std::string_view k_global = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
constexpr std::string_view k_shim = "605dab50-e046-4300-abb6-3dd810dd8b23";
constexpr std::size_t k_attributes = 4;

std::string variable(const Tree& machine, const std::string& name, std::string_view owner) {
  const auto bytes = text_of(machine, "/sys/firmware/efi/efivars/" + name + "-" + std::string(owner));
  return bytes.size() > k_attributes ? bytes.substr(k_attributes) : "";
}

bool is_set(const Tree& machine, const std::string& name, std::string_view owner) {
  return variable(machine, name, owner) == std::string_view("\1", 1);
}

/// Where Ubuntu's shim-signed and dkms itself keep the certificate of the key that DKMS signs with.
constexpr const char* k_certificates[] = {"/var/lib/shim-signed/mok/MOK.der", "/var/lib/dkms/mok.pub"};

}  // namespace

SecureBoot read_secure_boot(const Tree& machine, const Tree& target) {
  SecureBoot result;
  if (!machine.info("/sys/firmware")) return result;  // a container, or a machine that is only described
  result.firmware = machine.info("/sys/firmware/efi") ? "efi" : "legacy";
  result.enabled = is_set(machine, "SecureBoot", k_global);
  result.setup_mode = is_set(machine, "SetupMode", k_global);
  result.validation_off = is_set(machine, "MokSBStateRT", k_shim);
  const auto enrolled = variable(machine, "MokListRT", k_shim);
  result.keys_enrolled = !enrolled.empty();
  result.keys_pending = !variable(machine, "MokNew", k_shim).empty();
  for (const char* path : k_certificates) {
    const auto certificate = text_of(target, path);
    if (certificate.empty()) continue;
    result.dkms_keys.push_back({path, enrolled.find(certificate) != std::string::npos});
  }
  return result;
}

}  // namespace rigsetup
