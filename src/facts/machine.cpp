// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "facts/machine.hpp"

#include <charconv>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup {
namespace {

/// A file of one line, as most of sysfs are; empty when it is not there.
std::string line_of(const Tree& tree, const std::filesystem::path& path) {
  return std::string(trim(tree.read(path, 1 << 16).value_or("")));
}

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// Empty where not even root may read it (a container without CAP_SYS_PTRACE): it is only a hint.
std::string environment_of_first_process(const Tree& tree) {
  try {
    return tree.read("/proc/1/environ", 1 << 20).value_or("");
  } catch (const Error& error) {
    if (error.code() != Code::denied) throw;
    return "";
  }
}

/// systemd leaves the name in /run/systemd/container; other inits see it in the environment of process 1.
std::string container_of(const Tree& tree) {
  if (auto name = line_of(tree, "/run/systemd/container"); !name.empty()) return name;
  const auto environment = environment_of_first_process(tree);
  for (const auto& variable : split(environment, '\0')) {
    if (variable.starts_with("container=")) return variable.substr(10);
  }
  return tree.info("/.dockerenv") ? "docker" : "";
}

void read_processor(const Tree& tree, Facts::Machine& machine) {
  for (const auto& line : split_lines(tree.read("/proc/cpuinfo").value_or(""))) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const auto key = trim(std::string_view(line).substr(0, colon));
    if (key == "processor") ++machine.cores;
    if (key == "model name" && machine.cpu.empty()) {
      machine.cpu = trim(std::string_view(line).substr(colon + 1));
    }
  }
}

std::uint64_t memory_of(const Tree& tree) {
  for (const auto& line : split_lines(tree.read("/proc/meminfo", 1 << 16).value_or(""))) {
    const auto words = split_words(line);  // "MemTotal:  24622316 kB"
    if (words.size() >= 2 && words[0] == "MemTotal:") return number_of(words[1]) * 1024;
  }
  return 0;
}

/// Vendors by their PCI id, https://pci-ids.ucw.cz.
std::string vendor_name(const std::string& id) {
  if (id == "10de") return "nvidia";
  if (id == "1002") return "amd";
  if (id == "8086") return "intel";
  return id;
}

std::string without_0x(const std::string& text) { return text.starts_with("0x") ? text.substr(2) : text; }

std::vector<Gpu> read_gpus(const Tree& tree) {
  const std::filesystem::path bus = "/sys/bus/pci/devices";
  std::vector<Gpu> gpus;
  for (const auto& address : tree.list(bus)) {
    const auto device = bus / address;
    if (!line_of(tree, device / "class").starts_with("0x03"))
      continue;  // PCI base class 3: display controllers
    Gpu gpu;
    gpu.address = address;
    gpu.vendor = vendor_name(without_0x(line_of(tree, device / "vendor")));
    gpu.device_id = without_0x(line_of(tree, device / "device"));
    if (const auto driver = tree.read_link(device / "driver")) {
      gpu.driver = std::filesystem::path(*driver).filename().string();
    }
    gpus.push_back(std::move(gpu));
  }
  return gpus;
}

bool is_virtual_disk(std::string_view name) {
  for (const std::string_view prefix : {"loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd"}) {
    if (name.starts_with(prefix)) return true;
  }
  return false;
}

std::vector<Disk> read_disks(const Tree& tree) {
  std::vector<Disk> disks;
  for (const auto& name : tree.list("/sys/block")) {
    if (is_virtual_disk(name)) continue;
    const auto block = std::filesystem::path("/sys/block") / name;
    Disk disk;
    disk.name = name;
    disk.bytes = number_of(line_of(tree, block / "size")) * 512;  // sysfs counts sectors of 512 bytes, always
    if (disk.bytes == 0) continue;                                // a reader without a medium
    const bool rotates = line_of(tree, block / "queue/rotational") == "1";
    disk.kind = name.starts_with("nvme") ? "nvme" : rotates ? "hdd" : "ssd";
    disks.push_back(std::move(disk));
  }
  return disks;
}

}  // namespace

Facts::Machine read_machine(const Tree& tree) {
  Facts::Machine machine;
  machine.kernel = line_of(tree, "/proc/sys/kernel/osrelease");
  machine.boot_id = line_of(tree, "/proc/sys/kernel/random/boot_id");
  machine.container = container_of(tree);
  read_processor(tree, machine);
  machine.memory_bytes = memory_of(tree);
  machine.gpus = read_gpus(tree);
  machine.disks = read_disks(tree);
  return machine;
}

Value to_value(const Facts::Machine& machine) {
  Value value = Value::map();
  value.set("kernel", machine.kernel);
  value.set("boot_id", machine.boot_id);
  if (!machine.container.empty()) value.set("container", machine.container);
  value.set("cpu", machine.cpu);
  value.set("cores", machine.cores);
  value.set("memory_bytes", machine.memory_bytes);
  Value gpus = Value::list();
  for (const auto& gpu : machine.gpus) {
    Value entry =
        Value::map({{"address", gpu.address}, {"vendor", gpu.vendor}, {"device_id", gpu.device_id}});
    if (!gpu.driver.empty()) entry.set("driver", gpu.driver);
    gpus.push_back(std::move(entry));
  }
  value.set("gpus", std::move(gpus));
  Value disks = Value::list();
  for (const auto& disk : machine.disks) {
    disks.push_back(Value::map({{"name", disk.name}, {"kind", disk.kind}, {"bytes", disk.bytes}}));
  }
  value.set("disks", std::move(disks));
  return value;
}

}  // namespace rigsetup
