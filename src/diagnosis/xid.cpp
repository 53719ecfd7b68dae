// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <charconv>

#include <rigsetup/diagnosis/failure.hpp>

namespace rigsetup::diagnosis {
namespace {

using enum XidClass;

/// NVIDIA's "Xid Catalog" (docs.nvidia.com/deploy/xid-errors) and nverror.h of
/// NVIDIA/open-gpu-kernel-modules.
constexpr Xid k_xids[] = {
    {13, application, "a program's kernel made an error"},
    {31, application, "a program used memory that is not its own"},
    {43, application, "a program's work on the GPU was ended"},
    {45, application, "a program's work was removed after an earlier error, or because it was killed"},
    {48, memory, "its memory had an error that could not be corrected"},
    {62, unhealthy, "its power management has halted"},
    {63, memory, "a part of its memory was taken out of use"},
    {64, reset, "a faulty part of its memory could not be taken out of use"},
    {74, reset, "an NVLink has failed"},
    {79, unhealthy, "it has fallen off the bus"},
    {92, memory, "its memory has many errors that were corrected"},
    {94, memory, "its memory had an error, which only one program has seen"},
    {95, reset, "its memory had an error that others may have seen, too"},
    {119, unhealthy, "its system processor does not answer"},
    {120, unhealthy, "its system processor has failed"},
    {136, reset, "an NVLink could not be trained"},
    {140, reset, "its memory had an error that could not be corrected"},
    {143, unhealthy, "it could not be started"},
    {154, unhealthy, "the driver says that it must be reset"},
    {160, memory, "a channel of its memory was taken out of use"},
    {161, memory, "a channel of its memory was taken out of use"},
    {167, unhealthy, "its PCI Express link has timed out"},
    {168, memory, "it has less memory than it should"},
    {171, reset, "its memory had an error that could not be corrected"},
    {172, reset, "its cache had an error that could not be corrected"},
    {173, unhealthy, "the link to its processor has failed"},
    {175, reset, "its memory has failed"},
    {176, memory, "its PCI Express link has errors that were corrected"},
};

}  // namespace

std::span<const Xid> xids() { return k_xids; }

std::optional<XidLine> xid_in(std::string_view line) {
  constexpr std::string_view k_begin = "NVRM: Xid (PCI:";
  const auto at = line.find(k_begin);
  if (at == std::string_view::npos) return std::nullopt;
  line.remove_prefix(at + k_begin.size());
  constexpr std::string_view k_between = "): ";
  const auto end = line.find(k_between);
  if (end == std::string_view::npos) return std::nullopt;
  XidLine found;
  found.address = line.substr(0, end);
  line.remove_prefix(end + k_between.size());
  const auto [rest, fault] = std::from_chars(line.data(), line.data() + line.size(), found.code);
  return fault == std::errc{} && rest != line.data() ? std::optional(found) : std::nullopt;
}

}  // namespace rigsetup::diagnosis
