// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/recipe/recipe.hpp>

#include "recipe/recipe_digest.hpp"

namespace rigsetup {
namespace {

struct Wanted {
  std::string name;
  Place place;
};

/// Each file once, at the place that names it first.
std::vector<Wanted> wanted_by(const Recipe& recipe, std::span<const KindShape> kinds) {
  std::vector<Wanted> wanted;
  for (const Step& step : recipe.steps) {
    const auto shape = std::find_if(kinds.begin(), kinds.end(),
                                    [&](const KindShape& kind) { return kind.name == step.kind; });
    if (shape == kinds.end()) continue;
    for (const FieldSpec& spec : *shape->fields) {
      if (spec.type != FieldType::attachment || !step.fields.has(spec.name)) continue;
      const std::string name = step.fields.text(spec.name);
      const bool known =
          std::any_of(wanted.begin(), wanted.end(), [&](const Wanted& each) { return each.name == name; });
      if (!known) wanted.push_back({name, step.fields.place(spec.name)});
    }
  }
  return wanted;
}

}  // namespace

std::string digest_of(const Recipe& recipe) {
  // Each part with its length before it: no two recipes give the same bytes.
  const auto part = [](std::string_view bytes) { return format("{}:{}", bytes.size(), bytes); };
  std::string bytes = part(recipe.text);
  for (const auto& [name, content] : recipe.attachments) bytes += part(name) + part(content);
  return sha256_hex(bytes);
}

std::vector<std::string> attachment_names(const Recipe& recipe, std::span<const KindShape> kinds) {
  std::vector<std::string> names;
  for (const Wanted& wanted : wanted_by(recipe, kinds)) names.push_back(wanted.name);
  return names;
}

void attach(Recipe& recipe, Attachments attachments, std::span<const KindShape> kinds,
            Complaints& complaints) {
  recipe.attachments.clear();
  for (const Wanted& wanted : wanted_by(recipe, kinds)) {
    const auto found = attachments.find(wanted.name);
    if (found == attachments.end()) {
      complaints.push_back(
          {wanted.place, format("the file \"{}\" is missing", wanted.name), "put it beside the recipe"});
    } else {
      recipe.attachments.insert(attachments.extract(found));
    }
  }
  recipe.digest = digest_of(recipe);
}

}  // namespace rigsetup
