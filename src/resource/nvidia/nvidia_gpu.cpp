// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/facts/facts.hpp>
#include <rigsetup/facts/nvml.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/nvidia/driver_use.hpp"
#include "resource/probe.hpp"

namespace rigsetup {
namespace {

/// What NVML's errors say of the machine; codes are those of nvmlReturn_t in NVIDIA's "NVML API Reference".
struct NvmlCause {
  int code;
  const char* cause;
  const char* hint;
};
constexpr NvmlCause k_nvml_causes[] = {
    {4, "the driver may not be asked", "look at the rights of the device files /dev/nvidia*"},
    {9, "the driver is not loaded", "load it: modprobe nvidia; dmesg tells what it said"},
    {10, "the driver does not answer", "a GPU may have fallen off the bus: dmesg shows Xid lines; reboot"},
    {12, "the driver is loaded, but its library libnvidia-ml.so.1 is not installed",
     "install the package with the driver's libraries of its version: libnvidia-compute-*, or libnvidia-ml1 "
     "on Debian"},
    {15, "a GPU has fallen off the bus",
     "dmesg shows Xid 79; look at power, riser and slot: installing the driver anew does not help"},
    {16, "a GPU must be reset", "nvidia-smi --gpu-reset, or reboot"},
    {17, "the kernel keeps the driver from the GPU",
     "a container or a virtual machine has to be given the device"},
    {18, "the loaded driver is of another version than its libraries",
     "a newer driver was installed and waits for a reboot"},
};

/// The ladder from the bus up: the device, the kernel driver bound to it, its module, its libraries, and what
/// they answer. The first rung that fails is the cause of all above it.
class NvidiaGpu final : public Check {
 public:
  explicit NvidiaGpu(const Fields& fields) : without_(fields.texts("without")) {}

  Checked check(const Context& context) const override {
    if (!can_ask_machine(context.host)) {
      return {Deferred{"the GPU is looked at on the first boot"}, {}};
    }
    Checked checked;
    checked.result = judge(context, checked.evidence);
    return checked;
  }

 private:
  using Result = decltype(Checked::result);

  Result judge(const Context& context, std::vector<Evidence>& evidence) const {
    const Facts facts = gather_facts(context.host);
    std::vector<Gpu> gpus = gpus_for_driver(*facts.machine, without_);
    if (gpus.empty()) {  // then one that is kept for a virtual machine is not meant to be
      gpus = facts.machine->gpus;
      std::erase_if(gpus, [](const Gpu& gpu) { return !gpu.is_nvidia(); });
    }
    if (gpus.empty()) {
      return Failed{"there is no NVIDIA GPU on the PCI bus",
                    "look whether the card is seated and powered: lspci -d 10de:"};
    }
    for (const Gpu& gpu : gpus) {
      evidence.push_back({"PCI " + gpu.address, format("10de:{}, driver {}", gpu.device_id,
                                                       gpu.driver.empty() ? "none" : gpu.driver)});
    }
    for (const Gpu& gpu : gpus) {
      if (gpu.driver != "nvidia") return not_bound(gpu, facts);
    }
    const std::optional<LoadedNvidia>& loaded = facts.machine->nvidia;
    if (!loaded) {
      return Failed{"the driver is bound, but it does not answer in /proc/driver/nvidia",
                    "load it anew: modprobe nvidia; dmesg tells what it said"};
    }
    evidence.push_back({"/proc/driver/nvidia/version",
                        format("{}{}", loaded->version,
                               loaded->flavour.empty() ? "" : format(", {} modules", loaded->flavour))});
    if (auto failed = other_library(facts, loaded->version)) return *failed;
    return ask(context, gpus.size(), evidence);
  }

