// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/nvidia/cuda_choice.hpp"

#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "resource/nvidia/installed_driver.hpp"
#include "resource/nvidia/nvidia_stack.hpp"

namespace rigsetup {

std::optional<std::string> driver_to_be(const Recipe& recipe, const Surroundings& around) {
  if (const Step* step = first_of("nvidia_driver", recipe, around.facts)) {
    Complaints of_that_step;
    const auto fit = choose_for(*step, recipe, around, of_that_step);
    if (!fit) return std::nullopt;
    return fit->kept ? fit->kept->version : fit->stack.driver.value;
  }
  const std::string installed = installed_driver(around.facts.nvidia);
  if (!installed.empty()) return installed;
  const bool is_this = around.facts.root == "/" && around.facts.machine && around.facts.machine->nvidia;
  return is_this ? around.facts.machine->nvidia->version : std::string();
}

std::optional<CudaChoice> choose_cuda(const std::string& wish, bool needed, const Recipe& recipe,
                                      const Surroundings& around, const Place& place,
                                      Complaints& complaints) {
  if (wish == "none") return CudaChoice{{}, "builds for the CPU were asked for"};
  if (is_cuda_version(wish))
    return CudaChoice{{wish, "the step asks for it"}, format("CUDA {} was asked for", wish)};
  const std::vector<std::string> gpus = gpus_of(around.facts);
  if (around.facts.machine && gpus.empty())
    return CudaChoice{{}, "there is no NVIDIA GPU: builds for the CPU"};
  const auto driver = driver_to_be(recipe, around);
  if (!driver) return std::nullopt;
  if (driver->empty() && !around.facts.machine) {
    return CudaChoice{{},
                      "it is not known on what machine this tree will run, and no driver is planned: builds "
                      "for the CPU"};
  }
  if (driver->empty()) {
    if (!needed) return CudaChoice{{}, "no driver is there or planned: builds for the CPU"};
    complaints.push_back({place,
                          "no driver is there, and no step brings one: which CUDA it will offer is not known",
                          "add an nvidia_driver step, or write `cuda: none` for builds for the CPU"});
    return std::nullopt;
  }
  if (compat::cuda_ceiling(around.compat, *driver, {}).cuda.empty()) {
    const std::string unknown = format("no table knows which CUDA driver {} offers", *driver);
    if (!needed) return CudaChoice{{}, unknown + ": builds for the CPU"};
    complaints.push_back(
        {place, unknown, "take a driver of a newer branch, or write `cuda: none` for builds for the CPU"});
    return std::nullopt;
  }
  CudaChoice choice{compat::cuda_ceiling(around.compat, *driver, gpus), {}};
  choice.reason = choice.ceiling.reason;
  return choice;
}

bool is_cuda_version(std::string_view text) {
  const std::size_t dot = text.find('.');
  const auto is_number = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return dot != std::string_view::npos && is_number(text.substr(0, dot)) && is_number(text.substr(dot + 1));
}

FieldSpec cuda_field() {
  return {.name = "cuda",
          .summary =
              "the CUDA that builds are chosen for: \"auto\" is what the driver, there or planned, and "
              "the GPU allow; \"none\" takes builds for the CPU; or a version",
          .fallback = "auto"};
}

void complain_of_cuda(const Fields& fields, Complaints& complaints) {
  const std::string cuda = fields.text("cuda");
  if (cuda == "auto" || cuda == "none" || is_cuda_version(cuda)) return;
  complaints.push_back({fields.place("cuda"), format("\"{}\" is not a version of CUDA", excerpt(cuda)),
                        "auto, none, or as \"12.9\""});
}

std::string choice_text(const CudaChoice& choice, const std::vector<std::string>& reasons) {
  if (reasons.empty()) return choice.reason;
  std::vector<std::string> lines;
  for (const std::string& reason : reasons) {
    if (std::find(lines.begin(), lines.end(), reason) == lines.end()) lines.push_back(reason);
  }
  return join(lines, "; ");
}

}  // namespace rigsetup
