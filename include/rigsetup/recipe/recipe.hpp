// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/recipe/fields.hpp>

namespace rigsetup {

/// When a step is wanted at all. Every condition that is given must hold; without conditions it always is.
struct When {
  std::string gpu;                    ///< "nvidia" or "none"; empty: not asked
  std::vector<std::string> platform;  ///< "ubuntu-22.04", "debian-12"; empty: not asked
  bool empty() const { return gpu.empty() && platform.empty(); }
};

/// One entry of a recipe.
struct Step {
  std::string id;
  std::string kind;
  Fields fields;
  std::optional<std::vector<std::string>> needs;  ///< replaces the default order when given
  When when;
  Place place;
  bool sound = true;  ///< nothing in its fields was complained of
};

/// What a plan may do beyond what the recipe says, each only with consent: by this word on the command line,
/// or under `policy: allow:`.
inline constexpr std::string_view k_consents[] = {
    "remove",     ///< packages that no step wants absent
    "downgrade",  ///< a package to an older version
    "replace",    ///< a package by that of another origin, a driver that others installed
    "enrol"       ///< a key in the firmware's list, so that the kernel takes what it signed
};

/// How the author wants it done.
struct Policy {
  std::vector<std::string> allow;  ///< of k_consents
};

/// What the author asked for.
struct Recipe {
  std::string name;
  std::string summary;
  Policy policy;
  std::vector<Step> steps;  ///< in the order of the file
  std::string file;         ///< as the caller named it
  std::string text;
  std::string digest;  ///< sha256 of text and attachments
  Attachments attachments;
};

/// What a recipe may say about one kind of step.
struct KindShape {
  std::string_view name;
  const std::vector<FieldSpec>* fields;
};

/// Pure. All complaints at once; the recipe is usable only when there are none.
Recipe parse_recipe(std::string_view text, const std::string& file, std::span<const KindShape> kinds,
                    Complaints& complaints);
/// The files that fields of type attachment name, without doubles, in the order of the recipe.
std::vector<std::string> attachment_names(const Recipe& recipe, std::span<const KindShape> kinds);
/// Takes the attachments in and brings the digest up to date; a missing one is a complaint at its place.
void attach(Recipe& recipe, Attachments attachments, std::span<const KindShape> kinds,
            Complaints& complaints);

constexpr int k_recipe_format = 1;

}  // namespace rigsetup
