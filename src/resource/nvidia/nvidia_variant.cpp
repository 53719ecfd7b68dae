// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// What the names of driver packages tell. Ubuntu's, and NVIDIA's up to branch 580, carry the branch and what
// it was built for: nvidia-dkms-580-server-open. NVIDIA's later ones and Debian's carry neither.
#include <algorithm>
#include <optional>
#include <string_view>

#include <rigsetup/base/text.hpp>

#include "resource/nvidia/nvidia_origin.hpp"

namespace rigsetup {
namespace {

bool has_word(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_branch(const std::string& word) {
  return word.size() == 3 && word.find_first_not_of("0123456789") == std::string::npos;
}

/// Modules that a distribution built: their versions are those of its kernels.
bool is_prebuilt(std::string_view name) {
  return name.starts_with("linux-modules-nvidia-") || name.starts_with("linux-objects-nvidia-") ||
         name.starts_with("linux-signatures-nvidia-");
}

/// These have the same names beside the drivers for servers and the others.
bool serves_all(std::string_view name) {
  return name.starts_with("nvidia-fabricmanager") || name.starts_with("libnvidia-nscq") ||
         name.starts_with("libnvsdm") || name.starts_with("nvidia-imex");
}

struct Variant {
  std::string branch;  ///< empty: the name has none
  bool server = false;
  std::optional<bool> open;  ///< nothing: the package is the same for both kinds of modules
};

Variant variant_of(const std::string& name, const std::string& origin) {
  const std::vector<std::string> words = split(name, '-');
  Variant variant;
  const auto branch = std::find_if(words.begin(), words.end(), is_branch);
  if (branch != words.end()) variant.branch = *branch;
  variant.server = has_word(words, "server");
  constexpr std::string_view k_of_modules[] = {"nvidia-dkms",          "nvidia-kernel-source",
                                               "nvidia-kernel-dkms",   "cuda-drivers",
                                               "linux-modules-nvidia", "linux-objects-nvidia"};
  const bool is_meta = name.starts_with("nvidia-driver") || name.starts_with("nvidia-headless");
  const bool tells = std::any_of(std::begin(k_of_modules), std::end(k_of_modules),
                                 [&](std::string_view stem) { return name.starts_with(stem); });
  if (has_word(words, "open")) {
    variant.open = true;
  } else if (tells || (is_meta && (!variant.branch.empty() || origin == "nvidia"))) {
    variant.open = false;
  }
  return variant;
}

/// The chosen driver, by the names of its packages.
struct Chosen {
  const compat::Stack& stack;
  bool numbered = false;
  bool server = false;
  bool prebuilt = false;
};

Chosen chosen_of(const compat::Stack& stack) {
  Chosen chosen{stack, false, false, stack.signing.value == "distribution"};
  for (const compat::Package& package : stack.driver.packages) {
    const Variant variant = variant_of(package.name, stack.origin.value);
    chosen.numbered = chosen.numbered || !variant.branch.empty();
    chosen.server = chosen.server || variant.server;
  }
  return chosen;
}

bool is_in_the_way(const NvidiaPackage& package, const Chosen& chosen) {
  const Variant variant = variant_of(package.name, package.origin);
  const std::string& branch = chosen.stack.branch.value;
  if (is_prebuilt(package.name) && !chosen.prebuilt) return true;
  if (package.name.starts_with("linux-signatures-")) return false;  // of all branches
  if (variant.open && *variant.open != (chosen.stack.modules.value == "open")) return true;
  const bool is_of_nvidia =
      package.name.starts_with("nvidia-open") || package.name.starts_with("cuda-drivers");
  if (is_of_nvidia && chosen.stack.origin.value != "nvidia" && package.origin == "nvidia") return true;
  if (!variant.branch.empty()) {
    return !chosen.numbered || variant.branch != branch ||
           (variant.server != chosen.server && !serves_all(package.name));
  }
  // A few names of NVIDIA's have no branch beside those that do.
  const bool beside =
      package.origin == chosen.stack.origin.value && package.driver_version.starts_with(branch + ".");
  return chosen.numbered && !beside;
}

}  // namespace

std::vector<std::string> packages_in_the_way(const compat::Stack& stack,
                                             const std::vector<std::string>& wanted, const Facts& facts) {
  const Chosen chosen = chosen_of(stack);
  std::vector<std::string> names;
  for (const NvidiaPackage& package : facts.nvidia.packages) {
    if (package.state == "config-files" || has_word(wanted, package.name)) continue;
    const bool is_part = !package.driver_version.empty() || is_prebuilt(package.name);
    if (is_part && is_in_the_way(package, chosen) && !has_word(names, package.name)) {
      names.push_back(package.name);
    }
  }
  return names;
}

}  // namespace rigsetup
