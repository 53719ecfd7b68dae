// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <array>

#include <rigsetup/apt/transaction.hpp>
#include <rigsetup/base/error.hpp>

namespace rigsetup::apt {

namespace {

constexpr std::array k_actions = {Action::install, Action::upgrade, Action::downgrade, Action::reinstall,
                                  Action::remove};

Action action_from(std::string_view name) {
  for (Action action : k_actions) {
    if (to_string(action) == name) return action;
  }
  throw Error(Code::invalid, "cannot read a transaction: no such action as '" + std::string(name) + "'");
}

Value to_value(const Change& change) {
  Value value = Value::map({{"action", to_string(change.action)},
                            {"name", change.name},
                            {"architecture", change.architecture},
                            {"from", change.from},
                            {"to", change.to},
                            {"requested", change.requested},
                            {"download_bytes", change.download_bytes},
                            {"disk_bytes", change.disk_bytes},
                            {"origin", change.origin},
                            {"from_origin", change.from_origin}});
  if (change.automatic) value.set("automatic", true);  // without it, plans of before keep their digests
  return value;
}

Change change_from(const Value& value) {
  Change change;
  change.action = action_from(value.at("action").as_string());
  change.name = value.at("name").as_string();
  change.architecture = value.get("architecture", "");
  change.from = value.get("from", "");
  change.to = value.get("to", "");
  change.requested = value.get("requested", false);
  change.download_bytes = static_cast<std::uint64_t>(value.get("download_bytes", 0));
  change.disk_bytes = value.get("disk_bytes", 0);
  change.origin = value.get("origin", "");
  change.from_origin = value.get("from_origin", "");
  change.automatic = value.get("automatic", false);
  return change;
}

}  // namespace

std::string_view to_string(Action action) {
  switch (action) {
    case Action::install:
      return "install";
    case Action::upgrade:
      return "upgrade";
    case Action::downgrade:
      return "downgrade";
    case Action::reinstall:
      return "reinstall";
    case Action::remove:
      return "remove";
  }
  return "install";
}

std::uint64_t Transaction::download_bytes() const {
  std::uint64_t sum = 0;
  for (const Change& change : changes) sum += change.download_bytes;
  return sum;
}

std::int64_t Transaction::disk_bytes() const {
  std::int64_t sum = 0;
  for (const Change& change : changes) sum += change.disk_bytes;
  return sum;
}

Value to_value(const Transaction& transaction) {
  Value changes = Value::list();
  for (const Change& change : transaction.changes) changes.push_back(to_value(change));
  return Value::map({{"steps", Value::strings(transaction.steps)},
                     {"changes", std::move(changes)},
                     {"hold", Value::strings(transaction.hold)}});
}

Transaction transaction_from(const Value& value) {
  Transaction transaction;
  transaction.steps = value.get_strings("steps");
  for (const Value& change : value.at("changes").as_list())
    transaction.changes.push_back(change_from(change));
  transaction.hold = value.get_strings("hold");
  return transaction;
}

}  // namespace rigsetup::apt
