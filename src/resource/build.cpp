// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/compat/load.hpp>
#include <rigsetup/resource/catalog.hpp>
#include <rigsetup/resource/when.hpp>

namespace rigsetup {
namespace {

/// A composite that was expanded: nothing is left to do for it, and it tells what was chosen.
class Chosen final : public Resource {
 public:
  explicit Chosen(std::string choice) : choice_(std::move(choice)) {}
  Inspection inspect(const Host&, std::stop_token) const override { return AsWanted{choice_}; }
  Applied apply(const Context&) const override { return Done{}; }

 private:
  std::string choice_;
};

/// What a composite comes to; nothing for one that is not wanted, or was complained of.
using Expand = std::function<std::optional<Expansion>(const Step& composite, const Recipe& recipe)>;

/// Makes the steps of a recipe able to act, one after the other.
class Builder {
 public:
  Builder(Recipe recipe, Expand expand, Complaints& complaints)
      : expand_(std::move(expand)), complaints_(complaints), recipe_(std::move(recipe)) {
    built_.recipe = recipe_;
    built_.recipe.steps.clear();
  }

  BuiltRecipe build() {
    for (Step step : recipe_.steps) {
      BuiltStep built = is_whole(step) ? build_step(step) : BuiltStep{};
      if (built.kind && built.kind->sort == Sort::composite) expand(step, built);
      add(std::move(step), std::move(built));
    }
    return std::move(built_);
  }

 private:
  /// Can the kind look closer at what the parser has read? Not at what was complained of, nor without its
  /// files.
  bool is_whole(const Step& step) const {
    const Kind* kind = find_kind(step.kind);
    if (kind == nullptr) return true;  // which is complained of there
    return step.sound && std::none_of(kind->fields.begin(), kind->fields.end(), [&](const FieldSpec& spec) {
             return spec.type == FieldType::attachment && step.fields.has(spec.name) &&
                    !built_.recipe.attachments.contains(step.fields.text(spec.name));
           });
  }

  BuiltStep build_step(const Step& step) {
    BuiltStep built;
    built.kind = find_kind(step.kind);
    if (!built.kind) {
      complaints_.push_back(
          {step.place, "there is no kind of step named " + step.kind, "rigsetup kinds lists them"});
      return built;
    }
    built.title = built.kind->title(step.fields);
    const Attachments& attachments = built_.recipe.attachments;
    if (built.kind->make_check) built.check = built.kind->make_check(step, attachments, complaints_);
    if (built.kind->make) built.resource = built.kind->make(step, attachments, complaints_);
    return built;
  }

  void add(Step step, BuiltStep built) {
    built_.recipe.steps.push_back(std::move(step));
    built_.steps.push_back(std::move(built));
  }

  bool has(const std::string& id) const {
    return std::any_of(built_.recipe.steps.begin(), built_.recipe.steps.end(),
                       [&](const Step& step) { return step.id == id; });
  }

  /// Puts the steps that it stands for before the composite, which then needs them all.
  void expand(Step& composite, BuiltStep& built) {
    std::optional<Expansion> expansion = expand_(composite, recipe_);
    if (!expansion) return;
    built.resource = std::make_unique<Chosen>(expansion->choice);
    for (const std::string& note : expansion->notes) {
      std::vector<std::string>& notes = built_.notes;
      if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
    }
    std::vector<std::string> own;
    for (const Expansion::Part& part : expansion->parts) {
      const std::string id = id_of(composite, part);
      own.push_back(id);
      if (has(id)) continue;
      Step step = step_of(composite, part, own);
      BuiltStep of_part = build_step(step);
      of_part.late = part.late;
      add(std::move(step), std::move(of_part));
    }
    if (!composite.needs) composite.needs.emplace();
    composite.needs->insert(composite.needs->end(), own.begin(), own.end());
    built_.expansions.emplace(composite.id, std::move(*expansion));
  }

  static std::string id_of(const Step& composite, const Expansion::Part& part) {
    return part.shared ? part.name
                       : format("{}.{}", composite.id, part.name);  // no step of a recipe has a dot
  }

  Step step_of(const Step& composite, const Expansion::Part& part, const std::vector<std::string>& own) {
    const Kind& kind = *find_kind(part.kind);
    Step step;
    step.id = id_of(composite, part);
    step.kind = kind.name;
    step.place = composite.place;
    step.when = composite.when;
    step.fields = read_fields(part.fields, kind.fields, std::string(kind.name), composite.place, complaints_);
    if (composite.needs) step.needs = needs_of_part(*composite.needs, kind, own);
    return step;
  }

  /// Of a composite whose needs the recipe names: those, and the parts above it that can matter to it.
  std::vector<std::string> needs_of_part(std::vector<std::string> needs, const Kind& kind,
                                         const std::vector<std::string>& own) const {
    for (const Step& above : built_.recipe.steps) {
      const bool is_own = std::find(own.begin(), own.end(), above.id) != own.end();
      const bool matters = std::find(kind.independent_of.begin(), kind.independent_of.end(), above.kind) ==
                           kind.independent_of.end();
      if (is_own && matters) needs.push_back(above.id);
    }
    return needs;
  }

  const Expand expand_;
  Complaints& complaints_;
  const Recipe recipe_;
  BuiltRecipe built_;
};

bool has_composites(const Recipe& recipe) {
  return std::any_of(recipe.steps.begin(), recipe.steps.end(), [](const Step& step) {
    const Kind* kind = find_kind(step.kind);
    return kind && kind->sort == Sort::composite;
  });
}

}  // namespace

Surroundings surroundings_of(const Host& host, const std::vector<std::filesystem::path>& tables) {
  Surroundings around;
  around.compat = compat::load(tables, around.complaints);
  around.facts = gather_facts(host);
  around.repositories = apt::read_repositories(host.files);
  around.conda = find_conda(host.files);
  around.today = iso_time(host.clock.now()).substr(0, 10);
  return around;
}

BuiltRecipe build(Recipe recipe, const LookAround& look, Complaints& complaints) {
  std::optional<Surroundings> around;
  if (look && has_composites(recipe)) {
    around = look();
    complaints.insert(complaints.end(), around->complaints.begin(), around->complaints.end());
  }
  const Expand fitted = [&](const Step& composite, const Recipe& whole) -> std::optional<Expansion> {
    if (!around || !why_not_wanted(composite.when, around->facts).empty()) return std::nullopt;
    const std::size_t before = complaints.size();
    Expansion expansion = find_kind(composite.kind)->expand(composite, whole, *around, complaints);
    if (complaints.size() > before) return std::nullopt;
    return expansion;
  };
  return Builder(std::move(recipe), fitted, complaints).build();
}

BuiltRecipe build_expanded(Recipe recipe, const Expansions& expansions, Complaints& complaints) {
  const Expand as_before = [&](const Step& composite, const Recipe&) -> std::optional<Expansion> {
    const auto known = expansions.find(composite.id);
    return known == expansions.end() ? std::nullopt : std::optional(known->second);
  };
  return Builder(std::move(recipe), as_before, complaints).build();
}

}  // namespace rigsetup
