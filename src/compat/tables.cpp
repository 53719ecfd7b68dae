// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <charconv>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/base/version.hpp>
#include <rigsetup/compat/tables.hpp>

namespace rigsetup::compat {
namespace {

/// The narrowest span that holds the id; nullptr if none does.
template <class T>
const Span<T>* span_of(const std::vector<Span<T>>& spans, std::uint32_t id) {
  const Span<T>* best = nullptr;
  for (const Span<T>& span : spans) {
    if (id < span.first || id > span.last) continue;
    if (best == nullptr || span.last - span.first < best->last - best->first) best = &span;
  }
  return best;
}

template <class T>
std::vector<const T*> newest_first(const std::map<std::string, T>& rows) {
  std::vector<const T*> sorted;
  std::vector<std::pair<std::string, const T*>> keyed;
  for (const auto& [key, row] : rows) keyed.emplace_back(key, &row);
  std::sort(keyed.begin(), keyed.end(),
            [](const auto& a, const auto& b) { return compare_debian(a.first, b.first) > 0; });
  for (const auto& [key, row] : keyed) sorted.push_back(row);
  return sorted;
}

}  // namespace

std::string_view to_string(ModuleRule rule) {
  switch (rule) {
    case ModuleRule::legacy:
      return "legacy";
    case ModuleRule::proprietary_only:
      return "proprietary-only";
    case ModuleRule::either:
      return "either";
    case ModuleRule::open_only:
      return "open-only";
    case ModuleRule::unlisted:
      return "unlisted";
  }
  return "";
}

std::optional<std::uint32_t> device_number(std::string_view id) {
  if (id.starts_with("0x") || id.starts_with("0X")) id.remove_prefix(2);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number, 16);
  if (id.empty() || id.size() > 4 || error != std::errc() || end != id.data() + id.size())
    return std::nullopt;
  return number;
}

std::string Device::text() const {
  const std::string what = name.empty() ? "GPU 10de:" + id : name;
  return architecture.empty() ? "the " + what : format("the {} ({})", what, architecture);
}

Device Tables::device(std::string_view id) const {
  Device device;
  const auto number = device_number(id);
  if (!number) {
    device.id = excerpt(id);
    return device;
  }
  device.id = format("{:04X}", *number);
  if (const auto name = names.find(*number); name != names.end()) device.name = name->second;
  if (const auto* span = span_of(computes, *number)) device.compute = span->value;
  if (const auto* row = capability(device)) device.architecture = row->architecture;
  if (const auto* span = span_of(modules, *number)) {
    device.modules = span->value;
    device.listed = span->first == span->last;
  } else {
    constexpr std::uint32_t k_first_with_gsp = 0x1e00;  // Turing; below it nothing new is to come
    device.modules = *number >= k_first_with_gsp ? ModuleRule::unlisted : ModuleRule::legacy;
  }
  return device;
}

const ComputeCapability* Tables::capability(const Device& device) const {
  const auto found = capabilities.find(device.compute);
  return found != capabilities.end() ? &found->second : nullptr;
}

std::string Tables::minimum_driver(const CudaRelease& release) const {
  if (!release.minimum_driver.empty()) return release.minimum_driver;
  const auto major = cuda_majors.find(split(release.number, '.').front());
  return major != cuda_majors.end() ? major->second.minimum_driver : std::string();
}

std::vector<const CudaRelease*> Tables::cuda_newest_first() const { return newest_first(cuda); }
std::vector<const CudnnLine*> Tables::cudnn_newest_first() const { return newest_first(cudnn); }

const Origin* Platform::origin(std::string_view wanted) const {
  const auto found =
      std::find_if(origins.begin(), origins.end(), [&](const Origin& one) { return one.name == wanted; });
  return found != origins.end() ? &*found : nullptr;
}

std::string Platform::gcc_for(std::string_view kernel_release) const {
  const std::string* best = nullptr;
  std::string_view best_from;
  for (const auto& [from, major] : gcc) {
    if (compare_debian(from, kernel_release) > 0) continue;
    if (best != nullptr && compare_debian(from, best_from) < 0) continue;
    best = &major;
    best_from = from;
  }
  return best != nullptr ? *best : std::string();
}

}  // namespace rigsetup::compat
