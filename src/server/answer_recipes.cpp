// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/data/yaml.hpp>

#include "server/answers.hpp"
#include "server/recipes.hpp"

namespace rigsetup::server {

Reply answer_recipes(Backend& backend, const Request&, std::stop_token) {
  Value lines = Value::list();
  for (const auto& name : shipped_recipes(backend.settings)) {
    const auto input = shipped_recipe(backend.settings, name);
    Complaints ignored;  // a broken recipe is listed too; using it tells what is wrong
    const auto recipe = parse_recipe(input.text, input.file, kind_shapes(), ignored);
    lines.push_back(protocol::RecipeLine{name, recipe.summary, input.file}.to_value());
  }
  return json_reply(Value::map().set("recipes", std::move(lines)));
}

Reply answer_recipe(Backend& backend, const Request& request, std::stop_token) {
  return text_reply(shipped_recipe(backend.settings, request.captures.at("name")).text, "application/yaml");
}

Reply answer_validate(Backend& backend, const Request& request, std::stop_token) {
  const auto asked = protocol::RecipeRequest::from(request.json());
  if (asked.recipe.active) require_trusted(request.peer, "read the active recipe");
  const auto input = recipe_of(backend, asked.recipe, asked.root);
  protocol::ValidateReply reply;
  const auto recipe = parse_recipe(input.text, input.file, kind_shapes(), reply.complaints);
  reply.name = recipe.name;
  reply.attachments = missing_attachments(recipe, input);
  if (reply.attachments.empty()) {  // then each step can be looked at closer
    reply.complaints.clear();
    read_recipe(input, {}, reply.complaints);
  }
  return json_reply(reply.to_value());
}

}  // namespace rigsetup::server
