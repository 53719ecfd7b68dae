// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/base/version.hpp>

#include "resource/nvidia/nvidia_origin.hpp"

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
/// not know yet, up to the last that fits. Anything else is meant to the letter, as far as it is known.
std::vector<std::string> texts_for(const compat::Choice& choice, const std::string& wish,
                                   const compat::Tables& tables) {
  const bool is_whole = std::count(choice.value.begin(), choice.value.end(), '.') == 3;
  const bool is_exact = wish.find('.') != std::string::npos;
  const std::vector<std::string> releases = releases_of(tables);
  const bool is_newest = std::none_of(releases.begin(), releases.end(), [&](const std::string& release) {
    return release.substr(0, release.find('.')) == choice.value.substr(0, choice.value.find('.')) &&
           compare_debian(release, choice.value) > 0;
  });
  std::vector<std::string> texts;
  for (const compat::Package& package : choice.packages) {
    const bool has_cuda = package.version.ends_with('*');  // then the version tells which CUDA it is for
    if (is_exact && !is_whole && !has_cuda) {
      texts.push_back(format("{}={}.*", package.name, choice.value));
    } else if (is_exact || has_cuda) {
      texts.push_back(format("{}={}", package.name, package.version));
    } else {
      texts.push_back(is_newest || package.version.empty()
                          ? package.name
                          : format("{} (<= {})", package.name, package.version));
    }
  }
  return texts;
}

/// The version of the runtime that is installed and that the step would leave; empty when there is none.
std::string kept_version(const std::string& runtime, const Facts& facts) {
  const auto wanted = parse_package(runtime);
  for (const NvidiaPackage& package : facts.nvidia.packages) {
    if (package.state != "installed" || !wanted || package.name != wanted->name) continue;
    if (wanted->range.matches(package.version)) return package.version.substr(0, package.version.find('-'));
  }
  return "";
}

void complain_of_second(const Step& step, const Recipe& recipe, const Facts& facts, Complaints& complaints) {
  const auto first = std::find_if(recipe.steps.begin(), recipe.steps.end(), [&](const Step& other) {
    return other.kind == step.kind && bears_on_stack(other, facts);
  });
  if (first == recipe.steps.end() || first->id == step.id) return;
  complaints.push_back(
      {step.place, format("there is one cuDNN already, {}, and a second is not managed beside it", first->id),
       "remove one of the two steps"});
}

Expansion expand(const Step& step, const Recipe& recipe, const Surroundings& around, Complaints& complaints) {
  complain_of_second(step, recipe, around.facts, complaints);
  const auto fit = choose_for(step, recipe, around, complaints);
  if (!fit) return {};
  const compat::Choice& choice = fit->stack.cudnn;
  const std::string track = step.fields.text("version");
  const std::vector<std::string> texts = texts_for(choice, track, around.compat);
  Expansion expansion;
  const std::string kept = texts.empty() ? "" : kept_version(texts.front(), around.facts);
  expansion.choice =
      kept.empty() ? choice.reason : format("cuDNN {} is installed, and \"{}\" keeps it", kept, track);
  expansion.notes = fit->stack.warnings;
  if (auto repository = repository_part(fit->stack.library_repository, recipe, around)) {
    expansion.parts.push_back(std::move(*repository));
  }
  if (fit->stack.library_repository == "nvidia")
    expansion.parts.push_back(one_origin_part(*fit, around.facts));
  Part packages;
  packages.name = "packages";
  packages.kind = "apt_packages";
  packages.fields = Value::map({{"packages", Value::strings(texts)}, {"hold", true}, {"recommends", false}});
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
