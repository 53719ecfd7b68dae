// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "run/understand.hpp"

#include <utility>

#include <rigsetup/base/format.hpp>
#include <rigsetup/data/json.hpp>

namespace rigsetup {
namespace {

Plan plan_of(const StoredRun& stored) {
  const Value value = parse_json(stored.plan, "the plan of the run");
  Plan plan = agreement_from(value);
  try {
    return plan_from(value);
  } catch (const Error&) {
    return plan;
  }
}

Fault cannot_go_on(const StoredRun& stored, std::int64_t run, const std::string& root, const std::string& why,
                   const std::string& first) {
  std::string command = "rigsetup apply";
  if (!stored.recipe_file.empty()) command += " " + stored.recipe_file;
  if (root != "/") command += " --root " + root;
  return {Code::unsupported, format("cannot go on with run {} by this version of rigsetup: {}", run, why),
          format("{}{}; the version that began the run can still go on with it", first, command)};
}

}  // namespace

RecipeInput input_of(const StoredRun& stored) {
  return {stored.recipe_file, stored.recipe_text, stored.attachments};
}

std::string rig_of(const StoredRun& stored) {
  try {
    return parse_json(stored.plan, "the plan of the run").get("rig", "");
  } catch (const Error&) {
    return {};
  }
}

std::variant<Understood, Fault> understand(const StoredRun& stored, std::int64_t run,
                                           const std::string& root) {
  Understood understood;
  try {
    understood.plan = plan_of(stored);
  } catch (const Error& error) {
    return cannot_go_on(stored, run, root, "what was agreed to cannot be read: " + error.message(),
                        "plan and agree anew: ");
  }
  Complaints complaints;
  understood.recipe = read_expanded(input_of(stored), understood.plan.expansions, complaints);
  if (!complaints.empty() && !understood.plan.expansions.empty()) {
    // Parts that this version does not take: without them the plan does not fit, and is made again.
    complaints.clear();
    understood.recipe = read_expanded(input_of(stored), {}, complaints);
  }
  if (!complaints.empty()) {
    const std::string more = complaints.size() == 1 ? "" : format(", and {} more", complaints.size() - 1);
    return cannot_go_on(stored, run, root,
                        format("it does not accept the recipe: {}{}", complaints.front().text(), more),
                        "mend the recipe and apply it: ");
  }
  complete(understood.recipe, understood.plan.wish, understood.plan.leftovers);
  return understood;
}

}  // namespace rigsetup
