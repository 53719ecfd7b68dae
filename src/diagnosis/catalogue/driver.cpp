// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/base/version.hpp>

#include "diagnosis/catalogue/rows.hpp"
#include "diagnosis/catalogue/seen.hpp"

namespace rigsetup::diagnosis {
namespace {

constexpr int k_nvml_no_permission = 4;
constexpr int k_nvml_mismatch = 18;

Seen not_installed(const Signs& signs) {
  if (has_driver(signs)) return {};
  Seen seen;
  for (const auto& card : signs.cards()) {
    if (card.gpu.is_given_away()) continue;
    const auto driver = card.gpu.driver.empty() ? "no driver" : card.gpu.driver;
    seen.push_back({"PCI " + card.gpu.address, format("10de:{}, {}", card.gpu.device_id, driver)});
  }
  return seen;
}

Seen taken_by(const Signs& signs, bool (*other)(const Gpu& gpu)) {
  Seen seen;
  if (!has_driver(signs)) return seen;
  for (const auto& card : signs.cards()) {
    if (other(card.gpu)) seen.push_back({"PCI " + card.gpu.address, "driven by " + card.gpu.driver});
  }
  return seen;
}

Seen nouveau(const Signs& signs) {
  return taken_by(signs, [](const Gpu& gpu) { return gpu.driver == "nouveau" || gpu.driver == "nova_core"; });
}

Seen given_away(const Signs& signs) {
  if (in_container(signs)) return {};
  return taken_by(signs, [](const Gpu& gpu) { return gpu.is_given_away(); });
}

/// What the tables say of the card against the flavour of the module: that which runs, else that which is
/// installed for the running kernel.
std::string flavour(const Signs& signs) {
  if (const auto* module = loaded(signs)) return module->flavour;
  const auto& machine = signs.facts.machine;
  for (const auto& module : signs.facts.nvidia.modules) {
    if (machine && module.kernel == machine->kernel) return module.flavour;
  }
  return {};
}

Seen cards_with(const Signs& signs, compat::ModuleRule rule, std::string_view wrong_flavour) {
  Seen seen;
  if (flavour(signs) != wrong_flavour) return seen;
  for (const auto& card : signs.cards()) {
    if (card.device.modules != rule) continue;
    seen.push_back({"PCI " + card.gpu.address, format("{}, {} modules", card.device.text(), wrong_flavour)});
  }
  return seen;
}

Seen wants_open(const Signs& signs) {
  return cards_with(signs, compat::ModuleRule::open_only, "proprietary");
}
Seen wants_proprietary(const Signs& signs) {
  return cards_with(signs, compat::ModuleRule::proprietary_only, "open");
}

std::string branch_of(std::string_view version) { return std::string(version.substr(0, version.find('.'))); }

/// The version that runs, else the newest that is installed.
std::string driver_here(const Signs& signs) {
  if (const auto* module = loaded(signs)) return module->version;
  const auto parts = driver_parts(signs);
  return parts.empty() ? "" : parts.back().first;
}

Seen left_behind(const Signs& signs) {
  Seen seen;
  const auto driver = driver_here(signs);
  if (driver.empty()) return seen;
  for (const auto& card : signs.cards()) {
    const auto* capability = signs.tables.capability(card.device);
    if (!capability || capability->last_branch.empty()) continue;
    if (compare_debian(branch_of(driver), capability->last_branch) <= 0) continue;
    seen.push_back({"PCI " + card.gpu.address, format("{}, last served by {}; the driver is {}",
                                                      card.device.text(), capability->last_branch, driver)});
  }
  return seen;
}

Seen mismatch(const Signs& signs) {
  const auto* module = loaded(signs);
  if (!module) return {};
  Seen seen{{"the loaded module", module->version}};
  for (const auto& library : signs.facts.nvidia.libraries) {
    if (library.version.empty() || library.version == module->version) continue;
    seen.push_back({library.path, library.version});
  }
  if (const auto* error = nvml_error(signs); error && error->code == k_nvml_mismatch) {
    seen.push_back({"NVML", format("{} ({})", error->name, error->code)});
  }
  if (seen.size() == 1) return {};
  if (!signs.moved.empty()) seen.push_back({"apt changed the libraries", signs.moved});
  return seen;
}

bool match(const Signs& signs) { return mismatch(signs).empty(); }

/// There is a module for the kernel, and nobody has loaded it.
Seen not_loaded(const Signs& signs) {
  const auto& machine = signs.facts.machine;
  if (!machine || loaded(signs) || !has_module(signs, machine->kernel)) return {};
  Seen seen;
  for (const auto& card : signs.cards()) {
    if (card.gpu.driver.empty()) seen.push_back({"PCI " + card.gpu.address, "no driver"});
  }
  return seen;
}

/// That some module runs does not make it past: the proprietary one is loaded, too, and leaves the card out.
bool open_runs(const Signs& signs) {
  const auto* module = loaded(signs);
  return module && module->flavour == "open";
}

Seen fewer_than_on_the_bus(const Signs& signs) {
  const auto& machine = signs.facts.machine;
  if (!machine || !machine->nvml || machine->nvml->error || in_container(signs)) return {};
  const auto count = count_bound(signs);
  if (machine->nvml->gpus.size() >= count) return {};
  return {{"the PCI bus", format("{} GPUs with NVIDIA's driver", count)},
          {"NVML", std::to_string(machine->nvml->gpus.size())}};
}

/// NVML can use as many as the driver has.
bool all_start(const Signs& signs) {
  const auto& machine = signs.facts.machine;
  if (!machine || !machine->nvml || machine->nvml->error) return false;
  const auto& gpus = machine->nvml->gpus;
  return gpus.size() >= count_bound(signs) &&
         std::ranges::none_of(gpus, [](const NvmlGpu& gpu) { return gpu.error.has_value(); });
}

Seen no_permission(const Signs& signs) {
  const auto* error = nvml_error(signs);
  if (!error || error->code != k_nvml_no_permission) return {};
  return {{"NVML", format("{} ({})", error->name, error->code)}};
}

/// "nvidia-fabricmanager", "nvidia-fabricmanager-580"
Seen fabric_manager(const Signs& signs) {
  const auto driver = driver_here(signs);
  const auto& machine = signs.facts.machine;
  if (driver.empty() || !machine || machine->nvswitches == 0) return {};
  for (const auto& package : signs.facts.nvidia.packages) {
    if (!package.name.starts_with("nvidia-fabricmanager") || package.state != "installed") continue;
    if (package.driver_version.empty() || package.driver_version == driver) return {};
    return {{"the driver", driver}, {package.name, package.driver_version}};
  }
  return {{"the PCI bus", "NVSwitches"}, {"/var/lib/dpkg/status", "no nvidia-fabricmanager"}};
}

Seen driver_without_gpu(const Signs& signs) {
  const auto& machine = signs.facts.machine;
  if (!machine || machine->virtual_machine == "wsl2" || in_container(signs)) return {};
  if (signs.facts.has_nvidia_gpu() || driver_parts(signs).empty()) return {};
  return {{"the PCI bus", "no NVIDIA GPU"}, {"the driver", driver_here(signs)}};
}

}  // namespace

std::vector<Failure> driver_rows() {
  return {
      {.name = "driver-not-installed",
       .what = "NVIDIA's driver is not installed",
       .words = {},
       .why = "there is an NVIDIA GPU, and nothing here that drives it for computing",
       .fix = "apply a recipe that asks for it",
       .command = "",
       .cure = Cure::plan,
       .source = "the PCI bus",
       .seen = not_installed},
      {.name = "open-modules-wanted",
       .what = "the GPU works with NVIDIA's open kernel modules only",
       .words = {"requires use of the nvidia open kernel modules",
                 "requires use of nvidia open kernel modules", "rminitadapter failed! (0x22:0x56:"},
       .why = "Blackwell and what sits beside a Grace have no proprietary modules any more",
       .fix =
           "install the same driver with open modules: modules: open in the recipe, nvidia-open or the -open "
           "packages by hand",
       .command = "",
       .cure = Cure::plan,
       .source = "NVIDIA/open-gpu-kernel-modules 862 and 872",
       .seen = wants_open,
       .over = open_runs},
      {.name = "proprietary-modules-wanted",
       .what = "the GPU does not work with NVIDIA's open kernel modules",
       .words = {"is not supported by open nvidia.ko",
                 "nvidia.ko because it does not include the required gpu"},
       .why = "cards before Turing have no system processor, which the open modules need",
       .fix = "install the proprietary modules of branch 580, the last that has them for these cards",
       .command = "",
       .cure = Cure::plan,
       .source = "NVIDIA/open-gpu-kernel-modules nv-pci.c",
       .seen = wants_proprietary,
       .over = runs},
      {.name = "driver-too-new-for-gpu",
       .what = "the driver does not serve the GPU any more",
       .words = {"is not supported by the nvidia", "installed in this system is not supported by the",
                 "ignoring the legacy gpu"},
       .why = "branches from 590 on have left out the cards before Turing",
       .fix = "install the last branch that serves it, and pin it",
       .command = "",
       .cure = Cure::plan,
       .source = "NVIDIA/nvidia-installer nvGpus.h; NVIDIA developer forum 353805",
       .seen = left_behind,
       .over = runs},
      {.name = "driver-library-mismatch",
       .what = "the driver that runs is of another version than its libraries",
       .words = {"driver/library version mismatch", "api mismatch"},
       .why =
           "an upgrade, often unattended-upgrades, replaced the libraries while the old module stayed loaded",
       .fix = "reboot, or load the modules anew when nothing uses the GPU; apply a recipe with the driver to "
              "keep "
              "others from moving it",
       .command = "sudo systemctl reboot",
       .cure = Cure::reboot,
       .source = "NVIDIA/ubuntu-packaging-nvidia-driver 3; osapi.c",
       .seen = mismatch,
       .over = match},
      {.name = "nouveau-has-the-gpu",
       .what = "nouveau drives the GPU, so that NVIDIA's driver cannot",
       .words = {"the nvidia probe routine was not called for"},
       .why = "it was loaded first: it is not blocked, or it is still in the initramfs",
       .fix = "block nouveau in /etc/modprobe.d, write the initramfs anew, and reboot",
       .command = "sudo update-initramfs -u -k all && sudo systemctl reboot",
       .cure = Cure::plan,
       .source = "NVIDIA/open-gpu-kernel-modules nv.c; Ubuntu Server documentation",
       .seen = nouveau,
       .over = all_bound},
      {.name = "gpu-given-away",
       .what = "the GPU is kept for a virtual machine",
       .words = {},
       .why = "vfio-pci holds it, by an option of the kernel or a file in /etc/modprobe.d",
       .fix = "take it back there, write the initramfs anew, and reboot; or leave it, when it is meant so",
       .command = "",
       .cure = Cure::hands,
       .source = "NVIDIA/open-gpu-kernel-modules nv.c",
       .seen = given_away,
       .note = true},
      {.name = "gpu-does-not-start",
       .what = "a GPU does not start, so the driver leaves it out",
       .words = {"rminitadapter failed", "rm_init_adapter failed",
                 "none of the nvidia devices were initialized"},
       .why =
           "the card or its slot is faulty, or the driver cannot start this card; what the kernel log says "
           "just before tells which",
       .fix = "look at the kernel log; power the machine off and on, and try the card in another slot",
       .command = "sudo dmesg | grep NVRM",
       .cure = Cure::hands,
       .source = "NVIDIA/open-gpu-kernel-modules nv.c",
       .seen = fewer_than_on_the_bus,
       .over = all_start},
      {.name = "fabric-manager",
       .what = "the GPUs behind NVSwitch wait for the fabric manager",
       .words = {"fabric manager nvidia gpu driver interface version", "system not yet initialized"},
       .why = "it is not installed, not running, or of another version than the driver",
       .fix = "install nvidia-fabricmanager of exactly the driver's version, and start it",
       .command = "",
       .cure = Cure::plan,
       .source = "NVIDIA/gpu-operator 544; wilicc/gpu-burn 92",
       .seen = fabric_manager},
      {.name = "driver-not-loaded",
       .what = "NVIDIA's driver is not loaded",
       .words = {"couldn't communicate with the nvidia driver", "no nvidia gpu found"},
       .why = "its module is there for this kernel and was not loaded, or could not be",
       .fix = "load it; what it says then, and the kernel log, tell what keeps it",
       .command = "sudo modprobe nvidia && sudo dmesg | tail",
       .cure = Cure::command,
       .source = "nvidia-smi; met with Debian's nvidia-smi (exit status 9)",
       .seen = not_loaded,
       .over = runs},
      {.name = "no-gpu-seen",
       .what = "the driver's libraries see no GPU",
       .words = {"no devices were found", "no cuda-capable device is detected"},
       .why = "another driver has it, it was not started, or CUDA_VISIBLE_DEVICES hides it",
       .fix = "look at what else is found here; without anything else, at the environment of the program",
       .command = "",
       .cure = Cure::hands,
       .source = "nvidia-smi; CUDA error 100"},
      {.name = "devices-closed",
       .what = "the device files of the GPU may not be opened",
       .words = {"could not open the device file /dev/nvidia"},
       .why = "they are made when root first uses the GPU, or somebody has taken away their rights",
       .fix = "let nvidia-persistenced run, or make them",
       .command = "sudo nvidia-modprobe -u -c0",
       .cure = Cure::command,
       .source = "Azure/aks-gpu install.sh",
       .seen = no_permission},
      {.name = "persistenced-failed",
       .what = "nvidia-persistenced has failed",
       .words = {"nvidia-persistenced.service: failed with result"},
       .why = "no module was loaded when it was started: right after an installation that is how it must be",
       .fix = "reboot; when it fails after that, too, it has a reason",
       .command = "systemctl status nvidia-persistenced",
       .cure = Cure::reboot,
       .source = "NVIDIA/nvidia-persistenced",
       .over = [](const Signs& signs) { return loaded(signs) == nullptr; },
       .note = true},
      {.name = "driver-without-gpu",
       .what = "there is a driver, and no NVIDIA GPU on the bus",
       .words = {},
       .why = "the card is not seated or not powered, the firmware has it turned off, or there is none",
       .fix = "lspci -d 10de: lists what the bus has; when there should be one, look at slot, power and "
              "firmware",
       .command = "lspci -d 10de:",
       .cure = Cure::hands,
       .source = "the PCI bus",
       .seen = driver_without_gpu,
       .note = true},
  };
}

}  // namespace rigsetup::diagnosis
