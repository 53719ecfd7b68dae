// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// Nobody moves a driver behind its owner's back: not apt, whatever it is told, and not the real
// unattended-upgrades. All else goes on.
#include <rigsetup/base/format.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/shell.hpp"
#include "tests/system/driver_bench.hpp"

namespace rigsetup::test {

using Catch::Matchers::Contains;
using Texts = std::set<std::string>;

namespace {

const std::string k_upgrades[] = {"apt-get -q -y upgrade", "apt-get -q -y dist-upgrade",
                                  "unattended-upgrade -v"};

/// What the world does meanwhile, and each of the upgrades after it.
void upgrade_all(const DriverBench& bench, const std::string& with) {
  INFO(with);
  const std::string said = bench.machine.root.run("apt-get -q update && " + with + " 2>&1");
  INFO(said);
  REQUIRE(bench.machine.root.run("dpkg --audit").empty());
}

/// A kernel without a module would boot without a driver.
void every_kernel_has_its_module(const DriverBench& bench, const std::string& version) {
  for (const std::string& kernel : bench.kernels()) {
    INFO(kernel);
    CHECK(bench.module_for(kernel) == version);
  }
}

/// By each way of upgrading: a security update of another package comes, and the driver stays.
void all_but_the_driver_move(DriverBench& bench, const Texts& before) {
  int update = 2;
  for (const std::string& upgrade : k_upgrades) {
    const std::string fixed = "590-1ubuntu0.22.04." + std::to_string(update++);
    bench.ubuntu.offer_less(fixed);
    upgrade_all(bench, upgrade);
    CHECK(bench.driver_versions() == before);
    CHECK(bench.machine.version("less") == fixed);
  }
}

}  // namespace

TEST_CASE("Ubuntu's driver stays, and its modules follow the kernels") {
  DriverBench bench;
  bench.provide_driver("branch: \"580\", origin: ubuntu, modules: open");
  const Texts before = bench.driver_versions();
  REQUIRE(before == Texts{"580.159.03-0ubuntu0.22.04.1"});

  bench.ubuntu.offer_kernel(k_hwe);
  upgrade_all(bench, "unattended-upgrade -v");
  CHECK(bench.kernels().size() == 2);
  every_kernel_has_its_module(bench, "580.159.03");

  bench.ubuntu.offer_driver("580.178.04");
  bench.ubuntu.offer_driver("595.91.07");
  bench.nvidia.offer_driver("580.200.01");
  all_but_the_driver_move(bench, before);
  every_kernel_has_its_module(bench, "580.159.03");
  const Said plan = bench.machine.plan();
  INFO(shown(plan));
  CHECK(plan.status == 0);

  // The next kernel has modules of the newer driver alone. Then driver and modules move together, those of
  // the kernel before as well, which the archive has built again.
  const std::string before_it = bench.ubuntu.kernel(k_hwe);
  bench.ubuntu.offer_kernel(k_hwe);
  for (const std::string& upgrade : k_upgrades) upgrade_all(bench, upgrade);
  CHECK(bench.driver_versions() == before);
  // As Ubuntu's packages of the driver bring it: from now on modules are loaded from the initramfs.
  write_text(bench.machine.root / "usr/share/initramfs-tools/hooks/framebuffer-nvidia", "#!/bin/sh\n");
  const Said behind = bench.machine.plan();
  INFO(shown(behind));
  CHECK(behind.status == 3);
  CHECK_THAT(behind.out, Contains("580.178.04"));
  CHECK_THAT(behind.out, Contains("--allow-remove"));  // an older kernel loses its module
  const Said moved = bench.apply({"--allow-remove"});
  INFO(shown(moved));
  CHECK(moved.status == 0);
  CHECK(bench.machine.version("libnvidia-compute-580-server") == "580.178.04-0ubuntu0.22.04.1");
  CHECK(bench.module_for(bench.ubuntu.kernel(k_hwe)) == "580.178.04");
  CHECK(bench.module_for(before_it) == "580.178.04");
  for (const std::string& kernel : {before_it, bench.ubuntu.kernel(k_hwe)}) {
    INFO("the initramfs of " << kernel << " has the modules of before");
    CHECK_THAT(bench.machine.root.run(format(
                   "find /boot/initrd.img-{0} -newercc $(find /lib/modules/{0} -name nvidia.ko)", kernel)),
               Contains(kernel));
  }
  CHECK(bench.machine.plan().status == 0);

  // New modules of the same driver: their initramfs is made anew as well.
  bench.machine.root.run(format("touch $(find /lib/modules/{} -name nvidia.ko)", before_it));
  const Said outdated = bench.machine.plan();
  INFO(shown(outdated));
  CHECK_THAT(outdated.out, Contains("an initramfs older than"));
  CHECK(bench.apply().status == 0);
  CHECK(bench.machine.plan().status == 0);
}

TEST_CASE("NVIDIA's driver stays, and DKMS follows the kernels") {
  const std::string branch = GENERATE("580", "595");
  DriverBench bench;
  bench.provide_driver("branch: \"" + branch + "\", origin: nvidia, modules: open");
  const Texts before = bench.driver_versions();
  REQUIRE(before.size() == 1);
  const std::string upstream = before.begin()->substr(0, before.begin()->find('-'));

  bench.nvidia.offer_driver(branch + ".200.01");
  bench.nvidia.offer_driver("620.10.01");
  bench.ubuntu.offer_driver("580.210.01");
  bench.ubuntu.offer_kernel(k_hwe);
  all_but_the_driver_move(bench, before);
  CHECK(bench.kernels().size() == 2);
  every_kernel_has_its_module(bench, upstream);
}

}  // namespace rigsetup::test
