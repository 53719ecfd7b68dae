// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// What composites take from what the archives have, and that a run keeps it.

#include <rigsetup/data/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/resource/look.hpp"

using namespace rigsetup;
using Catch::Matchers::Contains;
using Texts = std::vector<std::string>;

namespace {

struct Archives : test::Rig {
  Archives() {
    add_file("/etc/os-release",
             "ID=ubuntu\nVERSION_ID=\"22.04\"\nVERSION_CODENAME=jammy\nPRETTY_NAME=\"Ubuntu 22.04.5 LTS\"\n");
    add_file("/etc/apt/sources.list", "deb http://archive.ubuntu.com/ubuntu jammy main\n");
    test::add_gpu(*this);
  }
  void offer(const std::string& package, const std::string& version) {
    offers.push_back({package, version, "NVIDIA", "NVIDIA CUDA"});
  }
  void installed(const std::string& package, const std::string& version) const {
    add_file("/var/lib/dpkg/status", text("/var/lib/dpkg/status") + "Package: " + package +
                                         "\nStatus: install ok installed\nArchitecture: amd64\nMaintainer: "
                                         "cudatools <cudatools@nvidia.com>\nVersion: " +
                                         version + "\n\n");
  }
  BuiltRecipe read(const std::string& steps) {
    Surroundings around = surroundings();
    around.ask_archives = [this](const auto& repositories, const auto&) {
      for (const Expansion::Part& part : repositories) asked.push_back(part.name);
      return ArchiveAnswer{offers, unreachable};
    };
    said.clear();
    return read_recipe(
        {"recipe.yaml", "rigsetup: 1\nname: test\nsteps:\n" + steps, {}}, [&] { return around; }, said);
  }
  static Texts packages(const BuiltRecipe& recipe, const std::string& id) {
    for (const Step& step : recipe.recipe.steps)
      if (step.id == id) return step.fields.texts("packages");
    return {};
  }

  std::vector<apt::Offer> offers;
  std::optional<Error> unreachable;
  Texts asked;
  Complaints said;
};

const std::string k_newest = "- cuda_toolkit: {version: \"13.4\"}\n";

}  // namespace

TEST_CASE("what the tables do not vouch for is taken when an archive has it, and refused when it has not") {
  Archives archives;
  archives.offer("cuda-toolkit-13-3", "13.3.1-1");
  archives.read(k_newest);
  CHECK(archives.said.size() == 1);
  CHECK(archives.asked == Texts{"nvidia.repository"});
  archives.offer("cuda-toolkit-13-4", "13.4.1-1");
  archives.offer("cuda-toolkit-13-4", "13.4.2-1");
  const BuiltRecipe recipe = archives.read(k_newest);
  CHECK(archives.said.empty());
  CHECK(Archives::packages(recipe, "cuda_toolkit.packages").front() == "cuda-toolkit-13-4=13.4.2-1");
}

TEST_CASE("an archive that cannot be reached is told of where the others do, and is the reason where not") {
  Archives archives;
  archives.unreachable = Error(Code::network, "cannot reach the archive");
  CHECK_THROWS_WITH(archives.read(k_newest), Contains("cannot reach the archive"));
  archives.offer("cuda-toolkit-13-4", "13.4.1-1");
  const BuiltRecipe recipe = archives.read(k_newest);
  CHECK(archives.said.empty());
  CHECK(recipe.notes == Texts{"cannot reach the archive: nothing was chosen from that archive."});
}

TEST_CASE("the archives are not asked when there is nothing to get") {
  Archives archives;
  archives.installed("cuda-toolkit-13-4", "13.4.1-1");
  const BuiltRecipe recipe = archives.read(k_newest);
  CHECK(archives.said.empty());
  CHECK(archives.asked.empty());
  CHECK(Archives::packages(recipe, "cuda_toolkit.packages").front() == "cuda-toolkit-13-4");
}

TEST_CASE("what is installed stays, though something else has to be got") {
  Archives archives;
  archives.installed("cuda-toolkit-12-6", "12.6.2-1");
  archives.offer("cuda-toolkit-12-6", "12.6.3-1");
  archives.offer("cuda-toolkit-12-9", "12.9.1-1");
  for (const char* name : {"libcudnn9-cuda-12", "libcudnn9-headers-cuda-12", "libcudnn9-dev-cuda-12"})
    archives.offer(name, "9.10.2.21-1");
  const BuiltRecipe recipe =
      archives.read("- cuda_toolkit: {version: \"12\"}\n- cudnn: {version: \"9.10.2.21\"}\n");
  CHECK(archives.said.empty());
  CHECK_FALSE(archives.asked.empty());
  CHECK(Archives::packages(recipe, "cuda_toolkit.packages").front() == "cuda-toolkit-12-6");
  CHECK(Archives::packages(recipe, "cudnn.packages").front() == "libcudnn9-cuda-12=9.10.2.21-1");
}

TEST_CASE("only those archives are asked that the steps may take from") {
  Archives archives;
  archives.read("- nvidia_driver: {origin: ubuntu}\n");
  CHECK(archives.asked == Texts{"nvidia.components"});
  archives.asked.clear();
  // One that a step of the recipe brings cannot be asked before: then the tables decide.
  const std::string own = R"(- apt_repository:
    name: mine
    uris: ["https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64/"]
    suites: [/]
    key_url: https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64/3bf863cc.pub
    fingerprint: EB693B3035CD5710E231E123A4B469963BF863CC
)";
  const BuiltRecipe recipe = archives.read(own + "- cuda_toolkit: {version: \"12\"}\n");
  CHECK(archives.said.empty());
  CHECK(archives.asked.empty());
  CHECK(Archives::packages(recipe, "cuda_toolkit.packages").front() == "cuda-toolkit-12-9");
}

TEST_CASE("components that stand in several entries are there") {
  Archives archives;
  archives.add_file("/etc/apt/sources.list",
                    "deb http://archive.ubuntu.com/ubuntu jammy main restricted\n"
                    "deb http://archive.ubuntu.com/ubuntu jammy universe\n"
                    "deb http://archive.ubuntu.com/ubuntu jammy multiverse\n");
  archives.read("- nvidia_driver: {origin: ubuntu}\n");
  CHECK(archives.asked.empty());
}

TEST_CASE("a run keeps what its composites came to, whatever the machine is like later") {
  Archives archives;
  archives.offer("cuda-toolkit-13-4", "13.4.2-1");
  const BuiltRecipe planned = archives.read(k_newest);
  const std::string stored = to_json(to_value(planned.expansions));
  archives.offers.clear();
  Complaints complaints;
  const RecipeInput input{"recipe.yaml", planned.recipe.text, {}};
  const BuiltRecipe later = read_expanded(input, expansions_from(parse_json(stored, "the plan")), complaints);
  CHECK(complaints.empty());
  REQUIRE(later.recipe.steps.size() == planned.recipe.steps.size());
  for (std::size_t i = 0; i < later.recipe.steps.size(); ++i) {
    CHECK(later.recipe.steps[i].id == planned.recipe.steps[i].id);
    CHECK(later.recipe.steps[i].fields.digest() == planned.recipe.steps[i].fields.digest());
  }
  CHECK(later.recipe.steps.back().needs == planned.recipe.steps.back().needs);
}

TEST_CASE("parts of a kind that this version does not have are not read") {
  const std::string stored = R"({"x":{"choice":"c","parts":[{"name":"p","kind":"gone","fields":{}}]}})";
  CHECK_THROWS_WITH(expansions_from(parse_json(stored, "the plan")), Contains("there is no kind gone"));
}
