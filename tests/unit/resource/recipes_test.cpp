// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// What the shipped recipes with PyTorch come to on the described machines of tests/rigs.

#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_programs.hpp"
#include "tests/support/shell.hpp"

using namespace rigsetup;

namespace {

/// The build and how it is proved, "cu126, torch_cuda"; or why it is refused.
std::string outcome(const std::string& recipe, const std::string& rig) {
  const Tree tree{std::filesystem::path(RIGSETUP_SOURCE_DIR "/tests/rigs") / rig};
  test::FakePrograms programs;
  test::FakeClock clock;
  const Host host{tree, programs, clock, &tree, true};
  const auto look = [&] {
    return surroundings_of(host,
                           {RIGSETUP_SOURCE_DIR "/recipes/compat", RIGSETUP_SOURCE_DIR "/recipes/platforms"});
  };
  const std::string file = RIGSETUP_SOURCE_DIR "/recipes/" + recipe + ".yaml";
  Complaints complaints;
  const BuiltRecipe built = read_recipe({file, test::file_text(file), {}}, look, complaints);
  if (!complaints.empty()) return complaints.front().message;
  std::string build;
  std::string proofs;
  for (const Step& step : built.recipe.steps) {
    if (step.kind == "virtualenv_packages") {
      const std::string url = step.fields.text("framework_index_url");
      build = url.substr(url.rfind('/') + 1);
    }
    if (step.kind == "conda_packages") build = "conda for " + step.fields.text("cuda");
    if (step.kind == "torch_cuda") proofs += ", torch_cuda";
    if (step.kind == "python_import") proofs += ", imports " + join(step.fields.texts("modules"), " ");
  }
  return build + proofs;
}

}  // namespace

TEST_CASE("a recipe for PyTorch takes the build that fits the machine, and proves it") {
  const std::string no_driver =
      "no driver is there, and no step brings one: which CUDA it will offer is not known";
  const std::string llm = ", imports transformers accelerate safetensors sentencepiece";
  const std::string diffusion = ", imports torchvision diffusers transformers accelerate safetensors";
  struct Row {
    const char* recipe;
    const char* rig;
    std::string outcome;
  };
  const Row table[] = {
      {"torch", "h200-jammy", "conda for 13.0, torch_cuda"},
      {"torch", "no-gpu-jammy", "conda for , imports torch"},
      {"torch", "rtx4090-jammy", no_driver},
      {"llm", "h200-jammy", "cu130, torch_cuda" + llm},
      {"llm", "two-gpus-jammy", "cu130, torch_cuda" + llm},
      {"llm", "laptop-hybrid-jammy", "cu130, torch_cuda" + llm},
      {"llm", "no-gpu-jammy", "cpu, imports torch transformers accelerate safetensors sentencepiece"},
      {"llm", "rtx4090-jammy", no_driver},
      {"diffusion", "h200-jammy", "cu130, torch_cuda" + diffusion},
      {"diffusion", "no-gpu-jammy",
       "cpu, imports torch torchvision diffusers transformers accelerate safetensors"},
      {"diffusion", "v100-jammy", no_driver},
      {"deep-learning", "gtx1080-jammy", "conda for 12.9, torch_cuda"},
      {"deep-learning-venv", "gtx1080-jammy", "cu126, torch_cuda, imports torchvision"},
      {"deep-learning-venv", "v100-jammy", "cu126, torch_cuda, imports torchvision"},
      {"deep-learning-venv", "rtx4090-jammy", "cu130, torch_cuda, imports torchvision"},
      {"deep-learning-venv", "rtx5090-jammy", "cu130, torch_cuda, imports torchvision"},
      {"deep-learning-venv", "h200-jammy", "cu130, torch_cuda, imports torchvision"},
  };
  for (const Row& row : table) {
    INFO(row.recipe << " on " << row.rig);
    CHECK(outcome(row.recipe, row.rig) == row.outcome);
  }
}
