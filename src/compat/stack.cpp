// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/format.hpp>

#include "compat/context.hpp"

namespace rigsetup::compat {
namespace {

/// Chooses the driver and puts its version in `driver`, where none is left alone.
std::optional<Refusal> choose_driver(const Context& context, Stack& stack, std::string& driver) {
  if (auto refusal = refuse_modules(context)) return refusal;
  const BranchWish wish = parse_branch_wish(context);
  auto picked = pick_driver(context, wish, least_driver(context));
  if (!picked) {
    // Where only a toolkit stands in the way, it is the toolkit that is refused.
    picked = pick_driver(context, wish, "");
    if (!picked) return no_driver(context, wish);
  }
  if (driver.empty()) driver = picked->version;  // what is left alone stays what the others must fit
  return fill_driver(context, wish, *picked, stack);
}

}  // namespace

std::string Refusal::text() const { return hint.empty() ? reason : format("{} ({})", reason, hint); }

std::variant<Stack, Refusal> choose_stack(const Tables& tables, const Wishes& wishes) {
  const auto looked = look_at(tables, wishes);
  if (const auto* refusal = std::get_if<Refusal>(&looked)) return *refusal;
  const Context& context = std::get<Context>(looked);
  Stack stack;
  std::string driver = wishes.installed_driver;
  if (!wishes.branch.empty()) {
    if (auto refusal = choose_driver(context, stack, driver)) return *refusal;
  }
  if (auto refusal = choose_cuda(context, driver, stack)) return *refusal;
  if (auto refusal = choose_cudnn(context, driver, stack)) return *refusal;
  return stack;
}

}  // namespace rigsetup::compat
