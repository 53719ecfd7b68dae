// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/format.hpp>

#include "diagnosis/catalogue/rows.hpp"
#include "diagnosis/catalogue/seen.hpp"

namespace rigsetup::diagnosis {
namespace {

constexpr int k_nvml_lost = 15;
constexpr int k_nvml_reset = 16;

/// Of the driver as a whole, or of one GPU.
Seen nvml_says(const Signs& signs, int code) {
  Seen seen;
  const auto& machine = signs.facts.machine;
  if (!machine || !machine->nvml) return seen;
  const auto add = [&](const std::string& of, const std::optional<NvmlError>& error) {
    if (error && error->code == code) seen.push_back({of, format("{} ({})", error->name, error->code)});
  };
  add("NVML", machine->nvml->error);
  for (const auto& gpu : machine->nvml->gpus) add(format("NVML, GPU {}", gpu.index), gpu.error);
  return seen;
}

Seen lost(const Signs& signs) { return nvml_says(signs, k_nvml_lost); }
Seen wants_reset(const Signs& signs) { return nvml_says(signs, k_nvml_reset); }

/// Power saving never lowers the width. Two cards on a desktop's board share the lanes of one slot: half of
/// them is how it is meant to be.
Seen narrow_link(const Signs& signs) {
  Seen seen;
  const auto& machine = signs.facts.machine;
  if (!machine || !machine->nvml) return seen;
  const int shared_by = machine->nvml->gpus.size() > 1 ? 2 : 1;
  for (const auto& gpu : machine->nvml->gpus) {
    if (gpu.link.width <= 0 || gpu.link.width * shared_by >= gpu.link_most.width) continue;
    seen.push_back({format("NVML, GPU {} at {}", gpu.index, gpu.address),
                    format("{} of {} lanes", gpu.link.width, gpu.link_most.width)});
  }
  return seen;
}

}  // namespace

std::vector<Failure> board_rows() {
  return {
      {.name = "gpu-off-the-bus",
       .what = "a GPU has fallen off the bus",
       .words = {"fallen off the bus", "unable to determine the device handle"},
       .why =
           "the card lost power or its PCI Express link: the power supply and its cables, a riser, heat, or "
           "power saving of the link",
       .fix =
           "power the machine off, reseat the card and its power cables, try without a riser; then a lower "
           "power limit, or pcie_aspm=off for the kernel; installing the driver anew does not help",
       .command = "",
       .cure = Cure::hands,
       .source = "NVIDIA/open-gpu-kernel-modules osapi.c; DCGM 120",
       .seen = lost},
      {.name = "gpu-wants-reset",
       .what = "a GPU must be reset before it can be used",
       .words = {"gpu requires reset", "gpu recovery action changed"},
       .why = "it met an error that only a reset clears",
       .fix = "end what uses the GPU and reset it, or reboot",
       .command = "sudo nvidia-smi --gpu-reset",
       .cure = Cure::command,
       .source = "NVML API Reference: NVML_ERROR_RESET_REQUIRED; Xid 154",
       .seen = wants_reset},
      {.name = "gpu-without-address-space",
       .what = "the firmware gave the GPU no address space",
       .words = {"this pci i/o region assigned to your nvidia device is invalid", "bar1 is 0m @ 0x0"},
       .why = "the card's memory window does not fit below 4 GB, and the firmware does not look above",
       .fix = "turn on Above 4G Decoding and Resizable BAR in the firmware's setup (of a virtual machine: "
              "64-bit "
              "MMIO); pci=realloc for the kernel is worth a try",
       .command = "",
       .cure = Cure::hands,
       .source = "NVIDIA/open-gpu-kernel-modules nv.c; issues 862 and 872"},
      {.name = "gsp-firmware",
       .what = "the GPU's system processor does not start or does not answer",
       .words = {"cannot initialize gsp firmware rm", "timeout waiting for rpc from gsp",
                 "of waiting for rpc response from gsp"},
       .why = "its firmware is missing or of another version than the driver, or it hangs",
       .fix =
           "reboot; when it comes again, install the driver's firmware package of exactly its version, or a "
           "newer driver",
       .command = "sudo systemctl reboot",
       .cure = Cure::reboot,
       .source = "NVIDIA/open-gpu-kernel-modules issue 789; Xid 119 and 120"},
      {.name = "narrow-link",
       .what = "a GPU has fewer PCI Express lanes than it and its slot can have",
       .words = {},
       .why =
           "power saving lowers the speed of a link, never its width: contacts, a riser, or lanes that the "
           "firmware gave to another slot",
       .fix =
           "reseat the card, try without a riser, and look at the firmware's setup for how lanes are shared",
       .command = "",
       .cure = Cure::hands,
       .source = "DCGM 45 and 46",
       .seen = narrow_link,
       .note = true},
  };
}

}  // namespace rigsetup::diagnosis
