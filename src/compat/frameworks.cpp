// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/compat/frameworks.hpp>

#include "compat/context.hpp"

namespace rigsetup::compat {
namespace {

/// The GPUs that count: those without a driver do not where there are others.
std::vector<Device> driven(const Tables& tables, const std::vector<std::string>& ids) {
  std::vector<Device> devices;
  for (const std::string& id : ids) devices.push_back(tables.device(id));
  const auto is_legacy = [](const Device& one) { return one.modules == ModuleRule::legacy; };
  if (!std::all_of(devices.begin(), devices.end(), is_legacy)) std::erase_if(devices, is_legacy);
  return devices;
}

/// The newest CUDA that came with this driver's branch or an earlier one.
std::string cuda_of_driver(const Tables& tables, const std::string& driver) {
  for (const CudaRelease* release : tables.cuda_newest_first()) {
    if (!older(major_of(driver), release->branch)) return release->number;
  }
  return {};
}

/// The GPU whose last CUDA is the oldest; its value is empty where all are still supported.
Bound last_cuda(const Tables& tables, const std::vector<Device>& gpus) {
  Bound bound;
  for (const Device& gpu : gpus) {
    const ComputeCapability* row = tables.capability(gpu);
    if (row == nullptr || row->last_cuda.empty()) continue;
    if (bound.value.empty() || older(row->last_cuda, bound.value)) bound = {row->last_cuda, gpu};
  }
  return bound;
}

bool has_kernels(const Tables& tables, const FrameworkBuild& build, const Device& gpu) {
  const ComputeCapability* row = tables.capability(gpu);
  // That CUDA compiles nothing for it any more.
  const bool ended = row != nullptr && !row->last_cuda.empty() && older(row->last_cuda, build.cuda);
  if (ended) return false;
  if (gpu.compute.empty() || build.oldest_compute.empty()) return true;  // not known: nothing speaks against
  if (older(gpu.compute, build.oldest_compute)) return false;
  return build.newest_compute.empty() || !older(major_of(build.newest_compute), major_of(gpu.compute));
}

const Device* without_kernels(const Tables& tables, const FrameworkBuild& build,
                              const std::vector<Device>& gpus) {
  const auto found = std::find_if(gpus.begin(), gpus.end(),
                                  [&](const Device& gpu) { return !has_kernels(tables, build, gpu); });
  return found != gpus.end() ? &*found : nullptr;
}

bool runs_below(const FrameworkBuild& build, const CudaCeiling& ceiling) {
  return ceiling.cuda.empty() || !older(ceiling.major(), major_of(build.cuda));
}

/// Is `a` the better of two builds that fit: kernels that are known, then the newest that is not newer than
/// the driver's own, then the least above it.
bool better(const FrameworkBuild& a, const FrameworkBuild& b, const CudaCeiling& ceiling) {
  if (a.oldest_compute.empty() != b.oldest_compute.empty()) return b.oldest_compute.empty();
  if (major_of(a.cuda) != major_of(b.cuda)) return older(major_of(b.cuda), major_of(a.cuda));
  const auto is_above = [&](const FrameworkBuild& build) {
    return !ceiling.cuda.empty() && older(ceiling.cuda, build.cuda);
  };
  if (is_above(a) != is_above(b)) return is_above(b);
  return is_above(a) ? older(a.cuda, b.cuda) : older(b.cuda, a.cuda);
}

std::string label_of(const std::string& cuda) {
  std::string label = "cu" + cuda;
  std::erase(label, '.');
  return label;
}

BuildRefusal refuse(const Tables& tables, const Framework& framework, const FrameworkChannel& channel,
                    const std::vector<Device>& gpus, const CudaCeiling& ceiling) {
  const FrameworkBuild* with_kernels = nullptr;
  for (const FrameworkBuild& build : channel.builds) {
    if (without_kernels(tables, build, gpus) != nullptr) continue;
    if (with_kernels == nullptr || older(build.cuda, with_kernels->cuda)) with_kernels = &build;
  }
  if (with_kernels == nullptr) {
    const Device* gpu = without_kernels(tables, channel.builds.front(), gpus);
    return {format("no build of {} in {} has kernels for {}", framework.title, channel.name, gpu->text()),
            "this GPU can only serve with builds from elsewhere; `cuda: none` takes the one for the CPU"};
  }
  return {format("every build of {} in {} that would serve is for CUDA {} or newer, and {}", framework.title,
                 channel.name, with_kernels->cuda, ceiling.reason),
          "take a newer driver, or write `cuda: none` for the build for the CPU"};
}

}  // namespace

CudaCeiling cuda_ceiling(const Tables& tables, const std::string& driver,
                         const std::vector<std::string>& gpus) {
  const std::string offered = driver.empty() ? "" : cuda_of_driver(tables, driver);
  const Bound last = last_cuda(tables, driven(tables, gpus));
  if (offered.empty() && last.value.empty()) return {};
  if (last.value.empty()) return {offered, format("driver {} offers CUDA {}", driver, offered)};
  if (offered.empty()) return {last.value, format("{} ends with CUDA {}", last.gpu->text(), last.value)};
  if (older(last.value, offered)) {
    return {last.value, format("driver {} offers CUDA {}, but {} ends with {}", driver, offered,
                               last.gpu->text(), last.value)};
  }
  return {offered, format("driver {} offers CUDA {}", driver, offered)};
}

std::variant<BuildChoice, BuildRefusal> choose_build(const Tables& tables, const std::string& framework,
                                                     const std::string& channel,
                                                     const std::vector<std::string>& gpus,
                                                     const CudaCeiling& ceiling) {
  const auto row = tables.frameworks.find(framework);
  const FrameworkChannel* source = row != tables.frameworks.end() ? row->second.channel(channel) : nullptr;
  if (source == nullptr || source->builds.empty()) {
    return BuildRefusal{format("no table knows builds of {} in {}", framework, channel), {}};
  }
  const std::vector<Device> devices = driven(tables, gpus);
  const FrameworkBuild* best = nullptr;
  for (const FrameworkBuild& build : source->builds) {
    if (!runs_below(build, ceiling) || without_kernels(tables, build, devices) != nullptr) continue;
    if (best == nullptr || better(build, *best, ceiling)) best = &build;
  }
  if (best == nullptr) return refuse(tables, row->second, *source, devices, ceiling);
  BuildChoice choice;
  choice.cuda = best->cuda;
  if (!source->url.empty()) choice.url = expand({source->url}, {{"label", label_of(best->cuda)}}).front();
  choice.reason = format("{} for CUDA {}{}{}", row->second.title, best->cuda,
                         ceiling.reason.empty() ? "" : ": ", ceiling.reason);
  return choice;
}

FrameworkPackage framework_of(const Tables& tables, std::string_view channel, std::string_view package) {
  const auto is_among = [&](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), package) != names.end();
  };
  for (const auto& [name, framework] : tables.frameworks) {
    const FrameworkChannel* source = framework.channel(channel);
    if (source == nullptr) continue;
    if (is_among(source->packages)) return {&framework, source, false, false};
    if (is_among(source->cpu_packages)) return {&framework, source, true, false};
    if (is_among(source->for_packages)) return {&framework, source, false, true};
  }
  return {};
}

const FrameworkChannel* Framework::channel(std::string_view wanted) const {
  const auto found = std::find_if(channels.begin(), channels.end(),
                                  [&](const FrameworkChannel& one) { return one.name == wanted; });
  return found != channels.end() ? &*found : nullptr;
}

}  // namespace rigsetup::compat
