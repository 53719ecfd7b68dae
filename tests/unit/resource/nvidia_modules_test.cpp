// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <fstream>
#include <iterator>

#include "resource/nvidia/dkms.hpp"
#include "tests/contract/driver_behaviours.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/resource/look.hpp"

using namespace rigsetup;
using test::apply;
using test::FakePrograms;
using test::look;

namespace {

constexpr const char* k_steps = "- nvidia_modules:\n";
constexpr const char* k_old = "5.15.0-161-generic";
constexpr const char* k_new = "6.8.0-45-generic";

/// The program that runs this test has the section that a module has, so it is one to read.
[[gnu::section(".modinfo"), gnu::used]] constexpr char k_modinfo[] =
    "license=Dual MIT/GPL\0version=580.95.05";

std::string open_module() {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct ModulesRig : test::Rig {
  ModulesRig() {
    test::add_driver_files(*this, "580.95.05");
    for (const char* kernel : {k_old, k_new}) test::add_kernel(*this, kernel);
    test::add_dkms(*this, "nvidia", "580.95.05");
  }
  BuiltRecipe recipe = read(k_steps);

  std::string built(const std::string& kernel) const {
    return "/var/lib/dkms/nvidia/580.95.05/" + kernel + "/x86_64";
  }
  std::string error() {
    try {
      test::apply(*this, recipe);
    } catch (const Error& error) {
      return error.message() + " (" + error.hint() + ")";
    }
    return "no error";
  }
  /// dkms whose make says this.
  void build_says(const std::string& make_log) {
    programs.on("dkms", [this, make_log](const Command&) {
      add_file("/var/lib/dkms/nvidia/580.95.05/build/make.log", make_log);
      return FakePrograms::finished(10, "Error! Bad return status for module build on kernel\n");
    });
  }
};

}  // namespace

TEST_CASE("every kernel that can boot gets the modules, and only what is missing is built") {
  ModulesRig rig;
  rig.add_file("/lib/modules/6.1.0-1-removed/modules.order");  // left behind by a kernel that is gone
  CHECK(look(rig, rig.recipe) ==
        "none for 5.15.0-161-generic; none for 6.8.0-45-generic -> 580.95.05 for 5.15.0-161-generic, "
        "6.8.0-45-generic");
  apply(rig, rig.recipe);
  CHECK(look(rig, rig.recipe) == "as wanted: 580.95.05 for 5.15.0-161-generic, 6.8.0-45-generic");
  CHECK(rig.programs.times_ran("dkms") == 2);

  test::add_kernel(rig, "6.8.0-47-generic");
  CHECK(look(rig, rig.recipe) == "none for 6.8.0-47-generic -> 580.95.05 for 6.8.0-47-generic");
  apply(rig, rig.recipe);
  CHECK(rig.programs.times_ran("dkms") == 3);
  CHECK(rig.programs.ran().back().text() == "dkms install nvidia/580.95.05 -k 6.8.0-47-generic --force");
}

TEST_CASE("a build that was cut is cleared away and done again") {
  ModulesRig rig;
  const bool without_modules = GENERATE(true, false);
  if (without_modules) {
    rig.root.make_directories(rig.built(k_new) +
                              "/log");  // DKMS makes the folder before the modules are in it
  } else {
    rig.add_file(rig.built(k_new) + "/module/nvidia.ko.zst");  // built, and cut before it was installed
    rig.root.make_directories("/lib/modules/" + std::string(k_new) + "/updates/dkms");
    rig.programs.on(
        [](const Command& command) { return command.argv[0] == "dkms" && command.argv[4] == k_new; },
        [&rig](const Command&) {
          rig.add_file("/lib/modules/6.8.0-45-generic/updates/dkms/nvidia.ko.zst");
          rig.root.make_link("/var/lib/dkms/nvidia/kernel-6.8.0-45-generic-x86_64",
                             "580.95.05/6.8.0-45-generic/x86_64");
          return FakePrograms::finished(0);
        });
  }
  apply(rig, rig.recipe);
  CHECK(look(rig, rig.recipe) == "as wanted: 580.95.05 for 5.15.0-161-generic, 6.8.0-45-generic");
}

TEST_CASE("a module that DKMS believes to be installed and that is gone is built again") {
  ModulesRig rig;
  apply(rig, rig.recipe);
  rig.root.remove("/lib/modules/6.8.0-45-generic/updates/dkms/nvidia.ko.zst");
  CHECK(look(rig, rig.recipe) == "none for 6.8.0-45-generic -> 580.95.05 for 6.8.0-45-generic");
  apply(rig, rig.recipe);
  CHECK(look(rig, rig.recipe).starts_with("as wanted"));
}

TEST_CASE("libraries of another version than the modules are a difference") {
  ModulesRig rig;
  apply(rig, rig.recipe);
  test::add_driver_files(rig, "580.105.08");
  CHECK(look(rig, rig.recipe) == "580.95.05 for 6.8.0-45-generic -> 580.105.08 for 6.8.0-45-generic");
  const auto other = rig.read("- nvidia_modules: {version: 580.95.05}\n");
  CHECK(look(rig, other) == "libraries of 580.105.08 -> libraries of 580.95.05");
  CHECK_THROWS_WITH(
      apply(rig, other),
      "cannot bring the NVIDIA modules: 580.95.05 is wanted, and the libraries are of 580.105.08");
  CHECK(test::complaints(rig, "- nvidia_modules: {version: \"580\"}\n")
            .find("is not the version of a driver") != std::string::npos);
}

TEST_CASE("what cannot be seen yet waits, and what packages do not bring is asked of them") {
  ModulesRig rig;
  SECTION("no driver") {
    rig.root.remove_all("/usr/lib/x86_64-linux-gnu");
    CHECK(look(rig, rig.recipe) == "pending: the driver is not installed yet");
    CHECK(rig.error() ==
          "cannot bring the NVIDIA modules: the driver is not installed (an earlier step must install it)");
  }
  SECTION("no kernel") {
    rig.root.remove_all("/boot");
    CHECK(look(rig, rig.recipe) == "pending: no kernel is installed yet");
    CHECK(rig.error().starts_with("cannot bring the NVIDIA modules: no kernel is installed"));
  }
  SECTION("a container has no kernel of its own") {
    rig.root.remove_all("/boot");
    rig.live = true;
    rig.add_to_machine("/run/systemd/container", "docker\n");
    CHECK(look(rig, rig.recipe) == "as wanted: a container runs on its machine's kernel");
    CHECK(rig.error() == "no error");
  }
  SECTION("nouveau") {
    rig.root.remove("/etc/modprobe.d/nouveau-off.conf");
    CHECK(look(rig, rig.recipe).find("nothing keeps nouveau from being loaded") != std::string::npos);
    CHECK(rig.error().find("\"blacklist nouveau\"") != std::string::npos);
  }
  SECTION("headers") {
    rig.root.remove("/lib/modules/6.8.0-45-generic/build");
    rig.add_file("/var/lib/dpkg/status",
                 "Package: linux-image-generic-hwe-22.04\nStatus: install ok installed\nArchitecture: amd64\n"
                 "Version: 6.8\n\n");
    CHECK(rig.error() ==
          "cannot build the NVIDIA modules 580.95.05 for kernel 6.8.0-45-generic: its headers are not "
          "installed "
          "(install linux-headers-6.8.0-45-generic (linux-headers-generic-hwe-22.04 brings those of new "
          "kernels "
          "too); or remove that kernel)");
  }
  SECTION("dkms itself") {
    rig.root.remove("/usr/sbin/dkms");
    CHECK(rig.error().find("dkms is not installed (install dkms)") != std::string::npos);
  }
}

TEST_CASE("where nothing can build the modules, the package that brings them is named") {
  ModulesRig rig;
  rig.root.remove_all("/var/lib/dkms");
  const auto [os, packages, step, expected] =
      GENERATE(table<const char*, const char*, const char*, const char*>({
          {"ubuntu", "linux-modules-nvidia-580-open-5.15.0-161-generic", k_steps,
           "linux-modules-nvidia-580-open-generic-hwe-22.04"},
          {"ubuntu", "nvidia-utils-580", "- nvidia_modules: {modules: open}\n", "nvidia-dkms-580-open"},
          {"ubuntu", "nvidia-utils-580", k_steps, "nvidia-dkms-580"},
          {"debian", "libcuda1", k_steps, "nvidia-kernel-dkms"},
          {"debian", "libcuda1", "- nvidia_modules: {modules: open}\n", "nvidia-open-kernel-dkms"},
      }));
  rig.add_file("/etc/os-release", std::string("ID=") + os + "\nVERSION_ID=\"12\"\n");
  std::string status;
  for (const std::string package : {packages, "linux-image-generic-hwe-22.04"}) {
    status += "Package: " + package +
              "\nStatus: install ok installed\nArchitecture: amd64\nVersion: 580.95.05-0ubuntu0.22.04.1\n\n";
  }
  rig.add_file("/var/lib/dpkg/status", status);
  rig.recipe = rig.read(step);
  CHECK(rig.error() ==
        std::string("cannot bring the NVIDIA modules 580.95.05 for kernel 6.8.0-45-generic: no "
                    "package that is installed has them, and DKMS has no source of them (install ") +
            expected + ")");
}

TEST_CASE("an older kernel that no module can be had for is told of, and keeps nothing up") {
  ModulesRig rig;
  apply(rig, rig.recipe);
  rig.root.remove_all("/var/lib/dkms");
  rig.root.remove_all(std::string("/lib/modules/") + k_old);
  rig.add_file(std::string("/lib/modules/") + k_old + "/modules.order");
  CHECK(look(rig, rig.recipe) ==
        "as wanted: 580.95.05 for 6.8.0-45-generic; none can be had for 5.15.0-161-generic");
  test::add_kernel(rig, "6.8.0-47-generic");  // the one that boots next is no such
  CHECK(look(rig, rig.recipe) == "none for 6.8.0-47-generic -> 580.95.05 for 6.8.0-47-generic");
}

TEST_CASE("an initramfs from before nouveau was kept away is made anew") {
  ModulesRig rig;
  apply(rig, rig.recipe);
  test::change_later(rig, "/etc/modprobe.d/nouveau-off.conf", "/boot/initrd.img-6.8.0-45-generic");
  rig.add_file("/boot/initrd.img-5.15.0-161-generic", "made in time");
  CHECK(look(rig, rig.recipe) ==
        "an initramfs older than /etc/modprobe.d/nouveau-off.conf for 6.8.0-45-generic -> a new one");
  SECTION("which it is") {
    apply(rig, rig.recipe);
    CHECK(look(rig, rig.recipe).starts_with("as wanted"));
    CHECK(rig.text("/boot/initrd.img-6.8.0-45-generic") == "made anew");
    CHECK(rig.text("/boot/initrd.img-5.15.0-161-generic") == "made in time");
  }
  SECTION("no room") {
    rig.programs.on("update-initramfs", [](const Command&) {
      return FakePrograms::finished(1, "zstd: error 25 : Write error : No space left on device\n");
    });
    CHECK(rig.error() ==
          "cannot make the initramfs of 6.8.0-45-generic anew: update-initramfs: exit status 1: "
          "zstd: "
          "error 25 : Write error : No space left on device (look whether /boot is full; the whole output is "
          "in "
          "the step's log)");
  }
  SECTION("made by something else") {
    rig.root.remove("/usr/sbin/update-initramfs");
    CHECK(rig.error().find("there is no update-initramfs") != std::string::npos);
  }
}

TEST_CASE("an initramfs with the driver's modules in it is made anew when they are") {
  ModulesRig rig;
  rig.root.remove("/boot/vmlinuz-5.15.0-161-generic");
  rig.add_file("/boot/initrd.img-6.8.0-45-generic", "with those of before");
  SECTION("as a hook has it") {
    rig.add_file("/usr/share/initramfs-tools/hooks/framebuffer-nvidia", "#!/bin/sh\n");
    apply(rig, rig.recipe);
    CHECK(rig.text("/boot/initrd.img-6.8.0-45-generic") == "made anew");
    test::change_later(rig, "/lib/modules/6.8.0-45-generic/updates/dkms/nvidia.ko",
                       "/boot/initrd.img-6.8.0-45-generic");
    CHECK(look(rig, rig.recipe) ==
          "an initramfs older than the NVIDIA modules that go into it for 6.8.0-45-generic -> a new one");
    apply(rig, rig.recipe);
    CHECK(look(rig, rig.recipe).starts_with("as wanted"));
  }
  SECTION("but not where nothing puts them there") {
    apply(rig, rig.recipe);
    CHECK(rig.text("/boot/initrd.img-6.8.0-45-generic") == "with those of before");
    CHECK(look(rig, rig.recipe).starts_with("as wanted"));
  }
}

TEST_CASE("where Secure Boot is on, a module that is not signed is built again") {
  ModulesRig rig;
  rig.root.remove("/boot/vmlinuz-5.15.0-161-generic");
  test::add_secure_boot(rig);
  rig.add_file("/lib/modules/6.8.0-45-generic/updates/dkms/nvidia.ko", open_module());
  CHECK(look(rig, rig.recipe) ==
        "580.95.05, not signed for 6.8.0-45-generic -> 580.95.05, signed for 6.8.0-45-generic");
  rig.add_file("/lib/modules/6.8.0-45-generic/updates/dkms/nvidia.ko",
               open_module() + "~Module signature appended~\n");
  CHECK(look(rig, rig.recipe) == "as wanted: 580.95.05 for 6.8.0-45-generic");
  rig.root.remove("/lib/modules/6.8.0-45-generic/updates/dkms/nvidia.ko");
  rig.programs.on("dkms", [](const Command&) {
    return FakePrograms::finished(0,
                                  "Binary kmodsign not found, modules won't be signed\nBuilding module:\n");
  });
  CHECK(rig.error() ==
        "cannot build the NVIDIA modules 580.95.05 for kernel 6.8.0-45-generic: Secure Boot is on, and dkms "
        "says: "
        "Binary kmodsign not found, modules won't be signed (install openssl, on Ubuntu shim-signed, with "
        "which dkms "
        "makes a key to sign with)");
  rig.live = false;
  rig.add_file("/lib/modules/6.8.0-45-generic/updates/dkms/nvidia.ko", open_module());
  CHECK(look(rig, rig.recipe) == "as wanted: 580.95.05 for 6.8.0-45-generic");
}

TEST_CASE("modules of the other flavour are told from those that are wanted") {
  ModulesRig rig;
  rig.root.remove("/boot/vmlinuz-5.15.0-161-generic");
  rig.add_file("/lib/modules/6.8.0-45-generic/updates/dkms/nvidia.ko", open_module());
  CHECK(look(rig, rig.read("- nvidia_modules: {modules: open}\n")) ==
        "as wanted: 580.95.05, open for 6.8.0-45-generic");
  rig.recipe = rig.read("- nvidia_modules: {modules: proprietary}\n");
  CHECK(look(rig, rig.recipe) ==
        "580.95.05, open for 6.8.0-45-generic -> 580.95.05, proprietary for 6.8.0-45-generic");
  CHECK(rig.error() ==
        "cannot build proprietary NVIDIA modules for kernel 6.8.0-45-generic: DKMS has the source of the "
        "open ones "
        "(install the package that builds the proprietary ones)");
  // What lies in another folder does not count: depmod prefers the first.
  rig.add_file("/lib/modules/6.8.0-45-generic/kernel/nvidia-580/nvidia.ko.zst");
  CHECK(look(rig, rig.recipe).starts_with("580.95.05, open"));
}

TEST_CASE("a failed build is told by the line of its log that says why") {
  ModulesRig rig;
  rig.add_file("/boot/config-5.15.0-161-generic",
               "CONFIG_CC_VERSION_TEXT=\"x86_64-linux-gnu-gcc-12 (Ubuntu 12.3.0-1ubuntu1~22.04) 12.3.0\"\n");
  rig.build_says(
      "warning: the compiler differs from the one used to build the kernel\n"
      "gcc: error: unrecognized command-line option '-ftrivial-auto-var-init=zero'\n"
      "make[2]: *** [scripts/Makefile.build:243: nv.o] Error 1\n");
  CHECK(rig.error() ==
        "cannot build the NVIDIA modules 580.95.05 for kernel 5.15.0-161-generic: the kernel was built by "
        "another "
        "compiler: gcc 12.3.0; gcc: error: unrecognized command-line option '-ftrivial-auto-var-init=zero' "
        "(dkms "
        "install: exit status 10) (install gcc-12, which DKMS then takes)");

  rig.build_says("/var/lib/dkms/nvidia/580.95.05/build/nv.c:1:2: error: something new\n");
  CHECK(rig.error().find("-generic: nv.c:1:2: error: something new (dkms install") != std::string::npos);

  rig.programs.on("dkms", [](const Command&) {
    return FakePrograms::finished(7, "Error! Patch nvidia-1.patch cannot be found\nConsult its log\n");
  });
  CHECK(rig.error().find("Error! Patch nvidia-1.patch cannot be found (dkms install: exit status 7)") !=
        std::string::npos);
}

TEST_CASE("why a build failed") {
  constexpr const char* k_differs = "warning: the compiler differs from the one used to build the kernel\n";
  const auto [log, cause, hint] = GENERATE_COPY(table<std::string, const char*, const char*>({
      {"nv.c:1:2: error: implicit declaration of function 'follow_pfn'\n", "does not know a kernel as new",
       "newer"},
      {"nv.c:1:2: error: 'struct drm_driver' has no member named 'x'\n", "does not know a kernel as new",
       "newer"},
      {"nv.c:1:2: error: too few arguments to function 'f'\n", "does not know a kernel as new", "newer"},
      {std::string(k_differs) + "a.c:1:2: error: implicit declaration of function 'f'\n",
       "does not know a kernel as new", "newer"},
      {k_differs, "built by another compiler: gcc 12.3.0", "gcc-12"},
      {"Compiler version check failed:\n", "built by another compiler", "gcc-12"},
      {std::string(k_differs) + "ld: final link failed: No space left on device\n", "disk is full", "/var"},
      {"gcc: fatal error: Killed signal terminated program cc1\n", "out of memory", "memory"},
      {std::string(k_differs) + "nv.c:1:2: error: something new\n", "", "make.log"},
      {"", "", "make.log"},
  }));
  INFO(log);
  const BuildFailure failure = build_failure(log, "gcc 12.3.0");
  CHECK((*cause == 0 ? failure.cause.empty() : failure.cause.find(cause) != std::string::npos));
  CHECK(failure.hint.find(hint) != std::string::npos);
}