  static Failed not_bound(const Gpu& gpu, const Facts& facts) {
    if (gpu.driver.empty()) {
      const bool installed =
          std::any_of(facts.nvidia.modules.begin(), facts.nvidia.modules.end(),
                      [&](const NvidiaModule& module) { return module.kernel == facts.machine->kernel; });
      if (!installed && !facts.nvidia.modules.empty()) {
        return {
            format(
                "no driver is bound to the GPU at {}: its module is not installed for the running kernel {}",
                gpu.address, facts.machine->kernel),
            "boot a kernel that has it, or install its headers and run: dkms autoinstall"};
      }
      return {format("no driver is bound to the GPU at {}", gpu.address),
              "install the NVIDIA driver; when it is, dkms status and dmesg tell why it was not loaded"};
    }
    if (gpu.driver == "nouveau") {
      return {format("the GPU at {} is driven by nouveau", gpu.address),
              "once the NVIDIA driver is installed, a reboot hands the GPU over"};
    }
    return {format("the GPU at {} is taken by {}", gpu.address, gpu.driver), "release it from that driver"};
  }

  /// Libraries that a newer package brought cannot talk to the module that is still loaded.
  static std::optional<Failed> other_library(const Facts& facts, const std::string& loaded) {
    for (const NvidiaLibrary& library : facts.nvidia.libraries) {
      if (library.version.empty() || library.version == loaded) continue;
      return Failed{
          format("the loaded driver is {}, but {} is of {}", loaded, library.name, library.version),
          library.owned
              ? "a newer driver was installed and waits for a reboot"
              : format("{} belongs to no package: a .run installer or a copy left it there", library.path)};
    }
    return std::nullopt;
  }

  static Result ask(const Context& context, std::size_t expected, std::vector<Evidence>& evidence) {
    Progress progress;
    progress.label = "asking the driver";
    context.reporter.progress(progress);
    const NvmlAnswer answer = ask_nvml(context.host, context.stop);
    if (!answer.driver_version.empty()) {
      evidence.push_back({"NVML", format("driver {}, for CUDA up to {}", printable(answer.driver_version),
                                         printable(answer.cuda_version))});
    }
    if (answer.error) return nvml_failure(*answer.error, "");
    std::size_t sound = 0;
    for (const NvmlGpu& gpu : answer.gpus) {
      if (gpu.error) return nvml_failure(*gpu.error, format("GPU {}: ", gpu.index));
      evidence.push_back(
          {"GPU " + std::to_string(gpu.index),
           format("{} at {}, {}", printable(gpu.name), gpu.address, human_bytes(gpu.memory_bytes))});
      ++sound;
    }
    if (sound >= expected) return Passed{};
    return Failed{format("the PCI bus has {} NVIDIA GPUs, the driver sees {}", expected, sound),
                  "dmesg tells what the driver said of the others"};
  }

  static Failed nvml_failure(const NvmlError& error, const std::string& of) {
    const auto* known = std::find_if(std::begin(k_nvml_causes), std::end(k_nvml_causes),
                                     [&](const NvmlCause& cause) { return cause.code == error.code; });
    const std::string said = format("NVML: {} ({})", error.name, error.code);
    if (known != std::end(k_nvml_causes)) return {format("{}{} ({})", of, known->cause, said), known->hint};
    return {format("{}{}{}{}", of, said, error.text.empty() ? "" : ", ", printable(error.text)),
            "dmesg may tell more"};
  }

  std::vector<std::string> without_;
};

std::string title(const Fields&) { return "NVIDIA GPUs answer"; }

std::unique_ptr<Check> make(const Step& step, const Attachments&, Complaints& complaints) {
  complain_of_devices(step.fields, complaints);
  return std::make_unique<NvidiaGpu>(step.fields);
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
      .fields =
          {
              {.name = "without",
               .type = FieldType::texts,
               .summary = "device ids of GPUs that the driver is too new for, as lspci -n shows them: 128b"},
          },
      .reads_only = false,
      .title = title,
      .make_check = make,
  };
  return kind;
}

}  // namespace rigsetup
