// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "compat/context.hpp"

namespace rigsetup::compat {
namespace {

std::string words_of(const Tables& tables) {
  std::vector<std::string> words;
  for (const auto& [word, row] : tables.words) words.push_back(word);
  return join(words, ", ");
}

/// The branch that would be chosen if any were welcome; empty: none drives this machine.
std::string any_branch(const Context& context) {
  const auto word = context.tables.words.find("recommended");
  if (word == context.tables.words.end()) return {};
  const auto picked = pick_driver(context, {.branch = {}, .version = {}, .word = &word->second}, "");
  return picked ? picked->branch : std::string();
}

Refusal refuse(const Context& context, std::string reason, std::string hint = {}) {
  Refusal refusal{"branch", context.wishes.branch, std::move(reason), any_branch(context), std::move(hint)};
  if (refusal.hint.empty() && !refusal.nearest.empty())
    refusal.hint = format("write \"{}\"", refusal.nearest);
  return refusal;
}

/// "Debian's archive has 535", of every origin that may serve.
std::string what_there_is(const Context& context) {
  std::vector<std::string> parts;
  for (const Origin* origin : origins_of(context)) {
    std::vector<std::string> numbers;
    for (const Candidate& candidate : candidates(context, *origin)) numbers.push_back(candidate.branch);
    parts.push_back(numbers.empty() ? format("{} has none that is known", origin->title)
                                    : format("{} has {}", origin->title, and_list(numbers)));
  }
  return join(parts, "; ");
}

std::string hint_for_the_unread(const Context& context) {
  for (const Origin* origin : origins_of(context)) {
    if (!context.archive.known() && !origin->basis.confirmed) {
      return format("{} may have it: its index was not read yet", origin->title);
    }
  }
  return {};
}

/// The GPU that no branch of this number, or of these, can drive.
std::optional<std::string> outside_bounds(const Context& context, const std::string& branch) {
  const auto& [first, last] = std::pair(context.first_branch, context.last_branch);
  if (last.gpu && older(last.value, branch)) {
    return format("branch {} does not drive {}: {} is the last that does", branch, last.gpu->text(),
                  last.value);
  }
  if (first.gpu && older(branch, first.value)) {
    return format("branch {} does not drive {}: {} is the first that does", branch, first.gpu->text(),
                  first.value);
  }
  return std::nullopt;
}

Refusal refuse_number(const Context& context, const BranchWish& wish) {
  const Tables& tables = context.tables;
  if (!tables.branches.contains(wish.branch)) {
    std::vector<std::string> known;
    for (const auto& [word, row] : tables.words) known.push_back(word);
    for (const auto& [number, row] : tables.branches) known.push_back(number);
    const auto meant = suggestion(wish.branch, known);
    return refuse(
        context, format("no table knows a branch \"{}\"", excerpt(context.wishes.branch)),
        meant ? format("did you mean \"{}\"?", *meant)
              : format("write a number of three digits, a full version, or one of: {}", words_of(tables)));
  }
  if (auto reason = outside_bounds(context, wish.branch)) return refuse(context, *reason);
  for (const Origin* origin : origins_of(context)) {
    if (const auto next = origin->follows_on.find(wish.branch); next != origin->follows_on.end()) {
      return refuse(context, format("in {} the packages of branch {} only lead to branch {}", origin->title,
                                    wish.branch, next->second));
    }
    if (context.wishes.modules == "proprietary" &&
        row_for(context, *origin, wish.branch, "open") != nullptr) {
      return {"modules", "proprietary",
              format("{} has branch {} with open modules only", origin->title, wish.branch), "open",
              "write \"open\", or an older branch"};
    }
  }
  const std::string asked = wish.version.empty() ? "branch " + wish.branch : wish.version;
  return refuse(context, format("{} has no {}: {}", context.platform.title, asked, what_there_is(context)),
                hint_for_the_unread(context));
}

Refusal refuse_word(const Context& context) {
  const std::string& word = context.wishes.branch;
  const std::string kind = word == "recommended" ? "branch" : word + " branch";
  const Bound& first = context.first_branch;
  const Bound& last = context.last_branch;
  std::string reason = format("{} has no {} of the driver", context.platform.title, kind);
  if (last.gpu) {
    reason = format("{} has no {} that drives {}, for which {} is the last", context.platform.title, kind,
                    last.gpu->text(), last.value);
  } else if (first.gpu) {
    reason = format("{} has no {} that drives {}, for which {} is the first", context.platform.title, kind,
                    first.gpu->text(), first.value);
  }
  return refuse(context, format("{}: {}", reason, what_there_is(context)), hint_for_the_unread(context));
}

}  // namespace

Refusal no_driver(const Context& context, const BranchWish& wish) {
  if (context.wishes.origin != "auto" && context.platform.origin(context.wishes.origin) == nullptr) {
    std::vector<std::string> names;
    for (const Origin& origin : context.platform.origins) names.push_back(origin.name);
    return {"origin", context.wishes.origin,
            format("{} has no drivers from \"{}\"", context.platform.title, excerpt(context.wishes.origin)),
            names.empty() ? "" : names.front(), "it has them from: " + join(names, ", ")};
  }
  return wish.word != nullptr ? refuse_word(context) : refuse_number(context, wish);
}

std::optional<Refusal> refuse_modules(const Context& context) {
  const std::string& wish = context.wishes.modules;
  if (wish == "open") {
    if (const Device* gpu = context.first_with(ModuleRule::proprietary_only)) {
      return Refusal{
          "modules", wish,
          format("open modules cannot drive {}: it lacks the GSP processor that they need", gpu->text()),
          "proprietary", "write \"proprietary\" or \"auto\""};
    }
  } else if (wish == "proprietary") {
    if (const Device* gpu = context.first_with(ModuleRule::open_only)) {
      return Refusal{
          "modules", wish,
          format("proprietary modules cannot drive {}: NVIDIA has only open ones for it", gpu->text()),
          "open", "write \"open\" or \"auto\""};
    }
  } else if (wish != "auto") {
    return Refusal{"modules", wish, format("there are no \"{}\" modules", excerpt(wish)), "auto",
                   "write \"auto\", \"open\" or \"proprietary\""};
  }
  return std::nullopt;
}

}  // namespace rigsetup::compat
