// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/nvidia/nvidia_origin.hpp"

#include <algorithm>
#include <set>

#include <rigsetup/base/format.hpp>
#include <rigsetup/resource/when.hpp>

namespace rigsetup {
namespace {

// Stems of their files in /etc/apt/sources.list.d.
constexpr std::string_view k_repository = "nvidia-cuda";
constexpr std::string_view k_components = "nvidia-components";

/// Parts of a driver, in the names of all origins, as apt's preferences write them: they are all of its
/// version.
constexpr std::string_view k_driver_parts =
    "nvidia-driver* nvidia-open* nvidia-dkms* nvidia-kernel-* nvidia-firmware* nvidia-headless* "
    "nvidia-utils* nvidia-compute-utils* nvidia-persistenced nvidia-fabricmanager* nvidia-imex* "
    "nvidia-alternative nvidia-legacy-check nvidia-smi nvidia-vdpau-driver nvidia-vulkan-* nvidia-egl-icd "
    "nvidia-opencl-icd nvidia-suspend-common nvidia-cuda-mps firmware-nvidia-gsp "
    "libnvidia-allocator* libnvidia-api* libnvidia-cbl libnvidia-cfg1* libnvidia-common* libnvidia-compute* "
    "libnvidia-decode* libnvidia-eglcore libnvidia-encode* libnvidia-extra* libnvidia-fbc1* libnvidia-gl* "
    "libnvidia-gpucomp* libnvidia-ml1* libnvidia-ngx* libnvidia-nscq* libnvidia-nvvm* "
    "libnvidia-opticalflow* libnvidia-pkcs11* libnvidia-present* libnvidia-ptxjitcompiler* "
    "libnvidia-rtcore libnvidia-sandboxutils* libnvsdm* libcuda1* libcudadebugger1* libnvcuvid1* "
    "libnvoptix1* "
    "libegl-nvidia* libgl1-nvidia* libgles-nvidia* libglx-nvidia* xserver-xorg-video-nvidia* cuda-drivers*";

/// What belongs to a driver's origin as well, and has a version of its own. Not what is of no branch, such as
/// nvidia-prime or the EGL platforms.
constexpr std::string_view k_driver_helpers = "nvidia-modprobe nvidia-settings libxnvctrl* cuda-compat-*";

/// Those of them that NVIDIA releases with each driver. Its own pins go back to that release, and apt stops
/// at a step back that nobody agreed to, whatever else it was to do.
constexpr std::string_view k_released_together = "nvidia-modprobe nvidia-settings libxnvctrl*";

/// Metas that bring a toolkit together with NVIDIA's newest driver.
constexpr std::string_view k_driver_metas =
    "cuda cuda-11-* cuda-12-* cuda-13-* cuda-demo-suite-* cuda-runtime-*";

std::string with_slash(const std::string& uri) { return uri.ends_with('/') ? uri : uri + "/"; }

bool is_place_of(const apt::Repository& repository, const std::string& uri) {
  const std::vector<std::string> places = repository.places();
  return std::any_of(places.begin(), places.end(),
                     [&](const std::string& place) { return place.starts_with(uri); });
}

bool is_own(const std::string& file) {
  return file == format("{}.sources", k_repository) || file == format("{}.sources", k_components);
}

/// Does the target have the repository already, in whatever entries? Two for one place that name different
/// keys stop every apt.
bool target_has(const compat::Repository& repository, const Surroundings& around) {
  std::set<std::string> missing(repository.components.begin(), repository.components.end());
  for (const apt::RepositoryFile& file : around.repositories) {
    if (is_own(file.name)) continue;
    for (const apt::Repository& entry : file.repositories) {
      if (is_place_of(entry, repository.uri)) return true;
      const std::vector<std::string> suites = entry.words("Suites");
      if (std::ranges::find(suites, around.facts.os_codename) == suites.end()) continue;
      for (const std::string& component : entry.words("Components")) missing.erase(component);
    }
  }
  return !repository.components.empty() && missing.empty();
}

/// Where the driver comes from: by the plan, else what is installed; empty when it is neither.
std::string driver_origin(const Fit& fit, const Facts& facts) {
  if (!fit.stack.driver_repository.empty()) return fit.stack.driver_repository;
  for (const NvidiaPackage& package : facts.nvidia.packages) {
    if (package.state == "installed" && !package.driver_version.empty()) return package.origin;
  }
  return "";
}

/// Of several records that match a version of a package apt takes the first.
std::string record(std::string_view why, const std::string& packages, const std::string& pin, int priority) {
  return format("{}Package: {}\nPin: {}\nPin-Priority: {}\n\n", why, packages, pin, priority);
}

/// Without a driver it is not known where one will come from.
std::string other_origins(const std::string& origin, const Facts& facts) {
  if (origin.empty()) return "";
  const std::string packages = format("{} {}", k_driver_parts, k_driver_helpers);
  std::vector<std::string> others;
  if (origin != "nvidia") others.emplace_back("release l=NVIDIA CUDA");
  if (origin == "nvidia")
    others.emplace_back(facts.os_id == "debian" ? "release o=Debian" : "release o=Ubuntu");
  if (facts.os_id == "ubuntu") others.emplace_back("release o=LP-PPA-graphics-drivers");
  std::string records;
  std::string_view why = "# The driver comes from one origin: packages of two do not fit together.\n";
  for (const std::string& other : others) {
    records += record(why, packages, other, -1);
    why = "";
  }
  return records;
}

/// The version that the driver's packages stay at: exact, or as far as it is known. Neither the modules that
/// a distribution builds, which follow its kernels, nor anything else has a version that begins so.
std::string own_version(const Fit& fit) {
  if (fit.kept) return fit.kept->version + "-*";
  const std::string& chosen = fit.stack.driver.value;
  if (chosen.empty()) return "";
  return chosen.find('.') == std::string::npos ? chosen + ".*" : chosen + "-*";
}

/// Does a step of the recipe bring it?
bool recipe_brings(const compat::Repository& repository, const Recipe& recipe, const Facts& facts) {
  return std::ranges::any_of(recipe.steps, [&](const Step& step) {
    if (step.kind != "apt_repository" || !step.sound || !why_not_wanted(step.when, facts).empty())
      return false;
    return std::ranges::any_of(step.fields.texts("uris"),
                               [&](const std::string& uri) { return with_slash(uri) == repository.uri; });
  });
}

}  // namespace

bool is_to_come(const compat::Repository& repository, const Recipe& recipe, const Surroundings& around) {
  return recipe_brings(repository, recipe, around.facts) && !target_has(repository, around);
}

std::optional<Expansion::Part> repository_part(const std::string& origin_name, const Recipe& recipe,
                                               const Surroundings& around) {
  const auto platform = around.compat.platforms.find(around.facts.platform());
  if (platform == around.compat.platforms.end()) return std::nullopt;
  const compat::Origin* origin = platform->second.origin(origin_name);
  if (!origin) return std::nullopt;
  const compat::Repository& repository = origin->repository;
  if (target_has(repository, around) || recipe_brings(repository, recipe, around.facts)) return std::nullopt;
  Expansion::Part part;
  part.name = "nvidia.repository";
  part.kind = "apt_repository";
  part.shared = true;
  if (repository.uri == "distribution") {
    part.name = "nvidia.components";
    part.fields = Value::map({{"name", k_components},
                              {"uris", Value::strings({"distribution"})},
                              {"suites", Value::strings({"distribution"})},
                              {"components", Value::strings(repository.components)}});
  } else {
    part.fields = Value::map({{"name", k_repository},
                              {"uris", Value::strings({repository.uri})},
                              {"suites", Value::strings({repository.suite})},
                              {"key_url", repository.key_url},
                              {"fingerprint", repository.fingerprint}});
  }
  return part;
}

Expansion::Part one_origin_part(const Fit& fit, const Facts& facts) {
  const std::string origin = driver_origin(fit, facts);
  std::string records = other_origins(origin, facts);
  if (const std::string version = own_version(fit); !version.empty()) {
    records += record(
        "# Its packages move together, and by rigsetup only: a library of another version than the loaded\n"
        "# module does not work.\n",
        origin == "nvidia" ? format("{} {}", k_driver_parts, k_released_together)
                           : std::string(k_driver_parts),
        "version " + version, 1001);
  }
  records += record("# These bring a driver along with the toolkit.\n", std::string(k_driver_metas),
                    "release l=NVIDIA CUDA", -1);
  records.pop_back();
  Expansion::Part part;
  part.name = "nvidia.one-origin";
  part.kind = "file";
  part.shared = true;
  // Before NVIDIA's own cuda-repository-pin-600, by its name.
  part.fields = Value::map({{"path", "/etc/apt/preferences.d/00-rigsetup-nvidia"},
                            {"content", "# Written by rigsetup.\n\n" + records}});
  return part;
}

}  // namespace rigsetup
