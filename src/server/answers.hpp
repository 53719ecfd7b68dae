// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <stop_token>

#include <rigsetup/diagnosis/signs.hpp>

#include "server/backend.hpp"
#include "server/request.hpp"

/// The handlers that the table in routes.cpp names: each turns what the domain knows into what travels.
namespace rigsetup::server {

// answer_look.cpp: what is
Reply answer_version(Backend& backend, const Request& request, std::stop_token stop);
Reply answer_status(Backend& backend, const Request& request, std::stop_token stop);
Reply answer_facts(Backend& backend, const Request& request, std::stop_token stop);
Reply answer_kinds(Backend& backend, const Request& request, std::stop_token stop);
Reply answer_kind(Backend& backend, const Request& request, std::stop_token stop);

// answer_recipes.cpp: what is shipped, and whether a text is a recipe
Reply answer_recipes(Backend& backend, const Request& request, std::stop_token stop);
Reply answer_recipe(Backend& backend, const Request& request, std::stop_token stop);
Reply answer_validate(Backend& backend, const Request& request, std::stop_token stop);

// answer_active.cpp and answer_why.cpp: what should be, and where what is there came from
Reply answer_fitted(Backend& backend, const Request& request, std::stop_token stop);
Reply answer_init(Backend& backend, const Request& request, std::stop_token stop);
Reply answer_why(Backend& backend, const Request& request, std::stop_token stop);

// answer_doctor.cpp: what is wrong, and what helps
Reply answer_doctor(Backend& backend, const Request& request, std::stop_token stop);
/// By which failures are recognised, from facts and files alone.
diagnosis::Signs signs_of(const Host& host, const Settings& settings, Facts facts);

// answer_plans.cpp and answer_checks.cpp: what would be done, and what is proved
Reply answer_make_plan(Backend& backend, const Request& request, std::stop_token stop);
Reply answer_plan(Backend& backend, const Request& request, std::stop_token stop);
Reply answer_activity(Backend& backend, const Request& request, std::stop_token stop);
Reply answer_checks(Backend& backend, const Request& request, std::stop_token stop);

// answer_runs.cpp: what is done and was done
Reply answer_start_run(Backend& backend, const Request& request, std::stop_token stop);
Reply answer_runs(Backend& backend, const Request& request, std::stop_token stop);
Reply answer_run(Backend& backend, const Request& request, std::stop_token stop);
Reply answer_events(Backend& backend, const Request& request, std::stop_token stop);
Reply answer_log(Backend& backend, const Request& request, std::stop_token stop);
Reply answer_run_recipe(Backend& backend, const Request& request, std::stop_token stop);
Reply answer_cancel(Backend& backend, const Request& request, std::stop_token stop);
Reply answer_resume(Backend& backend, const Request& request, std::stop_token stop);

}  // namespace rigsetup::server
