// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <array>
#include <charconv>

#include <rigsetup/base/text.hpp>
#include <rigsetup/facts/gpu.hpp>

#include "facts/lines.hpp"
#include "facts/machine.hpp"

namespace rigsetup {
namespace {

/// Vendors by their PCI id, https://pci-ids.ucw.cz.
std::string vendor_name(const std::string& id) {
  if (id == "10de") return "nvidia";
  if (id == "1002") return "amd";
  if (id == "8086") return "intel";
  return id;
}

/// "0x2684" is "2684".
std::string id_of(const Tree& machine, const std::filesystem::path& path) {
  const auto text = line_of(machine, path);
  return text.starts_with("0x") ? text.substr(2) : text;
}

PcieLink link_of(const Tree& machine, const std::filesystem::path& device, const std::string& which) {
  constexpr std::uint64_t k_widest = 32;  // the kernel says 255 for what it does not know
  const auto width = number_of(line_of(machine, device / (which + "_link_width")));
  return {pcie_generation(line_of(machine, device / (which + "_link_speed"))),
          width > k_widest ? 0 : static_cast<int>(width)};
}

/// What the driver has of it without asking the card.
void read_driver_information(const Tree& machine, Gpu& gpu) {
  const auto text = text_of(machine, "/proc/driver/nvidia/gpus/" + gpu.address + "/information");
  for (const auto& line : split_lines(text)) {
    const auto [key, value] = key_value(line, ':');
    if (key == "Model") gpu.name = value;
    if (key == "GPU UUID" && value.find('?') == std::string_view::npos) gpu.uuid = value;
  }
}

/// What must be read from the card's own configuration space, or by its driver from the card.
void read_awake(const Tree& machine, const std::filesystem::path& device, Gpu& gpu) {
  gpu.link = link_of(machine, device, "current");
  gpu.link_most = link_of(machine, device, "max");
  if (gpu.is_nvidia()) read_driver_information(machine, gpu);
}

Gpu read_gpu(const Tree& machine, const std::string& address, const std::string& pci_class) {
  const std::filesystem::path device = "/sys/bus/pci/devices/" + address;
  Gpu gpu;
  gpu.address = address;
  gpu.runtime_status = line_of(machine, device / "power/runtime_status");  // first: it says what may be read
  gpu.vendor = vendor_name(id_of(machine, device / "vendor"));
  gpu.device_id = id_of(machine, device / "device");
  gpu.pci_class = pci_class.substr(0, 4);
  if (const auto builder = id_of(machine, device / "subsystem_vendor"); !builder.empty()) {
    gpu.subsystem = builder + ":" + id_of(machine, device / "subsystem_device");
  }
  if (const auto driver = machine.read_link(device / "driver")) {
    gpu.driver = std::filesystem::path(*driver).filename().string();
  }
  gpu.boot_vga = line_of(machine, device / "boot_vga") == "1";
  if (const auto node = line_of(machine, device / "numa_node"); !node.empty() && node.front() != '-') {
    gpu.numa_node = static_cast<int>(number_of(node));
  }
  if (!gpu.asleep()) read_awake(machine, device, gpu);
  return gpu;
}

std::string pci_ids_of(const Tree& machine) {
  constexpr std::size_t k_largest = 16 << 20;
  for (const char* file : {"/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids"}) {
    if (auto text = machine.read(file, k_largest)) return std::move(*text);
  }
  return "";
}

void name_the_nameless(const Tree& machine, std::vector<Gpu>& gpus) {
  if (std::all_of(gpus.begin(), gpus.end(), [](const Gpu& gpu) { return !gpu.name.empty(); })) return;
  const auto names = pci_ids_of(machine);
  for (auto& gpu : gpus) {
    if (!gpu.name.empty()) continue;
    const auto vendor_id = id_of(machine, "/sys/bus/pci/devices/" + gpu.address + "/vendor");
    gpu.name = name_in_pci_ids(names, vendor_id, gpu.device_id);
  }
}

}  // namespace

int pcie_generation(std::string_view speed) {
  constexpr std::array k_speeds = {2.5, 5.0, 8.0, 16.0, 32.0, 64.0};  // GT/s of generation 1, 2, ...
  const auto words = split_words(speed);
  if (words.size() < 2 || words[1] != "GT/s") return 0;
  double number = 0;
  std::from_chars(words[0].data(), words[0].data() + words[0].size(), number);
  for (std::size_t i = 0; i < k_speeds.size(); ++i) {
    if (number == k_speeds[i]) return static_cast<int>(i) + 1;
  }
  return 0;
}

std::string name_in_pci_ids(std::string_view pci_ids, std::string_view vendor_id,
                            std::string_view device_id) {
  const auto vendor = pci_ids.find("\n" + std::string(vendor_id) + "  ");
  if (vendor == std::string_view::npos || vendor_id.empty() || device_id.empty()) return "";
  // A vendor's devices follow it, each after one tab; the next vendor's line begins with its id.
  std::string_view rest = pci_ids.substr(pci_ids.find('\n', vendor + 1) + 1);
  while (rest.starts_with('\t') || rest.starts_with('#')) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!line.starts_with("\t" + std::string(device_id) + "  ")) continue;
    const auto name = trim(line.substr(1 + device_id.size()));
    const auto open = name.find('[');
    if (open == std::string_view::npos || !name.ends_with(']')) return std::string(name);
    return std::string(name.substr(open + 1, name.size() - open - 2));
  }
  return "";
}

std::vector<Gpu> read_gpus(const Tree& machine) {
  std::vector<Gpu> gpus;
  for (const auto& address : machine.list("/sys/bus/pci/devices")) {
    const auto pci_class = id_of(machine, "/sys/bus/pci/devices/" + address + "/class");
    if (pci_class.starts_with("03")) gpus.push_back(read_gpu(machine, address, pci_class));  // displays
  }
  name_the_nameless(machine, gpus);
  return gpus;
}

int count_nvswitches(const Tree& machine) {
  int count = 0;
  for (const auto& address : machine.list("/sys/bus/pci/devices")) {
    const std::filesystem::path device = "/sys/bus/pci/devices/" + address;
    // "Other bridge", the class that linux_nvswitch.c of NVIDIA/open-gpu-kernel-modules binds to
    if (id_of(machine, device / "class").starts_with("0680") && id_of(machine, device / "vendor") == "10de")
      ++count;
  }
  return count;
}

void name_gpus(const compat::Tables& tables, std::vector<Gpu>& gpus) {
  for (Gpu& gpu : gpus) {
    if (!gpu.is_nvidia()) continue;
    const compat::Device known = tables.device(gpu.device_id);
    gpu.architecture = known.architecture;
    if (gpu.name.empty()) gpu.name = known.name;
  }
}

}  // namespace rigsetup
