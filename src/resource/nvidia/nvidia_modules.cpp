// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <map>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/facts/facts.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/change.hpp"
#include "resource/nvidia/dkms.hpp"
#include "resource/nvidia/installed_driver.hpp"
#include "resource/nvidia/nvidia_initramfs.hpp"
#include "resource/program_file.hpp"

namespace rigsetup {
namespace {

/// What is wanted of the driver's module, for whatever kernel.
struct Wanted {
  std::string version;
  std::string flavour;     ///< empty: either
  bool is_signed = false;  ///< must it be?
  std::string text() const { return flavour.empty() ? version : format("{}, {}", version, flavour); }
};

/// The driver's module as one kernel would load it.
struct Found {
  bool present = false;
  std::string version;  ///< empty: it is compressed, and nothing else tells
  std::string flavour;
  bool is_signed = true;  ///< as far as it can be seen

  bool suits(const Wanted& wanted) const {
    return present && (version.empty() || version == wanted.version) &&
           (wanted.flavour.empty() || flavour.empty() || flavour == wanted.flavour) &&
           (is_signed || !wanted.is_signed);
  }
  std::string text(const Wanted& wanted) const {
    if (!present) return "none";
    return format("{}{}{}", version.empty() ? "of unknown version" : version,
                  flavour.empty() || wanted.flavour.empty() ? "" : ", " + flavour,
                  wanted.is_signed && !is_signed ? ", not signed" : "");
  }
};

/// Of modules in several folders depmod prefers the first, as facts list them; in one folder lie those of
/// both flavours, and the alternatives of the packages say which is loaded.
Found find_module(const Facts& facts, const std::string& kernel, const Wanted& wanted) {
  Found first;
  std::filesystem::path folder;
  for (const NvidiaModule& module : facts.nvidia.modules) {
    if (module.kernel != kernel) continue;
    const auto its_folder = std::filesystem::path(module.path).parent_path();
    if (first.present && its_folder != folder) break;
    const bool readable = !module.version.empty();
    const Found found = {true, readable ? module.version : dkms_version_for(facts, kernel), module.flavour,
                         module.is_signed || !readable};
    if (found.suits(wanted)) return found;
    if (!first.present) first = found;
    folder = its_folder;
  }
  return first;
}

std::vector<InstalledKernel> bootable(const Kernels& kernels) {
  std::vector<InstalledKernel> found = kernels.installed;
  std::erase_if(found, [](const InstalledKernel& kernel) { return !kernel.image; });
  return found;
}

std::string names_of(const std::vector<InstalledKernel>& kernels) {
  std::vector<std::string> names;
  for (const InstalledKernel& kernel : kernels) names.push_back(kernel.release);
  return join(names, ", ");
}

/// Not the one that boots next, and nothing here can bring it a module: its packages are for other versions,
/// or it has no headers that DKMS could build with. The driver does not wait for it.
bool stays_without(const Facts& facts, const InstalledKernel& kernel, const Wanted& wanted) {
  if (kernel.release == facts.kernels.next() || find_module(facts, kernel.release, wanted).suits(wanted))
    return false;
  return !nvidia_source(facts, wanted.version) || !kernel.headers;
}

class NvidiaModules final : public Resource {
 public:
  explicit NvidiaModules(const Fields& fields)
      : version_(fields.text("version")), flavour_(fields.text("modules")) {}

  Inspection inspect(const Host& host, std::stop_token) const override {
    const Facts facts = gather_facts(host);
    const auto kernels = bootable(facts.kernels);
    if (kernels.empty() && in_container(facts)) return AsWanted{"a container runs on its machine's kernel"};
    if (kernels.empty()) return Pending{"no kernel is installed yet"};
    const Wanted wanted = wanted_of(facts);
    if (wanted.version.empty()) return Pending{"the driver is not installed yet"};
    std::vector<InstalledKernel> served = kernels;
    const auto without = std::ranges::stable_partition(
        served, [&](const auto& kernel) { return !stays_without(facts, kernel, wanted); });
    const std::vector<InstalledKernel> others(without.begin(), without.end());
    served.erase(without.begin(), without.end());
    std::vector<std::string> have;
    std::vector<std::string> want;
    look_at_modules(facts, served, wanted, have, want);
    look_at_initramfs(host.files, facts, kernels, have, want);
    if (have.empty()) {
      return AsWanted{format("{} for {}{}{}", wanted.text(), names_of(served),
                             others.empty() ? "" : "; none can be had for ", names_of(others))};
    }
    return Differs{join(have, "; "), join(want, "; ")};
  }

