// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <rigsetup/data/json.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;

// With RIGSETUP_WRITE_SCHEMA=1 in its environment this writes the file instead of comparing it.
TEST_CASE("recipes/recipe.schema.json is what the catalog says") {
  const std::string file = std::string(RIGSETUP_SOURCE_DIR) + "/recipes/recipe.schema.json";
  const std::string wanted = to_pretty_json(recipe_schema());
  if (std::getenv("RIGSETUP_WRITE_SCHEMA")) {
    std::ofstream(file) << wanted;
  }
  std::ifstream stream(file);
  const std::string present{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  INFO("bring it up to date: RIGSETUP_WRITE_SCHEMA=1 " << RIGSETUP_BUILD_DIR
                                                       << "/tests/contract/test_contract");
  CHECK((present == wanted));
}
