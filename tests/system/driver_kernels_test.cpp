// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// A driver runs with every kernel that can boot, not with the newest alone.
#include "tests/support/catch.hpp"
#include "tests/system/driver_bench.hpp"

namespace rigsetup::test {

using Catch::Matchers::Contains;

namespace {

/// A bench with two kernels; returns the release of the older one.
std::string add_kernel(DriverBench& bench, const std::string& flavour = k_hwe) {
  const std::string before = bench.ubuntu.kernel(flavour);
  bench.ubuntu.offer_kernel(flavour);
  bench.machine.root.run("apt-get -q update && apt-get -q -y install linux-image-" + flavour);
  REQUIRE(bench.kernels().size() == 2);
  return before;
}

void nothing_is_pruned(const DriverBench& bench) {
  const Said pruned = bench.apply({"--prune"});
  INFO(shown(pruned));
  CHECK(pruned.status == 0);
  CHECK_THAT(pruned.out, Contains("Nothing to do"));
}

}  // namespace

TEST_CASE("every kernel gets its signed module, which goes with that kernel") {
  DriverBench bench;
  const std::string older = add_kernel(bench);
  bench.provide_driver("branch: \"580\", origin: ubuntu, modules: open");
  CHECK(bench.module_for(bench.ubuntu.kernel(k_hwe)) == "580.159.03");
  CHECK(bench.module_for(older) == "580.159.03");
  nothing_is_pruned(bench);

  const std::string modules = "linux-modules-nvidia-580-server-open-" + older;
  CHECK_THAT(bench.machine.root.run("apt-mark showauto"), Contains(modules));
  bench.machine.root.run("apt-get -q -y remove linux-image-" + older);
  CHECK(bench.machine.version(modules).empty());
  CHECK(bench.machine.plan().status == 0);
}

TEST_CASE("a kernel whose signed modules are of another driver is told of, and keeps nothing up") {
  DriverBench bench;
  const std::string older = add_kernel(bench);
  bench.ubuntu.offer_driver("580.178.04");
  bench.want_driver("branch: \"580\", origin: ubuntu, modules: open");
  const Said plan = bench.machine.plan();
  INFO(shown(plan));
  CHECK_THAT(plan.out, Contains("for the kernel " + older + " go with another driver"));
  bench.provide_driver("branch: \"580\", origin: ubuntu, modules: open");
  CHECK(bench.module_for(bench.ubuntu.kernel(k_hwe)) == "580.178.04");
  CHECK(bench.module_for(older).empty());
}

TEST_CASE("DKMS gets the headers of an older kernel, which go with it") {
  const UbuntuRelease& release = GENERATE(0, 1) == 0 ? jammy() : noble();
  INFO(release.name);
  const std::string flavour = release.kernels.back().flavour;
  DriverBench bench(release);
  const std::string older = bench.ubuntu.kernel(flavour);
  bench.machine.root.run("apt-get -q -y remove linux-headers-" + older);
  add_kernel(bench, flavour);
  bench.provide_driver("branch: \"580\", origin: nvidia, modules: open");
  CHECK(bench.module_for(bench.ubuntu.kernel(flavour)) == "580.178.04");
  CHECK(bench.module_for(older) == "580.178.04");
  const std::string headers = "linux-headers-" + older;
  CHECK_THAT(bench.machine.root.run("apt-mark showauto"), Contains(headers));
  nothing_is_pruned(bench);
  bench.machine.root.run("apt-get -q -y remove linux-image-" + older + " && apt-get -q -y autoremove");
  CHECK(bench.machine.version(headers).empty());
  CHECK(bench.module_for(bench.ubuntu.kernel(flavour)) == "580.178.04");
}

}  // namespace rigsetup::test
