// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/catalog.hpp>

namespace rigsetup {
namespace {

Expansion::Part part_from(const Value& value) {
  Expansion::Part part;
  part.name = value.at("name").as_string();
  part.kind = value.at("kind").as_string();
  part.fields = value.at("fields");
  part.shared = value.get("shared", false);
  part.late = value.get("late", false);
  if (!find_kind(part.kind))
    throw Error(Code::invalid, format("cannot read the plan: there is no kind {}", excerpt(part.kind)));
  return part;
}

}  // namespace

Value to_value(const Expansions& expansions) {
  Value all = Value::map();
  for (const auto& [id, expansion] : expansions) {
    Value parts = Value::list();
    for (const Expansion::Part& part : expansion.parts) {
      Value entry = Value::map({{"name", part.name}, {"kind", part.kind}, {"fields", part.fields}});
      if (part.shared) entry.set("shared", true);
      if (part.late) entry.set("late", true);
      parts.push_back(std::move(entry));
    }
    Value entry = Value::map({{"choice", expansion.choice}, {"parts", std::move(parts)}});
    if (!expansion.notes.empty()) entry.set("notes", Value::strings(expansion.notes));
    all.set(id, std::move(entry));
  }
  return all;
}

Expansions expansions_from(const Value& value) {
  Expansions expansions;
  for (const auto& member : value.as_map()) {
    Expansion& expansion = expansions[member.key];
    expansion.choice = member.value.at("choice").as_string();
    expansion.notes = member.value.get_strings("notes");
    for (const Value& part : member.value.at("parts").as_list()) expansion.parts.push_back(part_from(part));
  }
  return expansions;
}

}  // namespace rigsetup
