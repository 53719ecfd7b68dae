// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/completion.hpp>

#include "server/answers.hpp"
#include "server/recipes.hpp"

namespace rigsetup::server {
namespace {

bool is_path(std::string_view name) { return name.starts_with('/'); }

/// Is the name that of the thing, or a path below it? No name: everything is asked for.
bool is_in(const std::string& name, const std::string& thing) {
  return name.empty() || name == thing || (is_path(thing) && name.starts_with(thing + "/"));
}

/// The package that brought a path, from dpkg's lists of files.
std::string package_of(const Tree& tree, const std::string& path) {
  constexpr std::string_view k_info = "/var/lib/dpkg/info";
  constexpr std::string_view k_ending = ".list";
  for (const auto& file : tree.list(k_info)) {
    if (!file.ends_with(k_ending)) continue;
    const auto text = "\n" + tree.read(std::filesystem::path(k_info) / file).value_or("");
    if (text.find("\n" + path + "\n") == std::string::npos) continue;
    const auto name = file.substr(0, file.size() - k_ending.size());
    return name.substr(0, name.find(':'));
  }
  return {};
}

std::string have(const Tree& tree, const std::string& name) {
  if (is_path(name)) {
    const auto info = tree.info(name);
    if (!info) return {};
    return info->type == FileInfo::Type::directory ? "a folder"
           : info->type == FileInfo::Type::symlink ? "a link"
                                                   : "a file";
  }
  const auto status = apt::DpkgStatus::read(tree);
  const auto* package = status.find(name);
  return apt::is_absent(status, name) ? std::string() : format("{} {}", name, package->version);
}

/// "FILE:LINE" of a step in a recipe; the file alone when it cannot be read any more.
std::string place_of(const RecipeInput& input, const std::string& step) {
  Complaints ignored;
  const auto recipe = parse_recipe(input.text, input.file, kind_shapes(), ignored);
  for (const auto& one : recipe.steps) {
    if (one.id == step || step.starts_with(one.id + ".")) return format("{}:{}", input.file, one.place.line);
  }
  return input.file;
}

void add_claims(const RecipeInput& input, const Settings& settings, const Host& host,
                const std::vector<std::string>& names, protocol::WhyReply& reply) {
  const auto understood = understand(input, look_around(host, settings));
  const auto* recipe = std::get_if<BuiltRecipe>(&understood);
  if (!recipe) return;
  for (std::size_t i = 0; i < recipe->steps.size(); ++i) {
    const auto& built = recipe->steps[i];
    if (!built.resource) continue;
    for (const auto& thing : built.resource->things()) {
      const auto asked = [&](const auto& name) { return is_in(name, thing.name); };
      if (std::ranges::none_of(names, asked)) continue;
      const auto& id = recipe->recipe.steps[i].id;
      reply.claims.push_back(
          {std::string(find_kind_of_thing(thing.kind)->noun), thing.name, id, place_of(input, id)});
    }
  }
}

void add_origins(const Journal& journal, const std::vector<std::string>& names, protocol::WhyReply& reply) {
  for (const auto& owned : journal.owned(reply.root)) {
    const auto asked = [&](const auto& name) { return is_in(name, owned.thing.name); };
    const auto* kind = find_kind_of_thing(owned.thing.kind);
    if (!kind || std::ranges::none_of(names, asked)) continue;
    const auto state = journal.state(owned.run);
    const auto stored = journal.stored(owned.run);
    protocol::WhyReply::Origin origin;
    origin.noun = kind->noun;
    origin.name = owned.thing.name;
    origin.step = owned.step;
    origin.recipe = state.header.recipe;
    origin.place = place_of({stored.recipe_file, stored.recipe_text, {}}, owned.step);
    origin.user = state.header.caller.user;
    origin.time = iso_time(state.started);
    origin.run = owned.run;
    origin.along = owned.thing.along;
    reply.origins.push_back(std::move(origin));
  }
}

}  // namespace

Reply answer_why(Backend& backend, const Request& request, std::stop_token) {
  protocol::WhyReply reply;
  reply.root = canonical_root(request.parameter("root"));
  reply.name = request.parameter("name");
  if (is_path(reply.name)) reply.name = std::filesystem::path(reply.name).lexically_normal().string();
  const Target target(reply.root, backend.settings);
  const Tree& tree = target.host.files;
  if (!reply.name.empty()) reply.have = have(tree, reply.name);
  std::vector<std::string> names{reply.name};
  if (is_path(reply.name)) {
    reply.package = package_of(tree, reply.name);
    if (!reply.package.empty()) names.push_back(reply.package);
  }
  if (const auto active = read_active_recipe(tree))
    add_claims(*active, backend.settings, target.host, names, reply);
  add_origins(backend.journal, names, reply);
  return json_reply(reply.to_value());
}

}  // namespace rigsetup::server
