// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_spec.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

#include <rigsetup/base/text.hpp>

namespace rigsetup {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// A run of digits or letters of a version. In conda's order: dev, other words by the alphabet, numbers,
/// post.
struct Run {
  int rank = 2;
  std::string text;  ///< of a number without leading zeros
};

Run run_of(std::string_view text) {
  if (text == "post") return {3, {}};
  if (text == "dev") return {0, {}};
  if (text.empty() || !is_digit(text.front())) return {text.empty() ? 2 : 1, std::string(text)};
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  return {2, std::string(text)};
}

int compare(const Run& a, const Run& b) {
  if (a.rank != b.rank) return a.rank < b.rank ? -1 : 1;
  if (a.rank == 2 && a.text.size() != b.text.size()) return a.text.size() < b.text.size() ? -1 : 1;
  return a.text.compare(b.text);
}

/// "1rc2" is 1, "rc", 2; what begins with letters has a 0 before them.
std::vector<Run> runs_of(std::string_view component) {
  std::vector<Run> runs;
  if (!component.empty() && is_letter(component.front())) runs.push_back(run_of("0"));
  for (std::size_t at = 0; at < component.size();) {
    std::size_t end = at + 1;
    while (end < component.size() && is_digit(component[end]) == is_digit(component[at])) ++end;
    runs.push_back(run_of(component.substr(at, end - at)));
    at = end;
  }
  return runs;
}

std::vector<std::vector<Run>> components_of(std::string text) {
  std::replace(text.begin(), text.end(), '_', '.');
  std::replace(text.begin(), text.end(), '-', '.');
  std::vector<std::vector<Run>> components;
  for (const std::string& one : split(text, '.')) components.push_back(runs_of(one));
  return components;
}

int compare_part(std::string_view a, std::string_view b) {
  const auto left = components_of(std::string(a));
  const auto right = components_of(std::string(b));
  const Run zero = run_of("0");
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const std::size_t runs =
        std::max(i < left.size() ? left[i].size() : 0, i < right.size() ? right[i].size() : 0);
    for (std::size_t j = 0; j < runs; ++j) {
      const Run& x = i < left.size() && j < left[i].size() ? left[i][j] : zero;
      const Run& y = i < right.size() && j < right[i].size() ? right[i][j] : zero;
      if (const int order = compare(x, y)) return order;
    }
  }
  return 0;
}

/// The text before the mark, and the text after it.
std::pair<std::string_view, std::string_view> cut(std::string_view text, char mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

bool begins(std::string_view version, std::string_view prefix) {
  while (!prefix.empty() && (prefix.back() == '*' || prefix.back() == '.')) prefix.remove_suffix(1);
  if (!version.starts_with(prefix)) return false;
  return prefix.empty() || version.size() == prefix.size() || !is_digit(version[prefix.size()]) ||
         !is_digit(prefix.back());
}

SpecMatch to_match(bool holds) { return holds ? SpecMatch::yes : SpecMatch::no; }

/// One relation: ">=1.26", "1.26.*", "1.26".
SpecMatch holds(std::string_view condition, std::string_view version) {
  if (condition.empty() || condition == "*") return SpecMatch::yes;
  const auto after = [&](std::string_view relation) {
    const bool is = condition.starts_with(relation);
    if (is) condition.remove_prefix(relation.size());
    return is;
  };
  if (condition.starts_with("~=") || condition.starts_with("^")) return SpecMatch::unknown;
  if (after(">=")) return to_match(compare_conda(version, condition) >= 0);
  if (after("<=")) return to_match(compare_conda(version, condition) <= 0);
  if (after(">")) return to_match(compare_conda(version, condition) > 0);
  if (after("<")) return to_match(compare_conda(version, condition) < 0);
  const bool negated = after("!=");
  if (!negated && !after("==") && after("=")) return to_match(begins(version, condition));
  const bool same = condition.ends_with('*')                        ? begins(version, condition)
                    : condition.find('*') != std::string_view::npos ? matches_glob(version, condition)
                                                                    : compare_conda(version, condition) == 0;
  return to_match(same != negated);
}

SpecMatch all_hold(std::string_view conditions, std::string_view version) {
  SpecMatch all = SpecMatch::yes;
  for (const std::string& one : split(conditions, ',')) {
    const SpecMatch found = holds(trim(one), version);
    if (found == SpecMatch::no) return found;
    if (found == SpecMatch::unknown) all = found;
  }
  return all;
}

SpecMatch version_matches(const std::string& version, std::string_view have) {
  if (version.empty()) return SpecMatch::yes;
  if (version.find_first_of("()") != std::string::npos) return SpecMatch::unknown;
  SpecMatch any = SpecMatch::no;
  for (const std::string& one : split(version, '|')) {
    const SpecMatch found = all_hold(one, have);
    if (found == SpecMatch::yes) return found;
    if (found == SpecMatch::unknown) any = found;
  }
  return any;
}

bool is_name(std::string_view text) {
  return !text.empty() &&
         std::all_of(
             text.begin(), text.end(),
             [](char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '_' || c == '.'; }) &&
         text.front() != '-' && text.front() != '.';
}

/// Without the spaces that separate nothing: ">= 1.26, < 2" is one condition.
std::string squeezed(std::string_view text) {
  constexpr std::string_view k_signs = ",|<>!~=";
  std::string result;
  for (const std::string& word : split_words(text)) {
    const bool goes_on = result.empty() || k_signs.find(result.back()) != std::string_view::npos ||
                         word.front() == ',' || word.front() == '|';
    result += (goes_on ? "" : " ") + word;
  }
  return result;
}

/// "=1.26", "=1.26=py*", "==1.26", ">=1.26,<2", "1.26 py*".
void read_rest(std::string_view text, CondaSpec& spec) {
  const std::string squeezed_text = squeezed(text);
  std::string_view rest = squeezed_text;
  if (rest.empty()) return;
  const bool is_compound = rest.find_first_of(",|") != std::string_view::npos;
  if (is_compound || rest.front() != '=') {
    const auto [version, build] = cut(rest, ' ');
    spec.version = version;
    spec.build = build;
    return;
  }
  const bool exact = rest.starts_with("==");
  rest.remove_prefix(exact ? 2 : 1);
  const auto [version, build] = cut(rest, '=');
  spec.version = version;
  spec.build = build;
  const bool is_plain = spec.version.find_first_of("*<>!~") == std::string::npos;
  if (is_plain && !exact && build.empty()) spec.version += ".*";
}

std::string text_of(const CondaSpec& spec) {
  if (spec.version.empty() && spec.build.empty()) return spec.name;
  const bool is_condition = spec.version.find_first_of("<>!~=,|") != std::string::npos;
  const std::string version = spec.version.empty() ? "*" : spec.version;
  if (!spec.build.empty())
    return is_condition ? spec.name + " " + version + " " + spec.build
                        : spec.name + "=" + version + "=" + spec.build;
  const bool has_relation = std::string_view("<>!~=").find(version.front()) != std::string_view::npos;
  if (has_relation) return spec.name + version;
  return spec.name + (version.find('*') != std::string::npos ? "=" : "==") + version;
}

}  // namespace

