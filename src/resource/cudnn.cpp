// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/base/version.hpp>

#include "resource/nvidia_stack.hpp"

namespace rigsetup {
namespace {

using Part = Expansion::Part;

/// "12" of "libcudnn9-dev-cuda-12"; empty for what is of no CUDA major.
std::string cuda_of(const std::string& package) {
  constexpr std::string_view k_before = "-cuda-";
  const std::size_t at = package.rfind(k_before);
  return package.starts_with("libcudnn9-") && at != std::string::npos ? package.substr(at + k_before.size())
                                                                      : "";
}

/// Runtimes for several CUDA majors give the same library name: the others have to go.
std::vector<std::string> other_variants(const compat::Choice& choice, const Facts& facts) {
  const std::string chosen = choice.packages.empty() ? "" : cuda_of(choice.packages.front().name);
  std::vector<std::string> others;
  for (const NvidiaPackage& package : facts.nvidia.packages) {
    const std::string cuda = cuda_of(package.name);
    if (package.state == "installed" && !cuda.empty() && cuda != chosen) others.push_back(package.name);
  }
  return others;
}

std::vector<std::string> releases_of(const compat::Tables& tables) {
  std::vector<std::string> releases;
  for (const compat::CudnnLine* line : tables.cudnn_newest_first()) {
    releases.insert(releases.end(), line->releases.begin(), line->releases.end());
  }
  return releases;
}

/// A wish that leaves the minor version open takes the newest that the repository has, which the tables may
/// not know yet, up to the last that fits. Anything else is meant to the letter.
std::vector<std::string> texts_for(const compat::Choice& choice, const std::string& wish,
                                   const compat::Tables& tables) {
  if (wish.find('.') != std::string::npos) return package_texts(choice.packages);
  const std::vector<std::string> releases = releases_of(tables);
  const bool is_newest = std::none_of(releases.begin(), releases.end(), [&](const std::string& release) {
    return release.substr(0, release.find('.')) == choice.value.substr(0, choice.value.find('.')) &&
           compare_debian(release, choice.value) > 0;
  });
  std::vector<std::string> texts;
  for (const compat::Package& package : choice.packages) {
    const bool open = is_newest || package.version.empty();
    texts.push_back(open ? package.name : format("{} (<= {})", package.name, package.version));
  }
  return texts;
}

Expansion expand(const Step& step, const Recipe& recipe, const Surroundings& around, Complaints& complaints) {
  const auto stack = choose_for(step, recipe, around, complaints);
  if (!stack) return {};
  const compat::Choice& choice = stack->cudnn;
  Expansion expansion;
  const std::string installed = installed_cudnn(step, around.facts);
  expansion.choice = installed.empty() ? choice.reason
                                       : format("cuDNN {} is installed, and \"{}\" keeps it", installed,
                                                step.fields.text("version"));
  if (auto repository = repository_part(stack->library_repository, recipe, around)) {
    expansion.parts.push_back(std::move(*repository));
  }
  if (stack->library_repository == "nvidia")
    expansion.parts.push_back(one_origin_part(driver_origin(*stack, around.facts)));
  Part packages;
  packages.name = "packages";
  packages.kind = "apt_packages";
  packages.fields =
      Value::map({{"packages", Value::strings(texts_for(choice, step.fields.text("version"), around.compat))},
                  {"hold", true},
                  {"recommends", false}});
  const std::vector<std::string> others = other_variants(choice, around.facts);
  if (!others.empty()) packages.fields.set("absent", Value::strings(others));
  expansion.parts.push_back(std::move(packages));
  Part check;
  check.name = "loads";
  check.kind = "libcudnn";
  check.fields = Value::map({{"version", choice.value.substr(0, choice.value.find('.'))}});
  expansion.parts.push_back(std::move(check));
  return expansion;
}

std::string title(const Fields& fields) { return "cuDNN " + fields.text("version"); }

}  // namespace

const Kind& cudnn_kind() {
  static const Kind kind = {
      .name = "cudnn",
      .summary =
          "cuDNN for the CUDA toolkit and the GPU: all its packages at one version, held there; proved by "
          "loading it.",
      .sort = Sort::composite,
      .example = R"(- cudnn: {version: "9"}
)",
      .fields =
          {
              {.name = "version",
               .summary =
                   "how far it may move: \"latest\" that fits, \"9\", \"9.10\" or \"9.10.2.21\"; what is "
                   "installed and within it stays",
               .fallback = "latest"},
          },
      .title = title,
      .expand = expand,
  };
  return kind;
}

}  // namespace rigsetup
