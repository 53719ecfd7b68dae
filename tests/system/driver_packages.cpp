// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/system/driver_packages.hpp"

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "tests/support/kernel_module.hpp"

namespace rigsetup::test {
namespace {

using Names = std::vector<std::string>;

const std::string k_libraries = "/usr/lib/x86_64-linux-gnu/";
const std::string k_flavours[] = {"", "-open"};

/// Puts the packages of one release together.
class Packaging {
 public:
  explicit Packaging(const DriverRelease& release) : release_(release) {}

  std::vector<Deb> all() {
    add_libraries();
    add_kernel_parts();
    add_tools();
    for (const std::string& flavour : k_flavours) {
      if (release_.open_only && flavour.empty()) continue;
      add_dkms(flavour);
      add_metas(flavour);
    }
    return std::move(made_);
  }

 private:
  std::string name(const std::string& stem) const { return release_.name(stem); }
  std::string exactly(const std::string& stem) const {
    return format("{} (= {})", name(stem), release_.version());
  }
  /// Provided with the release in the name: libraries and kernel parts of two releases do not mix.
  std::string tie() const { return format("{}-{}", name("nvidia-kernel-common"), release_.upstream); }

  /// `alone`: virtual names of which one package at a time may be there.
  Deb& add(const std::string& whole_name, const Names& depends, const Names& alone, const Names& provides) {
    Deb deb;
    deb.name = whole_name;
    deb.version = release_.version();
    deb.fields.emplace_back("Maintainer", release_.maintainer);
    if (!depends.empty()) deb.fields.emplace_back("Depends", join(depends, ", "));
    Names all = alone;
    all.insert(all.end(), provides.begin(), provides.end());
    if (!all.empty()) deb.fields.emplace_back("Provides", join(all, ", "));
    if (!alone.empty()) {  // a package never conflicts with itself, even where this is its own name
      deb.fields.emplace_back("Conflicts", join(alone, ", "));
      deb.fields.emplace_back("Replaces", join(alone, ", "));
    }
    made_.push_back(std::move(deb));
    return made_.back();
  }

  void add_library(Deb& deb, const std::string& library) const {
    deb.files.emplace_back(k_libraries + library + ".so." + release_.upstream, "a library\n");
    deb.links.emplace_back(k_libraries + library + ".so.1", library + ".so." + release_.upstream);
  }

  void add_libraries() {
    if (release_.of_nvidia) add(name("libnvidia-gpucomp"), {}, {"libnvidia-gpucomp"}, {});
    Deb& compute = add(name("libnvidia-compute"), {release_.of_nvidia ? exactly("libnvidia-gpucomp") : tie()},
                       {"libnvidia-compute", "nvidia-opencl-icd"},
                       {format("libcuda1 (= {})", release_.version()), "libcuda-12.8-1"});
    add_library(compute, "libcuda");
    add_library(compute, "libnvidia-ml");
    add(name("libnvidia-common"), {tie()}, {"libnvidia-common"}, {});
    add(name("libnvidia-cfg1"), {tie()}, {"libnvidia-cfg1-any"}, {});
    add(name("libnvidia-decode"), {tie(), exactly("libnvidia-compute")}, {"libnvidia-decode"}, {});
    add(name("libnvidia-encode"), {tie(), format("{} (>= {})", name("libnvidia-decode"), release_.upstream)},
        {"libnvidia-encode"}, {});
    add(name("libnvidia-extra"), {tie()}, {"libnvidia-extra"}, {});
    add(name("libnvidia-fbc1"), {tie()}, {"libnvidia-fbc1"}, {});
    add(name("libnvidia-gl"),
        {tie(), name("libnvidia-common"), format("{} (>= {})", name("libnvidia-compute"), release_.upstream)},
        {"libnvidia-gl"}, {});
  }

  void add_kernel_parts() {
    const std::string firmware = release_.of_nvidia
                                     ? name("nvidia-firmware")
                                     : format("{}-{}", name("nvidia-firmware"), release_.upstream);
    Deb& gsp = add(firmware, {}, {}, {});
    gsp.files.emplace_back(format("/lib/firmware/nvidia/{}/gsp_ga10x.bin", release_.upstream), "firmware\n");
    Deb& common =
        add(name("nvidia-kernel-common"), {release_.of_nvidia ? exactly("nvidia-firmware") : firmware},
            {"nvidia-kernel-common"}, {tie()});
    common.files.emplace_back("/lib/modprobe.d/nvidia-graphics-drivers.conf",
                              "blacklist nouveau\nalias nouveau off\n");
    common.files.emplace_back("/lib/udev/rules.d/71-nvidia.rules", "# loads the modules\n");
  }

