// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/nvidia_stack.hpp"

#include <algorithm>
#include <array>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/base/version.hpp>
#include <rigsetup/resource/when.hpp>

namespace rigsetup {
namespace {

// Stems of their files in /etc/apt/sources.list.d.
constexpr std::string_view k_repository = "nvidia-cuda";
constexpr std::string_view k_components = "nvidia-components";

/// What NVIDIA's repository and a distribution's archive both have and must not be mixed, as apt's
/// preferences write names.
constexpr std::string_view k_driver_packages =
    "nvidia-driver* nvidia-open* nvidia-dkms* nvidia-kernel-* nvidia-firmware-* nvidia-headless-* "
    "nvidia-utils* "
    "nvidia-compute-utils* nvidia-modprobe nvidia-settings nvidia-persistenced nvidia-prime* "
    "nvidia-fabricmanager* "
    "nvidia-imex* libnvidia-* libcuda1* libnvcuvid* libxnvctrl* xserver-xorg-video-nvidia* cuda-drivers* "
    "cuda-compat-*";

/// Metas that bring a toolkit together with NVIDIA's newest driver.
constexpr std::string_view k_driver_metas =
    "cuda cuda-11-* cuda-12-* cuda-13-* cuda-demo-suite-* cuda-runtime-*";

bool is_within(const std::string& version, const std::string& track) {
  return track == "latest" || (version + ".").starts_with(track + ".");
}

/// "12.9" of "cuda-toolkit-12-9"; empty for every other package.
std::string toolkit_of(const std::string& package) {
  constexpr std::string_view k_prefix = "cuda-toolkit-";
  if (!package.starts_with(k_prefix)) return "";
  std::string number = package.substr(k_prefix.size());
  std::replace(number.begin(), number.end(), '-', '.');
  return number.find_first_not_of("0123456789.") == std::string::npos ? number : "";
}

std::string without_revision(const std::string& package_version) {
  return package_version.substr(0, package_version.find('-'));
}

/// The newest of what is installed and within the track; empty when nothing is.
template <class VersionOf>
std::string installed_within(const std::string& track, const Facts& facts, VersionOf version_of) {
  std::string best;
  for (const NvidiaPackage& package : facts.nvidia.packages) {
    if (package.state != "installed") continue;
    const std::string version = version_of(package);
    if (version.empty() || !is_within(version, track)) continue;
    if (best.empty() || compare_debian(version, best) > 0) best = version;
  }
  return best;
}

/// A toolkit that is installed, within the track and in the tables stays; without it, the track itself. Only
/// an upgrade moves it.
std::string cuda_wish(const Step& step, const Surroundings& around) {
  const std::string installed = installed_toolkit(step, around.facts);
  return around.compat.cuda.contains(installed) ? installed : step.fields.text("version");
}

/// Whose wish was refused. What no step has wished for itself is told at the first of the stack.
const Step* owner_of(const compat::Refusal& refusal, const Recipe& recipe, const Surroundings& around) {
  const Step* first = nullptr;
  for (const Step& step : recipe.steps) {
    if (!bears_on_stack(step, around.facts)) continue;
    if (refusal.wish == "cuda" && step.kind == "cuda_toolkit" && cuda_wish(step, around) == refusal.asked)
      return &step;
    if (refusal.wish == "cudnn" && step.kind == "cudnn") return &step;
    if (!first) first = &step;
  }
  return first;
}

void add_hardware(const Facts& facts, compat::Wishes& wishes) {
  wishes.kernel = facts.kernels.newest;
  if (!facts.machine) return;
  for (const Gpu& gpu : facts.machine->gpus) {
    if (gpu.is_nvidia()) wishes.gpus.push_back(gpu.device_id);
  }
  wishes.secure_boot = facts.machine->secure_boot.enabled;
  wishes.kernel = facts.machine->kernel;
}

/// The driver that is there is left alone: what is installed has to fit it.
void add_installed_driver(const Facts& facts, compat::Wishes& wishes) {
  if (facts.machine && facts.machine->nvidia) wishes.installed_driver = facts.machine->nvidia->version;
  for (const NvidiaPackage& package : facts.nvidia.packages) {
    if (package.state != "installed" || package.driver_version.empty()) continue;
    if (wishes.installed_driver.empty()) wishes.installed_driver = package.driver_version;
    wishes.installed_origin = package.origin;
    return;
  }
}

bool is_place_of(const apt::Repository& repository, const std::string& uri) {
  const std::vector<std::string> places = repository.places();
  return std::any_of(places.begin(), places.end(),
                     [&](const std::string& place) { return place.starts_with(uri); });
}

bool is_own(const std::string& file) {
  return file == format("{}.sources", k_repository) || file == format("{}.sources", k_components);
}

/// Does the entry of the distribution's archive have these components already?
bool has_components(const apt::Repository& entry, const std::string& codename,
                    const std::vector<std::string>& components) {
  const std::vector<std::string> suites = entry.words("Suites");
  const std::vector<std::string> present = entry.words("Components");
  const auto is_in = [](const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  return !components.empty() && is_in(suites, codename) &&
         std::all_of(components.begin(), components.end(),
                     [&](const std::string& component) { return is_in(present, component); });
}

}  // namespace

std::string installed_toolkit(const Step& step, const Facts& facts) {
  const std::string track = step.fields.text("version");
  if (std::count(track.begin(), track.end(), '.') > 1)
    return "";  // a release is installed, not a version of it
  return installed_within(track, facts,
                          [](const NvidiaPackage& package) { return toolkit_of(package.name); });
}

std::string installed_cudnn(const Step& step, const Facts& facts) {
  return installed_within(step.fields.text("version"), facts, [](const NvidiaPackage& package) {
    const bool runtime = package.name == "libcudnn8" || package.name.starts_with("libcudnn9-cuda-");
    return runtime ? without_revision(package.version) : std::string();
  });
}

bool bears_on_stack(const Step& step, const Facts& facts) {
  constexpr std::array<std::string_view, 2> k_kinds{"cuda_toolkit", "cudnn"};
  return step.sound && std::find(k_kinds.begin(), k_kinds.end(), step.kind) != k_kinds.end() &&
         why_not_wanted(step.when, facts).empty();
}

std::string driver_origin(const compat::Stack& stack, const Facts& facts) {
  if (!stack.driver_repository.empty()) return stack.driver_repository;
  for (const NvidiaPackage& package : facts.nvidia.packages) {
    if (package.state == "installed" && !package.driver_version.empty()) return package.origin;
  }
  return "";
}

compat::Wishes stack_wishes(const Recipe& recipe, const Surroundings& around) {
  compat::Wishes wishes;
  wishes.platform = around.facts.platform();
  wishes.architecture = around.facts.architecture;
  wishes.today = around.today;
  add_hardware(around.facts, wishes);
  add_installed_driver(around.facts, wishes);
  for (const Step& step : recipe.steps) {
    if (!bears_on_stack(step, around.facts)) continue;
    if (step.kind == "cuda_toolkit") wishes.cuda.push_back(cuda_wish(step, around));
    if (step.kind == "cudnn") wishes.cudnn = step.fields.text("version");
  }
  return wishes;
}

std::optional<compat::Stack> choose_for(const Step& step, const Recipe& recipe, const Surroundings& around,
                                        Complaints& complaints) {
  auto chosen = compat::choose_stack(around.compat, stack_wishes(recipe, around));
  if (auto* stack = std::get_if<compat::Stack>(&chosen)) return std::move(*stack);
  const auto& refusal = std::get<compat::Refusal>(chosen);
  const Step* owner = owner_of(refusal, recipe, around);
  if (owner == nullptr || owner->id == step.id) {
    complaints.push_back({step.fields.place("version"), refusal.reason, refusal.hint});
  }
  return std::nullopt;
}

std::optional<Expansion::Part> repository_part(const std::string& origin_name, const Recipe& recipe,
                                               const Surroundings& around) {
  const auto platform = around.compat.platforms.find(around.facts.platform());
  if (platform == around.compat.platforms.end()) return std::nullopt;
  const compat::Origin* origin = platform->second.origin(origin_name);
  if (!origin) return std::nullopt;
  const compat::Repository& repository = origin->repository;
  // Two entries for one place that name different keys stop every apt.
  for (const apt::RepositoryFile& file : around.repositories) {
    if (is_own(file.name)) continue;
    for (const apt::Repository& entry : file.repositories) {
      if (is_place_of(entry, repository.uri)) return std::nullopt;
      if (has_components(entry, around.facts.os_codename, repository.components)) return std::nullopt;
    }
  }
  for (const Step& step : recipe.steps) {
    if (step.kind != "apt_repository" || !step.sound) continue;
    const auto uris = step.fields.texts("uris");
    if (std::find(uris.begin(), uris.end(), repository.uri) != uris.end()) return std::nullopt;
  }
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

Expansion::Part one_origin_part(const std::string& driver_origin) {
  const std::string others = driver_origin == "nvidia" ? "Pin: release o=Ubuntu\nPin-Priority: -1\n"
                                                       : "Pin: release l=NVIDIA CUDA\nPin-Priority: -1\n";
  Expansion::Part part;
  part.name = "nvidia.one-origin";
  part.kind = "file";
  part.shared = true;
  part.fields = Value::map(
      {{"path", "/etc/apt/preferences.d/rigsetup-nvidia"},
       {"content",
        format("# Written by rigsetup. The NVIDIA driver comes from one origin: packages of two do not fit "
               "together.\nPackage: {}\n{}\n# These bring a driver along with the toolkit.\nPackage: {}\n"
               "Pin: release l=NVIDIA CUDA\nPin-Priority: -1\n",
               k_driver_packages, others, k_driver_metas)}});
  return part;
}

std::vector<std::string> package_texts(const std::vector<compat::Package>& packages) {
  std::vector<std::string> texts;
  for (const compat::Package& package : packages) {
    texts.push_back(package.version.empty() ? package.name : format("{}={}", package.name, package.version));
  }
  return texts;
}

}  // namespace rigsetup
