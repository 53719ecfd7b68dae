// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <vector>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "tests/contract/manual_page.hpp"

namespace rigsetup::test {
namespace {

/// The properties of a schema with their descriptions; those that are kinds have a section of their own.
void add_keys(ManualPage& page, const Value& schema) {
  for (const auto& [name, property, place] : schema.at("properties").as_map())
    if (find_kind(name) == nullptr) page.item(name, sentence(property.get("description", "")));
}

void add_field(ManualPage& page, const FieldSpec& field) {
  std::string text(field.summary);
  if (!field.choices.empty())
    text += format("; one of {}", join({field.choices.begin(), field.choices.end()}, ", "));
  if (!field.fallback.empty()) text += format("; {} when left out", field.fallback);
  if (field.secret) text += "; secret: takes {file: PATH} only";
  page.item(format("{} ({}{})", field.name, to_string(field.type), field.required ? ", required" : ""),
            sentence(text));
}

}  // namespace

std::string recipe_page() {
  ManualPage page("rigsetup-recipe", 5, "how a deep-learning rig should be");
  const Value schema = recipe_schema();
  page.heading("DESCRIPTION")
      .paragraph(
          "A recipe is a YAML file that says how a machine should be: a list of steps, each of one kind with "
          "its fields. "
          "rigsetup(1) plans, applies and checks it.")
      .paragraph(
          "There is no templating, no expression language and no shell. Files that a recipe names lie beside "
          "it; they are "
          "read with the rights of whoever asks. rigsetup validate FILE says all that is wrong, as "
          "file:line:column: "
          "message.");
  page.heading("KEYS OF A RECIPE");
  add_keys(page, schema);
  page.heading("KEYS OF A STEP").paragraph("Beside the one kind that it is of, a step may have");
  add_keys(page, schema.at("properties").at("steps").at("items"));
  page.heading("KINDS");
  for (const Kind* kind : catalog()) {
    page.subheading(kind->name);
    page.paragraph(format("{}{}", kind->sort == Sort::check ? "A check. " : "", kind->summary));
    for (const FieldSpec& field : kind->fields) add_field(page, field);
    page.code(kind->example);
  }
  page.heading("FILES").item("/usr/share/rigsetup/recipes",
                             "The shipped recipes, and recipe.schema.json for editors.");
  page.heading("SEE ALSO").paragraph("rigsetup(1), rigsetupd(8)");
  return page.text();
}

}  // namespace rigsetup::test
