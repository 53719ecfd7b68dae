// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "recipe/field_value.hpp"

#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup {
namespace {

Value marked(Value value, Mark mark) {
  value.set_mark(mark);
  return value;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
}

/// Whether "scheme://user:password@host" stands in a text of one line.
bool carries_user_info(std::string_view text) {
  if (text.find('\n') != std::string_view::npos) return false;  // a file's content, not a URL
  for (std::size_t at = text.find("://"); at != std::string_view::npos; at = text.find("://", at + 3)) {
    const std::string_view rest = text.substr(at + 3);
    if (rest.substr(0, rest.find_first_of("/?# \t\"'")).find('@') != std::string_view::npos) return true;
  }
  return false;
}

/// One field while it is looked at. Each function returns the normal form, or nothing after a complaint.
class FieldValue {
 public:
  FieldValue(const FieldSpec& spec, const Report& report) : spec_(spec), report_(report) {}

  std::optional<Value> read(const Value& value) const {
    if (value.is_null())
      return refuse(value, format("\"{}\" has no value", spec_.name), "write one, or leave it out");
    if (spec_.secret) return secret(value);
    switch (spec_.type) {
      case FieldType::text:
        return text(value, "a text");
      case FieldType::path:
        return path(value);
      case FieldType::boolean:
        return boolean(value);
      case FieldType::integer:
        return integer(value);
      case FieldType::mode:
        return mode(value);
      case FieldType::choice:
        return choice(value);
      case FieldType::duration:
        return duration(value);
      case FieldType::texts:
        return texts(value);
      case FieldType::argv:
        return argv(value);
      case FieldType::text_map:
        return text_map(value);
      case FieldType::attachment:
        return attachment(value);
    }
    return std::nullopt;
  }

 private:
  std::nullopt_t refuse(const Value& value, std::string message, std::string hint = {}) const {
    report_.at(value.mark(), std::move(message), std::move(hint));
    return std::nullopt;
  }
  std::nullopt_t mistyped(const Value& value, std::string_view wanted, std::string hint = {}) const {
    return refuse(value, format("\"{}\" takes {}, not {}", spec_.name, wanted, found(value)),
                  std::move(hint));
  }
  static std::string found(const Value& value) {
    if (value.is_scalar() && !value.is_string()) return excerpt(value.text());
    return std::string(to_string(value.type()));
  }

  std::optional<Value> text(const Value& value, std::string_view wanted) const {
    if (!value.is_scalar()) return mistyped(value, wanted);
    if (value.text().find('\0') != std::string::npos) {
      return refuse(value, format("\"{}\" holds a zero byte", spec_.name), "remove it");
    }
    if (carries_user_info(value.text())) {
      return refuse(value, format("\"{}\" holds a URL with a user name or a password in it", spec_.name),
                    "remove what stands before the '@': a recipe is no place for credentials");
    }
    return marked(Value(value.text()), value.mark());
  }

  std::optional<Value> secret(const Value& value) const {
    const std::string hint = "write {file: /path/of/a/file} that only root can read";
    const Value* file = value.is_map() && value.as_map().size() == 1 ? value.find("file") : nullptr;
    if (file == nullptr)
      return refuse(value, format("\"{}\" is a secret and must come from a file", spec_.name), hint);
    const std::optional<Value> checked = path(*file);
    if (!checked) return std::nullopt;
    return marked(Value::map({{"file", *checked, {}}}), value.mark());
  }

  std::optional<Value> path(const Value& value) const {
    const std::optional<Value> checked = text(value, "an absolute path");
    if (!checked) return std::nullopt;
    const std::string& written = checked->text();
    if (!written.starts_with('/')) {
      return refuse(value, format("\"{}\" takes an absolute path", spec_.name),
                    written.starts_with('~') ? "write the home folder out: \"~\" means nothing here"
                                             : "begin it with \"/\"");
    }
    return relative_parts(value, written.substr(1), "/");
  }

  std::optional<Value> attachment(const Value& value) const {
    const std::optional<Value> checked = text(value, "the name of a file beside the recipe");
    if (!checked) return std::nullopt;
    const std::string& written = checked->text();
    const std::string hint = "put the file beside the recipe and write its name";
    if (written.starts_with('/') || written.starts_with('~')) {
      return refuse(value, format("\"{}\" takes a path relative to the recipe", spec_.name), hint);
    }
    const std::optional<Value> normal = relative_parts(value, written, "");
    if (normal && (normal->text().empty() || written.ends_with('/'))) {
      return refuse(value, format("\"{}\" names no file", spec_.name), hint);
    }
    return normal;
  }

  /// Without "." and empty parts; ".." is refused, because it would mean another file where a link is in the
  /// way.
  std::optional<Value> relative_parts(const Value& value, const std::string& written,
                                      const std::string& front) const {
    if (has_control_character(written)) {
      return refuse(value, format("\"{}\" holds a control character", spec_.name), "remove it");
    }
    std::vector<std::string> parts;
    for (std::string& part : split(written, '/')) {
      if (part == "..")
        return refuse(value, format("\"{}\" may not contain \"..\"", spec_.name), "write it without");
      if (!part.empty() && part != ".") parts.push_back(std::move(part));
    }
    return marked(Value(front + join(parts, "/")), value.mark());
  }