  Applied apply(const Context& context) const override {
    if (context.stop.stop_requested()) throw Cancelled();
    const Facts facts = gather_facts(context.host);
    const auto kernels = bootable(facts.kernels);
    if (kernels.empty() && in_container(facts)) return Done{};
    const Wanted wanted = wanted_of(facts);
    require_what_packages_bring(facts, kernels, wanted);
    for (const InstalledKernel& kernel : kernels) {
      const Found found = find_module(facts, kernel.release, wanted);
      if (stays_without(facts, kernel, wanted)) {
        context.reporter.finding(format("the kernel {} has no NVIDIA module {}, and none can be had for it",
                                        kernel.release, wanted.version),
                                 "boot the newest kernel, or remove this one");
        continue;
      }
      if (!found.suits(wanted)) make(context, facts, kernel, wanted, found);
    }
    const Facts now = gather_facts(context.host);
    for (const InstalledKernel& kernel : kernels) {
      if (!initramfs_is_older_than(context.host.files, now, kernel).empty()) make_initramfs(context, kernel);
    }
    return Done{};
  }

 private:
  static bool in_container(const Facts& facts) { return facts.machine && !facts.machine->container.empty(); }

  Wanted wanted_of(const Facts& facts) const {
    return {version_.empty() ? installed_driver(facts.nvidia) : version_, flavour_, takes_signed_only(facts)};
  }

  static void look_at_modules(const Facts& facts, const std::vector<InstalledKernel>& kernels,
                              const Wanted& wanted, std::vector<std::string>& have,
                              std::vector<std::string>& want) {
    std::vector<InstalledKernel> lacking;
    for (const InstalledKernel& kernel : kernels) {
      const Found found = find_module(facts, kernel.release, wanted);
      if (found.suits(wanted)) continue;
      have.push_back(format("{} for {}", found.text(wanted), kernel.release));
      lacking.push_back(kernel);
    }
    if (!lacking.empty()) {
      want.push_back(
          format("{}{} for {}", wanted.text(), wanted.is_signed ? ", signed" : "", names_of(lacking)));
    }
    const std::string libraries = installed_driver(facts.nvidia);
    if (!libraries.empty() && libraries != wanted.version) {
      have.push_back("libraries of " + libraries);
      want.push_back("libraries of " + wanted.version);
    }
  }

  static void look_at_initramfs(const Tree& files, const Facts& facts,
                                const std::vector<InstalledKernel>& kernels, std::vector<std::string>& have,
                                std::vector<std::string>& want) {
    if (facts.nvidia.nouveau_off.empty()) {
      have.emplace_back("nothing keeps nouveau from being loaded");
      want.emplace_back("nouveau kept away");
    }
    std::map<std::string, std::vector<InstalledKernel>> outdated;  // by what came since
    for (const InstalledKernel& kernel : kernels) {
      const std::string since = initramfs_is_older_than(files, facts, kernel);
      if (!since.empty()) outdated[since].push_back(kernel);
    }
    for (const auto& [since, of] : outdated)
      have.push_back(format("an initramfs older than {} for {}", since, names_of(of)));
    if (!outdated.empty()) want.emplace_back("a new one");
  }

  static void require_what_packages_bring(const Facts& facts, const std::vector<InstalledKernel>& kernels,
                                          const Wanted& wanted) {
    const auto cannot = [](const std::string& why, const std::string& hint) {
      return Error(Code::not_found, "cannot bring the NVIDIA modules: " + why, hint);
    };
    const std::string libraries = installed_driver(facts.nvidia);
    if (kernels.empty()) throw cannot("no kernel is installed", "an earlier step must install one");
    if (libraries.empty()) throw cannot("the driver is not installed", "an earlier step must install it");
    if (libraries != wanted.version) {
      throw cannot(format("{} is wanted, and the libraries are of {}", wanted.version, libraries),
                   "an earlier step must install the libraries of that version");
    }
    if (facts.nvidia.nouveau_off.empty()) {
      throw cannot("nothing keeps nouveau from being loaded instead",
                   "an earlier step must write \"blacklist nouveau\" to a file in /etc/modprobe.d");
    }
  }

