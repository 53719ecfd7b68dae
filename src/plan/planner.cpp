// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/host/watched_host.hpp>
#include <rigsetup/plan/planner.hpp>

#include "plan/notes.hpp"
#include "plan/stages.hpp"

namespace rigsetup {
namespace {

void put(PlanStep& step, const Inspection& found) {
  if (const auto* as_wanted = std::get_if<AsWanted>(&found)) {
    step.verdict = Verdict::as_wanted;
    step.have = as_wanted->have;
  } else if (const auto* differs = std::get_if<Differs>(&found)) {
    step.verdict = Verdict::change;
    step.have = differs->have;
    step.want = differs->want;
  } else if (const auto* pending = std::get_if<Pending>(&found)) {
    step.verdict = Verdict::pending;
    step.reason = pending->why;
  } else {
    step.verdict = Verdict::pending;
    step.reason = std::get<Unknown>(found).why;
  }
}

bool will_act(const PlanStep& step) {
  return step.verdict == Verdict::change || step.verdict == Verdict::pending;
}

/// Makes one plan. Steps of the plan stand as those of the recipe.
class Planner {
 public:
  Planner(const BuiltRecipe& recipe, const PlanContext& context)
      : recipe_(recipe),
        context_(context),
        watched_(context.host, context.reporter.when_busy()),
        downloads_(context.downloads, [this](const Loading& loading) { tell(loading); }) {}

  Plan make() {
    plan_.recipe = recipe_.recipe.name;
    plan_.recipe_digest = recipe_.recipe.digest;
    plan_.root = context_.host.files.root().string();
    if (context_.host.described) plan_.rig = context_.host.machine->root().string();
    plan_.wish = context_.wish;
    plan_.leftovers = context_.leftovers;
    plan_.expansions = recipe_.expansions;
    plan_.repair = apt::find_repair(context_.host.files);
    plan_.free_bytes = context_.host.files.free_bytes("/");
    add_steps();
    leave_out_others();
    look();
    decide_checks();
    resolve_packages();
    plan_.consents = consents_of(plan_, recipe_.recipe.policy);
    add_consents_of_steps(recipe_, context_.host, plan_);
    add_notes(recipe_, context_.host.files, plan_);
    return std::move(plan_);
  }

 private:
  void add_steps() {
    std::vector<std::vector<std::string>> edges = needs_of(recipe_);
    for (std::size_t i = 0; i < edges.size(); ++i) {
      const Step& step = recipe_.recipe.steps[i];
      index_[step.id] = i;
      PlanStep& line = plan_.steps.emplace_back();
      line.id = step.id;
      line.kind = step.kind;
      line.title = recipe_.steps[i].title;
      line.content = content_of(step);
      line.needs = std::move(edges[i]);
    }
  }

  /// With one step wished for, all that neither it nor what it needs is about is skipped.
  void leave_out_others() {
    const std::string& only = plan_.wish.only;
    if (only.empty()) return;
    const auto found = index_.find(only);
    if (found == index_.end()) {
      std::vector<std::string> ids;
      for (const Step& step : recipe_.recipe.steps) ids.push_back(step.id);
      const auto near = suggestion(only, ids);
      throw Error(Code::not_found, format("cannot find a step {} in {}", printable(only), plan_.recipe),
                  near ? format("did you mean {}?", *near) : "its steps: " + join(ids, ", "));
    }
    std::unordered_set<std::size_t> wished = needed_by(found->second);
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      if (wished.contains(i) || plan_.steps[i].id == k_activation_step) continue;
      plan_.steps[i].verdict = Verdict::skip;
      plan_.steps[i].reason = format("only {} was asked for", only);
    }
  }

  void tell(std::string label) {
    label_ = label;
    Progress now;
    now.label = std::move(label);
    context_.reporter.progress(std::move(now));
  }
  void tell(const Loading& loading) {
    context_.reporter.progress({"", label_, loading.done, loading.total, "bytes", true, loading.what});
  }

  void look() {
    std::optional<Facts> facts;
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      if (context_.stop.stop_requested()) throw Cancelled();
      const Step& step = recipe_.recipe.steps[i];
      PlanStep& line = plan_.steps[i];
      if (line.verdict == Verdict::skip) continue;
      if (!step.when.empty()) {
        if (!facts) facts = gather_facts(context_.host);
        line.reason = why_not_wanted(step.when, *facts);
        if (!line.reason.empty()) {
          line.verdict = Verdict::skip;
          continue;
        }
      }
      if (!recipe_.steps[i].resource) continue;
      tell(format("looking at step {}: {}", line.id, line.title));
      try {
        put(line, recipe_.steps[i].resource->inspect(watched_.host(), context_.stop));
        if (recipe_.steps[i].kind->sort == Sort::composite) std::swap(line.reason, line.have);
      } catch (const Error& error) {
        throw error.in(format("look at step {}", step.id));
      }
    }
  }

