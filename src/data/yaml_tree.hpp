// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <yaml-cpp/eventhandler.h>

#include <rigsetup/data/yaml.hpp>

#include "data/yaml_source.hpp"

namespace rigsetup {

/// Builds one tree from yaml-cpp's events and complains of what recipes may not have. What cannot be gone on
/// from (bounds, a second document) ends the parse with a YAML::ParserException after its complaint was
/// added.
class YamlTree : public YAML::EventHandler {
 public:
  YamlTree(const YamlSource& source, const std::string& file, Complaints& complaints, YamlLimits limits);

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override { close(); }

  Value take() { return std::move(root_); }
  bool stopped() const { return stopped_; }
  /// Where the innermost [ or { that is still open stands.
  std::optional<Mark> open_bracket() const;
  void complain(Mark mark, std::string message, std::string hint = {});

 private:
  /// What a value costs; anchors keep a copy, so that they cost it twice.
  struct Cost {
    std::size_t values = 0;
    std::size_t bytes = 0;
  };
  struct Anchored {
    Value value;
    Cost cost;
    std::size_t depth = 0;
  };
  struct Key {
    std::string text;
    Mark mark;
    bool usable = true;  ///< false: complained of; its value is read and dropped
  };
  struct Open {
    bool map = false;
    bool flow = false;
    Mark mark;
    YAML::anchor_t anchor = YAML::NullAnchor;
    Cost cost_before;
    std::size_t deepest = 0;  ///< levels below this one
    Value::List items;
    Value::Map members;
    std::optional<Key> key;  ///< read, its value not yet
    std::unordered_map<std::string, Mark> seen;
  };

  [[noreturn]] void stop(Mark mark, std::string message, std::string hint);
  void spend(Mark mark, Cost cost);
  void check_tag(Mark mark, const std::string& tag, std::string_view allowed);
  void open(bool map, Mark mark, YAML::anchor_t anchor, YAML::EmitterStyle::value style);
  void close();
  void add_scalar(Value value, Mark mark, YAML::anchor_t anchor);
  void keep_anchor(YAML::anchor_t anchor, const Value& value, Cost cost, std::size_t depth);
  void add(Value value, std::size_t depth);
  void add_key(const Value& value);
  bool expects_key() const { return !open_.empty() && open_.back().map && !open_.back().key; }

  const YamlSource& source_;
  const std::string& file_;
  Complaints& complaints_;
  YamlLimits limits_;
  Cost spent_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, Anchored> anchors_;
  Value root_;
  bool begun_ = false;
  bool stopped_ = false;
};

}  // namespace rigsetup
