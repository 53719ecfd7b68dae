// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "server/recipes.hpp"

#include <algorithm>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/host/tree.hpp>
#include <rigsetup/resource/completion.hpp>

namespace rigsetup::server {
namespace {

constexpr std::size_t k_text_limit = 1 << 20;
constexpr std::size_t k_attachment_limit = 4 << 20;

protocol::Problem invalid(const RecipeInput& input, Complaints complaints) {
  protocol::Problem problem;
  problem.code = Code::invalid;
  problem.message = complaints.size() == 1
                        ? format("cannot use {}: one thing is wrong with it", input.file)
                        : format("cannot use {}: {} things are wrong with it", input.file, complaints.size());
  problem.complaints = std::move(complaints);
  return problem;
}

}  // namespace

std::vector<std::string> shipped_recipes(const Settings& settings) {
  std::vector<std::string> names;
  for (const auto& file : Tree(settings.data).list("/")) {
    if (file.ends_with(".yaml") && !file.starts_with('.')) names.push_back(file.substr(0, file.size() - 5));
  }
  return names;
}

RecipeInput shipped_recipe(const Settings& settings, const std::string& name) {
  // Only names that are listed are ever made a path.
  const auto names = shipped_recipes(settings);
  if (std::ranges::find(names, name) == names.end()) {
    const auto near = suggestion(name, names);
    throw Error(Code::not_found, format("cannot find a shipped recipe {}", printable(name)),
                near ? format("did you mean {}?", *near) : "`rigsetup recipes` lists them");
  }
  const Tree data(settings.data);
  RecipeInput input;
  input.file = (settings.data / (name + ".yaml")).string();
  input.text = data.read("/" + name + ".yaml", k_text_limit).value_or("");
  Complaints ignored;  // made again, and shown, when the recipe is read
  const auto recipe = parse_recipe(input.text, input.file, kind_shapes(), ignored);
  for (const auto& attachment : missing_attachments(recipe, input)) {
    if (auto bytes = data.read(std::filesystem::path("/") / attachment, k_attachment_limit)) {
      input.attachments.emplace(attachment, std::move(*bytes));
    }
  }
  return input;
}

RecipeInput recipe_of(const Backend& backend, const protocol::RecipeRef& reference, const std::string& root) {
  if (!reference.shipped.empty()) return shipped_recipe(backend.settings, reference.shipped);
  if (reference.travels()) {
    return {reference.file.empty() ? "recipe" : reference.file, reference.text, reference.attachments};
  }
  const auto canonical = canonical_root(root);
  if (auto active = read_active_recipe(Tree(canonical))) return std::move(*active);
  throw Error(Code::not_found,
              format("cannot tell which recipe is meant: {} has no active one",
                     canonical == "/" ? "this machine" : canonical),
              "name a file or a shipped recipe, or begin with: rigsetup init");
}

std::vector<std::string> missing_attachments(const Recipe& recipe, const RecipeInput& input) {
  auto names = attachment_names(recipe, kind_shapes());
  std::erase_if(names, [&](const std::string& name) { return input.attachments.contains(name); });
  return names;
}

std::variant<BuiltRecipe, protocol::Problem> understand(const RecipeInput& input, const LookAround& look) {
  Complaints complaints;
  const auto recipe = parse_recipe(input.text, input.file, kind_shapes(), complaints);
  if (auto missing = missing_attachments(recipe, input); !missing.empty()) {
    if (!complaints.empty()) return invalid(input, std::move(complaints));
    protocol::Problem problem;
    problem.code = Code::invalid;
    problem.message = format("cannot use {} without the files it names: {}", input.file, join(missing, ", "));
    problem.hint = "they belong beside the recipe";
    problem.attachments = std::move(missing);
    return problem;
  }
  complaints.clear();
  auto built = read_recipe(input, look, complaints);
  if (!complaints.empty()) return invalid(input, std::move(complaints));
  return built;
}

}  // namespace rigsetup::server
