// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "resource/nvidia/nvidia_origin.hpp"

namespace rigsetup {
namespace {

using Part = Expansion::Part;
using Texts = std::vector<std::string>;

constexpr std::string_view k_nouveau =
    "# Written by rigsetup: the NVIDIA driver has these GPUs.\n"
    "blacklist nouveau\n"
    "options nouveau modeset=0\n";

/// Ubuntu's unit leaves persistence off, and stops when nothing asks for it. NVIDIA's and Debian's do not.
constexpr std::string_view k_persistence =
    "# Written by rigsetup: GPUs stay ready between programs, which then start at once.\n"
    "[Unit]\n"
    "StopWhenUnneeded=false\n"
    "\n"
    "[Service]\n"
    "ExecStart=\n"
    "ExecStart=/usr/bin/nvidia-persistenced --user nvidia-persistenced --persistence-mode --verbose\n";

constexpr std::string_view k_pinning = "nvidia-driver-pinning-";

Part part(std::string name, std::string_view kind, Value fields) {
  Part made;
  made.name = std::move(name);
  made.kind = kind;
  made.fields = std::move(fields);
  return made;
}

Texts names_of(const std::vector<compat::Package>& packages) {
  Texts names;
  for (const compat::Package& package : packages) names.push_back(package.name);
  return names;
}

void add(Texts& texts, const Texts& more) { texts.insert(texts.end(), more.begin(), more.end()); }

/// The one driver of a machine, as apt is asked for it.
class DriverParts {
 public:
  DriverParts(const Fit& fit, const Recipe& recipe, const Surroundings& around)
      : fit_(fit), stack_(fit.stack), recipe_(recipe), around_(around), facts_(around.facts) {}

  std::vector<Part> make() {
    if (facts_.nvidia.run_installed()) parts_.push_back(part("runfile", "nvidia_runfile", Value::map()));
    if (auto repository = repository_part(stack_.driver_repository, recipe_, around_)) {
      parts_.push_back(std::move(*repository));
    }
    parts_.push_back(one_origin_part(fit_, facts_));
    add_pinning();
    add_build_packages();
    if (stack_.signing.value == "dkms") add_for_other_kernels();
    // Packages stand on files above them, and files on packages: so the above are there before the driver is.
    std::string content(k_nouveau);
    if (fit_.kept && !facts_.nvidia.managed) content += format("{}\n", k_driver_of_others);
    parts_.push_back(part("nouveau", "file", Value::map({{"path", k_nouveau_off}, {"content", content}})));
    if (stack_.origin.value == "ubuntu") {
      constexpr std::string_view k_drop_in =
          "/etc/systemd/system/nvidia-persistenced.service.d/rigsetup.conf";
      parts_.push_back(
          part("persistence", "file", Value::map({{"path", k_drop_in}, {"content", k_persistence}})));
    }
    add_packages();
    if (stack_.signing.value != "dkms") add_for_other_kernels();
    add_modules();
    add_services();
    parts_.push_back(part("answers", "nvidia_gpu", driven()));
    return std::move(parts_);
  }

 private:
  /// NVIDIA's own pins, which only count once they are installed: apt decides on a whole transaction before.
  void add_pinning() {
    Texts wanted = names_of(stack_.branch.packages);
    Texts others;
    for (const NvidiaPackage& package : facts_.nvidia.packages) {
      if (package.state != "installed" || !package.name.starts_with(k_pinning)) continue;
      if (fit_.kept) wanted = {package.name};  // by whoever installed it
      if (std::find(wanted.begin(), wanted.end(), package.name) == wanted.end())
        others.push_back(package.name);
    }
    if (wanted.empty() && others.empty()) return;
    Value fields = Value::map();
    if (!wanted.empty()) fields.set("packages", Value::strings(wanted));
    if (!others.empty()) fields.set(word_for(others), Value::strings(others));
    parts_.push_back(part("pinning", "apt_packages", std::move(fields)));
  }

  /// Headers and the compiler: DKMS builds while the driver's packages are installed.
  void add_build_packages() {
    Texts names = names_of(stack_.signing.packages);
    std::erase_if(names, is_of_driver);
    if (stack_.signing.value != "dkms" || names.empty()) return;
    if (stack_.enrolment) names.emplace_back("mokutil");
    parts_.push_back(part("build", "apt_packages",
                          Value::map({{"packages", Value::strings(names)}, {"recommends", false}})));
  }

