// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

namespace rigsetup {
namespace {

using nlohmann::json;

constexpr std::size_t k_deepest = 64;

Place place_of(std::string_view text, std::size_t position) {
  const std::string_view before = text.substr(0, std::min(position, text.size()));
  const std::size_t newline = before.rfind('\n');
  const std::size_t column = newline == std::string_view::npos ? before.size() : before.size() - newline - 1;
  return {
      {}, 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')), 1 + static_cast<int>(column)};
}

/// Builds the tree from the parser's events. Of members with the same name the first counts, as Value::find
/// has it.
class Reader : public nlohmann::json_sax<json> {
 public:
  Reader(std::string_view text, std::size_t most_values)
      : text_(text), most_values_(most_values), values_left_(most_values) {}

  bool null() override { return count() && add(Value()); }
  bool boolean(bool value) override { return count() && add(Value(value)); }
  bool number_integer(number_integer_t value) override {
    return count() && add(Value(static_cast<std::int64_t>(value)));
  }
  bool number_unsigned(number_unsigned_t value) override {
    constexpr auto k_most = static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max());
    return count() && (value <= k_most ? add(Value(static_cast<std::int64_t>(value)))
                                       : add(Value(static_cast<double>(value))));
  }
  bool number_float(number_float_t value, const string_t&) override { return count() && add(Value(value)); }
  bool string(string_t& value) override { return count() && add(Value(std::move(value))); }
  bool binary(binary_t&) override { return false; }  // JSON has none

  bool start_object(std::size_t) override { return open(Value::map()); }
  bool key(string_t& name) override {
    open_.back().key = std::move(name);
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Value::list()); }
  bool end_array() override { return close(); }

  bool parse_error(std::size_t position, const std::string&, const json::exception& error) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error ..."
    std::string_view why = error.what();
    const std::size_t colon = why.find(": ");
    if (colon != std::string_view::npos) why.remove_prefix(colon + 2);
    problem_ = excerpt(why, 300);
    place_ = place_of(text_, position == 0 ? 0 : position - 1);
    return false;
  }

  Value take() { return std::move(root_); }
  const std::string& problem() const { return problem_; }
  const Place& place() const { return place_; }

 private:
  struct Open {
    bool map = false;
    std::string key;
    Value::Map members;
    Value::List items;
  };

  bool count() {
    if (values_left_ > 0) {
      --values_left_;
      return true;
    }
    problem_ = format("it has more than {} values", most_values_);
    return false;
  }
  bool add(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (open_.back().map) {
      open_.back().members.push_back({std::move(open_.back().key), std::move(value), {}});
    } else {
      open_.back().items.push_back(std::move(value));
    }
    return true;
  }
  bool open(const Value& kind) {
    if (!count()) return false;
    if (open_.size() == k_deepest) {
      problem_ = format("it is nested more than {} levels deep", k_deepest);
      return false;
    }
    open_.push_back({kind.is_map(), {}, {}, {}});
    return true;
  }
  bool close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    return add(done.map ? Value::map(std::move(done.members)) : Value::list(std::move(done.items)));
  }

  std::string_view text_;
  std::size_t most_values_;
  std::size_t values_left_;
  std::vector<Open> open_;
  Value root_;
  std::string problem_;
  Place place_;
};

void write_string(std::string_view text, std::string& out) {
  const bool plain = std::all_of(text.begin(), text.end(),
                                 [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; });
  if (plain) {
    out += '"';
    out += text;
    out += '"';
  } else {
    out += json(text).dump(-1, ' ', false, json::error_handler_t::replace);
  }
}

/// Writes the structure; strings that need escapes are left to nlohmann-json.
class Writer {
 public:
  Writer(std::string& out, bool pretty) : out_(out), pretty_(pretty) {}

  void write(const Value& value, std::size_t level = 0) {
    switch (value.type()) {
      case Value::Type::null:
        out_ += "null";
        return;
      case Value::Type::boolean:
        out_ += value.as_bool() ? "true" : "false";
        return;
      case Value::Type::integer:
        out_ += std::to_string(value.as_int());
        return;
      // JSON knows no infinity.
      case Value::Type::real:
        out_ += std::isfinite(value.as_real()) ? Value(value.as_real()).text() : "null";
        return;
      case Value::Type::string:
        write_string(value.as_string(), out_);
        return;
      case Value::Type::list: {
        const Value::List& items = value.as_list();
        out_ += '[';
        for (std::size_t i = 0; i < items.size(); ++i) {
          begin_item(i, level + 1);
          write(items[i], level + 1);
        }
        end(items.size(), level, ']');
        return;
      }
      case Value::Type::map: {
        const Value::Map& members = value.as_map();
        out_ += '{';
        for (std::size_t i = 0; i < members.size(); ++i) {
          begin_item(i, level + 1);
          write_string(members[i].key, out_);
          out_ += pretty_ ? ": " : ":";
          write(members[i].value, level + 1);
        }
        end(members.size(), level, '}');
        return;
      }
    }
  }

 private:
  void new_line(std::size_t level) {
    if (!pretty_) return;
    out_ += '\n';
    out_.append(2 * level, ' ');
  }
  void begin_item(std::size_t index, std::size_t level) {
    if (index > 0) out_ += ',';
    new_line(level);
  }
  void end(std::size_t count, std::size_t level, char bracket) {
    if (count > 0) new_line(level);
    out_ += bracket;
  }

  std::string& out_;
  bool pretty_;
};

}  // namespace

Value parse_json(std::string_view text, std::string_view what, std::size_t most_values) {
  Reader reader(text, most_values);
  if (!json::sax_parse(text.begin(), text.end(), &reader)) {
    throw Error(Code::invalid, format("cannot read {}: {}", what, reader.problem()), {}, reader.place());
  }
  return reader.take();
}

std::string to_json(const Value& value) {
  std::string out;
  Writer(out, false).write(value);
  return out;
}

std::string to_pretty_json(const Value& value) {
  std::string out;
  Writer(out, true).write(value);
  return out + '\n';
}

}  // namespace rigsetup
