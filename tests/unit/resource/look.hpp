// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

#include "tests/contract/behaviours.hpp"
#include "tests/contract/rig.hpp"

namespace rigsetup::test {

/// "as wanted: HAVE", "HAVE -> WANT", "pending: WHY" or "unknown: WHY".
inline std::string text(const Inspection& inspection) {
  if (const auto* wanted = std::get_if<AsWanted>(&inspection)) return "as wanted: " + wanted->have;
  if (const auto* differs = std::get_if<Differs>(&inspection)) return differs->have + " -> " + differs->want;
  if (const auto* pending = std::get_if<Pending>(&inspection)) return "pending: " + pending->why;
  return "unknown: " + std::get<Unknown>(inspection).why;
}

/// "passed", "failed: CAUSE (HINT)", "skipped: REASON" or "deferred: REASON".
inline std::string text(const Checked& checked) {
  if (std::holds_alternative<Passed>(checked.result)) return "passed";
  if (const auto* failed = std::get_if<Failed>(&checked.result))
    return "failed: " + failed->cause + " (" + failed->hint + ")";
  if (const auto* skipped = std::get_if<Skipped>(&checked.result)) return "skipped: " + skipped->reason;
  return "deferred: " + std::get<Deferred>(checked.result).reason;
}

/// The first step that is not the account of environments, which is there.
inline const Resource& subject(const BuiltRecipe& recipe) {
  const bool account = recipe.steps.front().kind->name == "system_account" && recipe.steps.size() > 1;
  return *recipe.steps.at(account ? 1 : 0).resource;
}
inline std::string look(Rig& rig, const BuiltRecipe& recipe) { return text(rig.inspect(subject(recipe))); }
inline std::string check(Rig& rig, const BuiltRecipe& recipe) {
  return text(rig.check(*recipe.steps.front().check));
}
inline Applied apply(Rig& rig, const BuiltRecipe& recipe) { return rig.apply(subject(recipe)); }

/// All complaints, a line each.
inline std::string complaints(const Rig& rig, const std::string& steps, Attachments attachments = {}) {
  std::string lines;
  for (const auto& complaint : rig.complaints(steps, std::move(attachments)))
    lines += complaint.text() + "\n";
  return lines;
}

/// A machine with this NVIDIA GPU, and this driver loaded.
inline void add_machine(Rig& rig, const std::string& device, const std::string& driver) {
  rig.live = true;
  const std::filesystem::path gpu = "/sys/bus/pci/devices/0000:01:00.0";
  rig.add_to_machine(gpu / "class", "0x030000\n");
  rig.add_to_machine(gpu / "vendor", "0x10de\n");
  rig.add_to_machine(gpu / "device", "0x" + device + "\n");
  if (!driver.empty()) rig.add_file("/usr/lib/x86_64-linux-gnu/libcuda.so." + driver);
  if (!driver.empty()) rig.root.make_link("/usr/lib/x86_64-linux-gnu/libcuda.so.1", "libcuda.so." + driver);
}

}  // namespace rigsetup::test
