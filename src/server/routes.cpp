// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "server/routes.hpp"

#include <algorithm>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/log.hpp>
#include <rigsetup/base/text.hpp>

#include "server/answers.hpp"

namespace rigsetup::server {
namespace {

// clang-format off
const std::vector<Route> k_routes = {
    {"GET",  "/v1/version",          {},                  Access::anyone,    Lane::io,   answer_version},
    {"GET",  "/v1/status",           {"root"},            Access::here,      Lane::look, answer_status, "look at another root"},
    {"GET",  "/v1/facts",            {"root", "rig"},     Access::here,      Lane::look, answer_facts, "look at another root"},
    {"GET",  "/v1/kinds",            {},                  Access::anyone,    Lane::io,   answer_kinds},
    {"GET",  "/v1/kinds/{name}",     {},                  Access::anyone,    Lane::io,   answer_kind},
    {"GET",  "/v1/recipes",          {},                  Access::anyone,    Lane::look, answer_recipes},
    {"GET",  "/v1/recipes/{name}",   {},                  Access::anyone,    Lane::look, answer_recipe},
    {"POST", "/v1/validate",         {},                  Access::anyone,    Lane::work, answer_validate},
    {"GET",  "/v1/init",             {"recipe", "root"},  Access::here,      Lane::look, answer_fitted, "look at another root"},
    {"POST", "/v1/init",             {},                  Access::trusted,   Lane::work, answer_init, "write the active recipe"},
    {"GET",  "/v1/why",              {"name", "root"},    Access::here,      Lane::look, answer_why, "look at another root"},
    {"POST", "/v1/doctor",           {"root", "rig"},     Access::here,      Lane::work, answer_doctor, "look at another root"},
    {"POST", "/v1/plans",            {},                  Access::by_recipe, Lane::work, answer_make_plan},
    {"GET",  "/v1/plans/{id}",       {},                  Access::anyone,    Lane::io,   answer_plan},
    {"GET",  "/v1/activity/{token}", {},                  Access::anyone,    Lane::io,   answer_activity},
    {"POST", "/v1/checks",           {},                  Access::trusted,   Lane::work, answer_checks, "run checks"},
    {"POST", "/v1/runs",             {},                  Access::trusted,   Lane::work, answer_start_run, "start a run"},
    {"GET",  "/v1/runs",             {"limit"},           Access::anyone,    Lane::look, answer_runs},
    {"GET",  "/v1/runs/{id}",        {},                  Access::anyone,    Lane::look, answer_run},
    {"GET",  "/v1/runs/{id}/events", {"after", "follow"}, Access::anyone,    Lane::look, answer_events},
    {"GET",  "/v1/runs/{id}/log",    {"step"},            Access::trusted,   Lane::look, answer_log, "read the log of run {id}"},
    {"GET",  "/v1/runs/{id}/recipe", {},                  Access::trusted,   Lane::look, answer_run_recipe, "read the recipe of run {id}"},
    {"POST", "/v1/runs/{id}/cancel", {},                  Access::trusted,   Lane::look, answer_cancel, "cancel run {id}"},
    {"POST", "/v1/runs/{id}/resume", {},                  Access::trusted,   Lane::work, answer_resume, "resume run {id}"},
};
// clang-format on

bool matches(std::string_view pattern, std::string_view path, std::map<std::string, std::string>& captures) {
  const auto wanted = split(pattern, '/');
  const auto given = split(path, '/');
  if (wanted.size() != given.size()) return false;
  std::map<std::string, std::string> found;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].starts_with('{')) {
      if (given[i].empty()) return false;
      found.emplace(wanted[i].substr(1, wanted[i].size() - 2), given[i]);
    } else if (wanted[i] != given[i]) {
      return false;
    }
  }
  captures = std::move(found);
  return true;
}

/// "cancel run 16"
std::string what_is_asked(const Route& route, const Request& request) {
  constexpr std::string_view k_id = "{id}";
  std::string doing(route.doing);
  if (const auto at = doing.find(k_id); at != std::string::npos) {
    doing.replace(at, k_id.size(), printable(request.captures.at("id")));
  }
  return doing;
}

Reply no_such_path(const Request& request) {
  std::vector<std::string> paths;
  for (const auto& route : k_routes) paths.emplace_back(route.path);
  const auto near = suggestion(request.path, paths);
  return problem_reply(Error(Code::not_found, format("cannot find {}", printable(request.path)),
                             near ? format("did you mean {}?", *near) : "GET /v1/version answers always"));
}

Reply wrong_method(const Request& request, const std::vector<std::string>& allowed) {
  const auto methods = join(allowed, ", ");
  protocol::Problem problem;
  problem.code = Code::invalid;
  problem.message =
      format("cannot {} {}: it takes {}", printable(request.method), printable(request.path), methods);
  auto reply = problem_reply(problem, 405);
  reply.allow = methods;
  return reply;
}

std::optional<Reply> unknown_parameter(const Route& route, const Request& request) {
  for (const auto& [name, value] : request.query) {
    if (std::ranges::find(route.query, name) != route.query.end()) continue;
    const std::vector<std::string> known(route.query.begin(), route.query.end());
    return problem_reply(Error(Code::invalid,
                               format("cannot take the parameter {} for {}", printable(name), route.path),
                               known.empty() ? "it takes none" : "it takes " + join(known, ", ")));
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Access access) {
  switch (access) {
    case Access::anyone:
      return "anyone";
    case Access::here:
      return "here";
    case Access::by_recipe:
      return "by-recipe";
    case Access::trusted:
      return "trusted";
  }
  return "trusted";
}

std::span<const Route> routes() { return k_routes; }

std::variant<const Route*, Reply> find_route(Request& request) {
  std::vector<std::string> allowed;
  for (const auto& route : k_routes) {
    if (!matches(route.path, request.path, request.captures)) continue;
    if (route.method != request.method) {
      allowed.emplace_back(route.method);
      continue;
    }
    const bool needs_trust =
        route.access == Access::trusted ||
        (route.access == Access::here && (request.query.contains("root") || request.query.contains("rig")));
    if (needs_trust && !request.peer.trusted) {
      return problem_reply(denied(request.peer, what_is_asked(route, request)));
    }
    if (auto refusal = unknown_parameter(route, request)) return std::move(*refusal);
    return &route;
  }
  return allowed.empty() ? no_such_path(request) : wrong_method(request, allowed);
}

Reply answer(const Route& route, Backend& backend, const Request& request, std::stop_token stop) {
  try {
    return route.handler(backend, request, stop);
  } catch (const Cancelled&) {
    // The client went away or the daemon ends; if there is anybody to read this, then because of the latter.
    return problem_reply(Error(Code::busy, "cannot answer: rigsetupd is stopping", "try again"));
  } catch (const Error& error) {
    const auto run = error.code() == Code::busy ? backend.runs.current().value_or(0) : 0;
    return problem_reply(error, run);
  } catch (const std::exception& fault) {
    log(LogLevel::error, format("fault while answering {} {}: {}", route.method, route.path, fault.what()));
    return problem_reply(
        Error(Code::internal, format("cannot answer: {}", fault.what()), "this is a fault of rigsetup"));
  }
}

}  // namespace rigsetup::server
