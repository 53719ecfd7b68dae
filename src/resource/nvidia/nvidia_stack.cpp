// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/nvidia/nvidia_stack.hpp"

#include <algorithm>
#include <array>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/base/version.hpp>
#include <rigsetup/resource/when.hpp>

#include "resource/nvidia/installed_driver.hpp"
#include "resource/nvidia/nvidia_offers.hpp"

namespace rigsetup {
namespace {

bool is_within(const std::string& version, const std::string& track) {
  return track == "latest" || (version + ".").starts_with(track + ".");
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
    const std::string release = toolkit_release(package.name);
    if (!release.empty() && (toolkit.empty() || compare_debian(release, toolkit) > 0)) toolkit = release;
  }
  return toolkit.substr(0, toolkit.find('.'));
}

/// Whose wish was refused. What no step has wished for itself is told at the first of the stack.
const Step* owner_of(const compat::Refusal& refusal, const Recipe& recipe, const Surroundings& around) {
  constexpr std::array<std::string_view, 3> k_of_driver{"branch", "modules", "origin"};
  const bool of_driver = std::find(k_of_driver.begin(), k_of_driver.end(), refusal.wish) != k_of_driver.end();
  const Step* first = nullptr;
  for (const Step& step : recipe.steps) {
    if (!bears_on_stack(step, around.facts)) continue;
    const bool asked = step.fields.text("version") == refusal.asked;
    if (refusal.wish == "cuda" && step.kind == "cuda_toolkit" && asked) return &step;
    if (refusal.wish == "cudnn" && step.kind == "cudnn") return &step;
    if (of_driver && step.kind == "nvidia_driver") return &step;
    if (!first) first = &step;
  }
  return first;
}

void add_hardware(const Facts& facts, compat::Wishes& wishes) {
  wishes.kernel = facts.kernels.newest;
  wishes.kernel_flavour = facts.kernels.flavour;
  wishes.other_kernels = other_kernels(facts);
  wishes.gpus = gpus_of(facts);
  if (!facts.machine) return;
  wishes.secure_boot = facts.machine->secure_boot.is_enforced();
  wishes.nvswitch = facts.machine->nvswitches > 0;
  wishes.kernel = facts.machine->kernel;
}

/// The driver that is there is left alone: what is installed has to fit it. Without packages of one, what a
/// running system has loaded; what another one has loaded says nothing of this tree.
void add_installed_driver(const Facts& facts, compat::Wishes& wishes) {
  const std::string version = installed_driver(facts.nvidia);  // not that of a name which leads to another
  for (const NvidiaPackage& package : facts.nvidia.packages) {
    if (package.state != "installed" || package.driver_version.empty()) continue;
    wishes.installed_driver = version.empty() ? package.driver_version : version;
    wishes.installed_origin = package.origin;
    if (version.empty() || package.driver_version == version) return;
  }
  if (!wishes.installed_driver.empty()) return;
  if (facts.root == "/" && facts.machine && facts.machine->nvidia) {
    wishes.installed_driver = facts.machine->nvidia->version;
  }
}

/// What the step itself asks for.
void add_driver(const Step& step, const Facts& facts, compat::Wishes& wishes) {
  wishes.installed_driver.clear();
  wishes.branch = step.fields.text("branch");
  wishes.modules = step.fields.text("modules");
  wishes.origin = step.fields.text("origin");
  wishes.headless = step.fields.has("headless") ? step.fields.boolean("headless") : facts.desktop.empty();
}

/// Another kernel has a module of the driver that packages bring, and the newest has none: its archive builds
/// them for a newer driver only, so driver, libraries and modules have to move together.
bool is_left_behind(const Facts& facts) {
  const bool is_prebuilt = std::ranges::any_of(facts.nvidia.packages, [](const NvidiaPackage& package) {
    return package.state == "installed" && package.name.starts_with("linux-modules-nvidia-");
  });
  return is_prebuilt && !facts.nvidia.modules.empty() && !facts.kernels.newest.empty() &&
         module_for(facts, facts.kernels.newest).empty();
}

/// The driver that is installed, whole and from one origin, where the step asks for nothing else.
std::optional<compat::InstalledDriver> kept_driver(const Step& step, const Surroundings& around,
                                                   const compat::Wishes& wishes) {
  auto driver = compat::installed_driver(around.compat, wishes.platform, installed_offers(around.facts));
  if (!driver || !compat::is_within(*driver, around.compat, wishes)) return std::nullopt;
  const std::string use = wishes.headless ? "headless" : "desktop";
  if (step.fields.has("headless") && !driver->use.empty() && driver->use != use) return std::nullopt;
  const bool is_mixed =
      std::any_of(around.facts.nvidia.packages.begin(), around.facts.nvidia.packages.end(),
                  [&](const NvidiaPackage& package) {
                    return package.state != "config-files" && !package.driver_version.empty() &&
                           (package.state != "installed" || package.origin != driver->origin);
                  });
  if (is_mixed || is_left_behind(around.facts)) return std::nullopt;
  return driver;
}

void keep_driver(const compat::InstalledDriver& driver, compat::Wishes& wishes) {
  wishes.installed_driver = driver.version;
  wishes.branch = driver.branch;
  wishes.modules = driver.modules;
  wishes.origin = driver.origin;
  wishes.dkms = driver.dkms;
  if (!driver.use.empty()) wishes.headless = driver.use == "headless";
}

/// What of the installed is wished for instead of a step's track, where it is within that track.
struct Keep {
  bool libraries = true;
  bool driver = true;
};

/// All wishes of the recipe and of the target that bear on one another, and the driver that they keep.
std::pair<compat::Wishes, std::optional<compat::InstalledDriver>> wishes_of(const Recipe& recipe,
                                                                            const Surroundings& around,
                                                                            const Keep& keep) {
  compat::Wishes wishes;
  wishes.platform = around.facts.platform();
  wishes.architecture = around.facts.architecture;
  wishes.today = around.today;
  add_hardware(around.facts, wishes);
  add_installed_driver(around.facts, wishes);
  std::optional<compat::InstalledDriver> kept;
  if (const Step* step = first_of("nvidia_driver", recipe, around.facts)) {
    add_driver(*step, around.facts, wishes);
    if (keep.driver) kept = kept_driver(*step, around, wishes);
    if (kept) keep_driver(*kept, wishes);
  }
  for (const Step* step : toolkits_of(recipe, around.facts)) {
    wishes.cuda.push_back(cuda_wish(*step, recipe, around, keep.libraries));
  }
  if (const Step* step = first_of("cudnn", recipe, around.facts)) wishes.cudnn = step->fields.text("version");
  const std::string installed = installed_cuda_major(around.facts);
  if (keep.libraries && wishes.cuda.empty() && !installed.empty()) wishes.cuda.push_back(installed);
  return {std::move(wishes), std::move(kept)};
}

struct Attempt {
  std::variant<compat::Stack, compat::Refusal> chosen;
  Fit fit;  ///< when it was no refusal
};

Attempt attempt(const Recipe& recipe, const Surroundings& around, const Keep& keep,
                const std::optional<std::vector<compat::Offer>>& offers) {
  auto [wishes, kept] = wishes_of(recipe, around, keep);
  wishes.offers = offers;
  Attempt made{compat::choose_stack(around.compat, wishes), {}};
  if (const auto* stack = std::get_if<compat::Stack>(&made.chosen))
    made.fit = {*stack, std::move(kept), wishes.headless};
  return made;
}

/// Chosen from what is installed alone: is it what was wished for?
bool is_there(const Attempt& made, const Recipe& recipe, const Facts& facts) {
  if (!std::holds_alternative<compat::Stack>(made.chosen)) return false;
  const std::vector<const Step*> toolkits = toolkits_of(recipe, facts);
  for (std::size_t i = 0; i < toolkits.size(); ++i) {  // not what another step has brought
    if (installed_toolkit(*toolkits[i], recipe, facts) != made.fit.stack.cuda.at(i).value) return false;
  }
  return made.fit.stack.driver.value.empty() || made.fit.kept;
}

/// Is nothing missing that an archive may have?
bool is_whole(const Attempt& made, const Facts& facts, bool may_ask) {
  const std::vector<compat::Package>& modules = made.fit.stack.signing.packages;
  if (may_ask && made.fit.stack.unpinned) return false;
  return std::all_of(modules.begin(), modules.end(), [&](const auto& module) {
    const bool of_driver = module.name.find("nvidia-") != std::string::npos;
    return !of_driver || std::ranges::any_of(facts.nvidia.packages, [&](const NvidiaPackage& package) {
      return package.name == module.name && package.state == "installed";
    });
  });
}

/// What is installed may not fit any more: first the driver may move, then only what the recipe says counts.
Attempt choose_from_archives(const Recipe& recipe, const Surroundings& around) {
  auto found = archive_offers(recipe, around);
  std::optional<std::vector<compat::Offer>> offers;
  if (found) {
    offers = std::move(found->offers);
    const std::vector<compat::Offer> installed = installed_offers(around.facts);
    offers->insert(offers->end(), installed.begin(), installed.end());
  }
  Attempt made;
  for (const Keep& keep : {Keep{true, true}, Keep{true, false}, Keep{false, false}}) {
    made = attempt(recipe, around, keep, offers);
    if (std::holds_alternative<compat::Stack>(made.chosen)) break;
  }
  if (!found || !found->unreachable) return made;
  // What was refused might be there.
  if (std::holds_alternative<compat::Refusal>(made.chosen)) throw Error(*found->unreachable);
  made.fit.stack.warnings.push_back(
      format("{}: nothing was chosen from that archive.", found->unreachable->message()));
  return made;
}

Place place_of(const Step& step, const compat::Refusal& refusal) {
  return step.fields.place(step.kind == "nvidia_driver" ? refusal.wish : "version");
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
    const std::string release = toolkit_release(package.name);
    return is_claimed(release, step, recipe, facts) ? std::string() : release;
  });
}

