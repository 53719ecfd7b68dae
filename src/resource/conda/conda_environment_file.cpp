// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_environment_file.hpp"

#include <functional>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/yaml.hpp>

namespace rigsetup {
namespace {

using Take = std::function<void(const Value& item, const Place& place)>;

/// Each item of a list; what is no list is complained of.
void read_list(const Member& member, const std::string& file, Complaints& complaints, const Take& take) {
  if (member.value.is_null()) return;
  if (!member.value.is_list()) {
    complaints.push_back(
        {{file, member.key_mark.line, member.key_mark.column}, format("\"{}\" is a list", member.key), ""});
    return;
  }
  for (const Value& item : member.value.as_list()) take(item, {file, item.mark().line, item.mark().column});
}

void read_texts(const Member& member, const std::string& file, std::vector<std::string>& to,
                Complaints& complaints) {
  read_list(member, file, complaints, [&](const Value& item, const Place& place) {
    if (item.is_scalar()) {
      to.push_back(item.text());
    } else {
      complaints.push_back({place, format("\"{}\" takes names", member.key), ""});
    }
  });
}

void read_pip(const Member& member, const std::string& file, PipSection& pip, Complaints& complaints) {
  read_list(member, file, complaints, [&](const Value& item, const Place& place) {
    if (item.is_scalar()) {
      read_pip_line(item.text(), place, pip, complaints);
    } else {
      complaints.push_back({place, "\"pip\" takes lines of a requirements file", "six, six==1.16.0"});
    }
  });
}

void read_dependencies(const Member& member, const std::string& file, CondaEnvironmentFile& read,
                       Complaints& complaints) {
  read_list(member, file, complaints, [&](const Value& item, const Place& place) {
    if (item.is_scalar()) {
      read.packages.push_back(item.text());
      return;
    }
    const bool is_pip = item.is_map() && item.as_map().size() == 1 && item.as_map().front().key == "pip";
    if (is_pip) {
      read_pip(item.as_map().front(), file, read.pip, complaints);
    } else {
      complaints.push_back({place, "\"dependencies\" takes names, and a list of pip's", "pip: [six]"});
    }
  });
}

}  // namespace

CondaEnvironmentFile read_conda_environment_file(std::string_view text, const std::string& file,
                                                 Complaints& complaints) {
  CondaEnvironmentFile read;
  const std::size_t before = complaints.size();
  const Value root = parse_yaml(text, file, complaints);
  if (complaints.size() > before) return read;
  if (!root.is_map()) {
    complaints.push_back({{file, 1, 1}, "the file is no environment.yml", "it has a list \"dependencies\""});
    return read;
  }
  for (const Member& member : root.as_map()) {
    const Place place{file, member.key_mark.line, member.key_mark.column};
    if (member.key == "channels") {
      read_texts(member, file, read.channels, complaints);
    } else if (member.key == "dependencies") {
      read_dependencies(member, file, read, complaints);
    } else if (member.key == "variables") {
      complaints.push_back({place, "variables of an environment are not set", "leave them out"});
    } else if (member.key != "name" && member.key != "prefix" && member.key != "platforms") {
      complaints.push_back({place, format("an environment.yml has no \"{}\"", excerpt(member.key)),
                            "name, channels, dependencies"});
    }
  }
  return read;
}

}  // namespace rigsetup
