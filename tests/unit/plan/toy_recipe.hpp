// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <rigsetup/resource/catalog.hpp>

namespace rigsetup::test {

/// A step that behaves as a test says.
class Toy final : public Resource {
 public:
  using Look = std::function<Inspection()>;
  using Act = std::function<Applied(const Context&)>;
  Toy(Look look, Act act) : look_(std::move(look)), act_(std::move(act)) {}
  Inspection inspect(const Host&, std::stop_token) const override { return look_(); }
  Applied apply(const Context& context) const override { return act_(context); }
  std::vector<Consent> consents(const Host&) const override { return needed; }
  std::vector<Consent> needed;

 private:
  Look look_;
  Act act_;
};

class ToyCheck final : public Check {
 public:
  using Try = std::function<Checked(const Context&)>;
  explicit ToyCheck(Try attempt) : try_(std::move(attempt)) {}
  Checked check(const Context& context) const override { return try_(context); }

 private:
  Try try_;
};

using Needs = std::optional<std::vector<std::string>>;

/// A recipe made of toys, step by step.
class ToyRecipe {
 public:
  ToyRecipe() { built.recipe.name = "toys"; }

  Step& primitive(const std::string& id, Toy::Look look, Toy::Act act, Needs needs = {}) {
    BuiltStep& step = add(id, kind(Sort::primitive), std::move(needs));
    step.resource = std::make_unique<Toy>(std::move(look), std::move(act));
    return built.recipe.steps.back();
  }
  Step& check(const std::string& id, ToyCheck::Try attempt, Needs needs = {}) {
    BuiltStep& step = add(id, kind(Sort::check), std::move(needs));
    step.check = std::make_unique<ToyCheck>(std::move(attempt));
    return built.recipe.steps.back();
  }
  /// A step that differs until it was applied once.
  Step& switch_on(const std::string& id, std::shared_ptr<bool> state, Needs needs = {}) {
    return primitive(
        id,
        [state]() -> Inspection {
          return *state ? Inspection(AsWanted{"on"}) : Differs{"off", "on"};
        },
        [state](const Context&) {
          *state = true;
          return Done{};
        },
        std::move(needs));
  }
  Step& switch_on(const std::string& id, Needs needs = {}) {
    return switch_on(id, std::make_shared<bool>(false), std::move(needs));
  }

  BuiltRecipe built;

 private:
  static const Kind& kind(Sort sort) {
    static const std::vector<Kind> kinds = [] {
      std::vector<Kind> made(2);
      made[0].name = "toy";
      made[1].name = "toy_check";
      made[1].sort = Sort::check;
      for (Kind& one : made) one.title = [](const Fields&) { return std::string("a toy"); };
      return made;
    }();
    return kinds[sort == Sort::primitive ? 0 : 1];
  }
  BuiltStep& add(const std::string& id, const Kind& kind, Needs needs) {
    Step& step = built.recipe.steps.emplace_back();
    step.id = id;
    step.kind = kind.name;
    step.needs = std::move(needs);
    BuiltStep& result = built.steps.emplace_back();
    result.kind = &kind;
    return result;
  }
};

}  // namespace rigsetup::test
