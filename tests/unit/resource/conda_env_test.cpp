// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// What a conda_env comes to on machines with different GPUs and drivers.

#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/resource/look.hpp"

using namespace rigsetup;
using Catch::Matchers::Contains;
using test::add_machine;
using test::Rig;

namespace {

const Step& packages_of(const BuiltRecipe& recipe) {
  for (const Step& step : recipe.recipe.steps) {
    if (step.kind == "conda_packages") return step;
  }
  throw std::runtime_error("no packages");
}

/// "packages with cuda", or the first complaint.
std::string chosen(const Rig& rig, const std::string& packages, const std::string& more = {}) {
  const std::string step = format("- conda_env: {{name: rig, packages: [{}]{}}}\n", packages, more);
  const Complaints complaints = rig.complaints(step);
  if (!complaints.empty()) return complaints.front().message;
  const BuiltRecipe recipe = rig.read(step);
  const Fields& fields = packages_of(recipe).fields;
  const std::string cuda = fields.text("cuda");
  return join(fields.texts("packages"), " ") + (cuda.empty() ? "" : " with " + cuda);
}

}  // namespace

TEST_CASE("a framework's build fits the driver and the GPU") {
  struct Row {
    const char* device;
    const char* driver;
    const char* packages;
    const char* chosen;
  };
  const Row table[] = {
      {"2684", "580.95.05", "pytorch", "pytorch=*=*cuda* cuda-version=13.* with 13.0"},
      {"2684", "535.309.01", "pytorch=2.7", "pytorch=2.7.*=*cuda* cuda-version=12.* with 12.2"},
      {"1b80", "580.95.05", "pytorch", "pytorch=*=*cuda* cuda-version=12.* with 12.9"},
      {"1db4", "580.95.05", "pytorch", "pytorch=*=*cuda* cuda-version=12.* with 12.9"},
      {"2684", "580.95.05", "jax", "jax jaxlib=*=*cuda* cuda-version=12.* with 13.0"},
      {"2684", "580.95.05", "numpy", "numpy with 13.0"},
      {"2684", "580.95.05", "pytorch-cpu", "pytorch-cpu with 13.0"},
      {"2684", "580.95.05", "\"pytorch=2.7=cuda126*\"", "pytorch=2.7=cuda126* with 13.0"},
      {"2684", "580.95.05", "\"pytorch>=2.6\"", "pytorch >=2.6 *cuda* cuda-version=13.* with 13.0"},
      {"2684", "580.95.05", "pytorch, cuda-version=12.9", "pytorch=*=*cuda* cuda-version=12.9.* with 13.0"},
  };
  for (const Row& row : table) {
    INFO(row.packages << " for " << row.driver << " and " << row.device);
    Rig rig;
    add_machine(rig, row.device, row.driver);
    CHECK(chosen(rig, row.packages) == row.chosen);
  }
}

TEST_CASE("without a GPU, or with `cuda: none`, builds are for the CPU") {
  Rig rig;
  CHECK(chosen(rig, "pytorch") == "pytorch");  // an image: nobody knows what it will run on
  rig.live = true;
  CHECK(chosen(rig, "pytorch") == "pytorch");
  add_machine(rig, "2684", "580.95.05");
  CHECK(chosen(rig, "pytorch", ", cuda: none") == "pytorch");
  CHECK(chosen(rig, "pytorch", ", cuda: \"12.6\"") == "pytorch=*=*cuda* cuda-version=12.* with 12.6");
}

