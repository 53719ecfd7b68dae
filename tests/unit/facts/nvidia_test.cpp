// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <fstream>
#include <iterator>

#include "facts/stack.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/facts/described.hpp"

using namespace rigsetup;
using test::Described;

namespace {

/// The program that runs this test has the section that a module has, so it is one to read.
[[gnu::section(".modinfo"), gnu::used]] constexpr char k_modinfo[] =
    "license=Dual MIT/GPL\0version=580.95.05\0supported=external\0srcversion=0123";

std::string this_program() {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a package that is only numbered like a driver does not tell the driver's version") {
  for (const char* name : {"libnvidia-compute-580", "nvidia-driver-580-open", "cuda-drivers", "libcuda1"}) {
    CHECK(is_driver_part(name));
  }
  for (const char* name : {"cuda-compat-13-0", "libxnvctrl0", "nvidia-settings", "nvidia-modprobe"}) {
    CHECK_FALSE(is_driver_part(name));
  }
}

TEST_CASE("who made a package") {
  constexpr std::string_view k_cudatools = "cudatools <cudatools@nvidia.com>";
  constexpr std::string_view k_core = "Ubuntu Core Developers <ubuntu-devel-discuss@lists.ubuntu.com>";
  constexpr std::string_view k_debian =
      "Debian NVIDIA Maintainers <pkg-nvidia-devel@lists.alioth.debian.org>";
  struct Row {
    std::string_view version;
    std::string_view maintainer;
    std::string expected;
  };
  const std::vector<Row> table = {
      {"580.178.04-1ubuntu1", k_cudatools, "nvidia"},
      {"560.35.05-0ubuntu1", k_cudatools, "nvidia"},
      {"12.6.3-1", k_cudatools, "nvidia"},
      {"9.19.0.56-1", k_cudatools, "nvidia"},
      {"580.159.03-0ubuntu0.22.04.1", k_core, "ubuntu"},
      {"535.171.04-0ubuntu2", k_core, "ubuntu"},  // the release pocket of 24.04: looks like NVIDIA's
      {"5.15.0-122.132", "Canonical Kernel Team <kernel-team@lists.ubuntu.com>", "ubuntu"},
      {"550.54.14-0ubuntu0~gpu22.04.1", k_core, "ppa"},
      {"535.309.01-0+deb12u1", k_debian, "debian"},
      {"535.309.01-0+deb12u1", "", "debian"},
      {"11.8.89~11.8.0-5~deb12u1", "Debian NVIDIA Maintainers <x@alioth-lists.debian.net>", "debian"},
      {"580.159.03-0ubuntu0.22.04.1", "", "ubuntu"},
      {"595.71.05-1ubuntu1", "", "nvidia"},
      {"595.71.05-1", "Somebody <a@example.com>", "other"},
  };
  for (const auto& row : table) {
    INFO(row.version << " " << row.maintainer);
    CHECK(package_origin(row.version, row.maintainer) == row.expected);
  }
}

TEST_CASE("the driver's version in that of a package") {
  const std::vector<std::pair<std::string_view, std::string>> table = {
      {"580.159.03-0ubuntu0.22.04.1", "580.159.03"},
      {"580.178.04-1ubuntu1", "580.178.04"},
      {"1:535.309.01-0+deb12u1", "535.309.01"},
      {"610.43.02", "610.43.02"},
      {"470.42-1", "470.42"},
      {"12.6.3-1", ""},
      {"13.0.96-1", ""},
      {"9.19.0.56-1", ""},
      {"5.15.0-122.132", ""},
      {"1.17.8-1", ""},
      {"580-1ubuntu1", ""},  // of a pinning package
      {"", ""},
  };
  for (const auto& [version, expected] : table) {
    INFO(version);
    CHECK(driver_version(version) == expected);
  }
}

TEST_CASE("packages of NVIDIA's stack by name, or by who made them") {
  for (const char* name : {"nvidia-driver-580-server-open", "libnvidia-compute-580", "libcuda1", "cuda",
                           "cuda-toolkit-12-6", "libcudnn9-cuda-12", "linux-modules-nvidia-580-generic",
                           "xserver-xorg-video-nvidia", "nvidia-driver-pinning-580"}) {
    INFO(name);
    CHECK(is_nvidia_package(name, ""));
  }
  for (const char* name : {"bash", "cudasomething", "linux-image-generic", "libc6"}) {
    INFO(name);
    CHECK_FALSE(is_nvidia_package(name, ""));
  }
  CHECK(is_nvidia_package("libcublas-12-6", "cudatools <cudatools@nvidia.com>"));
}

TEST_CASE("the loaded module, by the words of its driver") {
  auto loaded =
      loaded_nvidia("NVRM version: NVIDIA UNIX x86_64 Kernel Module  520.56.06  Thu Oct  6 21:38:55\n");
  CHECK(loaded.version == "520.56.06");
  CHECK(loaded.flavour == "proprietary");
  loaded = loaded_nvidia(
      "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (dvs-builder)\n"
      "GCC version:  gcc version 12.3.0\n");
  CHECK(loaded.version == "580.95.05");
  CHECK(loaded.flavour == "open");
  CHECK(loaded_nvidia("").version.empty());
  CHECK(loaded_nvidia("something else\n").version.empty());
}

TEST_CASE("a module's own words, its signature, and files that are none") {
  const Described target;
  const auto program = this_program();
  target.file("/a/nvidia.ko", program);
  auto module = read_module_file(target.tree, "/a/nvidia.ko");
  REQUIRE(module);
  CHECK(module->version == "580.95.05");
  CHECK(module->license == "Dual MIT/GPL");
  CHECK_FALSE(module->is_signed);

  target.file("/a/signed.ko", program + "~Module signature appended~\n");
  CHECK(read_module_file(target.tree, "/a/signed.ko")->is_signed);
  target.file("/a/cut.ko", program.substr(0, program.size() / 2));  // its headers are at its end
  CHECK(read_module_file(target.tree, "/a/cut.ko")->version.empty());
  target.file("/a/short.ko", program.substr(0, 10));
  CHECK_FALSE(read_module_file(target.tree, "/a/short.ko"));
  target.file("/a/nvidia.ko.zst", std::string("\x28\xb5\x2f\xfd", 4) + std::string(100, 'x'));
  CHECK_FALSE(read_module_file(target.tree, "/a/nvidia.ko.zst"));
  CHECK_FALSE(read_module_file(target.tree, "/a/absent.ko"));
}

TEST_CASE("modules for a kernel are found wherever they may lie") {
  const Described target;
  const std::filesystem::path modules = "/lib/modules/6.8.0-45-generic";
  const auto program = this_program();
  for (const char* file :
       {"updates/dkms/nvidia.ko", "updates/dkms/nvidia-drm.ko", "updates/dkms/nvidia-uvm.ko",
        "kernel/nvidia-580-open/nvidia.ko", "kernel/nvidia-580-open/nvidia-modeset.ko",
        "kernel/drivers/video/nvidia.ko", "kernel/drivers/video/fbdev/nvidia/nvidiafb.ko"}) {
    target.file(modules / file, program);
  }
  target.file(modules / "updates/dkms/nvidia-current-open.ko.xz",
              "\xfd"
              "7zXZ");
  const auto found = read_nvidia_modules(target.tree, "6.8.0-45-generic");
  std::vector<std::string> paths;
  for (const auto& module : found) paths.push_back(module.path.substr(modules.string().size() + 1));
  CHECK(paths == std::vector<std::string>{"updates/dkms/nvidia-current-open.ko.xz", "updates/dkms/nvidia.ko",
                                          "kernel/drivers/video/nvidia.ko",
                                          "kernel/nvidia-580-open/nvidia.ko"});
  CHECK(found.at(0).version.empty());
  CHECK(found.at(0).flavour.empty());
  CHECK(found.at(1).version == "580.95.05");
  CHECK(found.at(1).flavour == "open");
  CHECK(found.at(1).kernel == "6.8.0-45-generic");
}

TEST_CASE("libraries of the driver, their versions, and whether a package brought them") {
  const Described target;
  const std::string folder = "/usr/lib/x86_64-linux-gnu/";
  target.file(folder + "libcuda.so.580.95.05");
  target.link(folder + "libcuda.so.1", "libcuda.so.580.95.05");
  // Debian's go through the alternatives.
  target.file(folder + "nvidia/current/libnvidia-ml.so.535.309.01");
  target.link(folder + "nvidia/current/libnvidia-ml.so.1", "libnvidia-ml.so.535.309.01");
  target.link("/etc/alternatives/nvidia--libnvidia-ml.so.1", folder + "nvidia/current/libnvidia-ml.so.1");
  target.link(folder + "libnvidia-ml.so.1", "/etc/alternatives/nvidia--libnvidia-ml.so.1");
  target.file("/var/lib/dpkg/info/libnvidia-ml1:amd64.list",
              "/.\n/lib\n/lib/x86_64-linux-gnu/nvidia/current/libnvidia-ml.so.535.309.01\n");
  target.link("/usr/lib/libcuda.so.1", "nowhere");

  const auto libraries =
      read_nvidia_libraries(target.tree, {{"libnvidia-ml1", "535.309.01-0+deb12u1", "installed", "", ""}});
  REQUIRE(libraries.size() == 2);
  CHECK(libraries[0].name == "libcuda.so.1");
  CHECK(libraries[0].path == folder + "libcuda.so.580.95.05");
  CHECK(libraries[0].version == "580.95.05");
  CHECK_FALSE(libraries[0].owned);  // the .run installer's
  CHECK(libraries[1].version == "535.309.01");
  CHECK(libraries[1].owned);
}

TEST_CASE("nouveau is off when a file of modprobe's says so") {
  struct Row {
    std::string file;
    std::string text;
    bool off;
  };
  const std::vector<Row> table = {
      {"/etc/modprobe.d/nvidia-graphics-drivers.conf", "blacklist nouveau\nblacklist lbm-nouveau\n", true},
      {"/usr/lib/modprobe.d/nvidia.conf", "  alias   nouveau off\n", true},
      {"/etc/modprobe.d/a.conf", "install nouveau /bin/false\n", true},
      {"/etc/modprobe.d/a.conf", "# blacklist nouveau\noptions nouveau modeset=0\n", false},
      {"/etc/modprobe.d/a.disabled", "blacklist nouveau\n", false},
      {"/etc/modprobe.d/a.conf", "blacklist nouveaux\n", false},
  };
  for (const auto& row : table) {
    INFO(row.file << " " << row.text);
    const Described target;
    target.file(row.file, row.text);
    CHECK(nouveau_off_by(target.tree) == (row.off ? row.file : ""));
  }
  const Described overridden;
  overridden.file("/usr/lib/modprobe.d/nvidia.conf", "blacklist nouveau\n");
  overridden.file("/etc/modprobe.d/nvidia.conf", "");
  CHECK(nouveau_off_by(overridden.tree).empty());
}

TEST_CASE("what has the driver's modules put into an initramfs") {
  struct Row {
    const char* file;
    const char* content;
    bool counts;
  };
  const Row table[] = {
      {"/usr/share/initramfs-tools/hooks/framebuffer-nvidia", "#!/bin/sh\n", true},
      {"/etc/initramfs-tools/hooks/nvidia", "#!/bin/sh\n", true},
      {"/usr/share/initramfs-tools/hooks/plymouth", "# nvidia\n", false},
      {"/etc/initramfs-tools/modules", "# nvidia\nraid1\n nvidia-drm modeset=1\n", true},
      {"/etc/initramfs-tools/modules", "# nvidia\nraid1\n", false},
      {"/usr/share/initramfs-tools/modules.d/gpu", "nvidia\n", true},
  };
  for (const Row& row : table) {
    INFO(row.file << ": " << row.content);
    const Described target;
    target.file(row.file, row.content);
    CHECK(nvidia_initramfs_by(target.tree) == (row.counts ? row.file : ""));
  }
}

TEST_CASE("the stack of a target is told whole, also what was left half") {
  const Described target;
  target.file("/var/lib/dpkg/status",
              "Package: libnvidia-compute-580\nStatus: install ok installed\nArchitecture: amd64\n"
              "Maintainer: Ubuntu Core Developers <ubuntu-devel-discuss@lists.ubuntu.com>\n"
              "Version: 580.159.03-0ubuntu0.22.04.1\nDescription: x\n Version: no\n\n"
              "Package: nvidia-dkms-535\nStatus: deinstall ok config-files\nArchitecture: amd64\n"
              "Maintainer: Ubuntu Core Developers <ubuntu-devel-discuss@lists.ubuntu.com>\n"
              "Version: 535.183.01-0ubuntu0.22.04.1\n\n"
              "Package: bash\nStatus: install ok installed\nVersion: 5\n");
  target.file("/usr/bin/nvidia-uninstall");
  target.file("/var/log/nvidia-installer.log");
  const auto stack = target.facts(nullptr).nvidia;
  REQUIRE(stack.packages.size() == 2);
  CHECK(stack.packages[0].origin == "ubuntu");
  CHECK(stack.packages[0].driver_version == "580.159.03");
  CHECK(stack.packages[1].state == "config-files");
  CHECK(stack.run_files ==
        std::vector<std::string>{"/usr/bin/nvidia-uninstall", "/var/log/nvidia-installer.log"});
  CHECK_FALSE(stack.empty());
  CHECK(Described().facts(nullptr).nvidia.empty());
}
