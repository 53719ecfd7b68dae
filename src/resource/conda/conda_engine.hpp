// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <rigsetup/resource/catalog.hpp>

namespace rigsetup {

/// Where conda environments lie that are known by a name alone.
inline constexpr std::string_view k_conda_environments = "/opt/rigsetup/envs";

/// Where the micromamba of this version lies that makes rigsetup's environments: root's, for everybody to
/// run.
std::filesystem::path engine_path(std::string_view version);

/// What a composite's environments are made by.
struct Engine {
  std::string version;
  std::optional<Expansion::Part> part;  ///< brings it, where no step of the recipe does
};
/// By a conda_engine step of the recipe, else the newest that the tables have. Nothing, and a complaint at
/// the step, where there is none.
std::optional<Engine> engine_for(const Step& step, const Recipe& recipe, const Surroundings& around,
                                 Complaints& complaints);

}  // namespace rigsetup
