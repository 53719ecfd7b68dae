// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/python_requirement.hpp"

#include <algorithm>
#include <cctype>

#include <rigsetup/base/text.hpp>

namespace rigsetup {
namespace {

bool is_name_character(unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; }

/// Lines that end in '\' are one line.
std::vector<std::string> logical_lines(std::string_view text) {
  std::vector<std::string> lines;
  bool goes_on = false;
  for (const auto& line : split_lines(text)) {
    const auto part = trim(line);
    const bool more = part.ends_with('\\');
    const auto content = more ? part.substr(0, part.size() - 1) : part;
    if (goes_on) {
      lines.back() += content;
    } else {
      lines.emplace_back(content);
    }
    goes_on = more;
  }
  return lines;
}

/// Neither empty nor a comment.
bool is_said(std::string_view line) { return !trim(line).empty() && trim(line).front() != '#'; }

/// What a line asks for; empty for an option, and for what does not tell its name.
std::string name_in(std::string_view line) {
  const auto plain = trim(line);
  return plain.starts_with('-') ? std::string() : parse_python_requirement(plain).name;
}

bool is_among(const std::string& name, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// "cuda" of `; extra == "cuda"`.
std::string extra_in(std::string_view marker) {
  const auto at = marker.find("extra");
  if (at == std::string_view::npos) return "";
  const auto quote = marker.find_first_of("\"'", at);
  if (quote == std::string_view::npos) return "";
  const auto name = marker.substr(quote + 1);
  return normalised_python_name(name.substr(0, name.find_first_of("\"'")));
}

}  // namespace

std::string normalised_python_name(std::string_view name) {
  std::string normal;
  for (const unsigned char c : name) {
    const bool separates = c == '-' || c == '_' || c == '.';
    if (!separates) {
      normal += static_cast<char>(std::tolower(c));
    } else if (!normal.ends_with('-')) {
      normal += '-';
    }
  }
  return normal;
}

PythonRequirement parse_python_requirement(std::string_view text) {
  PythonRequirement requirement;
  if (const auto marker = text.find(';'); marker != std::string_view::npos) {
    requirement.conditional = true;
    requirement.of_extra = extra_in(text.substr(marker));
    text = text.substr(0, marker);
  }
  if (const auto option = text.find(" --"); option != std::string_view::npos) text = text.substr(0, option);
  text = trim(text);
  std::size_t end = 0;
  while (end < text.size() && is_name_character(text[end])) ++end;
  const auto name = text.substr(0, end);
  auto rest = trim(text.substr(end));
  if (rest.starts_with('[')) {  // extras
    const auto close = rest.find(']');
    for (const auto& extra : split(rest.substr(1, close == std::string_view::npos ? close : close - 1), ','))
      requirement.extras.push_back(normalised_python_name(trim(extra)));
    rest = close == std::string_view::npos ? std::string_view() : trim(rest.substr(close + 1));
  }
  // "./wheel.whl" and "git+https://..." do not tell the name.
  if (name.empty() || !std::isalnum(static_cast<unsigned char>(name.front())) || rest.starts_with('/') ||
      rest.starts_with('+') || rest.starts_with(':') || name.ends_with(".whl")) {
    return requirement;
  }
  requirement.name = normalised_python_name(name);
  requirement.any_version = rest.empty();
  requirement.version = rest;
  return requirement;
}

std::vector<PythonRequirement> parse_requirements_file(std::string_view text) {
  std::vector<PythonRequirement> requirements;
  for (const auto& line : logical_lines(text)) {
    const auto comment = line.find(" #");
    const auto plain = trim(std::string_view(line).substr(0, comment));
    if (plain.empty() || plain.front() == '#' || plain.front() == '-') continue;
    requirements.push_back(parse_python_requirement(plain));
  }
  return requirements;
}

std::string lines_of_requirements(std::string_view text, const std::vector<std::string>& names) {
  std::string kept;
  for (const auto& line : logical_lines(text)) {
    const std::string name = name_in(line);
    if (is_said(line) && (name.empty() || is_among(name, names))) kept += line + "\n";
  }
  return kept;
}

std::pair<std::string, std::string> parted_requirements(std::string_view text,
                                                        const std::vector<std::string>& names) {
  std::pair<std::string, std::string> parts;
  for (const auto& line : logical_lines(text)) {
    if (is_said(line)) (is_among(name_in(line), names) ? parts.first : parts.second) += line + "\n";
  }
  return parts;
}

bool names_an_index(std::string_view requirements_file) {
  const auto lines = logical_lines(requirements_file);
  return std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
    for (const std::string_view option :
         {"-i", "--index-url", "--extra-index-url", "--no-index", "-f", "--find-links"}) {
      if (trim(line).starts_with(option)) return true;
    }
    return false;
  });
}

bool has_hashes(std::string_view requirements_file) {
  return requirements_file.find("--hash=") != std::string_view::npos ||
         requirements_file.find("--require-hashes") != std::string_view::npos;
}

}  // namespace rigsetup
