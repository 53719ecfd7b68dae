// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/text.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/compat/shipped.hpp"

using namespace rigsetup;
using test::names;
using test::shipped;

TEST_CASE("the packages of each platform, origin, branch, use and kind of modules") {
  struct Row {
    compat::Wishes machine;
    std::string origin, branch, modules;
    bool headless;
    std::string pinning, driver, modules_packages;
  };
  const compat::Wishes j = test::jammy({"2684"});
  const compat::Wishes n = test::noble({"2684"});
  const compat::Wishes d = test::bookworm({"2684"});
  compat::Wishes t = d;
  t.platform = "debian-13";
  t.kernel = "6.12.117+deb13-amd64";
  const std::string jammy_dkms = "linux-headers-generic-hwe-22.04 dkms gcc-12";
  const std::string noble_dkms = "linux-headers-generic dkms gcc-13";
  const Row table[] = {
      // Ubuntu's archive: the branch is always in the name, servers have their own.
      {j, "ubuntu", "580", "open", false, "", "nvidia-driver-580-open",
       "linux-modules-nvidia-580-open-generic-hwe-22.04"},
      {j, "ubuntu", "580", "open", true, "",
       "nvidia-headless-no-dkms-580-server-open nvidia-utils-580-server",
       "linux-modules-nvidia-580-server-open-generic-hwe-22.04"},
      {j, "ubuntu", "580", "proprietary", false, "", "nvidia-driver-580",
       "linux-modules-nvidia-580-generic-hwe-22.04"},
      {j, "ubuntu", "580", "proprietary", true, "",
       "nvidia-headless-no-dkms-580-server nvidia-utils-580-server",
       "linux-modules-nvidia-580-server-generic-hwe-22.04"},
      {j, "ubuntu", "595", "open", false, "", "nvidia-driver-595-open",
       "linux-modules-nvidia-595-open-generic-hwe-22.04"},
      {j, "ubuntu", "615", "open", true, "",
       "nvidia-headless-no-dkms-615-server-open nvidia-utils-615-server",
       "linux-modules-nvidia-615-server-open-generic-hwe-22.04"},
      {n, "ubuntu", "580", "open", false, "", "nvidia-driver-580-open",
       "linux-modules-nvidia-580-open-generic"},
      {n, "ubuntu", "595", "proprietary", true, "",
       "nvidia-headless-no-dkms-595-server nvidia-utils-595-server",
       "linux-modules-nvidia-595-server-generic"},
      // NVIDIA's repository: up to 580 with the branch, from 590 on without; pinned by a package of its own.
      {j, "nvidia", "570", "open", false, "nvidia-driver-pinning-570", "nvidia-open-570", jammy_dkms},
      {j, "nvidia", "580", "open", true, "nvidia-driver-pinning-580", "nvidia-open-580", jammy_dkms},
      {j, "nvidia", "580", "proprietary", false, "nvidia-driver-pinning-580", "cuda-drivers-580", jammy_dkms},
      {j, "nvidia", "580.126.16", "open", false, "nvidia-driver-pinning-580.126.16",
       "nvidia-open-580=580.126.16-*", jammy_dkms},
      {j, "nvidia", "590", "open", false, "nvidia-driver-pinning-590", "nvidia-open", jammy_dkms},
      {j, "nvidia", "595", "open", true, "nvidia-driver-pinning-595", "nvidia-open", jammy_dkms},
      {j, "nvidia", "595", "proprietary", false, "nvidia-driver-pinning-595", "cuda-drivers", jammy_dkms},
      {j, "nvidia", "610", "open", false, "nvidia-driver-pinning-610", "nvidia-open", jammy_dkms},
      {n, "nvidia", "595", "open", false, "nvidia-driver-pinning-595", "nvidia-open", noble_dkms},
      // Debian's own: no branch in any name.
      {d, "debian", "535", "open", false, "", "nvidia-driver nvidia-open-kernel-dkms",
       "linux-headers-amd64 dkms gcc-12"},
      {d, "debian", "535", "proprietary", false, "", "nvidia-driver nvidia-kernel-dkms",
       "linux-headers-amd64 dkms gcc-12"},
      {d, "debian", "535", "proprietary", true, "",
       "nvidia-kernel-dkms libcuda1 nvidia-smi nvidia-persistenced", "linux-headers-amd64 dkms gcc-12"},
      {t, "debian", "550", "open", true, "",
       "nvidia-open-kernel-dkms libcuda1 nvidia-smi nvidia-persistenced", "linux-headers-amd64 dkms gcc-14"},
  };
  for (const Row& row : table) {
    compat::Wishes wishes = row.machine;
    wishes.origin = row.origin;
    wishes.branch = row.branch;
    wishes.modules = row.modules;
    wishes.headless = row.headless;
    INFO(wishes.platform << " " << row.origin << " " << row.branch << " " << row.modules << " "
                         << row.headless);
    const compat::Stack stack = test::fit(wishes);
    CHECK(names(stack.branch.packages) == row.pinning);
    CHECK(names(stack.driver.packages) == row.driver);
    CHECK(names(stack.signing.packages) == row.modules_packages);
    CHECK(stack.driver_repository == row.origin);
  }
}

