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
/// preferences write names. Not what is of no branch, such as nvidia-prime or the EGL platforms.
constexpr std::string_view k_driver_packages =
    "nvidia-driver* nvidia-open* nvidia-dkms* nvidia-kernel-* nvidia-firmware-* nvidia-headless-* "
    "nvidia-utils* nvidia-compute-utils* nvidia-modprobe nvidia-settings nvidia-persistenced "
    "nvidia-fabricmanager* nvidia-imex* libnvidia-cfg1* libnvidia-common* libnvidia-compute* "
    "libnvidia-decode* libnvidia-encode* libnvidia-extra* libnvidia-fbc1* libnvidia-gl* libnvidia-gpucomp* "
    "libnvidia-ml1* libcuda1* libnvcuvid1* libxnvctrl* xserver-xorg-video-nvidia* cuda-drivers* "
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

/// Does another step of the recipe name the release more narrowly? Then it is that one's.
bool is_claimed(const std::string& release, const Step& step, const Recipe& recipe, const Facts& facts) {
  const std::string track = step.fields.text("version");
  return std::any_of(recipe.steps.begin(), recipe.steps.end(), [&](const Step& other) {
    if (other.id == step.id || other.kind != step.kind || !bears_on_stack(other, facts)) return false;
    const std::string narrower = other.fields.text("version");
    const bool is_narrower = narrower != "latest" && (track == "latest" || narrower.size() > track.size());
    return is_narrower && is_within(release, narrower);
  });
}

/// A toolkit that is installed, within the track and in the tables stays; without it, the track itself. Only
/// an upgrade moves it.
std::string cuda_wish(const Step& step, const Recipe& recipe, const Surroundings& around, bool keep) {
  const std::string installed = keep ? installed_toolkit(step, recipe, around.facts) : "";
  return around.compat.cuda.contains(installed) ? installed : step.fields.text("version");
}

/// The CUDA that an installed cuDNN is for, else that of the newest toolkit: "12"; empty when there is
/// neither.
std::string installed_cuda_major(const Facts& facts) {
  std::string toolkit;
  for (const NvidiaPackage& package : facts.nvidia.packages) {
    if (package.state != "installed") continue;
    constexpr std::string_view k_runtime = "libcudnn9-cuda-";
    if (package.name.starts_with(k_runtime)) return package.name.substr(k_runtime.size());
    const std::string release = toolkit_of(package.name);
    if (!release.empty() && (toolkit.empty() || compare_debian(release, toolkit) > 0)) toolkit = release;
  }
  return toolkit.substr(0, toolkit.find('.'));
}

