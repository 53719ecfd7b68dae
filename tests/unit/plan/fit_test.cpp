// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/plan/fit.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;
using Catch::Matchers::Contains;

namespace {

const std::string k_text = R"(# As shipped.
rigsetup: 1
name: rig
steps:
  # About one.
  - id: one
    file: {path: /etc/one, content: "1"}
    when: {platform: [debian-12]}

  # About two.
  - id: two
    file: {path: /etc/two, content: "2"}
    when: {platform: [ubuntu-22.04]}
  - id: three
    file:
      path: /etc/three
      content: |
        # not a comment of the recipe
)";

BuiltRecipe read(const std::string& text) {
  Complaints complaints;
  auto recipe = read_recipe({"rig.yaml", text, {}}, {}, complaints);
  for (const auto& complaint : complaints) UNSCOPED_INFO(complaint.text());
  REQUIRE(complaints.empty());
  return recipe;
}

Facts debian() {
  Facts facts;
  facts.os_id = "debian";
  facts.os_version = "12";
  facts.os_name = "Debian 12";
  facts.architecture = "amd64";
  facts.machine.emplace();
  return facts;
}

}  // namespace

TEST_CASE("steps for other machines are left out, and the rest is the same recipe") {
  const std::string text = fitted_text(read(k_text), debian());
  INFO(text);
  const BuiltRecipe fitted = read(text);
  REQUIRE(fitted.recipe.steps.size() == 2);
  CHECK(fitted.recipe.steps[0].id == "one");
  CHECK(fitted.recipe.steps[1].id == "three");
  CHECK(fitted.recipe.steps[1].fields.text("content") == "# not a comment of the recipe\n");
  CHECK_THAT(text, Contains("# About one.") && !Contains("# About two.") && !Contains("# As shipped."));
  CHECK_THAT(text, Contains("# left out: two (only for ubuntu-22.04, this is debian-12)"));
  CHECK_THAT(text, Contains("Debian 12, amd64, no NVIDIA GPU") && Contains("rigsetup apply"));
  CHECK_THAT(text, Contains("# " + std::string(find_kind("file")->summary)));
}

TEST_CASE("what an image will run on is not known, so nothing is left out for its hardware") {
  const std::string text =
      "rigsetup: 1\nname: rig\nsteps:\n  - file: {path: /etc/one, content: x}\n    when: {gpu: nvidia}\n";
  Facts facts = debian();
  CHECK_THAT(fitted_text(read(text), facts), Contains("# left out: file (there is no NVIDIA GPU)"));
  facts.machine.reset();
  CHECK(read(fitted_text(read(text), facts)).recipe.steps.size() == 1);
}
