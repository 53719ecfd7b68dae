// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// What holds for every composite, through the catalog.

#include <algorithm>

#include "tests/contract/behaviours.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;
using test::Rig;

namespace {

std::string composite_under_test() {
  std::vector<std::string> names;
  for (const Kind* kind : catalog()) {
    if (kind->sort == Sort::composite) names.emplace_back(kind->name);
  }
  return GENERATE_COPY(from_range(names));
}

}  // namespace

TEST_CASE("a composite stands for sound steps, needs them all and tells what was chosen") {
  const Kind& kind = *find_kind(composite_under_test());
  INFO(kind.name);
  CHECK(kind.summary.ends_with("."));
  REQUIRE(kind.expand);
  Rig rig;
  test::prepare_for_example(rig, kind.name);
  const BuiltRecipe recipe = rig.read(std::string(kind.example));
  REQUIRE(recipe.steps.size() > 1);
  const Step& composite = recipe.recipe.steps.back();
  CHECK(composite.kind == kind.name);
  CHECK_FALSE(kind.title(composite.fields).empty());
  const Inspection found = rig.inspect(*recipe.steps.back().resource);
  REQUIRE(std::holds_alternative<AsWanted>(found));
  CHECK_FALSE(std::get<AsWanted>(found).have.empty());
  REQUIRE(composite.needs);
  for (std::size_t i = 0; i + 1 < recipe.steps.size(); ++i) {
    const Step& part = recipe.recipe.steps[i];
    INFO(part.id);
    CHECK(part.id.find('.') != std::string::npos);  // no step of a recipe can be called so
    CHECK(part.sound);
    CHECK(recipe.steps[i].kind->sort != Sort::composite);
    CHECK((recipe.steps[i].resource != nullptr) != (recipe.steps[i].check != nullptr));
    CHECK(std::count(composite.needs->begin(), composite.needs->end(), part.id) == 1);
  }
  CHECK(rig.programs.ran().empty());
}

TEST_CASE("a composite whose condition does not hold stands for nothing") {
  const Kind& kind = *find_kind(composite_under_test());
  INFO(kind.name);
  const Rig rig;
  const BuiltRecipe recipe = rig.read(std::string(kind.example) + "  when: {platform: [ubuntu-99.99]}\n");
  CHECK(recipe.steps.size() == 1);
}
