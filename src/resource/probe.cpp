// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/probe.hpp"

#include <algorithm>
#include <utility>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

namespace rigsetup {
namespace {

/// Results of the CUDA driver API that say what is wrong with the machine and not with the program; numbers
/// and names are those of CUresult in NVIDIA's "CUDA Driver API" reference.
struct CudaCause {
  std::int64_t code;
  const char* cause;
  const char* hint;
};
constexpr CudaCause k_cuda_causes[] = {
    {2, "the GPU has no memory left", "nvidia-smi shows which programs hold it"},
    {46, "another program has the GPU for itself", "nvidia-smi -c DEFAULT lets several programs share it"},
    {100, "the driver's library sees no GPU",
     "is the kernel driver loaded and its GPU not excluded? The check nvidia_gpu tells"},
    {214, "the GPU's memory has an error that its ECC cannot correct",
     "dmesg shows the Xid; the board may be faulty"},
    {222, "the driver is too old for this kernel", "install a newer driver"},
    {304, "the kernel refuses the driver's library",
     "look at the device files /dev/nvidia* and at dmesg; a container needs them passed in"},
    {700, "the GPU read memory that it must not", "dmesg shows the Xid; the GPU or its memory may be faulty"},
    {719, "the GPU stopped while it computed", "dmesg shows the Xid; check power, cooling and the slot"},
    {802, "the GPUs' switches are not ready",
     "NVSwitch systems need nvidia-fabricmanager of exactly the driver's version, enabled and running"},
    {803, "the loaded driver is of another version than its libraries",
     "a newer driver was installed and waits for a reboot"},
    {804, "a forward-compatibility library shadows the driver's own",
     "cuda-compat packages are for data-centre GPUs only: remove cuda-compat-*"},
    {999, "the driver fails without saying why",
     "often the module nvidia_uvm is not loaded: modprobe nvidia_uvm; dmesg may tell more"},
};

}  // namespace

std::variant<Value, Failed> ask_probe(const Context& context, std::vector<std::string> argv,
                                      std::string_view library) {
  Command command;
  command.argv = std::move(argv);
  command.helper = true;
  command.timeout =
      std::chrono::minutes(1);  // the first start of a driver without persistence takes its time
  const Finished finished = context.host.programs.run(command, context.stop);
  if (finished.timed_out) {
    return Failed{format("{} does not answer", library),
                  "a GPU may have fallen off the bus: dmesg shows Xid lines; reboot"};
  }
  if (!finished.ok()) {
    const std::string said = printable(last_lines(finished.err, 1));
    return Failed{format("{} ends the program that loads it: {}{}{}", library, finished.text(),
                         said.empty() ? "" : ": ", said),
                  "its files may be of several versions: install the packages of one version anew"};
  }
  return parse_json(finished.out, "the answer of " + command.argv.front());
}

std::string fault_text(const Value& fault) {
  const std::string text = fault.get("text", "");
  return printable(format("{}: {} ({}){}{}", fault.get("call", ""), fault.get("name", ""),
                          fault.get("code", 0), text.empty() ? "" : ", ", text));
}

Failed cuda_failure(const Value& fault) {
  const std::int64_t code = fault.get("code", 0);
  const auto* known = std::find_if(std::begin(k_cuda_causes), std::end(k_cuda_causes),
                                   [&](const CudaCause& cause) { return cause.code == code; });
  if (known == std::end(k_cuda_causes)) return {fault_text(fault), "dmesg may tell more"};
  return {format("{} ({})", known->cause, fault_text(fault)), known->hint};
}

std::string cuda_version_text(std::int64_t version) {
  return format("{}.{}", version / 1000, version % 1000 / 10);
}

}  // namespace rigsetup
