// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/system/ubuntu_archive.hpp"

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "tests/support/kernel_module.hpp"
#include "tests/support/shell.hpp"
#include "tests/system/driver_packages.hpp"

namespace rigsetup::test {
namespace {

namespace fs = std::filesystem;

const std::string k_of_kernel = "Canonical Kernel Team <kernel-team@lists.ubuntu.com>";
const std::string k_of_ubuntu = "Ubuntu Developers <ubuntu-devel-discuss@lists.ubuntu.com>";
const std::string k_signer = "Canonical Ltd. Kernel Module Signing";

Deb deb(const std::string& name, const std::string& version, const std::string& depends = {}) {
  Deb made{.name = name, .version = version, .fields = {{"Maintainer", k_of_ubuntu}}};
  if (!depends.empty()) made.fields.emplace_back("Depends", depends);
  return made;
}

std::string branch_of(const std::string& upstream) { return upstream.substr(0, upstream.find('.')); }

std::string component_of(const std::string& upstream) {
  return branch_of(upstream) == "580" ? "restricted" : "multiverse";
}

bool is_open_only(const std::string& upstream) { return branch_of(upstream) >= "615"; }

DriverRelease release_of(const std::string& suffix, const std::string& upstream,
                         const UbuntuRelease& ubuntu) {
  return {suffix, upstream, ubuntu.revision(), k_of_ubuntu, is_open_only(upstream)};
}

/// An initramfs-tools that makes what it is asked for, of nothing.
Deb initramfs_package() {
  Deb made = deb("initramfs-tools", "0.140ubuntu13.5");
  made.programs = {
      {"/usr/sbin/update-initramfs",
       "#!/bin/sh\n"
       "while getopts cduvk: option; do test $option != k || kernel=$OPTARG; done\n"
       "for image in /boot/vmlinuz-*; do\n"
       "  case ${kernel:-all} in all | ${image#/boot/vmlinuz-}) ;; *) continue ;; esac\n"
       "  cat /etc/modprobe.d/*.conf >/boot/initrd.img-${image#/boot/vmlinuz-} 2>/dev/null || true\n"
       "done\n"},
      {"/etc/kernel/postinst.d/initramfs-tools", "#!/bin/sh\nexec update-initramfs -c -k $1\n"}};
  return made;
}

}  // namespace

std::string UbuntuKernel::release() const { return format("{}-{}-generic", base, abi); }
std::string UbuntuKernel::version() const { return format("{}-{}.{}{}", base, abi, abi, tail); }

const UbuntuRelease& jammy() {
  static const UbuntuRelease release = {
      "jammy",
      "22.04",
      "Ubuntu 22.04.5 LTS",
      {{"generic", "5.15.0", 193, "", "x86_64-linux-gnu-gcc (Ubuntu 11.4.0-1ubuntu1~22.04) 11.4.0"},
       {"generic-hwe-22.04", "6.8.0", 135, "~22.04.1",
        "x86_64-linux-gnu-gcc-12 (Ubuntu 12.3.0-1ubuntu1~22.04) 12.3.0"}},
      {"580.159.03", "595.71.05", "615.71.09"},
      {{"gcc-11", "11.4.0-1ubuntu1~22.04"}, {"gcc-12", "12.3.0-1ubuntu1~22.04"}},
  };
  return release;
}

const UbuntuRelease& noble() {
  static const UbuntuRelease release = {
      "noble",
      "24.04",
      "Ubuntu 24.04.4 LTS",
      {{"generic", "6.8.0", 136, "", "x86_64-linux-gnu-gcc-13 (Ubuntu 13.3.0-6ubuntu2~24.04) 13.3.0"},
       {"generic-hwe-24.04", "7.0.0", 27, "~24.04.1",
        "x86_64-linux-gnu-gcc-13 (Ubuntu 13.3.0-6ubuntu2~24.04) 13.3.0"}},
      {"580.173.02", "595.71.05", "615.71.09"},
      {{"gcc-13", "13.3.0-6ubuntu2~24.04"}},
  };
  return release;
}

UbuntuArchive::UbuntuArchive(const UbuntuRelease& release) : release_(release) {
  archive_.name_suites("Ubuntu", "Ubuntu");
  for (const std::string& suite : {release.codename, release.suite("updates"), release.suite("security")}) {
    for (const char* component : {"main", "restricted", "multiverse"})
      archive_.add_component(suite, component);
  }
  add_distribution();
  for (const UbuntuKernel& kernel : release.kernels) kernels_[kernel.flavour] = kernel;
  for (const std::string& upstream : release.drivers) add_driver(upstream);
  for (const auto& [flavour, kernel] : kernels_) {
    add_kernel(flavour);
    add_modules(flavour);
  }
  add_old_names();
  publish();
}

void UbuntuArchive::put(const Deb& deb, const std::string& component) {
  const auto before = newest_.find(deb.name);
  const std::string suite = release_.suite("security");
  if (before != newest_.end()) archive_.remove(before->second, suite, component);
  archive_.add(deb, suite, component);
  newest_[deb.name] = deb;
}

/// What drivers, toolkits and their building need of it.
void UbuntuArchive::add_distribution() {
  const auto add = [&](const Deb& one) { archive_.add(one, release_.codename, "main"); };
  for (const auto& [name, version] : release_.compilers) add(deb(name, version));
  const auto& [first, version] = release_.compilers.front();
  for (const Deb& one :
       {deb("g++", "4:" + version), deb("gcc", "4:" + version, first), deb("make", "4.3-4.1build1"),
        deb("build-essential", "12.9ubuntu3", "g++, gcc, make"), deb("nvidia-prime", "0.8.17.1"),
        deb("nvidia-settings", "510.47.03-0ubuntu1"), deb("less", "590-1build1"),
        dkms_package(release_.compilers.back().first), initramfs_package(),
        // Tools of this kind ask for the driver by a name that every branch has.
        deb("nvtop", "1.2.2-1", "libnvidia-compute-580 | libnvidia-compute")}) {
    add(one);
  }
}

void UbuntuArchive::add_driver(const std::string& upstream) {
  const std::string branch = branch_of(upstream);
  for (const char* kind : {"", "-server"}) {
    const std::string suffix = "-" + branch + kind;
    drivers_[suffix] = upstream;
    const DriverRelease release = release_of(suffix, upstream, release_);
    for (const Deb& one : driver_packages(release)) put(one, component_of(upstream));
    if (!release.open_only) continue;
    for (const char* stem : {"nvidia-driver", "nvidia-dkms", "nvidia-headless", "nvidia-headless-no-dkms"}) {
      put(transitional(release.name(stem), release.version(), release.name(stem) + "-open", k_of_kernel),
          component_of(upstream));
    }
  }
  Deb fabric = deb("nvidia-fabricmanager-" + branch, release_of("", upstream, release_).version(),
                   format("nvidia-kernel-common-{}-server-{}", branch, upstream));
  fabric.fields.emplace_back("Provides", "nvidia-fabricmanager");
  fabric.fields.emplace_back("Conflicts", "nvidia-fabricmanager");
  put(fabric, component_of(upstream));
}

void UbuntuArchive::add_kernel(const std::string& flavour) {
  const UbuntuKernel& kernel = kernels_.at(flavour);
  const std::string release = kernel.release();
  Deb image = deb("linux-image-" + release, kernel.version(), "linux-modules-" + release);
  image.fields.emplace_back("Recommends", "initramfs-tools | linux-initramfs-tool");
  image.files = {{"/boot/vmlinuz-" + release, "a kernel\n"},
                 {"/boot/config-" + release,
                  format("CONFIG_MODULE_SIG=y\nCONFIG_CC_VERSION_TEXT=\"{}\"\n", kernel.compiler)}};
  image.scripts["postinst"] = format(
      "for hook in /etc/kernel/postinst.d/*; do\n  ! test -x \"$hook\" || "
      "\"$hook\" {0} /boot/vmlinuz-{0}\ndone",
      release);
  Deb modules = deb("linux-modules-" + release, kernel.version());
  modules.files = {
      {format("/lib/modules/{}/kernel/drivers/gpu/drm/nouveau/nouveau.ko", release), "nouveau\n"}};
  Deb headers = deb("linux-headers-" + release, kernel.version());
  headers.files = {{format("/usr/src/linux-headers-{}/Makefile", release), "# of a kernel\n"}};
  headers.links = {{format("/lib/modules/{}/build", release), "/usr/src/linux-headers-" + release}};
  headers.scripts["postinst"] =
      format("for hook in /etc/kernel/header_postinst.d/*; do\n  ! test -x \"$hook\" || \"$hook\" {}\ndone",
             release);
  for (const Deb& one :
       {image, modules, headers, deb("linux-image-" + flavour, kernel.version(), image.name),
        deb("linux-headers-" + flavour, kernel.version(), headers.name),
        deb("linux-" + flavour, kernel.version(),
            format("linux-image-{0} (= {1}), linux-headers-{0} (= {1})", flavour, kernel.version()))}) {
    put(one, "main");
  }
}

void UbuntuArchive::add_modules(const std::string& flavour) {
  for (const auto& [suffix, upstream] : drivers_) {
    if (!is_open_only(upstream)) add_modules_of(flavour, suffix, upstream);
    add_modules_of(flavour, suffix + "-open", upstream);
  }
}

/// Those of one kernel, and the meta that follows the kernel: it stands in for DKMS.
void UbuntuArchive::add_modules_of(const std::string& flavour, const std::string& suffix,
                                   const std::string& upstream) {
  const UbuntuKernel& kernel = kernels_.at(flavour);
  const std::string version =
      kernel.rebuilt == 0 ? kernel.version() : format("{}+{}", kernel.version(), kernel.rebuilt);
  const bool open = suffix.ends_with("-open");
  const DriverRelease driver =
      release_of(open ? suffix.substr(0, suffix.size() - 5) : suffix, upstream, release_);
  const std::string common = driver.name("nvidia-kernel-common");
  const std::string release = kernel.release();
  Deb modules = transitional(
      format("linux-modules-nvidia{}-{}", suffix, release), version,
      format("linux-image-{0} | linux-image-unsigned-{0}, {1}", release, of_release(common, driver)),
      k_of_kernel);
  modules.files = {{format("/lib/modules/{}/kernel/nvidia{}/nvidia.ko", release, suffix),
                    kernel_module(release, upstream, open ? "Dual MIT/GPL" : "NVIDIA", k_signer)}};
  Deb meta =
      transitional(format("linux-modules-nvidia{}-{}", suffix, flavour), version,
                   format("{} (= {}), {} (>= {})", modules.name, version, common, upstream), k_of_kernel);
  meta.fields.emplace_back("Provides",
                           format("nvidia-dkms{} (= {}), nvidia-prebuilt-kernel", suffix, driver.version()));
  put(modules, component_of(upstream));
  put(meta, component_of(upstream));
}

/// An old branch's names lead to the branch that came after it.
void UbuntuArchive::add_old_names() {
  const std::vector<std::pair<std::string, std::string>> old{{"535", "580"}, {"590", "595"}};
  for (const auto& [before, after] : old) {
    const std::string version = (before == "535" ? "535.309.01-" : "590.48.01-") + release_.revision();
    const std::string component = after == "580" ? "restricted" : "multiverse";
    for (const char* kind : {"", "-open", "-server", "-server-open"}) {
      for (const char* stem :
           {"nvidia-driver-", "nvidia-dkms-", "nvidia-headless-", "nvidia-headless-no-dkms-"}) {
        put(transitional(stem + before + kind, version, stem + after + kind, k_of_kernel), component);
      }
      for (const auto& [flavour, kernel] : kernels_) {
        put(transitional(format("linux-modules-nvidia-{}{}-{}", before, kind, flavour), kernel.version(),
                         format("linux-modules-nvidia-{}{}-{}", after, kind, flavour), k_of_kernel),
            component);
      }
    }
    for (const char* kind : {"", "-server"}) {
      for (const char* stem : {"nvidia-utils-", "nvidia-compute-utils-", "libnvidia-compute-"}) {
        put(transitional(stem + before + kind, version, stem + after + kind, k_of_kernel), component);
      }
    }
  }
}

void UbuntuArchive::offer_driver(const std::string& upstream) {
  add_driver(upstream);
  for (auto& [flavour, kernel] : kernels_) {
    ++kernel.rebuilt;
    add_modules(flavour);
  }
  publish();
}

void UbuntuArchive::offer_kernel(const std::string& flavour) {
  UbuntuKernel& kernel = kernels_.at(flavour);
  ++kernel.abi;
  kernel.rebuilt = 0;
  add_kernel(flavour);
  add_modules(flavour);
  publish();
}

void UbuntuArchive::offer_less(const std::string& version) { offer(deb("less", version)); }

void UbuntuArchive::offer(const Deb& deb) {
  put(deb, "main");
  publish();
}

std::string UbuntuArchive::kernel(const std::string& flavour) const { return kernels_.at(flavour).release(); }

void UbuntuArchive::make_root(const fs::path& root, std::vector<std::string> components) const {
  write_text(root / "etc/os-release",
             format("ID=ubuntu\nVERSION_ID=\"{}\"\nVERSION_CODENAME={}\nPRETTY_NAME=\"{}\"\n",
                    release_.number, release_.codename, release_.name));
  write_text(root / "etc/default/grub", "GRUB_DEFAULT=0\n");
  apt::Source ubuntu = archive_.source(server_.url(), "ubuntu", std::move(components));
  ubuntu.suites = {release_.codename, release_.suite("updates"), release_.suite("security")};
  fs::create_directories(root / "etc/apt/keyrings");
  write_text(root.string() + ubuntu.key_path(), ubuntu.key);
  write_text(root.string() + ubuntu.file_path(), ubuntu.deb822());
}

}  // namespace rigsetup::test
