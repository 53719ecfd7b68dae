// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// As systemd-detect-virt tells it; its sources (src/basic/virt.c) name the same files and vendors.
#include <algorithm>
#include <utility>

#include <rigsetup/base/text.hpp>

#include "facts/lines.hpp"
#include "facts/machine.hpp"

namespace rigsetup {
namespace {

/// How firmware made for virtual machines names itself in DMI, and what systemd-detect-virt calls it.
constexpr std::pair<std::string_view, std::string_view> k_vendors[] = {
    {"KVM", "kvm"},
    {"OpenStack", "kvm"},
    {"KubeVirt", "kvm"},
    {"Amazon EC2", "amazon"},
    {"Google Compute Engine", "google"},
    {"QEMU", "qemu"},
    {"VMware", "vmware"},
    {"VMW", "vmware"},
    {"innotek GmbH", "oracle"},
    {"VirtualBox", "oracle"},
    {"Oracle Corporation", "oracle"},
    {"Xen", "xen"},
    {"Bochs", "bochs"},
    {"Parallels", "parallels"},
    {"BHYVE", "bhyve"},
    {"Hyper-V", "microsoft"},
    {"Virtual Machine", "microsoft"},
    {"Apple Virtualization", "apple"},
};

bool has_hypervisor_flag(const Tree& machine) {
  for (const auto& line : split_lines(machine.read("/proc/cpuinfo").value_or(""))) {
    const auto [key, value] = key_value(line, ':');
    if (key != "flags") continue;
    const auto flags = split_words(value);
    return std::find(flags.begin(), flags.end(), "hypervisor") != flags.end();
  }
  return false;
}

/// A rented machine of bare metal carries its owner's name too, so the flag of the processor decides.
std::string_view hypervisor_by_firmware(const Tree& machine) {
  for (const char* file : {"product_name", "sys_vendor", "board_vendor", "bios_vendor", "product_version"}) {
    const auto text = line_of(machine, std::filesystem::path("/sys/class/dmi/id") / file);
    for (const auto& [prefix, name] : k_vendors) {
      if (text.starts_with(prefix)) return name;
    }
  }
  return "vm-other";
}

}  // namespace

/// systemd leaves the name in /run/systemd/container; other inits see it in the environment of process 1.
std::string container_of(const Tree& machine) {
  if (auto name = line_of(machine, "/run/systemd/container"); !name.empty()) return name;
  for (const auto& variable : split(text_of(machine, "/proc/1/environ"), '\0')) {
    if (variable.starts_with("container=")) return variable.substr(10);
  }
  if (machine.info("/run/.containerenv")) return "podman";
  return machine.info("/.dockerenv") ? "docker" : "";
}

std::string virtual_machine_of(const Tree& machine) {
  const auto release = line_of(machine, "/proc/sys/kernel/osrelease");
  if (release.find("microsoft") != std::string::npos) return "wsl2";  // "5.15.167.4-microsoft-standard-WSL2"
  if (line_of(machine, "/sys/hypervisor/type") == "xen") return "xen";
  return has_hypervisor_flag(machine) ? std::string(hypervisor_by_firmware(machine)) : "";
}

}  // namespace rigsetup