  std::optional<Value> boolean(const Value& value) const {
    if (value.type() == Value::Type::boolean) return marked(Value(value.as_bool()), value.mark());
    const std::string word = value.is_string() ? lower(value.text()) : std::string();
    std::string hint;
    if (is_one_of(word, {"yes", "on", "y"})) hint = "write true";
    if (is_one_of(word, {"no", "off", "n"})) hint = "write false";
    if (is_one_of(word, {"true", "false"})) hint = "write it without quotes";
    if (hint.empty()) return mistyped(value, "true or false");
    return refuse(value, format("\"{}\" takes true or false, not \"{}\"", spec_.name, value.text()), hint);
  }

  std::optional<Value> integer(const Value& value) const {
    if (value.type() != Value::Type::integer) return mistyped(value, "a whole number");
    const std::string normal = std::to_string(value.as_int());
    if (value.text() != normal) {
      return refuse(
          value,
          format("\"{}\" takes a whole number in plain digits, not {}", spec_.name, excerpt(value.text())),
          "write " + normal);
    }
    return marked(Value(value.as_int()), value.mark());
  }

  std::optional<Value> mode(const Value& value) const {
    const bool is_text = value.is_string();
    if (!value.is_scalar()) return mistyped(value, "an octal number in quotes");
    std::string digits = value.text();
    if (digits.starts_with("0o")) digits.erase(0, 2);
    const std::size_t zeros = std::min(digits.find_first_not_of('0'), digits.size());
    digits.erase(0, zeros);
    if (digits.size() < 4) digits.insert(0, 4 - digits.size(), '0');
    const bool octal = digits.size() == 4 && digits.find_first_not_of("01234567") == std::string::npos;
    if (is_text && octal && value.text().size() <= 4 && value.text().size() >= 3) {
      return marked(Value(digits), value.mark());
    }
    const std::string hint = octal ? format("write \"{}\"", digits) : "write it as \"0644\"";
    if (value.type() == Value::Type::integer) {
      return refuse(value,
                    format("\"{}\" must stand in quotes: some read {} as a decimal number", spec_.name,
                           excerpt(value.text())),
                    hint);
    }
    return refuse(
        value,
        format("\"{}\" takes an octal number in quotes, not \"{}\"", spec_.name, excerpt(value.text())),
        hint);
  }

  std::optional<Value> choice(const Value& value) const {
    const std::vector<std::string> choices(spec_.choices.begin(), spec_.choices.end());
    if (value.is_scalar() && std::find(choices.begin(), choices.end(), value.text()) != choices.end()) {
      return marked(Value(value.text()), value.mark());
    }
    const std::string given = value.is_scalar() ? format("\"{}\"", excerpt(value.text())) : found(value);
    const std::optional<std::string> meant =
        value.is_scalar() ? suggestion(value.text(), choices) : std::nullopt;
    return refuse(value, format("\"{}\" takes one of {}, not {}", spec_.name, join(choices, ", "), given),
                  meant ? format("did you mean \"{}\"?", *meant) : std::string());
  }

  std::optional<Value> duration(const Value& value) const {
    if (value.is_scalar() && parse_duration(value.text())) return marked(Value(value.text()), value.mark());
    const std::string given = value.is_string() ? format("\"{}\"", excerpt(value.text())) : found(value);
    return refuse(value, format("\"{}\" takes a time, not {}", spec_.name, given),
                  "such as 90s, 10min or 1h 30min");
  }

  std::optional<Value> items(const Value& list) const {
    Value::List checked;
    bool good = true;
    for (const Value& item : list.as_list()) {
      std::optional<Value> one =
          item.is_null()
              ? refuse(item, format("an item of \"{}\" is empty", spec_.name), "write it, or remove the '-'")
              : text(item, "a list of texts");
      good = good && one;
      if (one) checked.push_back(std::move(*one));
    }
    if (!good) return std::nullopt;
    return marked(Value::list(std::move(checked)), list.mark());
  }

  std::optional<Value> texts(const Value& value) const {
    if (value.is_list()) return items(value);
    const std::optional<Value> one = text(value, "a list of texts");
    if (!one) return std::nullopt;
    return marked(Value::list({*one}), value.mark());
  }

  std::optional<Value> argv(const Value& value) const {
    if (value.is_scalar()) {
      return refuse(value, format("\"{}\" takes a list: the program, then its arguments", spec_.name),
                    format("write [{}]; there is no shell", excerpt(join(split_words(value.text()), ", "))));
    }
    if (!value.is_list()) return mistyped(value, "a list: the program, then its arguments");
    const std::optional<Value> words = items(value);
    if (words && (words->as_list().empty() || words->as_list().front().text().empty())) {
      return refuse(value, format("\"{}\" names no program", spec_.name), "write the program first");
    }
    return words;
  }

  std::optional<Value> text_map(const Value& value) const {
    if (!value.is_map()) return mistyped(value, "a map of names to texts");
    Value::Map checked;
    bool good = true;
    for (const Member& member : value.as_map()) {
      std::optional<Value> one =
          member.value.is_null()
              ? refuse(member.value, format("\"{}\" in \"{}\" has no value", excerpt(member.key), spec_.name),
                       "write \"\" for an empty text")
              : text(member.value, "a map of names to texts");
      good = good && one;
      if (one) checked.push_back({member.key, std::move(*one), member.key_mark});
    }
    if (!good) return std::nullopt;
    return marked(Value::map(std::move(checked)), value.mark());
  }

  const FieldSpec& spec_;
  const Report& report_;
};

}  // namespace

std::optional<Value> normal_value(const Value& value, const FieldSpec& spec, const Report& report) {
  return FieldValue(spec, report).read(value);
}

}  // namespace rigsetup
