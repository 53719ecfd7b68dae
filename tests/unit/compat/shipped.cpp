// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/unit/compat/shipped.hpp"

#include <rigsetup/base/text.hpp>

#include "tests/support/catch.hpp"

namespace rigsetup::test {
namespace {

compat::Wishes on(std::string platform, std::string kernel, std::string flavour,
                  std::vector<std::string> gpus) {
  compat::Wishes wishes;
  wishes.platform = std::move(platform);
  wishes.kernel = std::move(kernel);
  wishes.kernel_flavour = std::move(flavour);
  wishes.gpus = std::move(gpus);
  wishes.branch = "recommended";
  wishes.today = "2026-11-26";
  return wishes;
}

}  // namespace

const compat::Tables& shipped() {
  static const compat::Tables tables = [] {
    Complaints complaints;
    compat::Tables read = compat::load(
        compat::table_folders(std::string(RIGSETUP_SOURCE_DIR) + "/recipes", "/nonexistent"), complaints);
    for (const Complaint& complaint : complaints) FAIL_CHECK(complaint.text());
    return read;
  }();
  return tables;
}

compat::Wishes jammy(std::vector<std::string> gpus) {
  return on("ubuntu-22.04", "6.8.0-136-generic", "generic-hwe-22.04", std::move(gpus));
}

compat::Wishes noble(std::vector<std::string> gpus) {
  return on("ubuntu-24.04", "6.8.0-151-generic", "generic", std::move(gpus));
}

compat::Wishes bookworm(std::vector<std::string> gpus) {
  return on("debian-12", "6.1.0-50-amd64", "amd64", std::move(gpus));
}

compat::Stack fit(const compat::Wishes& wishes, const compat::Tables& tables) {
  const auto result = compat::choose_stack(tables, wishes);
  if (const auto* stack = std::get_if<compat::Stack>(&result)) return *stack;
  FAIL_CHECK("refused: " << std::get<compat::Refusal>(result).text());
  return {};
}

compat::Refusal refusal(const compat::Wishes& wishes, const compat::Tables& tables) {
  const auto result = compat::choose_stack(tables, wishes);
  const auto* refused = std::get_if<compat::Refusal>(&result);
  return refused != nullptr ? *refused : compat::Refusal{};
}

std::string names(const std::vector<compat::Package>& packages) {
  std::vector<std::string> words;
  for (const compat::Package& package : packages) {
    words.push_back(package.version.empty() ? package.name : package.name + "=" + package.version);
  }
  return join(words, " ");
}

}  // namespace rigsetup::test
