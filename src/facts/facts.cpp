// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/text.hpp>
#include <rigsetup/facts/facts.hpp>

#include "facts/lines.hpp"
#include "facts/machine.hpp"
#include "facts/stack.hpp"

namespace rigsetup {
namespace {

/// os-release(5).
void read_os_release(const Tree& files, Facts& facts) {
  auto text = files.read("/etc/os-release", 1 << 16);
  if (!text) text = files.read("/usr/lib/os-release", 1 << 16);
  for (const auto& line : split_lines(text.value_or(""))) {
    const auto [key, quoted] = key_value(line, '=');
    const auto value = without_quotes(quoted);
    if (key == "ID") facts.os_id = value;
    if (key == "VERSION_ID") facts.os_version = value;
    if (key == "VERSION_CODENAME") facts.os_codename = value;
    if (key == "PRETTY_NAME") facts.os_name = value;
  }
}

/// The first line of /var/lib/dpkg/arch, which exists only where foreign architectures were added; otherwise
/// what the package dpkg itself was built for.
std::string dpkg_architecture(const Tree& files, const std::vector<DpkgPackage>& packages) {
  if (const auto text = files.read("/var/lib/dpkg/arch", 1 << 12)) {
    const auto words = split_words(*text);
    if (!words.empty()) return words.front();
  }
  const auto dpkg = std::ranges::find(packages, "dpkg", &DpkgPackage::name);
  return dpkg == packages.end() ? "" : dpkg->architecture;
}

/// A display manager, or what brings a whole desktop. Not what is there for programs without a screen, such
/// as an X server for rendering, nor graphical.target, which servers have as well.
std::string desktop_of(const Tree& files, const std::vector<DpkgPackage>& packages) {
  constexpr std::string_view k_desktops[] = {"gdm3",        "lightdm",        "sddm",         "lxdm",
                                             "xdm",         "slim",           "wdm",          "greetd",
                                             "gnome-shell", "plasma-desktop", "xfce4-session"};
  for (const auto& package : packages) {
    const bool is_desktop = std::ranges::find(k_desktops, package.name) != std::end(k_desktops);
    if (is_desktop && package.state == "installed") return package.name;
  }
  constexpr const char* k_display_manager = "/etc/systemd/system/display-manager.service";
  return files.info(k_display_manager) ? "display-manager.service" : "";
}

}  // namespace

bool Facts::has_nvidia_gpu() const { return machine && std::ranges::any_of(machine->gpus, &Gpu::is_nvidia); }

Facts gather_facts(const Host& host) {
  Facts facts;
  facts.root = host.files.root().string();
  read_os_release(host.files, facts);
  const auto packages = read_dpkg(host.files);
  facts.architecture = dpkg_architecture(host.files, packages);
  facts.kernels = read_kernels(host.files, packages);
  facts.dkms = read_dkms(host.files);
  facts.nvidia = read_nvidia_stack(host.files, facts.kernels, packages);
  facts.desktop = desktop_of(host.files, packages);
  if (host.machine) {
    facts.has_systemd = host.machine->info("/run/systemd/system").has_value();
    facts.machine = read_machine(*host.machine, host.files);
  }
  return facts;
}

void ask_awake_gpus(Facts& facts, const Host& host, std::stop_token stop) {
  if (!facts.machine || !facts.machine->nvidia) return;
  auto& gpus = facts.machine->gpus;
  if (std::ranges::any_of(gpus, [](const Gpu& gpu) { return gpu.is_nvidia() && gpu.asleep(); })) return;
  facts.machine->nvml = ask_nvml(host, std::move(stop));
  take(*facts.machine->nvml, gpus);
}

}  // namespace rigsetup
