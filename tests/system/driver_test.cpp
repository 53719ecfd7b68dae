// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// The driver from archives shaped like Ubuntu's and NVIDIA's, into a root shaped like Ubuntu 22.04, through
// real apt and dpkg: provided, moved on, exchanged.
#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/support/shell.hpp"
#include "tests/system/driver_bench.hpp"

namespace rigsetup::test {

using Catch::Matchers::Contains;
using Texts = std::set<std::string>;

namespace {

const std::string k_580 = "580.159.03-0ubuntu0.22.04.1";
const std::string k_595 = "595.71.05-0ubuntu0.22.04.1";
const Texts k_of_ubuntu = {"<ubuntu-devel-discuss@lists.ubuntu.com>"};
const Texts k_of_nvidia = {"<cudatools@nvidia.com>"};

bool has(const DriverBench& bench, const std::string& part) {
  const auto packages = bench.driver_packages();
  return std::any_of(packages.begin(), packages.end(), [&](const DriverPackage& package) {
    return package.name.find(part) != std::string::npos;
  });
}

}  // namespace

TEST_CASE("driver, CUDA and cuDNN of the shipped recipe come in one apply, each of one origin") {
  const UbuntuRelease& release = GENERATE(0, 1) == 0 ? jammy() : noble();
  INFO(release.name);
  const std::string flavour = release.kernels.back().flavour;
  const std::string driver = release.drivers.front() + "-" + release.revision();
  const DriverBench bench(release);
  const Machine& machine = bench.machine;
  // Without its environment, which comes from the internet.
  const std::string text = file_text(RIGSETUP_SOURCE_DIR "/recipes/deep-learning.yaml");
  const std::string recipe = machine.bed.folder / "deep-learning.yaml";
  write_text(recipe, text.substr(0, text.find("  # PyTorch by conda")));
  const Said plan = machine.on("plan", {recipe});
  INFO(shown(plan));
  CHECK(plan.status == 3);
  CHECK_THAT(plan.out, Contains(driver) && Contains("linux-modules-nvidia-580-server-open-" + flavour) &&
                           Contains("12.9.1-1") && Contains("9.28.0.42-1"));
  CHECK_THAT(plan.out, !Contains("nvidia-dkms") && !Contains("cuda-drivers") && !Contains("older than"));

  const Said applied = machine.on("apply", {"-y", recipe});
  INFO(shown(applied));
  REQUIRE(applied.status == 0);
  CHECK(bench.driver_versions() == Texts{driver});
  CHECK(bench.driver_maintainers() == k_of_ubuntu);
  CHECK(bench.module_for(bench.ubuntu.kernel(flavour)) == release.drivers.front());
  CHECK(machine.version("cuda-toolkit-12-9") == "12.9.1-1");
  CHECK(machine.version("libcudnn9-cuda-12") == "9.28.0.42-1");
  CHECK(machine.root.run("dpkg --audit").empty());

  const Said again = machine.on("apply", {"-y", recipe});
  INFO(shown(again));
  CHECK(again.status == 0);
  CHECK_THAT(again.out, Contains("Nothing to do"));
}

TEST_CASE("another branch in the recipe takes the place of the one before, in either archive") {
  const DriverBench bench;
  SECTION("Ubuntu's") {
    bench.provide_driver("branch: \"580\", origin: ubuntu, modules: open");
    CHECK(bench.driver_versions() == Texts{k_580});
    bench.provide_driver("branch: \"595\", origin: ubuntu, modules: open");
    CHECK(bench.driver_versions() == Texts{k_595});
    CHECK(bench.driver_maintainers() == k_of_ubuntu);
    CHECK(bench.module_for(bench.ubuntu.kernel(k_hwe)) == "595.71.05");
  }
  SECTION("NVIDIA's, where the names change as well") {
    bench.provide_driver("branch: \"580\", origin: nvidia, modules: open");
    CHECK(bench.driver_versions() == Texts{"580.178.04-1ubuntu1"});
    bench.provide_driver("branch: \"595\", origin: nvidia, modules: open");
    CHECK(bench.driver_versions() == Texts{"595.71.05-1ubuntu1"});
    CHECK(bench.driver_maintainers() == k_of_nvidia);
    CHECK(bench.module_for(bench.ubuntu.kernel(k_hwe)) == "595.71.05");
    CHECK_FALSE(has(bench, "-580"));
  }
}

TEST_CASE(
    "a driver of another origin comes with its own consent only, and then nothing of the old one stays") {
  const DriverBench bench;
  bench.provide_driver("branch: \"580\", origin: ubuntu, modules: open");
  bench.want_driver("branch: \"580\", origin: nvidia, modules: open");
  const Said refused = bench.apply();
  INFO(shown(refused));
  CHECK(refused.status == 2);
  CHECK_THAT(refused.errors, Contains("--allow-replace"));
  CHECK(bench.driver_versions() == Texts{k_580});
  const Said plan = bench.machine.plan();
  INFO(shown(plan));
  CHECK_THAT(plan.out, Contains("libnvidia-compute-580-server " + k_580));

  const Said there = bench.apply({"--allow-replace"});
  INFO(shown(there));
  REQUIRE(there.status == 0);
  CHECK(bench.driver_versions() == Texts{"580.178.04-1ubuntu1"});
  CHECK(bench.driver_maintainers() == k_of_nvidia);
  CHECK(bench.module_for(bench.ubuntu.kernel(k_hwe)) == "580.178.04");

  bench.want_driver("branch: \"580\", origin: ubuntu, modules: open");
  const Said back = bench.apply({"--allow-replace"});
  INFO(shown(back));
  REQUIRE(back.status == 0);
  CHECK(bench.driver_versions() == Texts{k_580});
  CHECK(bench.driver_maintainers() == k_of_ubuntu);
  CHECK(bench.module_for(bench.ubuntu.kernel(k_hwe)) == "580.159.03");
}

TEST_CASE("the other kind of modules takes the place of the first, in either archive") {
  const DriverBench bench;
  const std::string origin = GENERATE("ubuntu", "nvidia");
  INFO(origin);
  const std::string fields = "branch: \"580\", origin: " + origin + ", modules: ";
  bench.provide_driver(fields + "open");
  CHECK(has(bench, "-open"));
  bench.provide_driver(fields + "proprietary");
  CHECK_FALSE(has(bench, "-open"));
  CHECK(bench.driver_versions().size() == 1);
}

TEST_CASE("an archive in trouble keeps nobody from what another has") {
  DriverBench bench;
  bench.nvidia.break_down();
  bench.want_driver("branch: \"580\", origin: auto, modules: open");
  const Said plan = bench.machine.plan();
  INFO(shown(plan));
  CHECK_THAT(plan.out, Contains(k_580) && Contains("nothing was chosen from that archive"));
  const Said applied = bench.apply();
  INFO(shown(applied));
  REQUIRE(applied.status == 0);
  CHECK(bench.driver_versions() == Texts{k_580});
  bench.want_driver("branch: \"595\", origin: nvidia, modules: open");
  const Said refused = bench.machine.plan();
  INFO(shown(refused));
  CHECK(refused.status == 1);
  CHECK_THAT(refused.errors, Contains("503"));
}

TEST_CASE("what is no part of the GPU stack is not removed for a driver without a word") {
  DriverBench bench;
  Deb rival;
  rival.name = "compositor";
  rival.fields = {{"Conflicts", "nvidia-kernel-common"}};
  bench.ubuntu.offer(rival);
  bench.machine.root.run("apt-get -q update && apt-get -q -y install compositor");
  bench.want_driver("branch: \"580\", origin: ubuntu, modules: open");
  const Said refused = bench.apply();
  INFO(shown(refused));
  CHECK(refused.status == 2);
  CHECK_THAT(refused.errors, Contains("would remove compositor 1.0") && Contains("--allow-remove"));
  CHECK(bench.driver_versions().empty());
  CHECK(bench.machine.version("compositor") == "1.0");
  const Said agreed = bench.apply({"--allow-remove"});
  INFO(shown(agreed));
  CHECK(agreed.status == 0);
  CHECK(bench.machine.version("compositor").empty());
}

}  // namespace rigsetup::test
