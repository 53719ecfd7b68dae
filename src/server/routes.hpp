// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <span>
#include <stop_token>
#include <string_view>
#include <variant>
#include <vector>

#include "server/backend.hpp"
#include "server/request.hpp"

namespace rigsetup::server {

/// Who may ask.
enum class Access {
  anyone,     ///< every local user
  here,       ///< every local user for the machine itself; with `root`, the trusted
  by_recipe,  ///< decided by what the recipe in the body can do: see answer_plans.cpp
  trusted     ///< root, the daemon's user, members of the group
};
std::string_view to_string(Access access);

/// Where the handler runs.
enum class Lane {
  io,    ///< on the io thread: touches memory only
  look,  ///< reads files and the journal: milliseconds
  work   ///< programs, network, much thinking: as long as it takes
};

using Handler = Reply (*)(Backend& backend, const Request& request, std::stop_token stop);

struct Route {
  std::string_view method;
  std::string_view path;  ///< {NAME} stands for one segment
  std::vector<std::string_view> query;
  Access access;
  Lane lane;
  Handler handler;
  std::string_view doing = {};  ///< completes "cannot ..." where not anyone may ask; {id} is the request's
};

/// The API, a line a route.
std::span<const Route> routes();

/// The route that answers the request, whose captures are filled in; or the refusal: 404, 405, 403, or 422
/// for a query parameter that the route does not have.
std::variant<const Route*, Reply> find_route(Request& request);

/// Runs the handler. What it throws becomes a problem, here and nowhere else.
Reply answer(const Route& route, Backend& backend, const Request& request, std::stop_token stop);

}  // namespace rigsetup::server
