// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/facts/facts.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/program_file.hpp"

namespace rigsetup {
namespace {

class NvidiaGpu final : public Check {
 public:
  Checked check(const Context& context) const override {
    if (!context.host.machine || context.host.described) return {Deferred{"the GPU is looked at on the first boot"}, {}};
    Checked checked;
    checked.result = judge(context, checked.evidence);
    return checked;
  }

 private:
  using Result = decltype(Checked::result);

  /// From the bus up: device, kernel driver, its module, and what its own tool sees.
  static Result judge(const Context& context, std::vector<Evidence>& evidence) {
    const Tree& machine = *context.host.machine;
    std::vector<Gpu> gpus = gather_facts(context.host).machine->gpus;
    std::erase_if(gpus, [](const Gpu& gpu) { return gpu.vendor != "nvidia"; });
    if (gpus.empty()) {
      return Failed{"there is no NVIDIA GPU on the PCI bus",
                    "look whether the card is seated and powered: lspci -d 10de:"};
    }
    for (const auto& gpu : gpus) {
      evidence.push_back({"PCI " + gpu.address, format("10de:{}, driver {}", gpu.device_id,
                                                       gpu.driver.empty() ? "none" : gpu.driver)});
    }
    for (const auto& gpu : gpus) {
      if (gpu.driver != "nvidia") return not_bound(gpu);
    }
    const auto version = machine.read("/proc/driver/nvidia/version", 1 << 16);
    if (!version) {
      return Failed{"the driver is bound, but it does not answer in /proc/driver/nvidia",
                    "load it anew: modprobe nvidia; dmesg tells what it said"};
    }
    evidence.push_back({"/proc/driver/nvidia/version", printable(split_lines(*version).front())});
    return ask_nvidia_smi(context, gpus.size(), evidence);
  }

  static Failed not_bound(const Gpu& gpu) {
    if (gpu.driver.empty()) {
      return {format("no driver is bound to the GPU at {}", gpu.address),
              "install the NVIDIA driver; when it is, dkms status and dmesg tell why it was not loaded"};
    }
    if (gpu.driver == "nouveau") {
      return {format("the GPU at {} is driven by nouveau", gpu.address),
              "once the NVIDIA driver is installed, a reboot hands the GPU over"};
    }
    return {format("the GPU at {} is taken by {}", gpu.address, gpu.driver), "release it from that driver"};
  }

  static Result ask_nvidia_smi(const Context& context, std::size_t expected,
                               std::vector<Evidence>& evidence) {
    if (!find_program(context.host.files, "nvidia-smi")) {
      return Failed{"the driver is loaded, but nvidia-smi is not installed",
                    "install the package with nvidia-smi of the driver's version"};
    }
    Command command;
    command.argv = {"nvidia-smi", "-L"};
    command.timeout = std::chrono::seconds(20);  // it hangs when a GPU has fallen off the bus
    const Finished finished = context.host.programs.run(command, context.stop);
    const std::string said = printable(last_lines(finished.out + finished.err, 8), true);
    evidence.push_back({"nvidia-smi -L", said});
    if (finished.timed_out) {
      return Failed{"nvidia-smi does not answer",
                    "a GPU may have fallen off the bus: dmesg shows Xid lines; reboot"};
    }
    if (said.find("Driver/library version mismatch") != std::string::npos) {
      return Failed{"the loaded driver is of another version than its libraries",
                    "a newer driver was installed and waits for a reboot"};
    }
    if (!finished.ok()) {
      return Failed{format("nvidia-smi: {}: {}", finished.text(), printable(last_lines(said, 1))),
                    "the evidence shows what it said; dmesg may tell more"};
    }
    const auto lines = split_lines(finished.out);
    const auto seen = static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [](const auto& line) { return line.starts_with("GPU "); }));
    if (seen != expected) {
      return Failed{format("the PCI bus has {} NVIDIA GPUs, the driver sees {}", expected, seen),
                    "dmesg tells what the driver said of the others"};
    }
    return Passed{};
  }
};

std::string title(const Fields&) { return "NVIDIA GPUs answer"; }

std::unique_ptr<Check> make(const Step&, const Attachments&, Complaints&) {
  return std::make_unique<NvidiaGpu>();
}

}  // namespace

const Kind& nvidia_gpu_kind() {
  static const Kind kind = {
      .name = "nvidia_gpu",
      .summary =
          "Proves that the driver runs every NVIDIA GPU of the machine. Under --root it waits for the first "
          "boot.",
      .sort = Sort::check,
      .example = "- nvidia_gpu:\n",
      .fields = {},
      .reads_only = false,
      .title = title,
      .make_check = make,
  };
  return kind;
}

}  // namespace rigsetup