  /// Automatic, so that apt takes them away with their kernels, and they keep none.
  void add_for_other_kernels() {
    if (stack_.other_kernels.empty()) return;
    parts_.push_back(part("other-kernels", "apt_packages",
                          Value::map({{"packages", Value::strings(package_texts(stack_.other_kernels))},
                                      {"recommends", false},
                                      {"automatic", true}})));
  }

  void add_packages() {
    Texts names = fit_.kept ? fit_.kept->packages : names_of(stack_.driver.packages);
    Texts texts = fit_.kept ? names : package_texts(stack_.driver.packages);
    std::vector<compat::Package> modules = stack_.signing.packages;
    if (stack_.signing.value == "dkms")
      std::erase_if(modules, [](const auto& package) { return !is_of_driver(package.name); });
    add(names, names_of(modules));
    add(texts, fit_.kept ? names_of(modules) : package_texts(modules));
    add(names, names_of(stack_.fabric_manager.packages));
    add(texts,
        fit_.kept ? names_of(stack_.fabric_manager.packages) : package_texts(stack_.fabric_manager.packages));
    Value fields = Value::map({{"packages", Value::strings(texts)}, {"recommends", !fit_.headless}});
    add(names, names_of(stack_.other_kernels));
    if (!fit_.kept) {
      const Texts going = packages_in_the_way(stack_, names, facts_);
      if (!going.empty()) fields.set(word_for(going), Value::strings(going));
    }
    parts_.push_back(part("packages", "apt_packages", std::move(fields)));
  }

  /// What makes of packages a driver that works: now, or after the reboot that it needs.
  void add_modules() {
    Value fields = Value::map({{"modules", stack_.modules.value}});
    const std::string version = fit_.kept ? fit_.kept->version : stack_.driver.value;
    if (version.find('.') != std::string::npos) fields.set("version", version);
    add_late("modules", "nvidia_modules", std::move(fields));
    if (stack_.enrolment) add_late("enrolment", "mok_enrolment", Value::map());
    add_late("loaded", "nvidia_loaded", driven());
  }

  /// Which GPUs, as the parts are told that look at them.
  Value driven() const {
    Value fields = Value::map();
    if (!stack_.left_out.empty()) fields.set("without", Value::strings(stack_.left_out));
    return fields;
  }

  void add_late(std::string name, std::string_view kind, Value fields) {
    parts_.push_back(part(std::move(name), kind, std::move(fields)));
    parts_.back().late = true;
  }

  void add_services() {
    // In a container whoever runs it keeps the GPUs ready.
    if (facts_.machine && !facts_.machine->container.empty() && !facts_.has_systemd) return;
    const auto service = [&](std::string name, std::string_view unit) {
      add_late(std::move(name), "service", Value::map({{"name", unit}}));
    };
    service("persistenced", "nvidia-persistenced");
    if (!stack_.fabric_manager.packages.empty()) service("fabric-manager", "nvidia-fabricmanager");
  }

  /// What DKMS needs besides is the distribution's.
  static bool is_of_driver(const std::string& name) { return name.starts_with("nvidia-"); }

  /// A driver that others brought, or that comes from elsewhere, goes only with its own consent.
  std::string word_for(const Texts& going) const {
    const bool is_foreign = std::any_of(
        facts_.nvidia.packages.begin(), facts_.nvidia.packages.end(), [&](const NvidiaPackage& package) {
          return package.origin != stack_.origin.value &&
                 std::find(going.begin(), going.end(), package.name) != going.end();
        });
    return is_foreign || !facts_.nvidia.managed ? "replaces" : "absent";
  }

