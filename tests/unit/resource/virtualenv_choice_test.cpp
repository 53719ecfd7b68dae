// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// What a virtualenv comes to on machines with different GPUs and drivers.

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/resource/look.hpp"

using namespace rigsetup;
using Catch::Matchers::Contains;
using test::add_machine;
using test::Rig;

namespace {

constexpr const char* k_indexes = "https://download.pytorch.org/whl/";

std::string step_of(const std::string& fields) {
  return format("- virtualenv: {{path: /opt/e, {}}}\n", fields);
}

const Fields& packages_of(const BuiltRecipe& recipe) {
  for (const Step& step : recipe.recipe.steps) {
    if (step.kind == "virtualenv_packages") return step.fields;
  }
  throw std::runtime_error("no packages");
}

/// "cu126", "none", or the first complaint.
std::string chosen(const Rig& rig, const std::string& fields, const Attachments& attachments = {},
                   const std::string& above = {}) {
  const std::string steps = above + step_of(fields);
  const Complaints complaints = rig.complaints(steps, attachments);
  if (!complaints.empty()) return complaints.front().text();
  const BuiltRecipe recipe = rig.read(steps, attachments);
  const Fields& packages = packages_of(recipe);
  const std::string url = packages.text("framework_index_url");
  if (url.empty()) return "none";
  CHECK(url.starts_with(k_indexes));
  CHECK(join(packages.texts("framework_packages"), " ") == "torch torchvision torchaudio");
  return url.substr(std::string(k_indexes).size());
}

std::string choice(Rig& rig, const std::string& fields) {
  const BuiltRecipe recipe = rig.read(step_of(fields));
  return std::get<AsWanted>(rig.inspect(*recipe.steps.back().resource)).have;
}

}  // namespace

TEST_CASE("the index of PyTorch's builds fits the driver and the GPU") {
  struct Row {
    const char* device;
    const char* driver;
    const char* index;
  };
  const Row table[] = {
      {"1b80", "580.95.05", "cu126"},   // GTX 1080
      {"1b80", "535.309.01", "cu126"},  //
      {"1db4", "580.95.05", "cu126"},   // V100
      {"2684", "580.95.05", "cu130"},   // RTX 4090
      {"2684", "570.211.01", "cu128"},  //
      {"2684", "535.309.01", "cu126"},  // a minor version above the driver's runs as well
      {"2b85", "580.95.05", "cu130"},   // RTX 5090
      {"2b85", "570.211.01", "cu128"},  //
      {"2335", "580.126.20", "cu130"},  // H200
      {"2335", "550.163.01", "cu126"},  //
  };
  for (const Row& row : table) {
    INFO(row.device << " with " << row.driver);
    Rig rig;
    add_machine(rig, row.device, row.driver);
    CHECK(chosen(rig, "packages: [numpy, torch]") == row.index);
    CHECK(chosen(rig, "requirements: r.txt", {{"r.txt", "numpy\ntorchvision>=0.20 # a comment\n"}}) ==
          row.index);
    CHECK(chosen(rig, "packages: [numpy, accelerate]") == "none");
  }
}

TEST_CASE("the plan says which build of PyTorch it is, and why") {
  Rig rig;
  add_machine(rig, "1b80", "580.95.05");
  CHECK(
      choice(rig, "packages: [torch]") ==
      "PyTorch for CUDA 12.6: driver 580.95.05 offers CUDA 13.0, but the GeForce GTX 1080 (Pascal) ends with "
      "12.9, from https://download.pytorch.org/whl/cu126");
  CHECK(choice(rig, "packages: [torch], cuda: none") ==
        "builds for the CPU were asked for, from https://download.pytorch.org/whl/cpu");
  CHECK(choice(rig, "packages: [six]") == "none of its packages is chosen by the GPU");
  CHECK(choice(rig, "packages: [torch], index_url: \"https://a.example/whl/cu118\"") ==
        "the recipe says which build it is");
}

TEST_CASE("without a GPU, or with `cuda: none`, PyTorch is the build for the CPU") {
  Rig rig;
  CHECK(chosen(rig, "packages: [torch]") == "cpu");  // an image: nobody knows what it will run on
  rig.live = true;
  CHECK(chosen(rig, "packages: [torch]") == "cpu");
  add_machine(rig, "2684", "580.95.05");
  CHECK(chosen(rig, "packages: [torch], cuda: none") == "cpu");
  CHECK(chosen(rig, "packages: [torch], cuda: \"12.8\"") == "cu128");
}

