// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "facts/machine.hpp"

#include <rigsetup/base/text.hpp>

#include "facts/lines.hpp"

namespace rigsetup {
namespace {

void read_processor(const Tree& machine, Facts::Machine& facts) {
  for (const auto& line : split_lines(machine.read("/proc/cpuinfo").value_or(""))) {
    const auto [key, value] = key_value(line, ':');
    if (key == "processor") ++facts.cores;
    if (key == "model name" && facts.cpu.empty()) facts.cpu = value;
  }
}

std::uint64_t memory_of(const Tree& machine) {
  for (const auto& line : split_lines(text_of(machine, "/proc/meminfo"))) {
    const auto words = split_words(line);  // "MemTotal:  24622316 kB"
    if (words.size() >= 2 && words[0] == "MemTotal:") return number_of(words[1]) * 1024;
  }
  return 0;
}

bool is_virtual_disk(std::string_view name) {
  for (const std::string_view prefix : {"loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd"}) {
    if (name.starts_with(prefix)) return true;
  }
  return false;
}

std::vector<Disk> read_disks(const Tree& machine) {
  std::vector<Disk> disks;
  for (const auto& name : machine.list("/sys/block")) {
    if (is_virtual_disk(name)) continue;
    const auto block = std::filesystem::path("/sys/block") / name;
    Disk disk;
    disk.name = name;
    // sysfs counts sectors of 512 bytes, always
    disk.bytes = number_of(line_of(machine, block / "size")) * 512;
    if (disk.bytes == 0) continue;  // a reader without a medium
    const bool rotates = line_of(machine, block / "queue/rotational") == "1";
    disk.kind = name.starts_with("nvme") ? "nvme" : rotates ? "hdd" : "ssd";
    disks.push_back(std::move(disk));
  }
  return disks;
}

/// "none [integrity] confidentiality" is "integrity".
std::string lockdown_of(const Tree& machine) {
  const auto text = line_of(machine, "/sys/kernel/security/lockdown");
  const auto open = text.find('[');
  if (open == std::string::npos) return "";
  return text.substr(open + 1, text.find(']', open) - open - 1);
}

std::optional<LoadedNvidia> loaded_nvidia_of(const Tree& machine) {
  if (auto loaded = loaded_nvidia(text_of(machine, "/proc/driver/nvidia/version")); !loaded.version.empty()) {
    return loaded;
  }
  const auto version = line_of(machine, "/sys/module/nvidia/version");
  if (version.empty()) return std::nullopt;
  return LoadedNvidia{version, ""};
}

}  // namespace

Facts::Machine read_machine(const Tree& machine, const Tree& target) {
  Facts::Machine facts;
  facts.kernel = line_of(machine, "/proc/sys/kernel/osrelease");
  facts.boot_id = line_of(machine, "/proc/sys/kernel/random/boot_id");
  facts.container = container_of(machine);
  read_processor(machine, facts);
  facts.memory_bytes = memory_of(machine);
  facts.gpus = read_gpus(machine);
  facts.nvswitches = count_nvswitches(machine);
  facts.disks = read_disks(machine);
  facts.virtual_machine = virtual_machine_of(machine);
  facts.compiler = compiler_in(line_of(machine, "/proc/version"));
  facts.secure_boot = read_secure_boot(machine, target);
  facts.lockdown = lockdown_of(machine);
  facts.nouveau_loaded = machine.info("/sys/module/nouveau").has_value();
  facts.nvidia = loaded_nvidia_of(machine);
  return facts;
}

}  // namespace rigsetup
