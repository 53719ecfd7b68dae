// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/pip_section.hpp"

#include <array>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "resource/conda/conda_lock.hpp"
#include "resource/python/python_requirement.hpp"

namespace rigsetup {
namespace {

/// An option of a requirements file that is not taken, by each of its names.
struct Refused {
  std::array<std::string_view, 2> names;
  std::string_view why;
  std::string_view hint;
};
constexpr std::array<Refused, 4> k_refused{{
    {{"-r", "--requirement"}, "another file of requirements is not read", "write its lines here"},
    {{"-c", "--constraint"}, "another file of versions is not read", "write the versions here"},
    {{"-e", "--editable"},
     "an editable package is a folder that somebody works in, and belongs to nobody else",
     "name the package, or the URL of a wheel: name @ https://..."},
    {{"-f", "--find-links"}, "packages come from an index", "--index-url https://..."},
}};

bool is_url(std::string_view text) {
  const bool has_scheme =
      text.starts_with("https://") || text.starts_with("http://") || text.starts_with("file:///");
  return has_scheme && text.find_first_of(" \t\"'\\") == std::string_view::npos;
}

/// A URL that may stand in a plan. Empty: it was complained of.
std::string sound_url(std::string_view text, const Place& place, Complaints& complaints) {
  const std::string url(trim(text));
  if (!is_url(url)) {
    complaints.push_back(
        {place, format("\"{}\" is not a URL", excerpt(masked_url(url))), "https://pypi.org/simple"});
    return "";
  }
  if (has_password(url)) {
    complaints.push_back(
        {place, "a password in a URL can be read by all who may read the recipe's plan", "leave it out"});
    return "";
  }
  return url;
}

void read_option(std::string_view line, const Place& place, PipSection& section, Complaints& complaints) {
  const std::size_t end = std::min(line.find_first_of("= \t"), line.size());
  const std::string_view name = line.substr(0, end);
  const std::string_view value = line.substr(std::min(end + 1, line.size()));
  if (name == "--index-url" || name == "-i") {
    section.index_url = sound_url(value, place, complaints);
    return;
  }
  if (name == "--extra-index-url") {
    if (const std::string url = sound_url(value, place, complaints); !url.empty())
      section.extra_index_urls.push_back(url);
    return;
  }
  for (const Refused& refused : k_refused) {
    if (name != refused.names[0] && name != refused.names[1]) continue;
    complaints.push_back({place, format("{}: {}", name, refused.why), std::string(refused.hint)});
    return;
  }
  complaints.push_back({place, format("the option {} of pip is not taken here", excerpt(name)),
                        "--index-url and --extra-index-url are"});
}

/// Of a requirement "six==1.0 --hash=sha256:...": does it have other options than hashes?
bool has_other_options(std::string_view line) {
  const auto words = split_words(line);
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i].starts_with("-") && !words[i].starts_with("--hash=sha256:")) return true;
  }
  return false;
}

}  // namespace

void read_pip_line(std::string_view line, const Place& place, PipSection& section, Complaints& complaints) {
  line = trim(line.substr(0, line.find(" #")));
  if (line.empty() || line.front() == '#') return;
  if (line != printable(line)) {
    complaints.push_back({place, format("\"{}\" is not a requirement", excerpt(line)), "six, six==1.16.0"});
    return;
  }
  if (line.front() == '-') return read_option(line, place, section, complaints);
  const PythonRequirement requirement = parse_python_requirement(line);
  if (requirement.name.empty()) {
    complaints.push_back({place,
                          format("\"{}\" does not tell the name of its package", excerpt(masked_url(line))),
                          "a wheel by its URL is named so: name @ https://..."});
    return;
  }
  if (has_other_options(line)) {
    complaints.push_back(
        {place, format("{}: no option of a requirement but --hash=sha256: is taken here", requirement.name),
         "leave the others out"});
    return;
  }
  if (requirement.version.starts_with('@')) {
    const auto words = split_words(std::string_view(requirement.version).substr(1));
    if (words.empty() || sound_url(words.front(), place, complaints).empty()) return;
  }
  section.requirements.emplace_back(line);
}

}  // namespace rigsetup