  void add_tools() {
    Deb& utils =
        add(name("nvidia-utils"), {tie(), format("{} (>= {})", name("libnvidia-compute"), release_.upstream)},
            {"nvidia-smi", "nvidia-utils"}, {});
    utils.programs.emplace_back(
        "/usr/bin/nvidia-smi",
        "#!/bin/sh\necho \"NVIDIA-SMI has failed because it couldn't communicate with "
        "the NVIDIA driver.\"\nexit 9\n");
    const bool unsuffixed = release_.suffix.empty();
    Deb& daemon =
        add(unsuffixed ? "nvidia-persistenced" : name("nvidia-compute-utils"),
            {name("libnvidia-compute"), "adduser"}, {"nvidia-compute-utils", "nvidia-persistenced"}, {});
    daemon.programs.emplace_back("/usr/bin/nvidia-persistenced", "#!/bin/sh\nexit 1\n");
    daemon.files.emplace_back(
        "/lib/systemd/system/nvidia-persistenced.service",
        format("[Unit]\nDescription=NVIDIA Persistence Daemon\n\n[Service]\nType=forking\nExecStart="
               "/usr/bin/nvidia-persistenced --user nvidia-persistenced{} --verbose\n",
               release_.of_nvidia ? "" : " --no-persistence-mode"));
    add(name("xserver-xorg-video-nvidia"), {exactly("libnvidia-cfg1")},
        {"nvidia-driver-binary", "xorg-driver-binary"}, {});
  }

  /// The source, and what has it built for each kernel.
  void add_dkms(const std::string& flavour) {
    const std::string source = name("nvidia-kernel-source") + flavour;
    const std::string common = of_release(name("nvidia-kernel-common"), release_);
    Deb& code = add(source, {}, {"nvidia-kernel-source"}, {});
    const std::string folder = "/usr/src/nvidia-" + release_.upstream;
    code.files.emplace_back(
        folder + "/nvidia.ko",
        kernel_module("any", release_.upstream, flavour.empty() ? "NVIDIA" : "Dual MIT/GPL"));
    code.files.emplace_back(folder + "/dkms.conf", "PACKAGE_NAME=\"nvidia\"\nAUTOINSTALL=\"yes\"\n");
    Deb& builds = add(name("nvidia-dkms") + flavour, {"dkms", of_release(source, release_), common},
                      {"nvidia-dkms-kernel"}, {});
    builds.scripts["postinst"] = format(
        "dkms add -m nvidia -v {0}\nfor k in /lib/modules/*/build; do\n"
        "  test -e \"$k\" || continue\n  k=${{k%/build}}\n"
        "  dkms install -m nvidia -v {0} -k \"${{k##*/}}\"\ndone",
        release_.upstream);
    builds.scripts["prerm"] = format("dkms remove -m nvidia -v {} --all", release_.upstream);
  }

  void add_metas(const std::string& flavour) {
    const std::string source =
        format("{}{} (= {})", name("nvidia-kernel-source"), flavour, release_.version());
    const std::string common = of_release(name("nvidia-kernel-common"), release_);
    const std::string daemon = release_.suffix.empty()
                                   ? format("nvidia-persistenced (= {})", release_.version())
                                   : exactly("nvidia-compute-utils");
    const std::string no_dkms = name("nvidia-headless-no-dkms") + flavour;
    add(no_dkms, {common, source, exactly("libnvidia-compute"), daemon, exactly("libnvidia-cfg1")}, {}, {});
    add(name("nvidia-headless") + flavour, {no_dkms, name("nvidia-dkms") + flavour}, {"nvidia-headless"}, {});
    Names whole{exactly("libnvidia-gl"), of_release(name("nvidia-dkms") + flavour, release_), common, source};
    for (const char* stem : {"libnvidia-compute", "libnvidia-extra", "libnvidia-decode", "libnvidia-encode",
                             "nvidia-utils", "libnvidia-cfg1", "libnvidia-fbc1"}) {
      whole.push_back(exactly(stem));
    }
    whole.push_back(daemon);
    if (!release_.of_nvidia) whole.push_back(exactly("xserver-xorg-video-nvidia"));
    if (release_.of_nvidia) whole.push_back(format("nvidia-modprobe (>= {})", release_.upstream));
    Deb& driver = add(name("nvidia-driver") + flavour, whole, {}, {});
    driver.fields.emplace_back("Recommends",
                               release_.of_nvidia ? "nvidia-settings" : "nvidia-settings, nvidia-prime");
  }

