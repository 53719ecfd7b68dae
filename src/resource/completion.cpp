// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <set>
#include <utility>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/completion.hpp>

#include "resource/apt_hold.hpp"

namespace rigsetup {
namespace {

std::string_view thing_kind_of(const Kind& kind) {
  return kind.thing_kind.empty() ? kind.name : kind.thing_kind;
}

std::vector<Thing> of_kind(const Kind& kind, const std::vector<Thing>& things) {
  std::vector<Thing> of_it;
  std::copy_if(things.begin(), things.end(), std::back_inserter(of_it),
               [&](const Thing& thing) { return thing.kind == thing_kind_of(kind); });
  return of_it;
}

/// A package whose hold goes with it may go; one that the administrator holds may not.
std::vector<Thing> with_own_holds(std::vector<Thing> things) {
  std::set<std::string> held;
  for (const Thing& thing : things) {
    if (thing.kind == apt_hold_kind().name) held.insert(thing.name);
  }
  for (Thing& thing : things) {
    if (thing.kind == "apt_packages" && held.contains(thing.name)) thing.note = k_own_hold;
  }
  return things;
}

bool only_came_along(const std::vector<Thing>& things) {
  return std::all_of(things.begin(), things.end(), [](const Thing& thing) { return thing.along; });
}

std::string title_of_removal(const Kind& kind, const std::vector<Thing>& things) {
  std::vector<std::string> names;
  for (const Thing& thing : things) {
    if (!thing.along) names.push_back(thing.name);
  }
  return format("no more {}{} {}", kind.noun, names.size() == 1 ? "" : "s", printable(join(names, ", ")));
}

void add_step(BuiltRecipe& recipe, std::string id, const Kind& kind, std::string title,
              std::unique_ptr<Resource> resource, std::vector<std::string> needs) {
  Step step;
  step.id = std::move(id);
  step.kind = kind.name;
  step.needs = std::move(needs);
  recipe.recipe.steps.push_back(std::move(step));
  recipe.steps.push_back({&kind, std::move(resource), nullptr, std::move(title)});
}

/// What was made last goes first: the catalog's kinds stand in the order in which one needs the other.
void add_removals(BuiltRecipe& recipe, const std::vector<Thing>& things) {
  std::vector<std::string> before;
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
    if (recipe.steps[i].resource) before.push_back(recipe.recipe.steps[i].id);
  }
  const std::vector<const Kind*>& kinds = kinds_of_things();
  for (auto kind = kinds.rbegin(); kind != kinds.rend(); ++kind) {
    const std::vector<Thing> its = of_kind(**kind, things);
    if (only_came_along(its)) continue;
    auto removal = (*kind)->make_removal(its);
    std::string id = format("prune.{}", thing_kind_of(**kind));  // no step of a recipe can be called this
    const bool packages = removal->packages().has_value();
    add_step(recipe, id, **kind, title_of_removal(**kind, its), std::move(removal),
             packages ? std::vector<std::string>() : before);
    before.push_back(std::move(id));
  }
}

const Kind& activation_kind() {
  static const Kind kind = [] {
    Kind made;
    made.name = "active_recipe";
    return made;
  }();
  return kind;
}

}  // namespace

const std::vector<const Kind*>& kinds_of_things() {
  static const auto kinds = [] {
    std::vector<const Kind*> made;
    for (const Kind* kind : catalog()) {
      if (kind->make_removal) made.push_back(kind);
    }
    made.push_back(&apt_hold_kind());
    return made;
  }();
  return kinds;
}

const Kind* find_kind_of_thing(std::string_view name) {
  for (const Kind* kind : kinds_of_things()) {
    if (thing_kind_of(*kind) == name) return kind;
  }
  return nullptr;
}

Leftovers find_leftovers(const BuiltRecipe& recipe, const std::vector<Thing>& owned, const Host& host,
                         std::stop_token stop) {
  std::set<std::pair<std::string, std::string>> named;
  for (const BuiltStep& step : recipe.steps) {
    if (!step.resource) continue;
    for (const Thing& thing : step.resource->things()) named.emplace(thing.kind, thing.name);
  }
  Leftovers leftovers;
  for (const Thing& thing : owned) {
    const Kind* kind = find_kind_of_thing(thing.kind);
    if (!kind || named.contains({thing.kind, thing.name})) continue;
    const bool gone =
        !thing.along && std::holds_alternative<AsWanted>(kind->make_removal({thing})->inspect(host, stop));
    (gone ? leftovers.gone : leftovers.there).push_back(thing);
  }
  if (only_came_along(leftovers.there)) leftovers.there.clear();
  return leftovers;
}

void complete(BuiltRecipe& recipe, const Wish& wish, const std::vector<Thing>& leftovers) {
  auto activation = wish.activate ? make_active(recipe.recipe) : nullptr;
  if (wish.prune) add_removals(recipe, with_own_holds(leftovers));
  if (activation) {
    add_step(recipe, std::string(k_activation_step), activation_kind(),
             format("active recipe {}", recipe.recipe.name), std::move(activation), {});
  }
}

}  // namespace rigsetup