TEST_CASE("what cannot be is refused in the plan, with its cause") {
  Rig rig;
  SECTION("no driver, and no step that brings one") {
    add_machine(rig, "2684", "");
    CHECK_THAT(chosen(rig, "pytorch"), Contains("no driver is there, and no step brings one"));
    CHECK(chosen(rig, "numpy") == "numpy");
  }
  SECTION("no kernels for the GPU") {
    add_machine(rig, "1187", "470.256.02");
    CHECK_THAT(chosen(rig, "pytorch"), Contains("has kernels for") && Contains("Kepler"));
  }
  SECTION("a driver that is too old") {
    add_machine(rig, "1e87", "470.256.02");
    CHECK_THAT(chosen(rig, "pytorch"), Contains("driver 470.256.02 offers CUDA 11.4"));
  }
  SECTION("packages of another age") {
    CHECK_THAT(chosen(rig, "pytorch, pytorch-cuda=12.1"), Contains("ended with PyTorch 2.5"));
    CHECK_THAT(chosen(rig, "cudatoolkit"), Contains("do not use it"));
    CHECK_THAT(chosen(rig, "numpy", ", channels: [pytorch]"), Contains("ended with PyTorch 2.5"));
  }
  SECTION("what is no package, no name and no version") {
    CHECK_THAT(chosen(rig, "\"--yes\""), Contains("is not a package"));
    CHECK_THAT(chosen(rig, "numpy", ", cuda: new"), Contains("is not a version of CUDA"));
    CHECK(rig.complaints("- conda_env: {name: base, packages: [x]}\n").size() == 1);
    CHECK(rig.complaints("- conda_env: {name: a/b, packages: [x]}\n").size() == 1);
    CHECK(rig.complaints("- conda_env: {name: a}\n").size() == 1);
  }
}

TEST_CASE("a planned driver counts, not the one that is there") {
  Rig rig;
  add_machine(rig, "2684", "");
  rig.add_file("/etc/os-release", "ID=ubuntu\nVERSION_ID=\"22.04\"\nVERSION_CODENAME=jammy\n");
  rig.add_to_machine("/proc/sys/kernel/osrelease", "6.8.0-45-generic\n");
  const BuiltRecipe recipe =
      rig.read("- nvidia_driver: {branch: \"580\"}\n- conda_env: {name: rig, packages: [pytorch]}\n");
  CHECK(packages_of(recipe).fields.text("cuda") == "13.0");
}

TEST_CASE("a lock for a newer CUDA than the driver's is refused") {
  Rig rig;
  add_machine(rig, "2684", "535.309.01");
  const std::string hash(64, 'a');
  const Attachments lock{
      {"rig.lock", "@EXPLICIT\nhttps://h/noarch/cuda-version-13.0-h1_3.conda#" + hash + "\n"}};
  const Complaints complaints = rig.complaints("- conda_env: {name: rig, lock: rig.lock}\n", lock);
  REQUIRE(complaints.size() == 1);
  CHECK(complaints.front().message ==
        "the lock is made for CUDA 13.0, and driver 535.309.01 offers CUDA 12.2");
}

TEST_CASE("an environment.yml gives channels and packages, and checks become steps") {
  Rig rig;
  const Attachments file{
      {"env.yml", "channels: [http://h/mirror, nodefaults]\ndependencies: [python=3.12, numpy]\n"}};
  const BuiltRecipe recipe =
      rig.read("- conda_env: {name: rig, file: env.yml, owner: alice, checks: [numpy]}\n", file);
  const Fields& fields = packages_of(recipe).fields;
  CHECK(join(fields.texts("channels"), " ") == "http://h/mirror");
  CHECK(join(fields.texts("packages"), " ") == "python=3.12.* numpy");
  CHECK(fields.text("owner") == "alice");
  CHECK(fields.text("path") == "/opt/rigsetup/envs/rig");
  const auto& steps = recipe.recipe.steps;
  REQUIRE(steps.size() == 4);
  CHECK(steps[0].id == "conda.engine");
  CHECK(steps[2].kind == "python_import");
  CHECK(steps[2].fields.text("python") == "/opt/rigsetup/envs/rig/bin/python");
}

TEST_CASE("a channel with terms of its own is said, and nothing is accepted") {
  Rig rig;
  const BuiltRecipe recipe = rig.read("- conda_env: {name: rig, packages: [x], channels: [defaults]}\n");
  CHECK_THAT(join(recipe.notes, " "), Contains("has terms of its own"));
}

TEST_CASE("a framework is proved on the GPU where its build is for one, else by importing it") {
  Rig rig;
  const auto checks = [&] {
    std::vector<std::string> texts;
    const BuiltRecipe recipe =
        rig.read("- conda_env: {name: rig, packages: [pytorch, numpy], checks: [torch_cuda, numpy]}\n");
    for (const Step& step : recipe.recipe.steps) {
      if (step.kind == "python_import") texts.push_back("import " + join(step.fields.texts("modules"), " "));
      if (step.kind == "torch_cuda") texts.push_back("torch_cuda of " + step.fields.text("python"));
    }
    return join(texts, ", ");
  };
  CHECK(checks() == "import torch numpy");
  add_machine(rig, "2684", "580.95.05");
  CHECK(checks() == "torch_cuda of /opt/rigsetup/envs/rig/bin/python, import numpy");
}

