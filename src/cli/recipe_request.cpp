// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/recipe_request.hpp"

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "cli/recipe_file.hpp"

namespace rigsetup::cli {

protocol::ValidateReply ask_validate(const Session& session, const protocol::RecipeRequest& request,
                                     std::string& body) {
  body = session.post("/v1/validate", request.to_value(), "reading the recipe");
  return protocol::ValidateReply::from(parse_json(body, "the reply of rigsetupd"));
}

protocol::RecipeRequest request_for(const Session& session, const std::string& recipe) {
  return request_for(session, named_or_active(recipe));
}

protocol::RecipeRequest request_for(const Session& session, protocol::RecipeRef recipe) {
  protocol::RecipeRequest request;
  request.root = session.options.root;
  request.rig = session.options.rig;
  request.recipe = std::move(recipe);
  if (!request.recipe.travels()) return request;  // the daemon has it
  std::string body;
  const protocol::ValidateReply reply = ask_validate(session, request, body);
  if (!reply.complaints.empty()) {
    protocol::Problem problem;
    problem.code = Code::invalid;
    problem.message = format("cannot use the recipe {}", printable(request.recipe.file));
    problem.complaints = reply.complaints;
    throw Refused{problem, protocol::k_exit_usage};
  }
  read_attachments(request.recipe, reply.attachments);
  return request;
}

}  // namespace rigsetup::cli
