// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/nvidia/nvidia_initramfs.hpp"

#include <algorithm>

#include <rigsetup/base/format.hpp>

#include "resource/change.hpp"
#include "resource/program_file.hpp"

namespace rigsetup {

std::string initramfs_is_older_than(const Tree& files, const Facts& facts, const InstalledKernel& kernel) {
  const auto initramfs = files.info_followed("/boot/initrd.img-" + kernel.release);
  if (!initramfs) return "";
  const auto changed_since = [&](const std::string& path) {
    const auto info = files.info_followed(path);
    return info && initramfs->changed_ns < info->changed_ns;
  };
  // Without a file that keeps it away: that is said by itself. With a new one, nouveau is still in there.
  const std::string& nouveau_off = facts.nvidia.nouveau_off;
  if (!nouveau_off.empty() && changed_since(nouveau_off)) return nouveau_off;
  // The modules in there are loaded before the root is there with those that came since.
  const bool has_newer = std::ranges::any_of(facts.nvidia.modules, [&](const NvidiaModule& module) {
    return module.kernel == kernel.release && changed_since(module.path);
  });
  return !facts.nvidia.initramfs_by.empty() && has_newer ? "the NVIDIA modules that go into it" : "";
}

void make_initramfs(const Context& context, const InstalledKernel& kernel) {
  const auto cannot = [&](const std::string& why, const std::string& hint, Code code) {
    return Error(code, format("cannot make the initramfs of {} anew: {}", kernel.release, why), hint);
  };
  if (!find_program(context.host.files, "update-initramfs")) {
    throw cannot("there is no update-initramfs", "make it anew with the program that made it",
                 Code::not_found);
  }
  const Finished finished = change(context, format("making the initramfs of {}", kernel.release),
                                   {"update-initramfs", "-u", "-k", kernel.release}, false);
  if (!finished.ok()) {
    throw cannot(failure_text("update-initramfs", finished),
                 "look whether /boot is full; the whole output is in the step's log", Code::program);
  }
}

}  // namespace rigsetup