namespace {

/// The part that pip has in it.
const Step* pip_of(const BuiltRecipe& recipe) {
  const auto& steps = recipe.recipe.steps;
  const auto found =
      std::find_if(steps.begin(), steps.end(), [](const Step& step) { return step.kind == "conda_pip"; });
  return found == steps.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("what an environment.yml has for pip becomes a stage of its own, and pip comes with it") {
  Rig rig;
  const Attachments file{{"env.yml",
                          "dependencies:\n  - python=3.12\n  - pip:\n    - --index-url https://h/simple\n"
                          "    - flask>=2\n"}};
  const BuiltRecipe recipe =
      rig.read("- conda_env: {name: rig, file: env.yml, pip: [six], owner: alice, checks: [flask]}\n", file);
  CHECK(join(packages_of(recipe).fields.texts("packages"), " ") == "python=3.12.* pip");
  const Step* pip = pip_of(recipe);
  REQUIRE(pip != nullptr);
  CHECK(pip->id.ends_with(".pip"));
  CHECK(join(pip->fields.texts("packages"), " ") == "flask>=2 six");
  CHECK(pip->fields.text("index_url") == "https://h/simple");
  CHECK(pip->fields.text("owner") == "alice");
  CHECK(pip->fields.text("path") == "/opt/rigsetup/envs/rig");
  CHECK(pip > &packages_of(recipe));  // and before what imports it
  CHECK((pip + 1)->kind == "python_import");
}

TEST_CASE("without packages for pip there is no such stage, but where nothing else may stay") {
  Rig rig;
  CHECK(pip_of(rig.read("- conda_env: {name: rig, packages: [python]}\n")) == nullptr);
  const BuiltRecipe exact = rig.read("- conda_env: {name: rig, packages: [python], exact: true}\n");
  REQUIRE(pip_of(exact) != nullptr);
  CHECK(pip_of(exact)->fields.boolean("exact"));
  CHECK(join(packages_of(exact).fields.texts("packages"), " ") == "python");
}

TEST_CASE("a line for pip that is not taken is complained of where it stands") {
  Rig rig;
  const auto in_field = rig.complaints("- conda_env: {name: rig, packages: [python], pip: [six, -e .]}\n");
  REQUIRE(in_field.size() == 1);
  CHECK(in_field[0].place == Place{"recipe.yaml", 4, 59});
  const auto in_file = rig.complaints("- conda_env: {name: rig, file: env.yml}\n",
                                      {{"env.yml", "dependencies:\n  - pip:\n    - -r more.txt\n"}});
  REQUIRE(in_file.size() == 1);
  CHECK(in_file[0].place == Place{"env.yml", 3, 7});
}

TEST_CASE("a lock that has packages for pip must have pip") {
  Rig rig;
  const std::string hash(64, 'a');
  const std::string lock =
      "version: 1\npackage:\n"
      "  - {name: six, version: 1.0, manager: pip, platform: linux-64, url: \"https://h/six.whl\", hash: "
      "{sha256: " +
      hash + "}}\n";
  const auto conda = [&](const std::string& name) {
    return "  - {name: " + name + ", manager: conda, platform: linux-64, url: \"https://h/" + name +
           "-1-0.conda\", hash: {sha256: " + hash + "}}\n";
  };
  const std::string step = "- conda_env: {name: rig, lock: l.yml}\n";
  const auto without = rig.complaints(step, {{"l.yml", lock + conda("python")}});
  REQUIRE(without.size() == 1);
  CHECK(without[0].message == "the lock has six for pip, and no pip");
  const BuiltRecipe recipe = rig.read(step, {{"l.yml", lock + conda("python") + conda("pip")}});
  REQUIRE(pip_of(recipe) != nullptr);
  CHECK(pip_of(recipe)->fields.text("lock") == "l.yml");
}