const Step* first_of(std::string_view kind, const Recipe& recipe, const Facts& facts) {
  const auto first = std::find_if(recipe.steps.begin(), recipe.steps.end(), [&](const Step& step) {
    return step.kind == kind && bears_on_stack(step, facts);
  });
  return first != recipe.steps.end() ? &*first : nullptr;
}

bool bears_on_stack(const Step& step, const Facts& facts) {
  constexpr std::array<std::string_view, 3> k_kinds{"nvidia_driver", "cuda_toolkit", "cudnn"};
  return step.sound && std::find(k_kinds.begin(), k_kinds.end(), step.kind) != k_kinds.end() &&
         why_not_wanted(step.when, facts).empty();
}

std::optional<Fit> choose_for(const Step& step, const Recipe& recipe, const Surroundings& around,
                              Complaints& complaints) {
  Attempt made = attempt(recipe, around, {}, installed_offers(around.facts));
  const bool may_ask = static_cast<bool>(around.ask_archives);
  const bool is_enough = is_there(made, recipe, around.facts) && is_whole(made, around.facts, may_ask);
  if (!is_enough) made = choose_from_archives(recipe, around);
  const auto* refusal = std::get_if<compat::Refusal>(&made.chosen);
  if (refusal == nullptr) return std::move(made.fit);
  const Step* owner = owner_of(*refusal, recipe, around);
  if (owner == nullptr || owner->id == step.id) {
    complaints.push_back({place_of(step, *refusal), refusal->reason, refusal->hint});
  }
  return std::nullopt;
}

std::vector<std::string> gpus_of(const Facts& facts) {
  std::vector<std::string> ids;
  if (!facts.machine) return ids;
  for (const Gpu& gpu : facts.machine->gpus) {
    if (gpu.is_nvidia() && !gpu.is_given_away()) ids.push_back(gpu.device_id);
  }
  return ids;
}

std::string package_text(const compat::Package& package) {
  return package.version.empty() ? package.name : format("{}={}", package.name, package.version);
}

std::vector<std::string> package_texts(const std::vector<compat::Package>& packages) {
  std::vector<std::string> texts;
  for (const compat::Package& package : packages) texts.push_back(package_text(package));
  return texts;
}

}  // namespace rigsetup
