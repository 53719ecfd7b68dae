// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "compat/context.hpp"

namespace rigsetup::compat {
namespace {

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<Package> plain(const std::vector<std::string>& names) {
  std::vector<Package> packages;
  for (const std::string& name : names) packages.push_back({name, {}});
  return packages;
}

std::string branch_reason(const Context& context, const BranchWish& wish, const Candidate& picked) {
  const DriverBranch& branch = context.tables.branches.at(picked.branch);
  if (wish.word == nullptr) return format("branch {} was asked for by its number", picked.branch);
  if (context.last_branch.gpu && context.last_branch.value == picked.branch) {
    return format("branch {} is the last that drives {}", picked.branch, context.last_branch.gpu->text());
  }
  if (const Device* gpu = context.first_with(ModuleRule::unlisted); gpu != nullptr && wish.word->any_other) {
    return format("branch {} is the newest, and {} is in no table yet", picked.branch, gpu->text());
  }
  if (ended(context, branch.end_of_life)) {
    return format("branch {} is what {} has", picked.branch, picked.origin->title);
  }
  const std::string until =
      branch.end_of_life.empty() ? "" : format(" and gets fixes until {}", month(branch.end_of_life));
  return branch.type == "lts"
             ? format("branch {} is NVIDIA's long-term one{}", picked.branch, until)
             : format("branch {} is NVIDIA's newest {} one{}", picked.branch, branch.type, until);
}

std::string modules_reason(const Context& context, const Candidate& picked) {
  if (const Device* gpu = context.first_with(ModuleRule::proprietary_only)) {
    return format("{} lacks the GSP processor that open modules need", gpu->text());
  }
  if (const Device* gpu = context.first_with(ModuleRule::open_only)) {
    return format("{} runs with open modules only", gpu->text());
  }
  if (context.wishes.modules != "auto") return format("{} modules were asked for", picked.modules);
  const std::string which = context.gpus.empty() ? "GPUs from Turing on" : context.gpus.front().text();
  return picked.modules == "open"
             ? format("open modules are NVIDIA's default for {}", which)
             : format("open modules of branch {} are not yet meant for {}", picked.branch, which);
}

/// The signed modules for the kernel that boots here; empty where there are none.
std::vector<std::string> signed_modules(const Context& context, const Candidate& picked) {
  std::string flavour = context.wishes.kernel_flavour;
  if (const auto same = context.platform.signed_as.find(flavour); same != context.platform.signed_as.end()) {
    flavour = same->second;
  }
  if (!holds(context.platform.signed_kernels, flavour)) return {};
  const auto names = expand(picked.row->signed_modules, {{"branch", picked.branch}, {"kernel", flavour}});
  if (context.archive.known() && !context.archive.has_all(names, picked.origin->name)) return {};
  return names;
}

std::string origin_reason(const Context& context, const Candidate& picked) {
  if (context.wishes.origin != "auto") return format("{} was asked for", picked.origin->title);
  if (context.wishes.installed_origin == picked.origin->name) {
    return format("packages of {} are installed already, and two origins do not mix", picked.origin->title);
  }
  if (!signed_modules(context, picked).empty()) {
    return format("{} has the driver with modules that it built and signed itself", picked.origin->title);
  }
  return format("{} has branch {} for {}", picked.origin->title, picked.branch, context.platform.title);
}

/// What DKMS needs to build modules: headers that follow the kernel, the compiler that built it, and DKMS.
std::vector<Package> build_packages(const Context& context, const Candidate& picked, Stack& stack) {
  const Platform& platform = context.platform;
  const std::string& flavour = context.wishes.kernel_flavour;
  std::vector<std::string> names;
  if (holds(platform.kernels, flavour)) {
    names = expand({platform.headers}, {{"kernel", flavour}});
  } else if (!context.wishes.kernel.empty()) {
    names = expand({platform.headers}, {{"kernel", context.wishes.kernel}});
    stack.warnings.push_back(
        format("No meta package follows the kernel {}: with the next kernel its headers have to be "
               "installed by hand.",
               context.wishes.kernel));
  } else {
    stack.warnings.emplace_back(
        "Which kernel will boot is not known: modules cannot be built before its headers are there.");
  }
  const std::string gcc = platform.gcc_for(context.wishes.kernel);
  for (const std::string& name : platform.build_packages) {
    if (name.find("{gcc}") == std::string::npos || !gcc.empty())
      names.push_back(expand({name}, {{"gcc", gcc}}).front());
  }
  for (const std::string& name : expand(picked.row->dkms, {{"branch", picked.branch}})) names.push_back(name);
  return plain(names);
}

/// Those for the newest kernel: they go with the newest driver.
std::vector<Package> newest_of(const Context& context, const Candidate& picked,
                               const std::vector<std::string>& names) {
  std::vector<Package> packages;
  for (const std::string& name : names) {
    packages.push_back(
        {name, context.archive.newest(name, picked.origin->name, [](std::string_view) { return true; })});
  }
  return packages;
}

/// Nobody can answer the screens that enrol the key of modules which DKMS builds.
Refusal refuse_enrolment(const Context& context, const Candidate& picked, const std::string& kernel) {
  Refusal refusal{"origin", context.wishes.origin,
                  format("Secure Boot is on, {} has no signed modules for {}, and nobody can enrol a key",
                         picked.origin->title, kernel),
                  "", "boot a kernel that there are signed modules for, or turn Secure Boot off"};
  const Origin& first = context.platform.origins.front();
  if (&first != picked.origin && holds(context.platform.signed_kernels, context.wishes.kernel_flavour)) {
    refusal.nearest = first.name;
    refusal.hint = format("write \"{}\": it has modules that are signed already", first.name);
  }
  return refusal;
}

std::optional<Refusal> fill_signing(const Context& context, const Candidate& picked, Stack& stack) {
  const std::string& flavour = context.wishes.kernel_flavour;
  const std::string kernel = flavour.empty() ? "this kernel" : flavour + " kernels";
  const std::string& title = picked.origin->title;
  const auto names = context.wishes.dkms ? std::vector<std::string>() : signed_modules(context, picked);
  if (!names.empty()) {
    stack.signing = {"distribution",
                     format("{} has signed modules for {}: no compiler, no enrolment", title, kernel),
                     newest_of(context, picked, names)};
    return std::nullopt;
  }
  stack.enrolment = context.wishes.secure_boot;
  if (stack.enrolment && !context.wishes.enrolment) return refuse_enrolment(context, picked, kernel);
  std::string reason = context.wishes.dkms
                           ? std::string("DKMS builds the modules of the driver that is installed")
                           : format("{} has no prebuilt modules for {}: DKMS builds them", title, kernel);
  if (stack.enrolment) reason += ", and with Secure Boot on their key has to be enrolled at the console";
  stack.signing = {"dkms", reason, build_packages(context, picked, stack)};
  return std::nullopt;
}

/// The packages at the version that was picked: the one asked for, else the newest of the branch.
std::vector<Package> at_version(const Context& context, const Candidate& picked, const std::string& exact,
                                const std::vector<std::string>& names) {
  std::vector<Package> packages;
  for (const std::string& name : names) {
    std::string version = context.archive.newest(name, picked.origin->name, [&](std::string_view candidate) {
      return exact.empty() ? within(candidate, picked.branch) : upstream(candidate) == exact;
    });
    if (version.empty() && !exact.empty() && !context.archive.known()) version = exact + "-*";
    packages.push_back({name, version});
  }
  return packages;
}

void warn(const Context& context, const Candidate& picked, Stack& stack) {
  for (const Device& gpu : context.legacy) {
    stack.warnings.push_back(format("For {} this driver is too new: it stays without one.", gpu.text()));
    stack.left_out.push_back(gpu.id);
  }
  const DriverBranch& branch = context.tables.branches.at(picked.branch);
  if (ended(context, branch.end_of_life)) {
    stack.warnings.push_back(
        format("NVIDIA ended its fixes for branch {} in {}.", picked.branch, month(branch.end_of_life)));
  }
  const std::string& installed = context.wishes.installed_origin;
  if (!installed.empty() && installed != picked.origin->name) {
    stack.warnings.push_back(
        format("The driver packages from \"{}\" have to go first: two origins do not mix.", installed));
  }
  if (ended(context, context.platform.end_of_support)) {
    stack.warnings.push_back(
        format("Support of {} ended in {}.", context.platform.title, month(context.platform.end_of_support)));
  }
}

/// What keeps the driver at its branch, or at its version; nothing where the archive has no such package.
std::vector<Package> pinning(const Context& context, const BranchWish& wish, const Candidate& picked,
                             Stack& stack) {
  const bool exact = !wish.version.empty() && !picked.row->pinning_version.empty();
  const std::vector<std::string> names =
      expand(exact ? std::vector{picked.row->pinning_version} : picked.row->pinning,
             {{"branch", picked.branch}, {"version", wish.version}});
  if (!context.archive.known() || context.archive.has_all(names, picked.origin->name)) return plain(names);
  stack.unpinned = true;
  stack.warnings.push_back(format("{} has no {}: nothing but rigsetup keeps the driver at its branch.",
                                  picked.origin->title, and_list(names)));
  return {};
}

Choice driver_choice(const Context& context, const BranchWish& wish, const Candidate& picked) {
  const std::vector<Package> packages =
      at_version(context, picked, wish.version, expand(picked.row->driver, {{"branch", picked.branch}}));
  if (!wish.version.empty()) return {wish.version, format("{} was asked for", wish.version), packages};
  const std::string newest = format("the newest of branch {} in {}", picked.branch, picked.origin->title);
  if (!context.archive.known()) return {picked.branch, newest, packages};
  return {picked.version, format("{} is {}", picked.version, newest), packages};
}

Choice fabric_manager_choice(const Context& context, const BranchWish& wish, const Candidate& picked) {
  const std::string& version = context.archive.known() ? picked.version : wish.version;
  return {
      picked.branch, "GPUs behind NVSwitch start only with the fabric manager of exactly this driver",
      at_version(context, picked, version, expand(picked.row->fabric_manager, {{"branch", picked.branch}}))};
}

}  // namespace

std::optional<Refusal> fill_driver(const Context& context, const BranchWish& wish, const Candidate& picked,
                                   Stack& stack) {
  stack.branch = {picked.branch, branch_reason(context, wish, picked), pinning(context, wish, picked, stack)};
  stack.origin = {picked.origin->name, origin_reason(context, picked), {}};
  stack.modules = {picked.modules, modules_reason(context, picked), {}};
  stack.driver = driver_choice(context, wish, picked);
  stack.driver_repository = picked.origin->name;
  if (context.wishes.nvswitch) stack.fabric_manager = fabric_manager_choice(context, wish, picked);
  warn(context, picked, stack);
  if (auto refusal = fill_signing(context, picked, stack)) return refusal;
  fill_other_kernels(context, picked, stack);
  return std::nullopt;
}

}  // namespace rigsetup::compat