  static void make(const Context& context, const Facts& facts, const InstalledKernel& kernel,
                   const Wanted& wanted, const Found& found) {
    const auto source = nvidia_source(facts, wanted.version);
    if (!source) throw no_source(facts, kernel.release, wanted);
    const bool other_flavour = found.version == wanted.version && !wanted.flavour.empty() &&
                               !found.flavour.empty() && found.flavour != wanted.flavour;
    if (other_flavour) {
      throw Error(Code::conflict,
                  format("cannot build {} NVIDIA modules for kernel {}: DKMS has the source of the {} ones",
                         wanted.flavour, kernel.release, found.flavour),
                  format("install the package that builds the {} ones", wanted.flavour));
    }
    build_by_dkms(context, facts, *source, kernel, wanted.is_signed);
  }

  /// Nothing builds them here: a package brings them for each kernel, and its meta package for those to come.
  static Error no_source(const Facts& facts, const std::string& kernel, const Wanted& wanted) {
    return Error(Code::not_found,
                 format("cannot bring the NVIDIA modules {} for kernel {}: no package that is installed has "
                        "them, and DKMS has no source of them",
                        wanted.version, kernel),
                 format("install {}", meta_package(facts, wanted)));
  }

  /// "linux-modules-nvidia-580-open-generic-hwe-22.04", by what brought them for another kernel; else what
  /// has DKMS build them.
  static std::string meta_package(const Facts& facts, const Wanted& wanted) {
    constexpr std::string_view k_prebuilt = "linux-modules-nvidia-";
    for (const NvidiaPackage& package : facts.nvidia.packages) {
      if (!package.name.starts_with(k_prebuilt) || package.state != "installed") continue;
      for (const InstalledKernel& kernel : facts.kernels.installed) {
        if (!package.name.ends_with("-" + kernel.release) || facts.kernels.flavour.empty()) continue;
        return package.name.substr(0, package.name.size() - kernel.release.size()) + facts.kernels.flavour;
      }
    }
    const bool open = wanted.flavour == "open";
    if (facts.os_id == "debian") return open ? "nvidia-open-kernel-dkms" : "nvidia-kernel-dkms";
    return format("nvidia-dkms-{}{}", wanted.version.substr(0, wanted.version.find('.')),
                  open ? "-open" : "");
  }

  std::string version_;
  std::string flavour_;
};

std::string title(const Fields& fields) {
  return fields.has("version") ? "NVIDIA modules " + fields.text("version") : "NVIDIA modules";
}

std::unique_ptr<Resource> make_resource(const Step& step, const Attachments&, Complaints& complaints) {
  const auto version = step.fields.text("version");
  if (!version.empty() && driver_version(version) != version) {
    complaints.push_back({step.fields.place("version"),
                          format("\"{}\" is not the version of a driver", printable(version)),
                          "write it whole, as 580.95.05"});
  }
  return std::make_unique<NvidiaModules>(step.fields);
}

}  // namespace

const Kind& nvidia_modules_kind() {
  static const Kind kind = {
      .name = "nvidia_modules",
      .summary =
          "The driver's kernel modules for every kernel that can boot, of the version of its libraries. "
          "DKMS builds what is missing; an older kernel that none can be had for is told of. nouveau stays "
          "out of the initramfs, and no older module of the driver's stays in it.",
      .example = R"(- nvidia_modules:
    modules: open
)",
      .fields =
          {
              {.name = "version",
               .summary = "the driver's, as 580.95.05; without one, that of the installed libraries"},
              {.name = "modules",
               .type = FieldType::choice,
               .summary = "which are wanted; without it, either",
               .choices = {"open", "proprietary"}},
          },
      .hold = Hold::dpkg_shared,
      .usual = std::chrono::seconds(120),
      .independent_of = {"virtualenv_packages", "conda_engine", "conda_installation", "conda_packages",
                         "conda_pip"},
      .title = title,
      .make = make_resource,
  };
  return kind;
}

}  // namespace rigsetup
