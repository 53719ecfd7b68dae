// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <span>

#include "cli/options.hpp"

namespace rigsetup::cli {

class Session;

/// All verbs, in the order in which help shows them.
std::span<const Verb> all_verbs();

// One function a verb, in the file named for its subject. Each returns the exit code.
int show_status(Session& session);  // look.cpp
int show_facts(Session& session);
int show_kinds(Session& session);
int show_recipes(Session& session);
int show_version(Session& session);
int show_help(Session& session);
int plan(Session& session);  // plan.cpp
int apply(Session& session);
int init(Session& session);  // recipes.cpp
int validate(Session& session);
int check(Session& session);
int doctor(Session& session);     // doctor.cpp
int why(Session& session);        // why.cpp
int list_runs(Session& session);  // runs.cpp
int show_run(Session& session);
int show_log(Session& session);
int watch(Session& session);
int cancel(Session& session);
int resume(Session& session);
int wait(Session& session);      // wait.cpp
int complete(Session& session);  // complete.cpp

}  // namespace rigsetup::cli
