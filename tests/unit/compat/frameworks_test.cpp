// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/compat/frameworks.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/compat/shipped.hpp"

using namespace rigsetup;
using Catch::Matchers::Contains;
using test::shipped;

namespace {

constexpr const char* k_gtx1080 = "1B80";
constexpr const char* k_v100 = "1DB4";
constexpr const char* k_rtx2080 = "1E87";
constexpr const char* k_rtx4090 = "2684";
constexpr const char* k_h100 = "2330";
constexpr const char* k_rtx5090 = "2B85";
constexpr const char* k_gt710 = "128B";
constexpr const char* k_k80 = "102D";
constexpr const char* k_gtx970 = "13C2";

/// "12.9", or why not.
std::string chosen(const std::string& framework, const std::string& channel, const std::string& driver,
                   const std::vector<std::string>& gpus) {
  const auto ceiling = compat::cuda_ceiling(shipped(), driver, gpus);
  const auto build = compat::choose_build(shipped(), framework, channel, gpus, ceiling);
  if (const auto* refusal = std::get_if<compat::BuildRefusal>(&build)) return "refused: " + refusal->reason;
  return std::get<compat::BuildChoice>(build).cuda;
}

}  // namespace

TEST_CASE("every build of a framework is in the tables with its CUDA and its GPUs") {
  std::vector<std::string> rows;
  for (const auto& [name, framework] : shipped().frameworks) {
    for (const auto& channel : framework.channels) {
      for (const auto& build : channel.builds) {
        rows.push_back(format("{} {} {} {}-{}", name, channel.name, build.cuda, build.oldest_compute,
                              build.newest_compute));
        CHECK(shipped().cuda.contains(build.cuda));
      }
    }
  }
  CHECK(join(rows, "\n") ==
        "jax conda-forge 12.9 6.0-\n"
        "pytorch conda-forge 13.0 7.5-\n"
        "pytorch conda-forge 12.9 5.0-\n"
        "pytorch pytorch-wheels 13.0 7.5-12.0\n"
        "pytorch pytorch-wheels 12.9 -\n"
        "pytorch pytorch-wheels 12.8 7.5-12.0\n"
        "pytorch pytorch-wheels 12.6 5.0-9.0\n"
        "pytorch pytorch-wheels 11.8 3.7-9.0\n"
        "tensorflow conda-forge 12.8 6.0-");
}

TEST_CASE("the CUDA of a machine is the lower of what its driver and its GPUs allow") {
  struct Row {
    const char* driver;
    std::vector<std::string> gpus;
    const char* cuda;
  };
  const Row table[] = {
      {"580", {k_rtx4090}, "13.0"},
      {"580.159.03", {k_rtx4090}, "13.0"},
      {"580", {k_gtx1080}, "12.9"},
      {"580", {k_v100}, "12.9"},
      {"580", {k_rtx4090, k_gtx1080}, "12.9"},
      {"580", {k_rtx4090, k_gt710}, "13.0"},  // no such driver drives the GT 710: it does not count
      {"535.309.01", {k_rtx4090}, "12.2"},
      {"535", {k_gtx1080}, "12.2"},
      {"575", {}, "12.9"},
      {"", {k_gtx1080}, "12.9"},
      {"", {k_rtx4090}, ""},
      {"", {}, ""},
  };
  for (const Row& row : table) {
    INFO(row.driver << " with " << join(row.gpus, " "));
    CHECK(compat::cuda_ceiling(shipped(), row.driver, row.gpus).cuda == row.cuda);
  }
  CHECK(compat::cuda_ceiling(shipped(), "580", {k_gtx1080}).reason ==
        "driver 580 offers CUDA 13.0, but the GeForce GTX 1080 (Pascal) ends with 12.9");
}

