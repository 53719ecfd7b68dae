// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/plan/fit.hpp>
#include <rigsetup/plan/plan.hpp>

#include "server/answers.hpp"
#include "server/recipes.hpp"

namespace rigsetup::server {
namespace {

/// What `rigsetup init` writes when no recipe is named.
constexpr std::string_view k_first_recipe = "cuda";

/// Makes the text the active recipe of the target, as a plan's own step would.
void write_active(const Backend& backend, Target& target, const BuiltRecipe& recipe, std::stop_token stop) {
  const ScratchFolder scratch(backend.settings);
  const auto apt_settings = backend.settings.apt();
  SilentReporter silent;
  make_active(recipe.recipe)
      ->apply({target.host, silent, target.downloads(), target.archive(), apt_settings, scratch.path(),
               scratch.path() / "log", stop});
}

RecipeInput shipped_or_first(const Backend& backend, const std::string& name) {
  return shipped_recipe(backend.settings, name.empty() ? std::string(k_first_recipe) : name);
}

void require_none(const Target& target, const protocol::InitRequest& asked) {
  const auto active = read_active_recipe(target.host.files);
  if (!active || asked.replace) return;
  throw Error(
      Code::conflict, format("cannot write {}: there is one already", active->file),
      "look at it with rigsetup plan; --replace writes a new one, and keeps a copy of what it replaces");
}

}  // namespace

Reply answer_fitted(Backend& backend, const Request& request, std::stop_token) {
  const Target target(canonical_root(request.parameter("root")), backend.settings);
  const auto understood = understand(shipped_or_first(backend, request.parameter("recipe")));
  if (const auto* problem = std::get_if<protocol::Problem>(&understood)) return problem_reply(*problem, 422);
  return json_reply(
      protocol::InitReply{"", fitted_text(std::get<BuiltRecipe>(understood), gather_facts(target.host))}
          .to_value());
}

Reply answer_init(Backend& backend, const Request& request, std::stop_token stop) {
  const auto asked = protocol::InitRequest::from(request.json());
  const auto root = canonical_root(asked.root);
  auto input = shipped_or_first(backend, asked.recipe);
  const auto understood = understand(input);
  if (const auto* problem = std::get_if<protocol::Problem>(&understood)) return problem_reply(*problem, 422);

  Target target(root, backend.settings);
  const auto turn = backend.turns.wait_for(root, stop);
  require_no_run(backend, root, "write the active recipe now");
  require_none(target, asked);
  input.text = fitted_text(std::get<BuiltRecipe>(understood), gather_facts(target.host));
  input.file = target.host.files.outside(k_active_recipe).string();
  const auto fitted = understand(input);
  if (const auto* problem = std::get_if<protocol::Problem>(&fitted)) return problem_reply(*problem, 422);
  write_active(backend, target, std::get<BuiltRecipe>(fitted), stop);
  return json_reply(protocol::InitReply{input.file, input.text}.to_value());
}

}  // namespace rigsetup::server
