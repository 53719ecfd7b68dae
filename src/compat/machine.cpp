// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "compat/context.hpp"

namespace rigsetup::compat {
namespace {

void raise(Bound& bound, const std::string& value, const Device& gpu) {
  if (!value.empty() && (bound.value.empty() || older(bound.value, value))) bound = {value, gpu};
}

void lower(Bound& bound, const std::string& value, const Device& gpu) {
  if (!value.empty() && (bound.value.empty() || older(value, bound.value))) bound = {value, gpu};
}

std::optional<Refusal> refuse_platform(const Tables& tables, const Wishes& wishes) {
  std::vector<std::string> names;
  for (const auto& [name, row] : tables.platforms) names.push_back(name);
  const auto found = tables.platforms.find(wishes.platform);
  if (found == tables.platforms.end()) {
    return Refusal{
        "platform", wishes.platform,
        format("no table says what the NVIDIA packages of {} are called", excerpt(wishes.platform)),
        suggestion(wishes.platform, names).value_or(""), "there are tables for " + and_list(names)};
  }
  const std::vector<std::string>& known = found->second.architectures;
  if (std::find(known.begin(), known.end(), wishes.architecture) != known.end()) return std::nullopt;
  return Refusal{"architecture", wishes.architecture,
                 format("the tables of {} are for {}, and this machine is {}", found->second.title,
                        and_list(known), excerpt(wishes.architecture)),
                 "", "the NVIDIA stack has to be installed by hand here"};
}

/// GPUs that no driver of today knows are left out beside others, as NVIDIA's installer leaves them out.
std::optional<Refusal> take_gpus(Context& context) {
  for (const std::string& id : context.wishes.gpus) {
    Device gpu = context.tables.device(id);
    (gpu.modules == ModuleRule::legacy ? context.legacy : context.gpus).push_back(std::move(gpu));
  }
  if (context.legacy.empty() || !context.gpus.empty()) return std::nullopt;
  const Device& gpu = context.legacy.front();
  const ComputeCapability* known = context.tables.capability(gpu);
  const std::string last = known != nullptr && !known->last_branch.empty()
                               ? format("branch {} is the last that drives it", known->last_branch)
                               : "it is older than any driver with CUDA 12";
  return Refusal{"gpus", gpu.id, format("{} has no driver that rigsetup installs: {}", gpu.text(), last), "",
                 "remove the steps for its driver, or put in a GPU of Maxwell or later"};
}

std::optional<Refusal> refuse_mixture(const Context& context) {
  const Device* old = context.first_with(ModuleRule::proprietary_only);
  const Device* young = context.first_with(ModuleRule::open_only);
  if (young == nullptr) young = context.first_with(ModuleRule::unlisted);
  if (old == nullptr || young == nullptr) return std::nullopt;
  return Refusal{
      "gpus", old->id + " " + young->id,
      format("no driver runs {} and {} together: the one needs proprietary modules, the other open ones",
             old->text(), young->text()),
      "", "take one of the two out of the machine"};
}

void set_bounds(Context& context) {
  for (const Device& gpu : context.gpus) {
    const ComputeCapability* row = context.tables.capability(gpu);
    if (row == nullptr) continue;
    raise(context.first_branch, row->first_branch, gpu);
    lower(context.last_branch, row->last_branch, gpu);
    raise(context.first_cuda, row->first_cuda, gpu);
    lower(context.last_cuda, row->last_cuda, gpu);
    lower(context.oldest_compute, gpu.compute, gpu);
    raise(context.newest_compute, gpu.compute, gpu);
  }
}

}  // namespace

const Device* Context::first_with(ModuleRule rule) const {
  const auto found =
      std::find_if(gpus.begin(), gpus.end(), [&](const Device& gpu) { return gpu.modules == rule; });
  return found != gpus.end() ? &*found : nullptr;
}

std::variant<Context, Refusal> look_at(const Tables& tables, const Wishes& wishes) {
  if (auto refusal = refuse_platform(tables, wishes)) return *refusal;
  Context context{
      tables, wishes, tables.platforms.at(wishes.platform), Archive(wishes.offers), {}, {}, {}, {}, {}, {},
      {},     {}};
  if (auto refusal = take_gpus(context)) return *refusal;
  if (auto refusal = refuse_mixture(context)) return *refusal;
  set_bounds(context);
  return context;
}

}  // namespace rigsetup::compat
