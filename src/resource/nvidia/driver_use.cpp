// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/nvidia/driver_use.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup {
namespace {

/// As nvidia-installer takes them out, with what others build on them before.
constexpr const char* k_modules[] = {"nvidia_fs",      "gdrdrv",           "nv_peer_mem",
                                     "nvidia_peermem", "nvidia_vgpu_vfio", "nvidia_uvm",
                                     "nvidia_drm",     "nvidia_modeset",   "nvidia"};

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool has_device_open(const Tree& machine, const std::filesystem::path& process) {
  const auto open = machine.list(process / "fd");
  return std::any_of(open.begin(), open.end(), [&](const std::string& descriptor) {
    return machine.read_link(process / "fd" / descriptor).value_or("").starts_with("/dev/nvidia");
  });
}

}  // namespace

std::vector<Gpu> gpus_for_driver(const Facts::Machine& machine, const std::vector<std::string>& without) {
  std::vector<Gpu> gpus = machine.gpus;
  std::erase_if(gpus, [&](const Gpu& gpu) {
    const auto is_it = [&](const std::string& id) {
      return compat::device_number(id) == compat::device_number(gpu.device_id);
    };
    return !gpu.is_nvidia() || gpu.is_given_away() || std::ranges::any_of(without, is_it);
  });
  return gpus;
}

void complain_of_devices(const Fields& fields, Complaints& complaints) {
  const std::vector<std::string> ids = fields.texts("without");
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (compat::device_number(ids[i])) continue;
    complaints.push_back({fields.place_of_item("without", i),
                          format("\"{}\" is not the device id of a GPU", printable(ids[i])),
                          "lspci -n -d 10de: shows it behind the second colon: 128b"});
  }
}

std::vector<DriverUser> users_of_driver(const Tree& machine) {
  std::vector<DriverUser> users;
  for (const auto& name : machine.list("/proc")) {
    const auto pid = number(name);
    if (!pid) continue;
    const auto process = std::filesystem::path("/proc") / name;
    try {
      if (!has_device_open(machine, process)) continue;
      users.push_back({printable(trim(machine.read(process / "comm", 4096).value_or(""))), *pid});
    } catch (const Error&) {  // it ended while it was looked at
      continue;
    }
  }
  return users;
}

std::vector<std::string> loaded_driver_modules(const Tree& machine) {
  std::vector<std::string> loaded;
  for (const char* module : k_modules) {
    if (machine.info(std::filesystem::path("/sys/module") / module / "refcnt")) loaded.emplace_back(module);
  }
  return loaded;
}

std::string what_holds(const Tree& machine, const std::vector<std::string>& modules) {
  for (const auto& module : modules) {
    const auto folder = std::filesystem::path("/sys/module") / module;
    const auto holders = machine.list(folder / "holders");
    for (const auto& holder : holders) {
      if (std::find(modules.begin(), modules.end(), holder) == modules.end()) return "the module " + holder;
    }
    const auto count = number(trim(machine.read(folder / "refcnt", 4096).value_or(""))).value_or(0);
    if (count > static_cast<int>(holders.size()))
      return format("something that the kernel counts on {}", module);
  }
  return "";
}

}  // namespace rigsetup
