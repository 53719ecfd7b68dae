// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "data/yaml_tree.hpp"

#include <algorithm>
#include <utility>

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "data/yaml_scalar.hpp"

namespace rigsetup {
namespace {

Mark mark_from(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

}  // namespace

YamlTree::YamlTree(const YamlSource& source, const std::string& file, Complaints& complaints,
                   YamlLimits limits)
    : source_(source), file_(file), complaints_(complaints), limits_(limits) {}

void YamlTree::complain(Mark mark, std::string message, std::string hint) {
  complaints_.push_back({{file_, mark.line, mark.column}, std::move(message), std::move(hint)});
}

void YamlTree::stop(Mark mark, std::string message, std::string hint) {
  complain(mark, std::move(message), std::move(hint));
  stopped_ = true;
  throw YAML::ParserException(YAML::Mark::null_mark(), "stopped");
}

void YamlTree::spend(Mark mark, Cost cost) {
  spent_.values += cost.values;
  spent_.bytes += cost.bytes;
  if (spent_.values > limits_.values) {
    stop(mark, format("more than {} values stand up to here", limits_.values), "is this the right file?");
  }
  // What is written is bounded with the file; anchors and aliases may cost as much again.
  if (spent_.bytes > 2 * limits_.bytes)
    stop(mark, "the anchors up to here hold too much", "write the values out");
}

std::optional<Mark> YamlTree::open_bracket() const {
  for (auto level = open_.rbegin(); level != open_.rend(); ++level) {
    const std::size_t at = source_.offset_of(level->mark);
    // A pair inside [ ] is a map without a bracket of its own.
    const bool bracket =
        at < source_.text().size() && (source_.text()[at] == '[' || source_.text()[at] == '{');
    if (level->flow && bracket) return level->mark;
  }
  return std::nullopt;
}

void YamlTree::OnDocumentStart(const YAML::Mark& mark) {
  if (begun_) {
    const Mark place = mark_from(mark);
    if (source_.text().substr(source_.offset_of(place)).starts_with("---")) {
      stop(place, "a second document begins here, and only one is read", "put it into a file of its own");
    }
    stop(place, "this does not belong to anything above it", "look at the indentation");
  }
  begun_ = true;
}

void YamlTree::check_tag(Mark mark, const std::string& tag, std::string_view allowed) {
  constexpr std::string_view k_core = "tag:yaml.org,2002:";
  if (tag == "?" || tag == "!" || tag.empty()) return;
  if (tag.starts_with(k_core) && std::string_view(tag).substr(k_core.size()) == allowed) return;
  complain(mark, "a tag (!...) is not allowed here",
           "leave it out; text that looks like a number belongs in quotes");
}

void YamlTree::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const bool value_of_key = !open_.empty() && open_.back().map && open_.back().key;
  const Mark place = value_of_key ? open_.back().key->mark : source_.place_of_null(mark_from(mark));
  add_scalar(Value(), place, anchor);
}

void YamlTree::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                        const std::string& text) {
  const Mark place = mark_from(mark);
  check_tag(place, tag, "str");
  const bool plain = tag == "?";
  if (!plain && !source_.is_closed_at(place))
    stop(place, "this quote is never closed", "add the closing quote");
  Value value = plain && !expects_key() ? resolve_plain(text) : Value(text);
  value.set_written(text, !plain);
  add_scalar(std::move(value), place, anchor);
}

void YamlTree::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const Mark place = mark_from(mark);
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end())
    stop(place, "this alias stands inside of what it refers to", "write the values out");
  const Anchored& anchored = found->second;
  const std::string hint = "write the values out; a few aliases are fine";
  // Checked before anything is copied: a few lines of aliases of aliases can mean gigabytes.
  const Cost after{spent_.values + anchored.cost.values, spent_.bytes + anchored.cost.bytes};
  if (after.values > limits_.values || after.bytes > 2 * limits_.bytes) {
    stop(place, "the aliases up to here stand for too much", hint);
  }
  if (open_.size() + anchored.depth > limits_.depth) {
    stop(place, format("this alias nests more than {} levels deep", limits_.depth), hint);
  }
  spend(place, anchored.cost);
  add(anchored.value, anchored.depth);
}

void YamlTree::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                               YAML::EmitterStyle::value style) {
  check_tag(mark_from(mark), tag, "seq");
  open(false, mark_from(mark), anchor, style);
}

void YamlTree::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                          YAML::EmitterStyle::value style) {
  check_tag(mark_from(mark), tag, "map");
  open(true, mark_from(mark), anchor, style);
}

void YamlTree::open(bool map, Mark mark, YAML::anchor_t anchor, YAML::EmitterStyle::value style) {
  if (open_.size() == limits_.depth) {
    stop(mark, format("this is nested more than {} levels deep", limits_.depth), "is this the right file?");
  }
  Open level;
  level.map = map;
  level.flow = style == YAML::EmitterStyle::Flow;
  level.mark = mark;
  level.anchor = anchor;
  level.cost_before = spent_;
  spend(mark, {1, 0});
  open_.push_back(std::move(level));
}

void YamlTree::close() {
  Open level = std::move(open_.back());
  open_.pop_back();
  Value value = level.map ? Value::map(std::move(level.members)) : Value::list(std::move(level.items));
  value.set_mark(level.mark);
  const Cost cost{spent_.values - level.cost_before.values, spent_.bytes - level.cost_before.bytes};
  keep_anchor(level.anchor, value, cost, level.deepest + 1);
  add(std::move(value), level.deepest + 1);
}

void YamlTree::add_scalar(Value value, Mark mark, YAML::anchor_t anchor) {
  value.set_mark(mark);
  const Cost cost{1, value.text().size()};
  spend(mark, cost);
  keep_anchor(anchor, value, cost, 0);
  add(std::move(value), 0);
}

void YamlTree::keep_anchor(YAML::anchor_t anchor, const Value& value, Cost cost, std::size_t depth) {
  if (anchor == YAML::NullAnchor) return;
  spend(value.mark(), cost);
  anchors_[anchor] = {value, cost, depth};
}

void YamlTree::add_key(const Value& value) {
  Open& level = open_.back();
  level.key = Key{value.text(), value.mark(), true};
  if (value.is_null() || value.is_list() || value.is_map()) {
    level.key->usable = false;
    complain(value.mark(), "a name is expected before ':'",
             value.is_null() ? "" : "a list or a map cannot be a name");
  } else if (value.text() == "<<" && !value.quoted()) {
    level.key->usable = false;
    complain(value.mark(), "merge keys (<<) are not supported",
             "write the fields out, or give an alias as a value");
  } else if (const auto [first, added] = level.seen.emplace(value.text(), value.mark()); !added) {
    level.key->usable = false;
    complain(value.mark(), format("\"{}\" is here twice", excerpt(value.text())),
             format("the first is in line {}; remove one of them", first->second.line));
  }
}

void YamlTree::add(Value value, std::size_t depth) {
  if (open_.empty()) {
    root_ = std::move(value);
    return;
  }
  if (expects_key()) return add_key(value);
  Open& level = open_.back();
  level.deepest = std::max(level.deepest, depth);
  if (!level.map) {
    level.items.push_back(std::move(value));
    return;
  }
  if (level.key->usable)
    level.members.push_back({std::move(level.key->text), std::move(value), level.key->mark});
  level.key.reset();
}

}  // namespace rigsetup