TEST_CASE("a PyTorch that cannot compute here is refused in the plan, at its place") {
  Rig rig;
  SECTION("no driver, and no step that brings one") {
    add_machine(rig, "2684", "");
    CHECK_THAT(chosen(rig, "packages: [torch]"), Contains("no driver is there, and no step brings one"));
    CHECK(chosen(rig, "packages: [six]") == "none");
  }
  SECTION("a driver that is too old") {
    const char* device = GENERATE("2684", "1b80");
    add_machine(rig, device, "390.157");
    CHECK_THAT(chosen(rig, "packages: [six, torch]"),
               Contains("no table knows which CUDA driver 390.157 offers") && Contains("newer branch"));
    CHECK(chosen(rig, "packages: [six]") == "none");
    CHECK(chosen(rig, "packages: [torch], cuda: none") == "cpu");
  }
  SECTION("a CUDA that is too old") {
    add_machine(rig, "2684", "580.95.05");
    CHECK_THAT(chosen(rig, "packages: [six, torch], cuda: \"10.2\""),
               Contains("recipe.yaml:4:") && Contains("would serve is for CUDA 11.8 or newer") &&
                   Contains("take a newer driver"));
    CHECK_THAT(chosen(rig, "requirements: r.txt, cuda: \"10.2\"", {{"r.txt", "torch\n"}}),
               Contains("r.txt") && Contains("would serve is for CUDA 11.8 or newer"));
  }
  SECTION("what is no version of CUDA") {
    CHECK_THAT(chosen(rig, "packages: [torch], cuda: new"), Contains("is not a version of CUDA"));
  }
}

TEST_CASE("a driver that the recipe brings counts, not the one that is there") {
  for (const auto& [device, index] : {std::pair("1b80", "cu126"), {"1db4", "cu126"}, {"2b85", "cu130"}}) {
    INFO(device);
    Rig rig;
    add_machine(rig, device, "");
    rig.add_file("/etc/os-release", "ID=ubuntu\nVERSION_ID=\"22.04\"\nVERSION_CODENAME=jammy\n");
    rig.add_to_machine("/proc/sys/kernel/osrelease", "6.8.0-45-generic\n");
    CHECK(chosen(rig, "packages: [torch]", {}, "- nvidia_driver: {branch: \"580\"}\n") == index);
  }
}

TEST_CASE("where the author says which build or which file it is, nothing is chosen") {
  Rig rig;
  add_machine(rig, "1b80", "580.95.05");
  for (const char* fields :
       {"packages: [torch], index_url: \"https://a.example/simple\"",
        "packages: [torch], wheels: /srv/wheels",
        "packages: [torch], extra_index_urls: [\"https://download.pytorch.org/whl/cu118\"]",
        "packages: [torch==2.7.0+cu118]", "packages: [\"torch @ https://a.example/torch.whl\"]"}) {
    INFO(fields);
    CHECK(chosen(rig, fields) == "none");
  }
  for (const char* text : {"--index-url https://a.example\ntorch\n", "-f /srv/wheels\ntorch\n",
                           "torch==2.7.0 --hash=sha256:aa\n", "torch==2.7.0+cpu\n"}) {
    INFO(text);
    CHECK(chosen(rig, "requirements: r.txt", {{"r.txt", text}}) == "none");
  }
  CHECK(chosen(rig, "packages: [torch], extra_index_urls: [\"https://a.example/simple\"]") == "cu126");
}

TEST_CASE("what only the composite knows is not told to pip, and everything else is") {
  Rig rig;
  const BuiltRecipe recipe = rig.read(step_of(
      "packages: [six], python: \"3.12\", owner: alice, exact: true, cuda: none, checks: [torch_cuda, six], "
      "extra_index_urls: [\"https://a.example\"], system_site_packages: true"));
  const Fields& packages = packages_of(recipe);
  CHECK(packages.text("python") == "3.12");
  CHECK(packages.text("owner") == "alice");
  CHECK(packages.boolean("exact"));
  CHECK(packages.boolean("system_site_packages"));
  CHECK(packages.texts("extra_index_urls").size() == 1);
  CHECK_FALSE(packages.has("cuda"));
  REQUIRE(recipe.recipe.steps.size() == 3);
  CHECK(recipe.recipe.steps[0].id == "virtualenv.packages");
  CHECK(recipe.recipe.steps[1].kind == "python_import");
  CHECK(join(recipe.recipe.steps[1].fields.texts("modules"), " ") == "torch six");

  add_machine(rig, "2684", "580.95.05");
  const BuiltRecipe on_gpu = rig.read(step_of("packages: [torch], checks: [torch_cuda]"));
  REQUIRE(on_gpu.recipe.steps.size() == 4);
  CHECK(on_gpu.recipe.steps[2].kind == "torch_cuda");
  CHECK(on_gpu.recipe.steps[2].fields.text("python") == "/opt/e/bin/python");
}
