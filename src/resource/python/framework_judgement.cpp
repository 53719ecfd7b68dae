// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/base/version.hpp>
#include <rigsetup/compat/architectures.hpp>

#include "resource/probe.hpp"
#include "resource/python/framework_check.hpp"

namespace rigsetup {
namespace {

using Result = decltype(Checked::result);

bool has(std::string_view text, std::string_view words) { return text.find(words) != std::string_view::npos; }

std::string text_of(const Value& answer, std::string_view member) {
  return printable(answer.get(member, ""));
}

/// "PyTorch 2.11.0+cu128"
std::string title_of(const Framework& framework, const Value& answer) {
  return format("{} {}", framework.name, text_of(answer, "version"));
}

/// Why an import or an operation failed, by what it says.
std::string hint_for(const Framework& framework, const std::string& said) {
  if (has(said, format("No module named '{}'", framework.module)))
    return "the environment lacks it: name it in its packages";
  if (has(said, "No module named"))
    return format("the environment lacks what {} needs: install it anew", framework.name);
  if (has(said, "undefined symbol") || has(said, "GLIBCXX") || has(said, "VERSION_MISMATCH")) {
    return "libraries of several versions are mixed: no file of /etc/ld.so.conf.d and no LD_LIBRARY_PATH may "
           "put "
           "another CUDA or cuDNN before the environment's own";
  }
  if (has(said, "cannot open shared object file")) {
    return "a library is missing that a package of the environment brings: install it anew; libcuda.so.1 is "
           "the "
           "driver's";
  }
  if (has(said, "out of memory") || has(said, "RESOURCE_EXHAUSTED"))
    return "nvidia-smi shows which programs hold the GPU's memory";
  return "the evidence shows what it said";
}

Failed no_code_for(const Framework& framework, const Value& answer, const std::string& gpu,
                   const std::string& compute) {
  return {
      format("{} has no code for {} (compute capability {}): it is built for {}", title_of(framework, answer),
             gpu, compute, printable(join(answer.get_strings("architectures"), ", "))),
      "install a build for this GPU: for a new card one of a newer CUDA, for an old one of an older"};
}

/// The first GPU of the driver's that this build has no code for.
std::optional<Failed> unserved_gpu(const Framework& framework, const Value& answer, const GpuSide& machine) {
  const auto* driver = std::get_if<Value>(&machine.driver);
  const Value* devices = driver ? driver->find("devices") : nullptr;
  if (!devices) return std::nullopt;
  for (const Value& device : devices->as_list()) {
    const auto compute = text_of(device, "compute");
    if (!compat::have_code_for(answer.get_strings("architectures"), compute))
      return no_code_for(framework, answer, text_of(device, "name"), compute);
  }
  return std::nullopt;
}

/// Why a build for CUDA does not come as far as seeing a GPU.
Result sees_no_gpu(const Framework& framework, const Value& answer, const GpuSide& machine) {
  if (!machine.present) return Skipped{"it was imported; there is no NVIDIA GPU to compute on"};
  const auto title = title_of(framework, answer);
  const auto cuda = text_of(answer, "cuda");
  if (cuda.empty()) return Failed{title + " is a build without CUDA", std::string(framework.cure)};
  if (const auto* failed = std::get_if<Failed>(&machine.driver)) return *failed;
  const Value& driver = std::get<Value>(machine.driver);
  if (driver.find("not_loaded")) {
    return Failed{"the driver's library libcuda.so.1 cannot be loaded",
                  "the driver's user-space packages bring it; the check libcuda tells more"};
  }
  if (const Value* fault = driver.find("fault")) return cuda_failure(*fault);
  const auto offered = cuda_version_text(driver.get("cuda_version", 0));
  const auto major = [](const std::string& version) { return version.substr(0, version.find('.')); };
  if (compare_debian(major(offered), major(cuda)) < 0) {
    return Failed{format("{} is built for CUDA {}, and the driver is too old for it: it serves CUDA up to {}",
                         title, cuda, offered),
                  format("install a newer driver, or a build for CUDA {}", major(offered))};
  }
  if (auto failed = unserved_gpu(framework, answer, machine)) return *failed;
  const auto said = text_of(answer, "no_devices");
  return Failed{format("{} is built for CUDA and sees no GPU{}{}", title, said.empty() ? "" : ": ", said),
                hint_for(framework, said)};
}

std::int64_t wrong_results(const Value& device) {
  std::int64_t wrong = 0;
  if (const Value* computed = device.find("computed")) {
    for (const Value& operation : computed->as_list()) wrong += operation.get("wrong", 0);
  }
  return wrong;
}

/// "a matrix product and a convolution: as they should be"
std::string what_was_computed(const Value& device) {
  std::vector<std::string> operations;
  if (const Value* computed = device.find("computed")) {
    for (const Value& operation : computed->as_list()) {
      const std::int64_t wrong = operation.get("wrong", 0);
      operations.push_back(format("{} came out {}", text_of(operation, "what"),
                                  wrong == 0 ? "right" : format("with {} wrong numbers", wrong)));
    }
  }
  if (const Value* fault = device.find("fault"))
    operations.push_back(format("{} failed: {}", text_of(*fault, "in"), text_of(*fault, "text")));
  return join(operations, "; ");
}

Result judge_device(const Framework& framework, const Value& answer, const Value& device,
                    const std::function<GpuSide()>& ask_machine) {
  const auto name = text_of(device, "name");
  if (const Value* fault = device.find("fault")) {
    if (auto failed = unserved_gpu(framework, answer, ask_machine())) return *failed;
    const auto said = text_of(*fault, "text");
    if (has(said, "no kernel image")) {
      return Failed{
          format("{} has no code for {}", title_of(framework, answer), name),
          "install a build for this GPU: for a new card one of a newer CUDA, for an old one of an older"};
    }
    return Failed{format("{}: {} cannot compute {}: {}", name, framework.name, text_of(*fault, "in"), said),
                  hint_for(framework, said)};
  }
  if (wrong_results(device) > 0) {
    return Failed{format("{} computes wrong results on {}", framework.name, name),
                  "run it again; the GPU or its memory may be faulty"};
  }
  return Passed{};
}

void show_build(const Framework& framework, const std::string& python, const Value& answer,
                std::vector<Evidence>& evidence) {
  const auto cuda = text_of(answer, "cuda");
  const auto cudnn = text_of(answer, "cudnn");
  evidence.push_back({python, format("{}, {}{}{}; Python {}", title_of(framework, answer),
                                     cuda.empty() ? "without CUDA" : "CUDA " + cuda,
                                     cudnn.empty() ? "" : ", cuDNN ", cudnn, text_of(answer, "python"))});
  if (const auto built = answer.get_strings("architectures"); !built.empty())
    evidence.push_back({"built for", printable(join(built, " "))});
}

}  // namespace

Checked judge_framework(const Framework& framework, const std::string& python, const Value& answer,
                        const std::function<GpuSide()>& ask_machine) {
  Checked checked;
  if (const auto said = text_of(answer, "not_imported"); !said.empty()) {
    checked.evidence.push_back({python, said});
    checked.result =
        Failed{format("{} cannot be imported: {}", framework.name, said), hint_for(framework, said)};
    return checked;
  }
  show_build(framework, python, answer, checked.evidence);
  const Value::List& devices = answer.at("devices").as_list();
  if (devices.empty()) checked.result = sees_no_gpu(framework, answer, ask_machine());
  for (const Value& device : devices) {
    checked.evidence.push_back({text_of(device, "name"), what_was_computed(device)});
    auto result = judge_device(framework, answer, device, ask_machine);
    if (std::holds_alternative<Passed>(checked.result)) checked.result = std::move(result);
  }
  if (const auto outside = answer.get_strings("outside"); !outside.empty())
    checked.evidence.push_back({"libraries from outside the environment", printable(join(outside, ", "))});
  return checked;
}

}  // namespace rigsetup