TEST_CASE("modules follow the kernel by the meta of its flavour, else they are built") {
  struct Row {
    std::string flavour, kernel, how, packages;
  };
  const Row table[] = {
      {"generic", "5.15.0-204-generic", "distribution", "linux-modules-nvidia-580-open-generic"},
      {"generic-hwe-22.04", "6.8.0-149-generic", "distribution",
       "linux-modules-nvidia-580-open-generic-hwe-22.04"},
      {"virtual", "5.15.0-204-generic", "distribution", "linux-modules-nvidia-580-open-generic"},
      {"virtual-hwe-22.04", "6.8.0-149-generic", "distribution",
       "linux-modules-nvidia-580-open-generic-hwe-22.04"},
      {"lowlatency", "5.15.0-199-lowlatency", "distribution", "linux-modules-nvidia-580-open-lowlatency"},
      {"aws", "6.8.0-1050-aws", "distribution", "linux-modules-nvidia-580-open-aws"},
      {"oem-22.04d", "6.5.0-1027-oem", "dkms", "linux-headers-oem-22.04d dkms gcc-12 nvidia-dkms-580-open"},
      {"", "6.9.1-mine", "dkms", "linux-headers-6.9.1-mine dkms gcc-12 nvidia-dkms-580-open"},
      {"", "5.15.3-mine", "dkms", "linux-headers-5.15.3-mine dkms gcc-11 nvidia-dkms-580-open"},
      {"", "", "dkms", "dkms nvidia-dkms-580-open"},
  };
  for (const Row& row : table) {
    compat::Wishes wishes = test::jammy({"2684"});
    wishes.kernel_flavour = row.flavour;
    wishes.kernel = row.kernel;
    INFO(row.flavour << " " << row.kernel);
    const compat::Stack stack = test::fit(wishes);
    CHECK(stack.signing.value == row.how);
    CHECK(names(stack.signing.packages) == row.packages);
    CHECK(stack.warnings.size() == (row.flavour.empty() ? 1 : 0));
  }
}

TEST_CASE("repositories, their keys and their keyrings") {
  struct Row {
    std::string platform, origin, uri, fingerprint, sha256;
  };
  const std::string base = "https://developer.download.nvidia.com/compute/cuda/repos/";
  const std::string key = "EB693B3035CD5710E231E123A4B469963BF863CC";
  const Row table[] = {
      {"ubuntu-22.04", "nvidia", base + "ubuntu2204/x86_64/", key,
       "d93190d50b98ad4699ff40f4f7af50f16a76dac3bb8da1eaaf366d47898ff8df"},
      {"ubuntu-24.04", "nvidia", base + "ubuntu2404/x86_64/", key,
       "d2a6b11c096396d868758b86dab1823b25e14d70333f1dfa74da5ddaf6a06dba"},
      {"debian-12", "nvidia", base + "debian12/x86_64/", key, ""},
      {"debian-13", "nvidia", base + "debian13/x86_64/", "02182E60104FCDC26EAE1B8597A5D4CB8793F200", ""},
      {"ubuntu-22.04", "ubuntu", "distribution", "", ""},
      {"debian-12", "debian", "distribution", "", ""},
  };
  for (const Row& row : table) {
    INFO(row.platform << " " << row.origin);
    const compat::Repository& known = shipped().platforms.at(row.platform).origin(row.origin)->repository;
    CHECK(known.uri == row.uri);
    CHECK(known.fingerprint == row.fingerprint);
    CHECK(known.keyring_sha256 == row.sha256);
    if (row.origin != "nvidia") continue;
    CHECK(known.suite == "/");
    CHECK(known.components.empty());
    CHECK(known.keyring_file == "cuda-keyring_1.1-1_all.deb");
  }
  CHECK(join(shipped().platforms.at("ubuntu-22.04").origin("ubuntu")->repository.components, " ") ==
        "restricted multiverse");
  CHECK(join(shipped().platforms.at("debian-12").origin("debian")->repository.components, " ") ==
        "contrib non-free non-free-firmware");
}

TEST_CASE("the fabric manager is the one of the driver") {
  struct Row {
    std::string origin, branch, package;
  };
  const Row table[] = {
      {"ubuntu", "580", "nvidia-fabricmanager-580"}, {"nvidia", "570", "nvidia-fabricmanager-570"},
      {"nvidia", "575", "nvidia-fabricmanager-575"}, {"nvidia", "580", "nvidia-fabricmanager"},
      {"nvidia", "595", "nvidia-fabricmanager"},
  };
  for (const Row& row : table) {
    compat::Wishes wishes = test::jammy({"2330"});
    wishes.origin = row.origin;
    wishes.branch = row.branch;
    wishes.nvswitch = true;
    INFO(row.origin << " " << row.branch);
    CHECK(names(test::fit(wishes).fabric_manager.packages) == row.package);
  }
  CHECK(test::fit(test::jammy({"2330"})).fabric_manager.packages.empty());
}
