// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/text.hpp>

#include "facts/lines.hpp"
#include "facts/stack.hpp"

namespace rigsetup {
namespace {

/// "nvidia.ko", and Debian's "nvidia-current.ko" and "nvidia-current-open.ko"; also compressed. Not the
/// modules that go with it, nor the kernel's own nvidiafb.
bool is_main_module(std::string_view file) {
  const auto stem = file.substr(0, file.find(".ko"));
  if (stem.size() == file.size() || (stem != "nvidia" && !stem.starts_with("nvidia-"))) return false;
  constexpr std::string_view k_others[] = {"-drm", "-modeset", "-uvm", "-peermem", "-vgpu-vfio", "-fs"};
  return std::none_of(std::begin(k_others), std::end(k_others),
                      [&](std::string_view other) { return stem.ends_with(other); });
}

/// The open modules are "Dual MIT/GPL", the others "NVIDIA".
std::string flavour_by(const std::string& license) {
  if (license == "NVIDIA") return "proprietary";
  return license.empty() ? "" : "open";
}

/// Where modules of NVIDIA's lie: DKMS's, the .run installer's, and Ubuntu's prebuilt ones
/// ("kernel/nvidia-580-open").
std::vector<std::filesystem::path> module_folders(const Tree& target, const std::filesystem::path& modules) {
  std::vector<std::filesystem::path> folders = {modules / "updates/dkms", modules / "updates",
                                                modules / "extra", modules / "kernel/drivers/video"};
  for (const auto& name : target.list(modules / "kernel")) {
    if (name.starts_with("nvidia-")) folders.push_back(modules / "kernel" / name);
  }
  return folders;
}

}  // namespace

LoadedNvidia loaded_nvidia(std::string_view text) {
  const auto line = text.substr(0, text.find('\n'));
  const auto module = line.find("Module");
  if (module == std::string_view::npos) return {};
  LoadedNvidia loaded;
  loaded.flavour = line.find("Open Kernel Module") != std::string_view::npos ? "open" : "proprietary";
  for (const auto& word : split_words(line.substr(module))) {
    if (word.front() < '0' || word.front() > '9' || word.find('.') == std::string::npos) continue;
    loaded.version = word;
    break;
  }
  return loaded;
}

std::vector<NvidiaModule> read_nvidia_modules(const Tree& target, const std::string& kernel) {
  std::vector<NvidiaModule> modules;
  for (const auto& folder : module_folders(target, "/lib/modules/" + kernel)) {
    for (const auto& name : target.list(folder)) {
      if (!is_main_module(name)) continue;
      NvidiaModule module{kernel, (folder / name).string(), "", ""};
      if (const auto file = read_module_file(target, folder / name)) {
        module.version = file->version;
        module.flavour = flavour_by(file->license);
        module.is_signed = file->is_signed;
      }
      modules.push_back(std::move(module));
    }
  }
  return modules;
}

}  // namespace rigsetup