TEST_CASE("the build of a framework fits the driver and has kernels for every GPU") {
  struct Row {
    const char* framework;
    const char* channel;
    const char* driver;
    std::vector<std::string> gpus;
    const char* cuda;
  };
  const Row table[] = {
      {"pytorch", "conda-forge", "580", {k_rtx4090}, "13.0"},
      {"pytorch", "conda-forge", "580", {k_gtx1080}, "12.9"},
      {"pytorch", "conda-forge", "580", {k_v100}, "12.9"},
      {"pytorch", "conda-forge", "535", {k_rtx4090}, "12.9"},  // a minor version above it runs as well
      {"pytorch", "conda-forge", "570", {k_rtx5090}, "12.9"},
      {"pytorch", "conda-forge", "580", {k_rtx5090}, "13.0"},
      {"pytorch", "conda-forge", "580", {k_rtx5090, k_gtx1080}, "12.9"},
      {"pytorch", "conda-forge", "", {}, "13.0"},
      {"pytorch", "pytorch-wheels", "580", {k_gtx1080}, "12.6"},
      {"pytorch", "pytorch-wheels", "580", {k_rtx2080}, "13.0"},
      {"pytorch", "pytorch-wheels", "570", {k_rtx5090}, "12.8"},
      {"pytorch", "pytorch-wheels", "535", {k_h100}, "12.6"},
      {"pytorch", "pytorch-wheels", "470", {k_k80}, "11.8"},
      {"tensorflow", "conda-forge", "580", {k_rtx4090}, "12.8"},
      {"tensorflow", "conda-forge", "580", {k_gtx1080}, "12.8"},
      {"jax", "conda-forge", "550", {k_rtx4090}, "12.9"},
      {"jax", "conda-forge", "580", {k_v100}, "12.9"},
  };
  for (const Row& row : table) {
    INFO(row.framework << " of " << row.channel << " for " << row.driver << " with " << join(row.gpus, " "));
    CHECK(chosen(row.framework, row.channel, row.driver, row.gpus) == row.cuda);
  }
}

TEST_CASE("a wheel's index is that of its CUDA") {
  const auto ceiling = compat::cuda_ceiling(shipped(), "580", {k_gtx1080});
  const auto build = compat::choose_build(shipped(), "pytorch", "pytorch-wheels", {k_gtx1080}, ceiling);
  CHECK(std::get<compat::BuildChoice>(build).url == "https://download.pytorch.org/whl/cu126");
  CHECK(shipped().frameworks.at("pytorch").channel("pytorch-wheels")->cpu_url ==
        "https://download.pytorch.org/whl/cpu");
}

TEST_CASE("a framework without a build for this machine is refused with the reason") {
  CHECK(chosen("pytorch", "conda-forge", "470", {k_gt710}) ==
        "refused: no build of PyTorch in conda-forge has kernels for the GeForce GT 710 (Kepler)");
  CHECK(
      chosen("pytorch", "conda-forge", "470.256.02", {k_rtx2080}) ==
      "refused: every build of PyTorch in conda-forge that would serve is for CUDA 12.9 or newer, and driver "
      "470.256.02 offers CUDA 11.4");
  CHECK_THAT(chosen("pytorch", "pytorch-wheels", "470", {k_gt710}),
             Contains("has kernels for the GeForce GT 710"));
  for (const auto* framework : {"tensorflow", "jax"}) {
    CHECK_THAT(chosen(framework, "conda-forge", "580", {k_gtx970}),
               Contains("has kernels for the GeForce GTX 970 (Maxwell)"));
  }
  CHECK(chosen("theano", "conda-forge", "580", {}) ==
        "refused: no table knows builds of theano in conda-forge");
}

TEST_CASE("a package tells which framework it brings, and whether it can have a GPU build") {
  const auto text = [](std::string_view package) {
    const auto found = compat::framework_of(shipped(), "conda-forge", package);
    if (found.framework == nullptr) return std::string("none");
    return format("{}{}{}", found.framework->name, found.cpu_only ? " cpu" : "",
                  found.by_another ? " by " + found.channel->packages.front() : "");
  };
  CHECK(text("pytorch") == "pytorch");
  CHECK(text("pytorch-gpu") == "pytorch");
  CHECK(text("pytorch-cpu") == "pytorch cpu");
  CHECK(text("jaxlib") == "jax");
  CHECK(text("jax") == "jax by jaxlib");
  CHECK(text("numpy") == "none");
  CHECK(compat::framework_of(shipped(), "pytorch-wheels", "torch").framework->name == "pytorch");
}
