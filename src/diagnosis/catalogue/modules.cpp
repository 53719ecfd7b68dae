// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>

#include "diagnosis/catalogue/rows.hpp"
#include "diagnosis/catalogue/seen.hpp"

namespace rigsetup::diagnosis {
namespace {

bool is_nvidia(const DkmsModule& module) { return module.name.starts_with("nvidia"); }
bool dkms_builds(const Signs& signs) { return std::ranges::any_of(signs.facts.dkms, is_nvidia); }

/// What DKMS calls "added" was never built: a package can be installed and bring no module.
Seen never_built(const Signs& signs) {
  Seen seen;
  for (const auto& module : signs.facts.dkms) {
    if (!is_nvidia(module) || module.state != "added") continue;
    seen.push_back({format("/var/lib/dkms/{}/{}", module.name, module.version), "added, for no kernel"});
  }
  if (seen.empty()) return seen;
  for (const auto& kernel : signs.facts.kernels.installed) {
    if (kernel.modules && !kernel.headers) seen.push_back({"/lib/modules/" + kernel.release, "no headers"});
  }
  return seen;
}

/// Others than the running kernel have a module, this one has none.
Seen none_for_running(const Signs& signs) {
  const auto& machine = signs.facts.machine;
  if (!machine || loaded(signs) || !signs.facts.has_nvidia_gpu()) return {};
  if (signs.facts.nvidia.modules.empty() || has_module(signs, machine->kernel)) return {};
  return {{"/lib/modules/" + machine->kernel, "no nvidia.ko"}};
}

/// It works now and will not after the next boot.
Seen none_for_next(const Signs& signs) {
  const auto& next = signs.facts.kernels.boots_next;
  const auto& machine = signs.facts.machine;
  if (!machine || next.empty() || next == machine->kernel || !signs.facts.has_nvidia_gpu()) return {};
  if (signs.facts.nvidia.modules.empty() || has_module(signs, next)) return {};
  return {{"/lib/modules/" + next, "no nvidia.ko, and it boots next"}};
}

/// Nothing is validated, our module has passed, or it is others' modules that are refused.
bool secure_boot_passed(const Signs& signs) {
  const auto& machine = signs.facts.machine;
  if (!machine) return false;
  return !machine->secure_boot.is_enforced() || !signs.facts.has_nvidia_gpu() || runs(signs);
}

/// Secure Boot takes no module without a signature that it trusts.
Seen unsigned_module(const Signs& signs) {
  const auto& machine = signs.facts.machine;
  if (!machine || secure_boot_passed(signs) || loaded(signs)) return {};
  Seen seen;
  for (const auto& module : signs.facts.nvidia.modules) {
    if (module.kernel != machine->kernel || module.version.empty() || module.is_signed) continue;
    seen.push_back({module.path, "not signed"});
  }
  return seen;
}

Seen key_not_enrolled(const Signs& signs) {
  const auto& machine = signs.facts.machine;
  if (!machine || secure_boot_passed(signs) || machine->secure_boot.keys_pending || loaded(signs)) return {};
  Seen seen;
  for (const auto& key : machine->secure_boot.dkms_keys) {
    if (dkms_builds(signs) && !key.enrolled) seen.push_back({key.path, "not enrolled"});
  }
  return seen;
}

Seen enrolment_waits(const Signs& signs) {
  const auto& machine = signs.facts.machine;
  if (!machine || !machine->secure_boot.keys_pending || !signs.facts.has_nvidia_gpu()) return {};
  return {{"the firmware's variable MokNew", "a key waits for the next boot"}};
}

std::string build(const Signs& signs) { return dkms_builds(signs) ? "sudo dkms autoinstall" : ""; }

std::string build_for_next(const Signs& signs) {
  const auto& next = signs.facts.kernels.boots_next;
  return dkms_builds(signs) ? format("sudo dkms autoinstall -k {}", next) : "";
}

std::string install_and_build(const Signs& signs, const std::string& package) {
  const auto then = build(signs);
  return format("sudo apt-get install {}{}{}", package, then.empty() ? "" : " && ", then);
}

std::string install_compiler(const Signs& signs) { return install_and_build(signs, "gcc-12"); }

/// Of a kernel that no meta package brings only its own headers fit.
std::string install_headers(const Signs& signs) {
  const auto& flavour = signs.facts.kernels.flavour;
  const auto& machine = signs.facts.machine;
  const auto kernel = !flavour.empty() ? flavour : machine ? machine->kernel : "";
  return kernel.empty() ? "" : install_and_build(signs, "linux-headers-" + kernel);
}

/// The first key that DKMS signs with and the firmware does not know.
std::string enrol(const Signs& signs) {
  if (!signs.facts.machine || !dkms_builds(signs)) return "";
  const auto& keys = signs.facts.machine->secure_boot.dkms_keys;
  const auto key = std::ranges::find(keys, false, &SecureBoot::Key::enrolled);
  return key == keys.end() ? "" : "sudo mokutil --import " + key->path;
}

}  // namespace

std::vector<Failure> module_rows() {
  return {
      {.name = "wrong-compiler",
       .what = "the kernel module is built by another compiler than the kernel",
       .words = {"-ftrivial-auto-var-init", "compiler differs from the one used to build the kernel"},
       .why = "kernels from 5.19 on that Ubuntu 22.04 has are built by gcc-12, and its gcc is gcc-11",
       .fix = "install the compiler that built the kernel; DKMS takes it by itself",
       .command = "",
       .cure = Cure::plan,
       .source = "launchpad.net bug 1991664",
       .over = runs,
       .command_for = install_compiler},
      {.name = "no-headers",
       .what = "the driver's module was built for no kernel",
       .words = {"kernel headers for kernel", "was skipped since the kernel headers"},
       .why = "DKMS only added it: headers for the kernel are not installed, and the package is installed "
              "all the "
              "same",
       .fix = "install the meta package of headers that follows the kernel, not the headers of one release",
       .command = "",
       .cure = Cure::plan,
       .source = "dkms.in; met with Debian's nvidia-driver",
       .seen = never_built,
       .over = runs,
       .command_for = install_headers},
      {.name = "driver-too-old-for-kernel",
       .what = "the driver's source does not fit the kernel",
       .words = {"implicit declaration of function", "has no member named", "incompatible pointer type"},
       .why = "the kernel is newer than the driver's branch knows",
       .fix = "boot the kernel before, and install a newer version of the driver",
       .command = "",
       .cure = Cure::plan,
       .source = "make.log of DKMS",
       .over = runs,
       .beside = {"nvidia"}},
      {.name = "dkms-build-failed",
       .what = "the driver's module could not be built",
       .words = {"bad return status for module build", "bad exit status: "},
       .why = "what stands before it in the log says why",
       .fix = "read make.log below /var/lib/dkms/nvidia, mend what it names, and build again",
       .command = "",
       .cure = Cure::command,
       .source = "dkms.in",
       .over = runs,
       .command_for = build},
      {.name = "key-pending",
       .what = "a key waits to be enrolled at the next boot",
       .words = {},
       .why = "only somebody at the machine can confirm it, in the blue screens before the system starts",
       .fix = "reboot, choose Enroll MOK, and type the one-time code",
       .command = "sudo systemctl reboot",
       .cure = Cure::reboot,
       .source = "mokutil(1)",
       .seen = enrolment_waits},
      {.name = "key-not-enrolled",
       .what = "Secure Boot does not know the key that signs the driver's modules",
       .words = {"key was rejected by service", "required key not available",
                 "with unavailable key is rejected"},
       .why =
           "modules that DKMS builds are signed with a key of this machine, which the firmware trusts only "
           "when somebody has enrolled it",
       .fix =
           "take the modules that the distribution signs (origin: ubuntu), or enrol the key: it asks for a "
           "one-time code, and for it again in the screens of the next boot",
       .command = "",
       .cure = Cure::hands,
       .source = "dkms.in; Ubuntu Server documentation",
       .seen = key_not_enrolled,
       .over = secure_boot_passed,
       .command_for = enrol},
      {.name = "module-not-signed",
       .what = "Secure Boot refuses the driver's module",
       .words = {"unsigned module loading is restricted", "loading of unsigned module is rejected",
                 "loading of unsigned module is restricted"},
       .why = "it was built without a key to sign it with",
       .fix = "take the modules that the distribution signs (origin: ubuntu), or make a key, enrol it, and "
              "build "
              "again",
       .command = "",
       .cure = Cure::plan,
       .source = "kernel_lockdown(7)",
       .seen = unsigned_module,
       .over = secure_boot_passed},
      {.name = "no-module-for-kernel",
       .what = "the running kernel has no module of the driver",
       .words = {"module nvidia not found in directory"},
       .why = "the kernel was upgraded, and what brings its module was not: modules of one release only, or "
              "headers that DKMS lacks",
       .fix = "install the meta package of modules or of headers that follows the kernel, or boot the kernel "
              "before",
       .command = "",
       .cure = Cure::plan,
       .source = "GoogleCloudPlatform/compute-gpu-installation 10 and 18",
       .seen = none_for_running,
       .over = runs,
       .command_for = build},
      {.name = "no-module-for-next-kernel",
       .what = "the kernel that boots next has no module of the driver",
       .words = {},
       .why = "it came without one: the GPU works until the next boot, and not after it",
       .fix = "install the meta package of modules or of headers that follows the kernel before you reboot",
       .command = "",
       .cure = Cure::plan,
       .source = "ubuntu-drivers-common check_nvidia_module_status",
       .seen = none_for_next,
       .command_for = build_for_next},
  };
}

}  // namespace rigsetup::diagnosis
