// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/text.hpp>
#include <rigsetup/base/version.hpp>

namespace rigsetup {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

struct VersionParts {
  std::string_view epoch, upstream, revision;
};

VersionParts parts_of(std::string_view version) {
  VersionParts parts;
  const std::size_t colon = version.find(':');
  if (colon != std::string_view::npos) {
    parts.epoch = version.substr(0, colon);
    version.remove_prefix(colon + 1);
  }
  const std::size_t dash = version.rfind('-');
  parts.upstream = version.substr(0, dash);
  if (dash != std::string_view::npos) parts.revision = version.substr(dash + 1);
  return parts;
}

/// Where the first character of a text sorts among characters that are not digits: "~" before the end, the
/// end (and a digit, which ends such a run) before letters, letters before all else.
int rank(std::string_view text) {
  if (text.empty() || is_digit(text.front())) return 0;
  const char c = text.front();
  if (c == '~') return -1;
  return is_letter(c) ? c : c + 256;
}

std::string_view take_digits(std::string_view& text) {
  while (!text.empty() && text.front() == '0') text.remove_prefix(1);
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

/// Runs of other characters and of digits in turn, as dpkg does; numbers of any length.
int compare_part(std::string_view a, std::string_view b) {
  while (!a.empty() || !b.empty()) {
    while ((!a.empty() && !is_digit(a.front())) || (!b.empty() && !is_digit(b.front()))) {
      if (const int difference = rank(a) - rank(b); difference != 0) return difference;
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
    const std::string_view number_a = take_digits(a);
    const std::string_view number_b = take_digits(b);
    if (number_a.size() != number_b.size()) return number_a.size() < number_b.size() ? -1 : 1;
    if (const int difference = number_a.compare(number_b); difference != 0) return difference;
  }
  return 0;
}

bool is_package_name(std::string_view name) {
  if (name.size() < 2) return false;
  if (!is_digit(name.front()) && !(name.front() >= 'a' && name.front() <= 'z')) return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-.") == std::string_view::npos;
}

/// `any_end`: may it end with a star?
bool is_version(std::string_view version, bool any_end) {
  if (any_end && version.ends_with('*')) version.remove_suffix(1);
  if (version.empty() || !(is_digit(version.front()) || is_letter(version.front()))) return false;
  for (const char c : version) {
    if (!is_digit(c) && !is_letter(c) && std::string_view(".+-~:").find(c) == std::string_view::npos)
      return false;
  }
  return true;
}

}  // namespace

int compare_debian(std::string_view a, std::string_view b) {
  const VersionParts left = parts_of(a);
  const VersionParts right = parts_of(b);
  if (const int order = compare_part(left.epoch, right.epoch); order != 0) return order;
  if (const int order = compare_part(left.upstream, right.upstream); order != 0) return order;
  return compare_part(left.revision, right.revision);
}

bool VersionRange::matches(std::string_view candidate) const {
  if (any()) return true;
  if (version.ends_with('*'))
    return candidate.starts_with(std::string_view(version).substr(0, version.size() - 1));
  const int order = compare_debian(candidate, version);
  if (relation == "=") return order == 0;
  if (relation == ">=") return order >= 0;
  if (relation == "<=") return order <= 0;
  if (relation == ">>") return order > 0;
  return relation == "<<" && order < 0;
}

std::string VersionRange::text() const { return any() ? std::string() : relation + " " + version; }

std::string PackageName::text() const {
  if (range.any()) return name;
  if (range.relation == "=") return name + "=" + range.version;
  return name + " (" + range.text() + ")";
}

std::optional<PackageName> parse_package(std::string_view text) {
  text = trim(text);
  PackageName package;
  const std::size_t end = text.find_first_of("=( ");
  package.name = text.substr(0, end);
  if (!is_package_name(package.name)) return std::nullopt;
  if (end == std::string_view::npos) return package;

  if (text[end] == '=') {
    package.range = {"=", std::string(text.substr(end + 1))};
  } else {
    std::string_view range = trim(text.substr(end));
    if (range.size() < 2 || range.front() != '(' || range.back() != ')') return std::nullopt;
    range = trim(range.substr(1, range.size() - 2));
    const std::string_view relation = range.substr(0, range.find_first_not_of("<>="));
    package.range = {std::string(relation), std::string(trim(range.substr(relation.size())))};
    const bool known =
        relation == "=" || relation == ">=" || relation == "<=" || relation == ">>" || relation == "<<";
    if (!known) return std::nullopt;
  }
  if (!is_version(package.range.version, package.range.relation == "=")) return std::nullopt;
  return package;
}

}  // namespace rigsetup
