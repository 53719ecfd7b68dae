// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// The archives of the other tests are shaped like the real ones: plain apt meets in them what it meets there.
#include <set>

#include <rigsetup/base/text.hpp>
#include <rigsetup/compat/load.hpp>
#include <rigsetup/compat/stack.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/shell.hpp"
#include "tests/support/test_root.hpp"
#include "tests/system/nvidia_archive.hpp"
#include "tests/system/ubuntu_archive.hpp"

namespace rigsetup::test {

using Catch::Matchers::Contains;

namespace {

const std::string k_hwe = "generic-hwe-22.04";
const std::string k_of_ubuntu = "580.159.03-0ubuntu0.22.04.1";

/// A release of Ubuntu with both archives and a kernel, and nobody but apt at work.
struct Apt {
  explicit Apt(const UbuntuRelease& release = test::jammy()) : ubuntu(release) {
    ubuntu.make_root(root.path(), {"main", "restricted", "multiverse"});
    nvidia.make_known(root.path());
    root.run("apt-get -q update && apt-get -q -y install linux-image-" + release.kernels.back().flavour);
  }
  std::string apt(const std::string& words) const { return root.run("apt-get -q -y " + words + " 2>&1"); }
  /// What apt says when it fails.
  std::string refused(const std::string& words) const {
    return root.run("! apt-get -q -y " + words + " 2>&1");
  }
  /// "NAME VERSION" of each.
  std::string installed(const std::string& pattern) const {
    return root.run(
        "dpkg-query -W -f=\"\\${db:Status-Abbrev} \\${Package} \\${Version}\\n\" | sed -n \"s/^ii *//p\" | "
        "grep -E \"" +
        pattern + "\" || true");
  }
  UbuntuArchive ubuntu;
  NvidiaArchive nvidia;
  TestRoot root{{"unattended-upgrades"}};
};

/// What the tables would have installed on the release, whatever is wished for.
std::set<std::string> names_in_the_tables(const UbuntuRelease& release) {
  Complaints complaints;
  const compat::Tables tables = compat::load(
      compat::table_folders(std::filesystem::path(RIGSETUP_SOURCE_DIR) / "recipes", "/nowhere"), complaints);
  REQUIRE(complaints.empty());
  std::set<std::string> names;
  const auto add = [&](const compat::Choice& choice) {
    for (const compat::Package& package : choice.packages) names.insert(package.name);
  };
  std::vector<UbuntuKernel> kernels = release.kernels;
  kernels.push_back(kernels.back());
  kernels.back().flavour.clear();  // no meta package follows it
  for (const compat::Origin& origin : tables.platforms.at("ubuntu-" + release.number).origins) {
    for (const std::string& branch : origin.branches) {
      for (const bool headless : {true, false}) {
        for (const char* modules : {"open", "proprietary"}) {
          for (const UbuntuKernel& kernel : kernels) {
            compat::Wishes wishes;
            wishes.platform = "ubuntu-" + release.number;
            wishes.branch = branch;
            wishes.modules = modules;
            wishes.origin = origin.name;
            wishes.headless = headless;
            wishes.nvswitch = headless;
            wishes.kernel_flavour = kernel.flavour;
            wishes.kernel = kernel.release();
            const auto chosen = compat::choose_stack(tables, wishes);
            const auto* stack = std::get_if<compat::Stack>(&chosen);
            if (stack == nullptr) continue;
            for (const auto* choice :
                 {&stack->branch, &stack->driver, &stack->signing, &stack->fabric_manager}) {
              add(*choice);
            }
          }
        }
      }
    }
  }
  return names;
}

}  // namespace

TEST_CASE("every package that the tables name for a release of Ubuntu is in the archives") {
  const UbuntuRelease& release = GENERATE(0, 1) == 0 ? jammy() : noble();
  INFO(release.name);
  const std::set<std::string> names = names_in_the_tables(release);
  REQUIRE(names.size() > 50);
  const Apt apt(release);
  CHECK_NOTHROW(apt.root.run("apt-cache show --no-all-versions " + join({names.begin(), names.end()}, " ")));
}

TEST_CASE("Ubuntu's driver comes with DKMS, unless the meta of the signed modules is asked for with it") {
  const Apt jammy;
  CHECK_THAT(jammy.apt("-s install nvidia-driver-580-open -t jammy-security"),
             Contains("Inst nvidia-dkms-580-open"));
  const std::string done = jammy.apt(
      "install nvidia-driver-580-server-open linux-modules-nvidia-580-server-open-generic-hwe-22.04");
  INFO(done);
  CHECK(jammy.installed(" *(nvidia-)?dkms").empty());
  CHECK_THAT(jammy.installed("nvidia-utils-580-server"), Contains(k_of_ubuntu));
  const std::string module =
      "lib/modules/" + jammy.ubuntu.kernel(k_hwe) + "/kernel/nvidia-580-server-open/nvidia.ko";
  CHECK_THAT(file_text(jammy.root / module),
             Contains("version=580.159.03") && Contains("license=Dual MIT/GPL"));
  // The other flavour, and a desktop's packages, exclude it.
  const std::string other =
      jammy.apt("-s install nvidia-driver-580 linux-modules-nvidia-580-generic-hwe-22.04 -t jammy-security");
  INFO(other);
  CHECK_THAT(other, Contains("Remv libnvidia-compute-580-server") &&
                        Contains("Remv nvidia-kernel-source-580-server-open"));
}

TEST_CASE("old names lead to the branch that came after, and from 615 on all of them to open modules") {
  const Apt jammy;
  CHECK_THAT(jammy.apt("-s install nvidia-headless-535-server"),
             Contains("Inst nvidia-headless-580-server "));
  CHECK_THAT(jammy.apt("-s install nvidia-driver-590"), Contains("Inst nvidia-driver-595 "));
  CHECK_THAT(jammy.apt("-s install nvidia-driver-615"),
             Contains("Inst nvidia-driver-615-open") && Contains("Inst nvidia-dkms-615-open"));
}

TEST_CASE("packages of both origins do not fit together") {
  const Apt jammy;
  jammy.apt(
      "install nvidia-headless-no-dkms-580-server-open "
      "linux-modules-nvidia-580-server-open-generic-hwe-22.04");
  // By one name at two versions, and by virtual names that exclude one another.
  CHECK_THAT(jammy.apt("-s install nvidia-open-580"), Contains("Remv libnvidia-compute-580-server"));
  const std::string mixed = jammy.refused(
      "-s install libnvidia-compute-580=580.178.04-1ubuntu1 "
      "libnvidia-decode-580=580.159.03-0ubuntu0.22.04.1");
  CHECK_THAT(mixed, Contains("unmet dependencies") && Contains("held broken packages"));
}

TEST_CASE("a pin counts from the next command on") {
  const Apt jammy;
  CHECK_THAT(jammy.apt("-s install nvidia-driver-pinning-580 nvidia-open"),
             Contains("Inst nvidia-driver-open (615."));
  // Not even the meta's version helps: it asks for that or newer.
  CHECK_THAT(jammy.apt("-s install nvidia-open=595.71.05-1ubuntu1"),
             Contains("Inst nvidia-driver-open (615."));
  jammy.apt("install nvidia-driver-pinning-580.126.16");
  CHECK_THAT(jammy.apt("-s install nvidia-open"),
             Contains("Inst libnvidia-compute-580 (580.126.16-1ubuntu1"));

  jammy.apt("install nvidia-driver-pinning-580 nvidia-driver-pinning-580.126.16-");
  jammy.apt("install nvidia-open-580");
  CHECK_THAT(jammy.installed("libnvidia-compute"), Contains("libnvidia-compute-580 580.178.04-1ubuntu1"));
  jammy.apt("install nvidia-driver-pinning-595");
  CHECK(jammy.installed("nvidia-driver-pinning-580").empty());
  const std::string moved = jammy.apt("install nvidia-open");
  INFO(moved);
  CHECK_THAT(jammy.installed("nvidia-driver"),
             Contains("nvidia-driver-open 595.71.05-1ubuntu1") && !Contains("580"));
  CHECK(jammy.installed("libnvidia-compute") == "libnvidia-compute 595.71.05-1ubuntu1\n");
}

TEST_CASE("some tools and metas drag another driver in") {
  const Apt jammy;
  CHECK_THAT(jammy.apt("-s install cuda-12-9"), Contains("Inst nvidia-driver (615."));
  jammy.apt(
      "install nvidia-headless-no-dkms-595-server-open "
      "linux-modules-nvidia-595-server-open-generic-hwe-22.04");
  CHECK_THAT(jammy.apt("-s install cuda"), Contains("Remv libnvidia-compute-595-server"));
}

TEST_CASE("left alone, apt and unattended-upgrades move the driver") {
  Apt jammy;
  jammy.apt(
      "install nvidia-headless-no-dkms-580-server-open nvidia-utils-580-server "
      "linux-modules-nvidia-580-server-open-generic-hwe-22.04");
  jammy.ubuntu.offer_driver("580.178.04");
  write_text(jammy.root / "etc/apt/apt.conf.d/60all",
             "Unattended-Upgrade::Origins-Pattern {\"origin=Ubuntu\"; \"origin=NVIDIA\";};\n"
             "Unattended-Upgrade::OnlyOnACPower \"false\";\n");
  jammy.apt("update");
  const std::string done = jammy.root.run("unattended-upgrade -v 2>&1");
  INFO(done);
  CHECK_THAT(jammy.installed("nvidia-utils"), Contains("580.178.04"));
}

}  // namespace rigsetup::test
