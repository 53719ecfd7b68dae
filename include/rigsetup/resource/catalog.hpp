// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/apt/archive.hpp>
#include <rigsetup/apt/repositories.hpp>
#include <rigsetup/base/error.hpp>
#include <rigsetup/compat/tables.hpp>
#include <rigsetup/data/value.hpp>
#include <rigsetup/facts/conda.hpp>
#include <rigsetup/facts/facts.hpp>
#include <rigsetup/resource/resource.hpp>

namespace rigsetup {

enum class Sort {
  primitive,
  composite,  ///< stands for other steps, fitted to the target
  check
};
std::string_view to_string(Sort sort);

/// What a step keeps others from while it is applied.
enum class Hold {
  none,
  dpkg,        ///< changes packages: nobody else may change or rely on them
  dpkg_shared  ///< relies on installed packages standing still
};

/// What a composite comes to on one target.
struct Expansion {
  struct Part {
    std::string name;  ///< its id is "STEP.name"
    std::string kind;
    Value fields;
    /// Any composite of the recipe may stand on it, and the first that asks for it brings it: its id is the
    /// name alone, which has a dot in it.
    bool shared = false;
    /// Other composites below do not wait for it, only checks and steps of the recipe itself: what needs the
    /// driver loaded may have to wait for a reboot.
    bool late = false;
  };
  std::vector<Part> parts;              ///< in their order
  std::string choice;                   ///< what was chosen and why, for the reader of a plan
  std::vector<std::string> notes = {};  ///< what else that reader must know: sentences
};
/// By the composite's id. Kept with a plan, so that its run does what was agreed to, whatever the target is
/// like by then.
using Expansions = std::map<std::string, Expansion>;
Value to_value(const Expansions& expansions);
Expansions expansions_from(const Value& value);  ///< throws Error(invalid)

/// What archives have.
struct ArchiveAnswer {
  std::vector<apt::Offer> offers;
  /// Why those that would be added are not among them; the target's own are.
  std::optional<Error> unreachable = {};
};

/// What composites are fitted to.
struct Surroundings {
  Facts facts;
  compat::Tables compat;
  std::vector<apt::RepositoryFile> repositories;  ///< of the target
  std::string today;                              ///< "2026-11-26"
  Complaints complaints;                          ///< of the tables
  /// Every version that the archives have of the packages in question: those of the target, and those that
  /// these parts would add. Throws Error when none can be reached. Empty: nobody may look.
  std::function<ArchiveAnswer(const std::vector<Expansion::Part>& repositories, const apt::Question&)>
      ask_archives = {};
  std::vector<FoundConda> conda = {};  ///< that is on the target already
};
/// `tables`: folders of tables of what fits what.
Surroundings surroundings_of(const Host& host, const std::vector<std::filesystem::path>& tables);
/// Called once for a recipe that has composites; without a function they are only read.
using LookAround = std::function<Surroundings()>;

/// A type of step: all that the parser, the schema, the docs, the planner and the contract tests know of it.
struct Kind {
  std::string_view name;
  std::string_view summary;
  Sort sort = Sort::primitive;
  std::string_view example;  ///< YAML of a whole step, "- file: {...}"
  std::vector<FieldSpec> fields;
  Hold hold = Hold::none;
  /// inspect() only reads files, so that `status` may do it at every call.
  bool reads_only = true;
  /// What a step takes, where none was seen yet: a weight beside other steps, not a promise.
  std::chrono::seconds usual{2};
  /// Kinds of steps above it that this one does not depend on by default; the catalog adds all checks and
  /// composites to each.
  std::vector<std::string_view> independent_of = {};
  /// What one thing of this kind is called: "package", "file"; empty for kinds that make nothing of their
  /// own.
  std::string_view noun = {};
  /// One line: "packages nginx, curl". From checked fields.
  std::string (*title)(const Fields& fields) = nullptr;
  /// Exactly one is set, by sort. What the declaration cannot say (two fields that exclude each other) is
  /// complained of here, with the field's place.
  std::unique_ptr<Resource> (*make)(const Step& step, const Attachments& attachments,
                                    Complaints& complaints) = nullptr;
  std::unique_ptr<Check> (*make_check)(const Step& step, const Attachments& attachments,
                                       Complaints& complaints) = nullptr;
  /// Pure. What cannot be is complained of at the place in the recipe that asks for it, with what would fit.
  Expansion (*expand)(const Step& step, const Recipe& recipe, const Surroundings& around,
                      Complaints& complaints) = nullptr;
  /// A resource that takes these things of this kind away again, or brings back what was there before them.
  /// Set together with `noun`.
  std::unique_ptr<Resource> (*make_removal)(const std::vector<Thing>& things) = nullptr;
  /// What its things are of; empty: of its name. Journals keep it, so it outlives another name of the kind.
  std::string_view thing_kind = {};
};

const std::vector<const Kind*>& catalog();  ///< in the order in which `rigsetup kinds` shows them
const Kind* find_kind(std::string_view name);
std::span<const KindShape> kind_shapes();
Value recipe_schema();        ///< JSON Schema (2020-12) of a recipe
Value to_value(const Kind&);  ///< for `rigsetup kinds`

/// A recipe whose steps are able to act. Steps stand as in the recipe, each composite behind the steps that
/// it stands for.
struct BuiltStep {
  const Kind* kind = nullptr;
  std::unique_ptr<Resource> resource;  ///< of a primitive; of a composite that was expanded, what was chosen
  std::unique_ptr<Check> check;        ///< of a check
  std::string title = {};
  bool late = false;  ///< a part that parts of other composites do not wait for
};
struct BuiltRecipe {
  Recipe recipe;
  std::vector<BuiltStep> steps;
  Expansions expansions = {};           ///< of its composites that are wanted
  std::vector<std::string> notes = {};  ///< of its composites, for the reader of a plan
};
BuiltRecipe build(Recipe recipe, const LookAround& look, Complaints& complaints);
/// With composites expanded as they were before.
BuiltRecipe build_expanded(Recipe recipe, const Expansions& expansions, Complaints& complaints);

/// parse, attach, build: everything between a text and a recipe that can act.
struct RecipeInput {
  std::string file;  ///< as the caller names it
  std::string text;
  Attachments attachments;
};
BuiltRecipe read_recipe(const RecipeInput& input, const LookAround& look, Complaints& complaints);
BuiltRecipe read_expanded(const RecipeInput& input, const Expansions& expansions, Complaints& complaints);

}  // namespace rigsetup
