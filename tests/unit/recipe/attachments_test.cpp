// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/catch.hpp"
#include "tests/unit/recipe/kinds.hpp"

using namespace rigsetup;

namespace {

Recipe read() {
  Complaints complaints;
  Recipe recipe = parse_recipe(
      "rigsetup: 1\nname: x\nsteps:\n- {id: a, file: {path: /a, source: b.txt}}\n- gpu_check:\n"
      "- {id: c, file: {path: /c, source: ./a.txt}}\n- {id: d, file: {path: /d, source: b.txt}}\n",
      "r.yaml", test::kinds(), complaints);
  REQUIRE(complaints.empty());
  return recipe;
}

std::string digest_with(const Attachments& attachments) {
  Recipe recipe = read();
  Complaints ignored;  // digests of incomplete recipes differ too
  attach(recipe, attachments, test::kinds(), ignored);
  return recipe.digest;
}

}  // namespace

TEST_CASE("a recipe names its attachments, each once, in its order") {
  CHECK(attachment_names(read(), test::kinds()) == std::vector<std::string>{"b.txt", "a.txt"});
}

TEST_CASE("attachments are taken in; what the recipe does not name is not") {
  Recipe recipe = read();
  Complaints complaints;
  attach(recipe, {{"a.txt", "A"}, {"b.txt", "B"}, {"other", "C"}}, test::kinds(), complaints);
  CHECK(complaints.empty());
  CHECK(recipe.attachments == Attachments{{"a.txt", "A"}, {"b.txt", "B"}});
}

TEST_CASE("a missing attachment is a complaint where it is named first") {
  Recipe recipe = read();
  Complaints complaints;
  attach(recipe, {{"a.txt", "A"}}, test::kinds(), complaints);
  CHECK(test::texts_of(complaints) ==
        std::vector<std::string>{"r.yaml:4:36: the file \"b.txt\" is missing (put it beside the recipe)"});
}

TEST_CASE("the digest covers names, bytes and where one ends and the next begins") {
  const std::string both = digest_with({{"a.txt", "A"}, {"b.txt", "B"}});
  CHECK(both == digest_with({{"b.txt", "B"}, {"a.txt", "A"}, {"other", "C"}}));
  CHECK(both != read().digest);
  CHECK(both != digest_with({{"a.txt", "A"}, {"b.txt", "C"}}));
  CHECK(both != digest_with({{"a.txt", "B"}, {"b.txt", "A"}}));
  CHECK(both != digest_with({{"a.txt", "A"}}));
  CHECK(digest_with({{"a.txt", "A5:b.txt1:B"}, {"b.txt", ""}}) !=
        digest_with({{"a.txt", "A"}, {"b.txt", "5:b.txt1:B"}}));
}