/// Whose wish was refused. What no step has wished for itself is told at the first of the stack.
const Step* owner_of(const compat::Refusal& refusal, const Recipe& recipe, const Surroundings& around) {
  const Step* first = nullptr;
  for (const Step& step : recipe.steps) {
    if (!bears_on_stack(step, around.facts)) continue;
    const bool asked = step.fields.text("version") == refusal.asked;
    if (refusal.wish == "cuda" && step.kind == "cuda_toolkit" && asked) return &step;
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

/// The driver that is there is left alone: what is installed has to fit it. Without packages of one, what a
/// running system has loaded; what another one has loaded says nothing of this tree.
void add_installed_driver(const Facts& facts, compat::Wishes& wishes) {
  for (const NvidiaPackage& package : facts.nvidia.packages) {
    if (package.state != "installed" || package.driver_version.empty()) continue;
    wishes.installed_driver = package.driver_version;
    wishes.installed_origin = package.origin;
    return;
  }
  if (facts.root == "/" && facts.machine && facts.machine->nvidia) {
    wishes.installed_driver = facts.machine->nvidia->version;
  }
}

std::string with_slash(const std::string& uri) { return uri.ends_with('/') ? uri : uri + "/"; }

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

/// Where the driver comes from: by the plan, else what is installed; empty when it is neither.
std::string driver_origin(const compat::Stack& stack, const Facts& facts) {
  if (!stack.driver_repository.empty()) return stack.driver_repository;
  for (const NvidiaPackage& package : facts.nvidia.packages) {
    if (package.state == "installed" && !package.driver_version.empty()) return package.origin;
  }
  return "";
}

}  // namespace

std::vector<const Step*> toolkits_of(const Recipe& recipe, const Facts& facts) {
  std::vector<const Step*> steps;
  for (const Step& step : recipe.steps) {
    if (step.kind == "cuda_toolkit" && bears_on_stack(step, facts)) steps.push_back(&step);
  }
  const auto chosen = std::find_if(steps.begin(), steps.end(),
                                   [](const Step* step) { return step->fields.boolean("default"); });
  if (chosen != steps.end()) std::rotate(steps.begin(), chosen, chosen + 1);
  return steps;
}

std::string installed_toolkit(const Step& step, const Recipe& recipe, const Facts& facts) {
  const std::string track = step.fields.text("version");
  if (std::count(track.begin(), track.end(), '.') > 1)
    return "";  // a release is installed, not a version of it
  return installed_within(track, facts, [&](const NvidiaPackage& package) {
    const std::string release = toolkit_of(package.name);
    return is_claimed(release, step, recipe, facts) ? std::string() : release;
  });
}

bool bears_on_stack(const Step& step, const Facts& facts) {
  constexpr std::array<std::string_view, 2> k_kinds{"cuda_toolkit", "cudnn"};
  return step.sound && std::find(k_kinds.begin(), k_kinds.end(), step.kind) != k_kinds.end() &&
         why_not_wanted(step.when, facts).empty();
}

compat::Wishes stack_wishes(const Recipe& recipe, const Surroundings& around, bool keep) {
  compat::Wishes wishes;
  wishes.platform = around.facts.platform();
  wishes.architecture = around.facts.architecture;
  wishes.today = around.today;
  add_hardware(around.facts, wishes);
  add_installed_driver(around.facts, wishes);
  for (const Step* step : toolkits_of(recipe, around.facts)) {
    wishes.cuda.push_back(cuda_wish(*step, recipe, around, keep));
  }
  for (const Step& step : recipe.steps) {
    if (step.kind == "cudnn" && bears_on_stack(step, around.facts))
      wishes.cudnn = step.fields.text("version");
  }
  const std::string installed = installed_cuda_major(around.facts);
  if (keep && wishes.cuda.empty() && !installed.empty()) wishes.cuda.push_back(installed);
  return wishes;
}

std::optional<compat::Stack> choose_for(const Step& step, const Recipe& recipe, const Surroundings& around,
                                        Complaints& complaints) {
  auto chosen = compat::choose_stack(around.compat, stack_wishes(recipe, around, true));
  // What is installed may not fit any more; then only what the recipe says counts.
  if (std::holds_alternative<compat::Refusal>(chosen)) {
    chosen = compat::choose_stack(around.compat, stack_wishes(recipe, around, false));
  }
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
    if (!why_not_wanted(step.when, around.facts).empty()) continue;
    for (const std::string& uri : step.fields.texts("uris")) {
      if (with_slash(uri) == repository.uri) return std::nullopt;
    }
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

Expansion::Part one_origin_part(const compat::Stack& stack, const Facts& facts) {
  const std::string origin = driver_origin(stack, facts);
  std::string pins;
  if (!origin.empty()) {  // without a driver it is not known where one will come from
    const std::string distribution = facts.os_id == "debian" ? "o=Debian" : "o=Ubuntu";
    pins = format(
        "# The driver comes from one origin: packages of two do not fit together.\nPackage: {}\n"
        "Pin: release {}\nPin-Priority: -1\n\n",
        k_driver_packages, origin == "nvidia" ? distribution : "l=NVIDIA CUDA");
  }
  pins += format(
      "# These bring a driver along with the toolkit.\nPackage: {}\nPin: release l=NVIDIA CUDA\n"
      "Pin-Priority: -1\n",
      k_driver_metas);
  Expansion::Part part;
  part.name = "nvidia.one-origin";
  part.kind = "file";
  part.shared = true;
  // Of several records for a package apt takes the first: before NVIDIA's own cuda-repository-pin-600.
  part.fields = Value::map({{"path", "/etc/apt/preferences.d/00-rigsetup-nvidia"},
                            {"content", "# Written by rigsetup.\n\n" + pins}});
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