  const DriverRelease& release_;
  std::vector<Deb> made_;
};

/// Only what packages of modules and rigsetup ask of it; its tree is that of the real one.
constexpr const char* k_dkms = R"sh(#!/bin/sh
set -e
tree=/var/lib/dkms
command=$1; shift
name=nvidia version= kernel= all=
while [ $# -gt 0 ]; do
  case $1 in
  -m) name=${2%/*}; case $2 in */*) version=${2#*/} ;; esac; shift ;;
  -v) version=$2; shift ;;
  -k) kernel=$2; shift ;;
  --all) all=yes ;;
  -*) ;;
  */*) name=${1%/*} version=${1#*/} ;;
  esac
  shift
done
install_for() { # NAME VERSION KERNEL
  test -e "/lib/modules/$3/build" || {
    echo "Error! Your kernel headers for kernel $3 cannot be found at /lib/modules/$3/build or /lib/modules/$3/source." >&2
    return 1
  }
  mkdir -p "$tree/$1/$2/$3/x86_64/module" "/lib/modules/$3/updates/dkms"
  cp "/usr/src/$1-$2/nvidia.ko" "$tree/$1/$2/$3/x86_64/module/"
  cp "/usr/src/$1-$2/nvidia.ko" "/lib/modules/$3/updates/dkms/"
  ln -sfn "$2/$3/x86_64" "$tree/$1/kernel-$3-x86_64"
}
remove_from() { # NAME VERSION
  for link in "$tree/$1"/kernel-*; do
    case $(readlink "$link") in "$2"/*)
      k=${link##*/kernel-}
      rm -f "$link" "/lib/modules/${k%-x86_64}/updates/dkms/nvidia.ko" ;;
    esac
  done
  rm -rf "${tree:?}/$1/$2"
}
case $command in
add) mkdir -p "$tree/$name/$version"; ln -sfn "/usr/src/$name-$version" "$tree/$name/$version/source" ;;
build | install) install_for "$name" "$version" "${kernel:-$(uname -r)}" || exit 21 ;;
autoinstall)
  for source in "$tree"/*/*/source; do
    test -e "$source" || continue
    module=${source%/source}; module=${module#"$tree"/}
    install_for "${module%/*}" "${module#*/}" "${kernel:-$(uname -r)}" || exit 11
  done ;;
remove) remove_from "$name" "$version" ;;
status)
  for source in "$tree"/*/*/source; do
    test -e "$source" || continue
    module=${source%/source}; module=${module#"$tree"/}
    found=
    for built in "$tree/$module"/*/x86_64; do
      test -e "$built" || continue
      k=${built%/x86_64}; found=yes
      echo "$module, ${k##*/}, x86_64: installed"
    done
    test "$found" || echo "$module: added"
  done ;;
esac
)sh";

}  // namespace

std::string of_release(const std::string& name, const DriverRelease& release) {
  // NVIDIA's revisions, "1ubuntu1", are above Ubuntu's bound: its packages do not fit Ubuntu's modules.
  return release.of_nvidia ? format("{} (= {})", name, release.version())
                           : format("{0} (<= {1}-1), {0} (>= {1})", name, release.upstream);
}

std::vector<Deb> driver_packages(const DriverRelease& release) { return Packaging(release).all(); }

Deb transitional(const std::string& name, const std::string& version, const std::string& to,
                 const std::string& maintainer) {
  Deb deb;
  deb.name = name;
  deb.version = version;
  deb.fields = {{"Maintainer", maintainer}, {"Depends", to}};
  return deb;
}

Deb dkms_package(const std::string& compiler) {
  Deb deb;
  deb.name = "dkms";
  deb.version = "2.8.7-2ubuntu2.2";
  deb.fields.emplace_back("Depends", "gcc, " + compiler + ", make | build-essential");
  deb.programs = {{"/usr/sbin/dkms", k_dkms},
                  {"/etc/kernel/header_postinst.d/dkms", "#!/bin/sh\nexec dkms autoinstall -k \"$1\"\n"}};
  return deb;
}

}  // namespace rigsetup::test