  /// A check is run again when its result does not stand any more, or when something it needs will change.
  void decide_checks() {
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      PlanStep& line = plan_.steps[i];
      if (!recipe_.steps[i].check || line.verdict == Verdict::skip) continue;
      const std::optional<std::string> changing = needed_that_acts(i);
      const Standing last = changing ? Standing{false, format("after {}", *changing)}
                                     : context_.last_check(recipe_.recipe.steps[i]);
      line.verdict = last.stands ? Verdict::as_wanted : Verdict::check;
      line.reason = last.text;
    }
  }

  /// The last step that this one needs, at any distance, and that will act.
  std::optional<std::string> needed_that_acts(std::size_t step) const {
    if (plan_.repair.needed()) return std::string(k_repair_step);
    const std::unordered_set<std::size_t> needed = needed_by(step);
    for (std::size_t i = plan_.steps.size(); i > 0; --i) {
      if (needed.contains(i - 1) && will_act(plan_.steps[i - 1])) return plan_.steps[i - 1].id;
    }
    return std::nullopt;
  }

  /// The step and all that it needs, at any distance.
  std::unordered_set<std::size_t> needed_by(std::size_t step) const {
    std::vector<std::size_t> open{step};
    std::unordered_set<std::size_t> seen;
    while (!open.empty()) {
      const std::size_t next = open.back();
      open.pop_back();
      if (!seen.insert(next).second) continue;
      for (const std::string& need : plan_.steps[next].needs) open.push_back(index_.at(need));
    }
    return seen;
  }

  const Resource& resource(std::size_t step) const { return *recipe_.steps[step].resource; }

  void resolve_packages() {
    std::vector<StagedStep> staged;
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      StagedStep& step = staged.emplace_back();
      for (const std::string& need : plan_.steps[i].needs) step.needs.push_back(index_.at(need));
      step.packages = will_act(plan_.steps[i]) && resource(i).packages().has_value();
    }
    const std::vector<StageSteps> stages = stages_of(staged);
    if (stages.empty()) return;  // nothing of packages differs: no lists, no network, no helper
    if (plan_.described()) {
      plan_.notes.emplace_back(
          "what comes along with its packages is not known: a machine that is only described has no apt");
      return;
    }

    std::vector<apt::Stage> requested;
    std::vector<apt::Source> sources;
    for (const StageSteps& stage : stages) {
      requested.push_back(stage_of(stage));
      const std::vector<apt::Source>& fresh = requested.back().sources;
      sources.insert(sources.end(), fresh.begin(), fresh.end());
    }
    tell("looking whether the package lists are new enough");
    context_.archive.prepare(sources, context_.reporter, context_.stop);
    tell(stages.size() == 1 ? "resolving packages"
                            : format("resolving packages in {} stages", stages.size()));
    plan_.transactions = context_.archive.resolve(requested, plan_.repair.needed(), context_.stop,
                                                  context_.reporter.when_busy());
    for (std::size_t i = 0; i < stages.size(); ++i) bind(stages, i);
  }

  apt::Stage stage_of(const StageSteps& steps) {
    apt::Stage stage;
    for (const std::size_t step : steps.before) {
      if (!will_act(plan_.steps[step])) continue;
      try {
        tell(format("step {}: getting the key of its repository", plan_.steps[step].id));
        auto source = resource(step).source(watched_.host(), downloads_, context_.work, context_.stop);
        if (source) {
          stage.sources.push_back(std::move(*source));
          shapes_archive_.insert(step);
        }
      } catch (const Error& error) {
        throw error.in(format("plan step {}", plan_.steps[step].id));
      }
      if (auto preferences = resource(step).apt_preferences()) {
        stage.preferences.push_back(std::move(*preferences));
        shapes_archive_.insert(step);
      }
    }
    for (const std::size_t step : steps.packages) {
      stage.requests.push_back(*resource(step).packages());
      stage.requests.back().step = plan_.steps[step].id;
    }
    return stage;
  }

  /// A transaction was resolved on what its stage and those before it bring. So its steps need, beyond what
  /// the recipe says, the transaction before and the repositories and preferences of its own stage.
  void bind(const std::vector<StageSteps>& stages, std::size_t index) {
    apt::Transaction& transaction = plan_.transactions.at(index);
    transaction.steps.clear();
    std::vector<std::string> basis;
    if (index > 0) basis = plan_.transactions[index - 1].steps;
    for (const std::size_t step : stages[index].before) {
      if (shapes_archive_.contains(step)) basis.push_back(plan_.steps[step].id);
    }
    for (const std::size_t step : stages[index].packages) {
      PlanStep& line = plan_.steps[step];
      transaction.steps.push_back(line.id);
      line.transaction = static_cast<int>(index);
      for (const std::string& need : basis) {
        if (std::find(line.needs.begin(), line.needs.end(), need) == line.needs.end())
          line.needs.push_back(need);
      }
    }
  }

  const BuiltRecipe& recipe_;
  const PlanContext& context_;
  const WatchedHost watched_;
  WatchedDownloads downloads_;
  std::string label_;  ///< as it was told last
  Plan plan_;
  std::unordered_map<std::string, std::size_t> index_;
  std::unordered_set<std::size_t>
      shapes_archive_;  ///< steps that bring a repository or preferences to a stage
};

}  // namespace

Plan make_plan(const BuiltRecipe& recipe, const PlanContext& context) {
  return Planner(recipe, context).make();
}

std::vector<Inspection> inspect_steps(const BuiltRecipe& recipe, const Host& host, bool files_only,
                                      std::stop_token stop) {
  std::vector<Inspection> found;
  for (const BuiltStep& step : recipe.steps) {
    if (!step.resource) {
      found.emplace_back(Unknown{"a check is not run to answer this"});
    } else if (files_only && !step.kind->reads_only) {
      found.emplace_back(Unknown{"looking at it would run programs"});
    } else {
      try {
        found.push_back(step.resource->inspect(host, stop));
      } catch (const Error& error) {  // one step that cannot be seen does not hide the others
        found.emplace_back(Unknown{error.message()});
      }
    }
  }
  return found;
}

std::string check_key(const Step& step) { return step.kind + ":" + step.fields.digest(); }

}  // namespace rigsetup
