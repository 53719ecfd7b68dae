// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/nvidia/nvidia_offers.hpp"

#include <algorithm>
#include <set>

#include "resource/nvidia/nvidia_origin.hpp"
#include "resource/nvidia/nvidia_stack.hpp"

namespace rigsetup {
namespace {

/// Of all that the tables may name, in every origin.
const std::vector<std::string> k_names{"nvidia-*",      "libnvidia-*",           "libcuda1",
                                       "cuda-drivers*", "cuda-toolkit-*",        "libcudnn[89]*",
                                       "cudnn*",        "linux-modules-nvidia-*"};

constexpr std::string_view k_label_of_nvidia = "NVIDIA CUDA";

/// By the name in the platform's table; empty: none of its origins.
std::string origin_of(const apt::Offer& offer, const compat::Platform& platform) {
  const bool of_nvidia = offer.label == k_label_of_nvidia;
  const auto found = std::ranges::find_if(platform.origins, [&](const compat::Origin& origin) {
    const bool of_distribution = origin.repository.uri == "distribution";
    return of_distribution ? !of_nvidia && (offer.origin == "Debian" || offer.origin == "Ubuntu") : of_nvidia;
  });
  return found == platform.origins.end() ? "" : found->name;
}

/// A target without an archive of its distribution can get nothing from there.
bool has_distribution_archive(const Surroundings& around) {
  return std::ranges::any_of(around.repositories, [&](const apt::RepositoryFile& file) {
    return std::ranges::any_of(file.repositories, [&](const apt::Repository& entry) {
      const std::vector<std::string> suites = entry.words("Suites");
      return std::ranges::find(suites, around.facts.os_codename) != suites.end();
    });
  });
}

/// Names of the origins that the recipe's steps may take from.
std::set<std::string> origins_in_question(const Recipe& recipe, const compat::Platform& platform,
                                          const Facts& facts) {
  std::set<std::string> names;
  for (const Step& step : recipe.steps) {
    if (!bears_on_stack(step, facts)) continue;
    if (step.kind == "nvidia_driver" && step.fields.text("origin") != "auto") {
      names.insert(step.fields.text("origin"));
    } else if (step.kind == "nvidia_driver") {
      for (const compat::Origin& origin : platform.origins) names.insert(origin.name);
    } else {
      for (const compat::LibraryRow& row : step.kind == "cudnn" ? platform.cudnn : platform.cuda)
        names.insert(row.origin);
    }
  }
  return names;
}

}  // namespace

std::vector<compat::Offer> installed_offers(const Facts& facts) {
  std::vector<compat::Offer> offers;
  for (const NvidiaPackage& package : facts.nvidia.packages) {
    if (package.state == "installed")
      offers.push_back({package.name, package.version, package.origin, {}, true});
  }
  return offers;
}

std::vector<compat::OtherKernel> other_kernels(const Facts& facts) {
  std::vector<compat::OtherKernel> others;
  for (const InstalledKernel& kernel : facts.kernels.installed) {
    if (kernel.image && kernel.release != facts.kernels.newest)
      others.push_back({kernel.release, kernel.headers, kernel.headers_package});
  }
  return others;
}

std::optional<OffersFound> archive_offers(const Recipe& recipe, const Surroundings& around) {
  const auto platform = around.compat.platforms.find(around.facts.platform());
  if (!around.ask_archives || platform == around.compat.platforms.end()) return std::nullopt;
  std::vector<Expansion::Part> repositories;
  const std::set<std::string> in_question = origins_in_question(recipe, platform->second, around.facts);
  for (const compat::Origin& origin : platform->second.origins) {
    if (!in_question.contains(origin.name)) continue;
    // With one that only a step of the recipe can tell how to reach, nobody knows what there is.
    if (is_to_come(origin.repository, recipe, around)) return std::nullopt;
    const bool of_distribution = origin.repository.uri == "distribution";
    if (of_distribution && !has_distribution_archive(around)) continue;
    if (!of_distribution && origin.repository.fingerprint.empty()) continue;  // whose key nobody has read
    if (auto part = repository_part(origin.name, recipe, around)) repositories.push_back(std::move(*part));
  }
  apt::Question question{k_names};
  for (const compat::OtherKernel& kernel : other_kernels(around.facts)) {
    question.patterns.push_back("linux-headers-" + kernel.release);
    question.with_needs.push_back("linux-modules-nvidia-*-" + kernel.release);
  }
  const ArchiveAnswer answer = around.ask_archives(repositories, question);
  OffersFound found{{}, answer.unreachable};
  for (const apt::Offer& offer : answer.offers) {
    std::string origin = origin_of(offer, platform->second);
    if (!origin.empty())
      found.offers.push_back({offer.package, offer.version, std::move(origin), offer.needs});
  }
  return found;
}

}  // namespace rigsetup
