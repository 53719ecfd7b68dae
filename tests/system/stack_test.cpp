// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// CUDA and cuDNN from a repository shaped like NVIDIA's, into a root shaped like Ubuntu 22.04, through real
// apt and dpkg.
#include <rigsetup/base/text.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/shell.hpp"
#include "tests/system/ubuntu_archive.hpp"
#include "tests/system/nvidia_archive.hpp"
#include "tests/system/provision_rig.hpp"

namespace rigsetup::test {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

const std::string k_both = "  - cuda_toolkit: {version: \"12\"}\n  - cudnn: {version: \"9\"}\n";

struct StackBench {
  StackBench() {
    jammy.make_root(machine.root.path());
    machine.start();
    nvidia.write_tables(machine.bed.data);
  }
  UbuntuArchive jammy;
  NvidiaArchive nvidia;
  Shop shop;
  Machine machine{shop};
};

std::string link_of(const Machine& machine, const std::string& path) {
  return std::string(trim(machine.root.run("readlink -f " + path)));
}

}  // namespace

TEST_CASE(
    "CUDA and cuDNN are planned with their reasons, installed without a driver, and found by every shell") {
  const StackBench bench;
  const Machine& machine = bench.machine;
  machine.want(k_both);
  const Said plan = machine.plan();
  INFO(shown(plan));
  CHECK(plan.status == 3);
  CHECK_THAT(plan.out, Contains("CUDA 12.9 is the newest 12 that fits") && Contains("cuDNN 9.28") &&
                           Contains("12.9.1-1"));
  CHECK_THAT(plan.out, !Contains("cuda-drivers"));

  const Said applied = machine.apply();
  INFO(shown(applied));
  REQUIRE(applied.status == 0);
  CHECK(machine.version("cuda-toolkit-12-9") == "12.9.1-1");
  CHECK(machine.version("cuda-drivers").empty());
  const std::string cudnn = machine.version("libcudnn9-cuda-12");
  CHECK_THAT(cudnn, StartsWith("9."));
  CHECK(machine.version("libcudnn9-dev-cuda-12") == cudnn);
  CHECK(machine.version("libcudnn9-headers-cuda-12") == cudnn);
  CHECK_THAT(machine.root.run("apt-mark showhold"),
             Contains("libcudnn9-cuda-12") && Contains("libcudnn9-dev-cuda-12"));
  CHECK(link_of(machine, "/usr/local/cuda") == "/usr/local/cuda-12.9");
  CHECK_THAT(machine.root.run("env -i /bin/sh -lc \"command -v nvcc; nvcc --version\""),
             StartsWith("/usr/local/cuda/bin/nvcc") && Contains("release 12.9"));
  CHECK_THAT(
      machine.root.run("env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/bin:/bin sh -c \"nvcc --version\""),
      Contains("release 12.9"));
  CHECK_THAT(machine.root.run("env -i /bin/sh -lc env"), !Contains("LD_LIBRARY_PATH"));

  const Said again = machine.apply();
  INFO(shown(again));
  CHECK(again.status == 0);
  CHECK_THAT(again.out, Contains("Nothing to do"));
}

TEST_CASE("nobody takes a driver from NVIDIA's repository behind the owner's back") {
  const StackBench bench;
  const Machine& machine = bench.machine;
  machine.want(k_both);
  const Said applied = machine.apply();
  INFO(shown(applied));
  REQUIRE(applied.status == 0);
  CHECK_THAT(machine.root.run("apt-cache policy cuda cuda-12-9 cuda-runtime-12-9"),
             Contains("Candidate: (none)") && !Contains("Candidate: 1"));
  CHECK_THROWS(machine.root.run("apt-get -s install cuda"));
}

TEST_CASE("toolkits lie side by side, and the default moves with the recipe alone") {
  const StackBench bench;
  const Machine& machine = bench.machine;
  const std::string newer = "  - cuda_toolkit: {version: \"12.9\"}\n";
  machine.want(newer + "  - id: old\n    cuda_toolkit: {version: \"12.6\"}\n");
  const Said both = machine.apply();
  INFO(shown(both));
  REQUIRE(both.status == 0);
  CHECK(machine.version("cuda-toolkit-12-6") == "12.6.3-1");
  CHECK(link_of(machine, "/usr/local/cuda") == "/usr/local/cuda-12.9");
  machine.want(newer + "  - id: old\n    cuda_toolkit: {version: \"12.6\", default: true}\n");
  const Said moved = machine.apply();
  INFO(shown(moved));
  REQUIRE(moved.status == 0);
  CHECK(link_of(machine, "/usr/local/cuda") == "/usr/local/cuda-12.6");
}

TEST_CASE("a newer toolkit in the repository moves nothing that is within its track") {
  const StackBench bench;
  const Machine& machine = bench.machine;
  machine.want("  - cuda_toolkit: {version: \"12.6\"}\n");
  const Said first = machine.apply();
  INFO(shown(first));
  REQUIRE(first.status == 0);
  machine.want("  - cuda_toolkit: {version: \"12\"}\n");
  const Said wider = machine.plan();
  INFO(shown(wider));
  CHECK_THAT(wider.out, !Contains("cuda-toolkit-12-9"));
}

}  // namespace rigsetup::test
