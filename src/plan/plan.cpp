// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <array>
#include <utility>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>
#include <rigsetup/plan/plan.hpp>

namespace rigsetup {
namespace {

constexpr std::array<std::pair<Verdict, std::string_view>, 5> k_verdicts{{{Verdict::as_wanted, "as-wanted"},
                                                                          {Verdict::change, "change"},
                                                                          {Verdict::check, "check"},
                                                                          {Verdict::pending, "pending"},
                                                                          {Verdict::skip, "skip"}}};

Verdict verdict_from(std::string_view name) {
  for (const auto& [verdict, its_name] : k_verdicts) {
    if (its_name == name) return verdict;
  }
  throw Error(Code::invalid, format("cannot read the plan: \"{}\" is no verdict", printable(name)));
}

bool does_something(const PlanStep& step) {
  return step.verdict != Verdict::as_wanted && step.verdict != Verdict::skip;
}

Value to_value(const apt::Repair& repair) {
  Value value = Value::map();
  value.set("broken", Value::strings(repair.broken)).set("journal_left", repair.journal_left);
  return value;
}

apt::Repair repair_from(const Value& value) {
  return {value.get_strings("broken"), value.get("journal_left", false)};
}

Value to_value(const PlanStep& step) {
  Value value = Value::map();
  value.set("id", step.id)
      .set("kind", step.kind)
      .set("title", step.title)
      .set("verdict", to_string(step.verdict))
      .set("have", step.have)
      .set("want", step.want)
      .set("reason", step.reason)
      .set("needs", Value::strings(step.needs))
      .set("transaction", step.transaction);
  if (!step.content.empty()) value.set("content", step.content);
  return value;
}

PlanStep step_from(const Value& value) {
  PlanStep step;
  step.id = value.at("id").as_string();
  step.kind = value.at("kind").as_string();
  step.title = value.get("title", "");
  step.verdict = verdict_from(value.at("verdict").as_string());
  step.have = value.get("have", "");
  step.want = value.get("want", "");
  step.reason = value.get("reason", "");
  step.needs = value.get_strings("needs");
  step.transaction = static_cast<int>(value.get("transaction", -1));
  step.content = value.get("content", "");
  return step;
}

Value to_value(const Wish& wish) {
  return Value::map({{"activate", wish.activate}, {"prune", wish.prune}, {"only", wish.only}});
}

Wish wish_from(const Value& value) {
  return {value.get("activate", false), value.get("prune", false), value.get("only", "")};
}

Value leftovers_value(const Plan& plan) {
  Value list = Value::list();
  for (const Thing& thing : plan.leftovers) {
    list.push_back(Value::map(
        {{"kind", thing.kind}, {"name", thing.name}, {"note", thing.note}, {"along", thing.along}}));
  }
  return list;
}

Value consents_value(const Plan& plan) {
  Value list = Value::list();
  for (const Consent& consent : plan.consents) {
    list.push_back(Value::map({{"word", consent.word}, {"text", consent.text}}));
  }
  return list;
}

/// A plan of an older rigsetup has neither wish, leftovers nor consents.
void read_extras(const Value& value, Plan& plan) {
  static const Value none = Value::list();
  const auto list = [&](std::string_view name) -> const Value::List& {
    const Value* found = value.find(name);
    return (found ? *found : none).as_list();
  };
  const Value* wish = value.find("wish");
  plan.wish = wish_from(wish ? *wish : Value::map());
  for (const Value& thing : list("leftovers")) {
    plan.leftovers.push_back({thing.at("kind").as_string(), thing.at("name").as_string(),
                              thing.get("note", ""), thing.get("along", false)});
  }
  for (const Value& consent : list("consents")) {
    plan.consents.push_back({consent.at("word").as_string(), consent.at("text").as_string()});
  }
}

Value transactions_value(const Plan& plan) {
  Value value = Value::list();
  for (const apt::Transaction& transaction : plan.transactions) value.push_back(apt::to_value(transaction));
  return value;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  for (const auto& [value, name] : k_verdicts) {
    if (value == verdict) return name;
  }
  return "unknown";
}

bool Plan::empty() const {
  return !repair.needed() && std::none_of(steps.begin(), steps.end(), does_something);
}

std::uint64_t Plan::download_bytes() const {
  std::uint64_t sum = 0;
  for (const apt::Transaction& transaction : transactions) sum += transaction.download_bytes();
  return sum;
}

std::int64_t Plan::disk_bytes() const {
  std::int64_t sum = 0;
  for (const apt::Transaction& transaction : transactions) sum += transaction.disk_bytes();
  return sum;
}

const PlanStep* Plan::find(std::string_view id) const {
  const auto found =
      std::find_if(steps.begin(), steps.end(), [&](const PlanStep& step) { return step.id == id; });
  return found == steps.end() ? nullptr : &*found;
}

std::string content_of(const Step& step) {
  const bool is_part = step.id.find('.') != std::string::npos && !step.id.starts_with("prune.");
  return is_part ? step.fields.digest() : "";
}

std::string Plan::digest() const {
  Value todo = Value::list();
  for (const PlanStep& step : steps) {
    if (!does_something(step)) continue;
    Value line = Value::map();
    line.set("id", step.id).set("kind", step.kind).set("verdict", to_string(step.verdict));
    if (!step.content.empty()) line.set("content", step.content);
    todo.push_back(std::move(line));
  }
  Value value = Value::map();
  value.set("recipe_digest", recipe_digest)
      .set("root", root)
      .set("wish", to_value(wish))
      .set("repair", to_value(repair))
      .set("steps", std::move(todo))
      .set("transactions", transactions_value(*this))
      .set("consents", consents_value(*this));
  if (!rig.empty()) value.set("rig", rig);
  if (wish.prune) value.set("leftovers", leftovers_value(*this));
  return sha256_hex(to_json(value));
}

Value to_value(const Plan& plan) {
  Value steps = Value::list();
  for (const PlanStep& step : plan.steps) steps.push_back(to_value(step));
  Value value = Value::map();
  value.set("recipe", plan.recipe)
      .set("recipe_digest", plan.recipe_digest)
      .set("root", plan.root)
      .set("wish", to_value(plan.wish))
      .set("leftovers", leftovers_value(plan))
      .set("consents", consents_value(plan))
      .set("repair", to_value(plan.repair))
      .set("steps", std::move(steps))
      .set("transactions", transactions_value(plan))
      .set("notes", Value::strings(plan.notes))
      .set("free_bytes", plan.free_bytes);
  if (!plan.expansions.empty()) value.set("expansions", to_value(plan.expansions));
  if (!plan.rig.empty()) value.set("rig", plan.rig);
  return value;
}

Plan agreement_from(const Value& value) {
  Plan plan;
  plan.recipe = value.at("recipe").as_string();
  plan.recipe_digest = value.at("recipe_digest").as_string();
  plan.root = value.at("root").as_string();
  plan.rig = value.get("rig", "");
  read_extras(value, plan);
  return plan;
}

Plan plan_from(const Value& value) {
  Plan plan = agreement_from(value);
  plan.repair = repair_from(value.at("repair"));
  for (const Value& step : value.at("steps").as_list()) plan.steps.push_back(step_from(step));
  for (const Value& transaction : value.at("transactions").as_list()) {
    plan.transactions.push_back(apt::transaction_from(transaction));
  }
  for (const PlanStep& step : plan.steps) {
    if (step.transaction < static_cast<int>(plan.transactions.size())) continue;
    throw Error(Code::invalid, format("cannot read the plan: step {} is in transaction {}, there are {}",
                                      step.id, step.transaction, plan.transactions.size()));
  }
  if (const Value* expansions = value.find("expansions")) plan.expansions = expansions_from(*expansions);
  plan.notes = value.get_strings("notes");
  plan.free_bytes = static_cast<std::uint64_t>(value.get("free_bytes", 0));
  return plan;
}

}  // namespace rigsetup