  const Fit& fit_;
  const compat::Stack& stack_;
  const Recipe& recipe_;
  const Surroundings& around_;
  const Facts& facts_;
  std::vector<Part> parts_;
};

/// "driver 580 of Ubuntu's archive", and the reason for each part of the choice.
std::string choice_of(const Fit& fit, const Step& step, const Facts& facts) {
  const compat::Stack& stack = fit.stack;
  if (fit.kept) {
    return format("driver {} with {} modules is installed, and \"{}\" keeps it", fit.kept->version,
                  fit.kept->modules, step.fields.text("branch"));
  }
  Texts reasons{stack.branch.reason, stack.origin.reason, stack.modules.reason, stack.signing.reason};
  if (step.fields.has("headless")) {
    reasons.emplace_back(fit.headless ? "headless packages were asked for"
                                      : "desktop packages were asked for");
  } else {
    reasons.push_back(fit.headless ? "headless packages, as there is no desktop"
                                   : format("desktop packages, as there is {}", facts.desktop));
  }
  if (!stack.fabric_manager.packages.empty()) reasons.push_back(stack.fabric_manager.reason);
  return format("driver {} with {} modules: {}", stack.driver.value, stack.modules.value,
                join(reasons, "; "));
}

/// Is the key enrolled already that DKMS signs with?
bool has_key(const Facts& facts) {
  if (!facts.machine) return false;
  const std::vector<SecureBoot::Key>& keys = facts.machine->secure_boot.dkms_keys;
  return std::any_of(keys.begin(), keys.end(),
                     [](const SecureBoot::Key& key) { return key.in_use && key.enrolled; });
}

constexpr std::string_view k_screens =
    "Secure Boot is on: the key that signs the modules has to be enrolled. At the next start blue screens "
    "come before the system does, for ten seconds. Press a key, choose \"Enroll MOK\", \"Continue\" and "
    "\"Yes\", type the code of digits that the run tells root, and choose \"Reboot\". Somebody has to be "
    "there.";

std::vector<std::string> notes_of(const Fit& fit, const Facts& facts) {
  std::vector<std::string> notes = fit.stack.warnings;
  if (fit.stack.enrolment && !has_key(facts)) notes.emplace_back(k_screens);
  return notes;
}

bool is_possible(const Step& step, const Recipe& recipe, const Facts& facts, Complaints& complaints) {
  const std::size_t before = complaints.size();
  if (const Step* first = first_of(step.kind, recipe, facts); first && first->id != step.id) {
    complaints.push_back({step.place, format("a machine has one NVIDIA driver, and {} is it", first->id),
                          "remove one of the two steps"});
  } else if (facts.machine && !facts.has_nvidia_gpu() && facts.machine->virtual_machine == "wsl2") {
    complaints.push_back({step.place, "the NVIDIA driver of WSL is that of Windows",
                          "install it there; here, write `when: {gpu: nvidia}` for this step"});
  } else if (facts.machine && !facts.has_nvidia_gpu()) {
    complaints.push_back({step.place, "this machine has no NVIDIA GPU that a driver could drive",
                          "look whether the card is seated and powered: lspci -d 10de: shows it; for "
                          "machines with and without one, write `when: {gpu: nvidia}` for this step"});
  }
  return complaints.size() == before;
}

Expansion expand(const Step& step, const Recipe& recipe, const Surroundings& around, Complaints& complaints) {
  if (!is_possible(step, recipe, around.facts, complaints)) return {};
  const auto fit = choose_for(step, recipe, around, complaints);
  if (!fit) return {};
  return {DriverParts(*fit, recipe, around).make(), choice_of(*fit, step, around.facts),
          notes_of(*fit, around.facts)};
}

std::string title(const Fields& fields) { return "NVIDIA driver " + fields.text("branch"); }

}  // namespace

const Kind& nvidia_driver_kind() {
  static const Kind kind = {
      .name = "nvidia_driver",
      .summary =
          "The NVIDIA driver that fits the GPUs, the kernels and the recipe, from one origin, kept at its "
          "version; proved by asking every GPU.",
      .sort = Sort::composite,
      .example = R"(- nvidia_driver: {branch: recommended}
)",
      .fields =
          {
              {.name = "branch",
               .summary =
                   "how far it may move: recommended, production, new-feature, lts, a branch (580) or a "
                   "version (580.178.04); what is installed and within it stays",
               .fallback = "recommended"},
              {.name = "modules",
               .type = FieldType::choice,
               .summary = "which kernel modules; auto: those that NVIDIA means for the GPUs",
               .fallback = "auto",
               .choices = {"auto", "open", "proprietary"}},
              {.name = "origin",
               .type = FieldType::choice,
               .summary = "whose packages; auto: those with modules that are signed already, where there are",
               .fallback = "auto",
               .choices = {"auto", "ubuntu", "nvidia", "debian"}},
              {.name = "headless",
               .type = FieldType::boolean,
               .summary = "without what only a desktop needs; without it, by whether there is a desktop"},
          },
      .title = title,
      .expand = expand,
  };
  return kind;
}

}  // namespace rigsetup