bool matches_glob(std::string_view text, std::string_view pattern) {
  std::size_t star = std::string_view::npos;
  std::size_t retry = 0;
  std::size_t at = 0;
  std::size_t in = 0;
  while (at < text.size()) {
    if (in < pattern.size() && pattern[in] == '*') {
      star = in++;
      retry = at;
    } else if (in < pattern.size() && pattern[in] == text[at]) {
      ++in;
      ++at;
    } else if (star != std::string_view::npos) {
      in = star + 1;
      at = ++retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in) == std::string_view::npos;
}

int compare_conda(std::string_view a, std::string_view b) {
  const std::string left = lower(trim(a));
  const std::string right = lower(trim(b));
  const auto epoch = [](std::string_view text) {
    return text.find('!') == std::string_view::npos ? std::string_view("0") : cut(text, '!').first;
  };
  const auto rest = [](std::string_view text) {
    return text.find('!') == std::string_view::npos ? text : cut(text, '!').second;
  };
  if (const int order = compare_part(epoch(left), epoch(right))) return order;
  const auto [left_version, left_local] = cut(rest(left), '+');
  const auto [right_version, right_local] = cut(rest(right), '+');
  if (const int order = compare_part(left_version, right_version)) return order;
  if (left_local.empty() != right_local.empty()) return left_local.empty() ? -1 : 1;
  return compare_part(left_local, right_local);
}

std::optional<CondaSpec> parse_conda_spec(std::string_view text) {
  CondaSpec spec;
  std::string_view rest = trim(text);
  if (rest.empty() || rest != printable(rest) || rest.front() == '-') return std::nullopt;
  std::string channel;
  if (const std::size_t colons = rest.find("::"); colons != std::string_view::npos) {
    spec.opaque = true;
    channel = std::string(rest.substr(0, colons + 2));
    rest.remove_prefix(colons + 2);
  }
  const std::size_t end = std::min(rest.find_first_of(" \t=<>!~["), rest.size());
  if (!is_name(rest.substr(0, end))) return std::nullopt;
  spec.name = lower(rest.substr(0, end));
  if (rest.find('[') != std::string_view::npos) {
    if (!rest.ends_with(']')) return std::nullopt;
    spec.opaque = true;
    spec.text = channel + std::string(rest);
    std::erase_if(spec.text, [](unsigned char c) { return std::isspace(c) != 0; });
    return spec;
  }
  read_rest(rest.substr(end), spec);
  spec.text = channel + text_of(spec);
  return spec;
}

SpecMatch match(const CondaSpec& spec, std::string_view version, std::string_view build) {
  const SpecMatch of_version = version_matches(spec.version, version);
  if (of_version == SpecMatch::no) return of_version;
  if (spec.build.find_first_of("^$[") != std::string::npos) return SpecMatch::unknown;
  if (!spec.build.empty() && !matches_glob(build, spec.build)) return SpecMatch::no;
  return spec.opaque ? SpecMatch::unknown : of_version;
}

}  // namespace rigsetup
