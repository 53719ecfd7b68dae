// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// The composites of NVIDIA's stack, with the shipped tables: what a recipe comes to on a machine.

#include <algorithm>

#include <rigsetup/base/format.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/resource/look.hpp"

using namespace rigsetup;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using test::Rig;

namespace {

struct StackRig : Rig {
  explicit StackRig(const std::string& device = "2684") {
    add_file("/etc/os-release",
             "ID=ubuntu\nVERSION_ID=\"22.04\"\nVERSION_CODENAME=jammy\nPRETTY_NAME=\"Ubuntu 22.04.5 LTS\"\n");
    test::add_gpu(*this);
    add_to_machine("/sys/bus/pci/devices/0000:01:00.0/device", format("0x{}\n", device));
  }
  void installed(const std::string& package, const std::string& version) const {
    add_file(
        "/var/lib/dpkg/status",
        text("/var/lib/dpkg/status") +
            format("Package: {}\nStatus: install ok installed\nArchitecture: amd64\nMaintainer: cudatools "
                   "<cudatools@nvidia.com>\nVersion: {}\n\n",
                   package, version));
  }
};

const Fields& part(const BuiltRecipe& recipe, const std::string& id) {
  for (const Step& step : recipe.recipe.steps) {
    if (step.id == id) return step.fields;
  }
  FAIL("there is no part " << id);
  return recipe.recipe.steps.front().fields;
}

std::vector<std::string> ids(const BuiltRecipe& recipe) {
  std::vector<std::string> ids;
  for (const Step& step : recipe.recipe.steps) ids.push_back(step.id);
  return ids;
}

bool has_part(const BuiltRecipe& recipe, const std::string& id) {
  const auto all = ids(recipe);
  return std::find(all.begin(), all.end(), id) != all.end();
}

std::string choice(Rig& rig, const BuiltRecipe& recipe) {
  return test::text(rig.inspect(*recipe.steps.back().resource));
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a toolkit comes to a repository, one origin, its packages, its place in the PATH and a proof") {
  StackRig rig;
  const auto recipe = rig.read("- cuda_toolkit: {version: \"12\"}\n");
  CHECK(ids(recipe) == Texts{"nvidia.repository", "nvidia.one-origin", "cuda_toolkit.packages",
                             "cuda_toolkit.default", "cuda.profile", "cuda.nvcc", "cuda_toolkit.compiles",
                             "cuda_toolkit"});
  CHECK(part(recipe, "nvidia.repository").texts("uris") ==
        Texts{"https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64/"});
  CHECK(part(recipe, "cuda_toolkit.packages").texts("packages") == Texts{"cuda-toolkit-12-9", "g++"});
  CHECK(part(recipe, "cuda_toolkit.default").texts("argv").back() == "/usr/local/cuda-12.9");
  CHECK(part(recipe, "cuda_toolkit.compiles").text("nvcc") == "/usr/local/cuda-12.9/bin/nvcc");
  CHECK_THAT(choice(rig, recipe), StartsWith("as wanted: CUDA 12.9 is the newest 12 that fits"));
  CHECK_THAT(part(recipe, "cuda.profile").text("content"), !Contains("LD_LIBRARY_PATH="));
}

TEST_CASE("cuDNN comes as one set at one version, for the CUDA that the recipe has") {
  StackRig rig("1b80");  // a GeForce GTX 1080
  const auto recipe = rig.read("- cuda_toolkit: {version: \"12\"}\n- cudnn: {version: \"9\"}\n");
  const Texts all = ids(recipe);
  CHECK(std::count(all.begin(), all.end(), "nvidia.repository") == 1);
  CHECK(part(recipe, "cudnn.packages").texts("packages") ==
        Texts{"libcudnn9-cuda-12 (<= 9.10.2.21-1)", "libcudnn9-headers-cuda-12 (<= 9.10.2.21-1)",
              "libcudnn9-dev-cuda-12 (<= 9.10.2.21-1)"});
  const auto exact = rig.read("- cuda_toolkit: {version: \"12\"}\n- cudnn: {version: \"9.10.2.21\"}\n");
  CHECK(part(exact, "cudnn.packages").texts("packages").front() == "libcudnn9-cuda-12=9.10.2.21-1");
  StackRig newer;  // where nothing is too new, the newest that the repository has
  const auto open = newer.read("- cuda_toolkit: {version: \"12\"}\n- cudnn: {version: \"9\"}\n");
  CHECK(part(open, "cudnn.packages").texts("packages").front() == "libcudnn9-cuda-12");
  CHECK(part(recipe, "cudnn.packages").boolean("hold"));
  CHECK(part(recipe, "cudnn.loads").text("version") == "9");
  CHECK_THAT(choice(rig, recipe), Contains("Pascal"));
}

TEST_CASE("what does not fit is refused at its place, with the nearest that would") {
  StackRig rig("1b80");
  const std::string complaint = test::complaints(rig, "- cuda_toolkit: {version: \"13\"}\n");
  INFO(complaint);
  CHECK_THAT(complaint, StartsWith("recipe.yaml:4:") && Contains("Pascal") && Contains("12.9"));
  // Told once, at the step whose wish it is.
  const std::string of_two =
      test::complaints(rig, "- cudnn: {version: \"9\"}\n- cuda_toolkit: {version: \"13\"}\n");
  CHECK(std::count(of_two.begin(), of_two.end(), '\n') == 1);
  CHECK_THAT(of_two, StartsWith("recipe.yaml:5:"));
}

TEST_CASE("what is installed and within the track stays") {
  StackRig rig;
  rig.installed("cuda-toolkit-12-6", "12.6.3-1");
  rig.installed("libcudnn9-cuda-12", "9.19.0.56-1");
  const auto recipe = rig.read("- cuda_toolkit: {version: \"12\"}\n- cudnn: {version: latest}\n");
  CHECK(part(recipe, "cuda_toolkit.packages").texts("packages").front() == "cuda-toolkit-12-6");
  CHECK(part(recipe, "cudnn.packages").texts("packages").front() == "libcudnn9-cuda-12");
  CHECK(choice(rig, recipe) == "as wanted: cuDNN 9.19.0.56 is installed, and \"latest\" keeps it");
  const auto newer = rig.read("- cuda_toolkit: {version: \"12.9\"}\n");
  CHECK(part(newer, "cuda_toolkit.packages").texts("packages").front() == "cuda-toolkit-12-9");
}

TEST_CASE("toolkits lie side by side, and one is the default") {
  StackRig rig;
  const std::string first = "- cuda_toolkit: {version: \"12.9\"}\n";
  const auto recipe = rig.read(first + "- id: old\n  cuda_toolkit: {version: \"12.6\"}\n");
  CHECK(has_part(recipe, "cuda_toolkit.default"));
  CHECK_FALSE(has_part(recipe, "old.default"));
  CHECK(part(recipe, "old.packages").texts("packages").front() == "cuda-toolkit-12-6");
  CHECK(part(recipe, "old.compiles").text("nvcc") == "/usr/local/cuda-12.6/bin/nvcc");
  const auto other = rig.read(first + "- id: old\n  cuda_toolkit: {version: \"12.6\", default: true}\n");
  CHECK_FALSE(has_part(other, "cuda_toolkit.default"));
  CHECK(has_part(other, "old.default"));
}

TEST_CASE("another variant of cuDNN has to go") {
  StackRig rig;
  rig.installed("libcudnn9-cuda-13", "9.19.0.56-1");
  rig.installed("libcudnn9-dev-cuda-13", "9.19.0.56-1");
  const auto recipe = rig.read("- cuda_toolkit: {version: \"12\"}\n- cudnn: {version: \"9.10\"}\n");
  CHECK(part(recipe, "cudnn.packages").texts("absent") ==
        Texts{"libcudnn9-cuda-13", "libcudnn9-dev-cuda-13"});
}

TEST_CASE("apt is kept from the driver packages of every origin but the driver's own") {
  StackRig rig;
  const auto pins = [&] {
    return part(rig.read("- cuda_toolkit: {version: \"12\"}\n"), "nvidia.one-origin").text("content");
  };
  CHECK_THAT(pins(), Contains("cuda-runtime-*") && !Contains("libnvidia-compute*"));  // no driver, no origin
  rig.installed("libxnvctrl0", "510.47.03-0ubuntu4");
  CHECK_THAT(pins(), !Contains("libnvidia-compute*"));
  rig.installed("libnvidia-compute", "595.71.05-1ubuntu1");
  CHECK_THAT(pins(), Contains("libnvidia-compute*") && Contains("Pin: release o=Ubuntu"));
}

TEST_CASE("cuDNN 8 names the CUDA that it is for in its version") {
  StackRig rig;
  const auto recipe = rig.read("- cuda_toolkit: {version: \"11.8\"}\n- cudnn: {version: \"8\"}\n");
  CHECK(part(recipe, "cudnn.packages").texts("packages") ==
        Texts{"libcudnn8=8.9.7.29-1+cuda11.*", "libcudnn8-dev=8.9.7.29-1+cuda11.*"});
  CHECK(part(recipe, "cudnn.loads").text("version") == "8");
}

TEST_CASE("cuDNN stays with the CUDA that is installed where the recipe names none") {
  StackRig rig;
  rig.installed("libcudnn9-cuda-12", "9.19.0.56-1");
  const auto recipe = rig.read("- cudnn: {version: \"9\"}\n");
  CHECK(part(recipe, "cudnn.packages").texts("packages").front() == "libcudnn9-cuda-12");
  CHECK_FALSE(part(recipe, "cudnn.packages").has("absent"));
  CHECK(choice(rig, recipe) == "as wanted: cuDNN 9.19.0.56 is installed, and \"9\" keeps it");
}

TEST_CASE("what is installed and too new for the GPU is not said to be kept") {
  StackRig rig("1b80");
  rig.installed("libcudnn9-cuda-12", "9.19.0.56-1");
  const auto recipe = rig.read("- cuda_toolkit: {version: \"12\"}\n- cudnn: {version: \"9\"}\n");
  CHECK_THAT(choice(rig, recipe), !Contains("keeps it") && Contains("9.10"));
}

TEST_CASE("a wider track does not take what a narrower one of the recipe has installed") {
  StackRig rig;
  rig.installed("cuda-toolkit-12-9", "12.9.1-1");
  const std::string narrow = "- cuda_toolkit: {version: \"12\"}\n";
  const auto recipe = rig.read(narrow + "- id: newest\n  cuda_toolkit: {version: latest}\n");
  CHECK(part(recipe, "cuda_toolkit.packages").texts("packages").front() == "cuda-toolkit-12-9");
  CHECK_THAT(part(recipe, "newest.packages").texts("packages").front(), StartsWith("cuda-toolkit-13-"));
}

TEST_CASE("one default, and one cuDNN") {
  const StackRig rig;
  const std::string first = "- cuda_toolkit: {version: \"12.9\", default: true}\n";
  CHECK_THAT(test::complaints(rig, first + "- id: b\n  cuda_toolkit: {version: \"12.6\", default: true}\n"),
             StartsWith("recipe.yaml:6:") && Contains("only one toolkit can be the default"));
  CHECK_THAT(test::complaints(rig, "- cudnn: {version: \"9\"}\n- id: b\n  cudnn: {version: \"8\"}\n"),
             Contains("there is one cuDNN already"));
  const auto other = rig.read(
      "- cuda_toolkit: {version: \"13.0\"}\n- id: b\n  cuda_toolkit: {version: \"12.9\", default: "
      "true}\n- cudnn: {version: \"9\"}\n");
  CHECK(part(other, "cudnn.packages").texts("packages").front() == "libcudnn9-cuda-12");
  CHECK(part(other, "b.packages").texts("packages").front() == "cuda-toolkit-12-9");
}

TEST_CASE("a repository that is configured already is not configured twice") {
  StackRig rig;
  rig.add_file("/etc/apt/sources.list.d/cuda-ubuntu2204-x86_64.list",
               "deb [signed-by=/usr/share/keyrings/cuda-archive-keyring.gpg] "
               "https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64/ /\n");
  CHECK_FALSE(has_part(rig.read("- cuda_toolkit: {version: \"12\"}\n"), "nvidia.repository"));
}

TEST_CASE("a distribution whose archive has the components needs no further entry") {
  StackRig rig;
  rig.add_file("/etc/os-release",
               "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nPRETTY_NAME=\"Debian 12\"\n");
  const std::string steps = "- cuda_toolkit: {version: \"11\"}\n";
  CHECK(has_part(rig.read(steps), "nvidia.components"));
  rig.add_file("/etc/apt/sources.list",
               "deb http://deb.debian.org/debian bookworm main contrib non-free non-free-firmware\n");
  CHECK_FALSE(has_part(rig.read(steps), "nvidia.components"));
}

TEST_CASE("a step can need a composite, which needs its parts") {
  StackRig rig;
  const auto recipe = rig.read(
      "- id: cuda\n  cuda_toolkit: {version: \"12\"}\n"
      "- id: after\n  file: {path: /etc/after, content: x}\n  needs: [cuda]\n");
  CHECK(recipe.recipe.steps.back().needs == Texts{"cuda"});
  const Step& composite = recipe.recipe.steps[recipe.recipe.steps.size() - 2];
  REQUIRE(composite.needs);
  CHECK(std::count(composite.needs->begin(), composite.needs->end(), "cuda.packages") == 1);
}
