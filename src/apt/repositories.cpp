// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <array>
#include <cstdio>

#include <strings.h>

#include <rigsetup/apt/repositories.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::apt {

namespace {

bool same_field(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::vector<std::string> words_and_commas(std::string text) {
  std::replace(text.begin(), text.end(), ',', ' ');
  return split_words(text);
}

/// Most options of the one-line style are the field names of deb822 in lower case; these are not.
std::string field_of_option(const std::string& option) {
  if (option == "arch") return "Architectures";
  if (option == "lang") return "Languages";
  if (option == "target") return "Targets";
  return option;
}

void set_option(Repository& repository, const std::string& option) {
  const std::size_t equals = option.find('=');
  if (equals == std::string::npos) return;
  repository.set(field_of_option(option.substr(0, equals)), join(split(option.substr(equals + 1), ','), " "));
}

bool wanted(const Repository& repository) {
  const auto types = repository.words("Types");
  const std::string enabled = repository.get("Enabled");
  return std::find(types.begin(), types.end(), "deb") != types.end() && enabled != "no" &&
         enabled != "false" && enabled != "0";
}

/// apt reads only files whose names are of these characters and end so.
bool is_sources_name(const std::string& name) {
  const bool ends = name.ends_with(".list") || name.ends_with(".sources");
  return ends && name.front() != '.' && std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
         });
}

void keep_wanted(std::vector<Repository>& repositories) {
  std::erase_if(repositories, [](const Repository& repository) { return !wanted(repository); });
  for (Repository& repository : repositories) repository.set("Types", "deb");
}

}  // namespace

std::string Repository::get(std::string_view field) const {
  for (const auto& [name, value] : fields_) {
    if (same_field(name, field)) return value;
  }
  return {};
}

std::vector<std::string> Repository::words(std::string_view field) const {
  return words_and_commas(get(field));
}

void Repository::set(std::string_view field, std::string value) {
  for (auto& [name, old] : fields_) {
    if (!same_field(name, field)) continue;
    old = std::move(value);
    return;
  }
  fields_.emplace_back(field, std::move(value));
}

std::string Repository::text() const {
  std::string text;
  for (const auto& [name, value] : fields_) text += name + ": " + value + "\n";
  return text;
}

std::vector<std::string> Repository::places() const {
  std::vector<std::string> places;
  for (std::string uri : words("URIs")) {
    if (!uri.ends_with('/')) uri += '/';
    for (const std::string& suite : words("Suites")) places.push_back(uri + " " + suite);
  }
  return places;
}

std::string RepositoryFile::text() const {
  std::string text;
  for (const Repository& repository : repositories) text += repository.text() + "\n";
  return text;
}

std::vector<Repository> parse_deb822(std::string_view text) {
  std::vector<Repository> repositories(1);
  std::string field;
  bool empty = true;
  for (const std::string& line : split_lines(text)) {
    if (line.starts_with("#")) continue;
    if (trim(line).empty()) {
      if (!empty) repositories.emplace_back();
      empty = true;
      continue;
    }
    empty = false;
    const bool goes_on = line.front() == ' ' || line.front() == '\t';
    if (goes_on) {
      repositories.back().set(field, repositories.back().get(field) + "\n" + line);
    } else if (const std::size_t colon = line.find(':'); colon != std::string::npos) {
      field = line.substr(0, colon);
      repositories.back().set(field, std::string(trim(line.substr(colon + 1))));
    }
  }
  keep_wanted(repositories);
  return repositories;
}

std::vector<Repository> parse_one_line_style(std::string_view text) {
  std::vector<Repository> repositories;
  for (const std::string& full_line : split_lines(text)) {
    std::string line = full_line.substr(0, full_line.find('#'));
    Repository repository;
    if (const std::size_t open = line.find('['); open != std::string::npos) {
      const std::size_t close = std::min(line.find(']', open), line.size() - 1);
      for (const std::string& option : split_words(line.substr(open + 1, close - open - 1))) {
        set_option(repository, option);
      }
      line.erase(open, close - open + 1);
    }
    const std::vector<std::string> words = split_words(line);
    if (words.size() < 3) continue;
    repository.set("Types", words[0]);
    repository.set("URIs", words[1]);
    repository.set("Suites", words[2]);
    if (words.size() > 3) repository.set("Components", join({words.begin() + 3, words.end()}, " "));
    repositories.push_back(std::move(repository));
  }
  keep_wanted(repositories);
  return repositories;
}

std::vector<RepositoryFile> read_repositories(const Tree& tree) {
  std::vector<RepositoryFile> files;
  const std::string folder = "/etc/apt/sources.list.d";
  if (const auto text = tree.read("/etc/apt/sources.list")) {
    files.push_back({"sources.list", parse_one_line_style(*text)});
  }
  for (const std::string& name : tree.list(folder)) {
    if (!is_sources_name(name)) continue;
    const std::string text = tree.read(folder + "/" + name).value_or("");
    files.push_back({name, name.ends_with(".list") ? parse_one_line_style(text) : parse_deb822(text)});
  }
  return files;
}

std::string list_name(std::string_view address) {
  // As URItoFileName() in apt: without scheme and user, some characters quoted, slashes turned to
  // underscores.
  std::string_view rest = address;
  if (const std::size_t scheme = rest.find(':'); scheme != std::string_view::npos)
    rest.remove_prefix(scheme + 1);
  if (rest.starts_with("//")) rest.remove_prefix(2);
  const std::size_t slash = rest.find('/');
  if (const std::size_t at = rest.rfind('@', slash); at != std::string_view::npos && at < slash) {
    rest.remove_prefix(at + 1);
  }
  std::string name;
  for (const char c : rest) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::string_view("\\|{}[]<>\"^~_=!@#$%^&*").find(c) != std::string_view::npos || byte <= 0x20 ||
        byte >= 0x7f) {
      std::array<char, 4> quoted{};
      std::snprintf(quoted.data(), quoted.size(), "%%%02x", byte);
      name += quoted.data();
    } else {
      name += c == '/' ? '_' : c;
    }
  }
  return name;
}

std::string release_address(std::string_view place) {
  const std::size_t space = place.find(' ');
  const std::string uri(place.substr(0, space));
  const std::string suite(place.substr(space + 1));
  if (suite == "/") return uri;
  return suite.ends_with('/') ? uri + suite : uri + "dists/" + suite + "/";
}

}  // namespace rigsetup::apt
