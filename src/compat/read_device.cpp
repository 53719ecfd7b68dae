// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include "compat/read.hpp"

namespace rigsetup::compat {
namespace {

constexpr ModuleRule k_rules[] = {ModuleRule::legacy, ModuleRule::proprietary_only, ModuleRule::either,
                                  ModuleRule::open_only, ModuleRule::unlisted};

/// What was said of the same ids before holds no more.
template <class T>
void replace(std::vector<Span<T>>& spans, const std::vector<Span<T>>& by) {
  for (const Span<T>& span : by) {
    std::erase_if(spans,
                  [&](const Span<T>& old) { return old.first == span.first && old.last == span.last; });
    spans.push_back(span);
  }
}

}  // namespace

void read_modules(const std::string& key, Row& row, Tables& tables) {
  const auto rule = std::find_if(std::begin(k_rules), std::end(k_rules),
                                 [&](ModuleRule candidate) { return to_string(candidate) == key; });
  if (rule == std::end(k_rules)) {
    row.complain("there is no such rule", "they are: legacy, proprietary-only, either, open-only, unlisted");
    return;
  }
  row.must_have("ids");
  row.basis();
  std::vector<Span<ModuleRule>> spans;
  row.spans("ids", *rule, spans);
  if (row.sound()) replace(tables.modules, spans);
}

void read_capability(const std::string& key, Row& row, Tables& tables) {
  ComputeCapability capability;
  capability.number = key;
  row.must_have("architecture");
  capability.architecture = row.text("architecture");
  capability.first_cuda = row.version("first_cuda");
  capability.last_cuda = row.version("last_cuda");
  capability.first_branch = row.version("first_branch");
  capability.last_branch = row.version("last_branch");
  capability.basis = row.basis();
  std::vector<Span<std::string>> spans;
  row.spans("ids", key, spans);
  if (!row.sound()) return;
  replace(tables.computes, spans);
  tables.capabilities[key] = std::move(capability);
}

void read_names(const std::string&, Row& row, Tables& tables) {
  row.basis();
  row.must_have("names");
  std::map<std::uint32_t, std::string> names;
  for (const auto& [name, ids] : row.texts("names")) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> spans;
    if (const std::string wrong = parse_spans(ids, spans); !wrong.empty()) {
      row.complain("the ids of \"" + name + "\" hold \"" + wrong + "\"", "ids are hex and apart by spaces");
    }
    for (const auto& [first, last] : spans) {
      for (std::uint32_t id = first; id <= last; ++id) names[id] = name;
    }
  }
  if (!row.sound()) return;
  for (auto& [id, name] : names) tables.names[id] = std::move(name);
}

}  // namespace rigsetup::compat
