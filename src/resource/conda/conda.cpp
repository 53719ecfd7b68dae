// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/when.hpp>

#include "resource/conda/conda_engine.hpp"
#include "resource/conda/conda_release.hpp"
#include "resource/conda/conda_shell.hpp"

namespace rigsetup {
namespace {

using Part = Expansion::Part;

constexpr const char* k_settings = "/etc/conda/condarc.d/50-rigsetup.yml";
constexpr const char* k_profile = "/etc/profile.d/rigsetup-conda.sh";

Part file_part(const std::string& name, const std::string& path, const std::string& content) {
  Part part;
  part.name = name;
  part.kind = "file";
  part.fields = Value::map({{"path", path}, {"content", content}});
  return part;
}

/// In the places and the form that conda and micromamba both read.
std::string settings(const std::vector<std::string>& channels) {
  std::string text = "# Written by rigsetup. What users write in ~/.condarc goes before it.\nchannels:\n";
  for (const std::string& channel : channels) text += format("  - {}\n", channel);
  return text + format("channel_priority: strict\nenvs_dirs:\n  - {}\n", k_conda_environments);
}

Part client_part(const std::string& client, const std::string& prefix, const compat::ClientRelease& release) {
  Part part;
  part.fields = Value::map({{"version", release.version}, {"url", release.url}, {"sha256", release.sha256}});
  if (client == "miniforge") {
    part.name = "installation";
    part.kind = "conda_installation";
    part.fields.set("prefix", prefix);
  } else {
    part.name = "client";
    part.kind = "conda_engine";
    part.fields.set("path", prefix + "/bin/micromamba");
  }
  return part;
}

/// What else is there, which stays as it is.
std::vector<std::string> notes_on(const std::vector<FoundConda>& found, const std::string& prefix) {
  std::vector<std::string> notes;
  for (const FoundConda& one : found) {
    const std::string what = one.version.empty() ? "conda" : "conda " + one.version;
    if (one.path != prefix) {
      notes.push_back(format("there is also {} in {}{}: it is left alone", what, one.path,
                             one.user.empty() ? "" : format(", of {}", one.user)));
    } else if (one.anaconda) {
      notes.push_back(
          format("{} in {} came from Anaconda, whose terms for its channels hold for who uses them: they "
                 "were not accepted for anybody",
                 what, one.path));
    }
  }
  return notes;
}

std::string choice_of(const Step& step, const compat::ClientRelease& release, const Engine& engine,
                      const std::vector<FoundConda>& found) {
  const std::string prefix = step.fields.text("prefix");
  const bool is_miniforge = step.fields.text("client") == "miniforge";
  const auto there =
      std::find_if(found.begin(), found.end(), [&](const FoundConda& one) { return one.path == prefix; });
  std::string what =
      format("{} {} in {}, {}", is_miniforge ? "Miniforge" : "micromamba", release.version, prefix,
             step.fields.has("version") ? "as the step says" : "the newest whose digest is known");
  if (is_miniforge && there != found.end())
    what = format("conda {} is in {} and stays", there->version, prefix);
  return format("{}; environments are made by micromamba {}", what, engine.version);
}

void check(const Step& step, const Recipe& recipe, const Surroundings& around, Complaints& complaints) {
  const Facts& facts = around.facts;
  const auto first = std::find_if(recipe.steps.begin(), recipe.steps.end(), [&](const Step& other) {
    return other.kind == step.kind && why_not_wanted(other.when, facts).empty();
  });
  if (first != recipe.steps.end() && first->id != step.id) {
    complaints.push_back({step.place, format("there is one conda already, {}: shells take one", first->id),
                          "remove one of the two steps"});
  }
  if (facts.architecture != "amd64" && !facts.architecture.empty()) {
    complaints.push_back({step.place,
                          format("there is no conda for {} in the tables", excerpt(facts.architecture)),
                          "only amd64 is known"});
  }
  const std::string prefix = step.fields.text("prefix");
  if (!is_shell_word(prefix)) {
    complaints.push_back({step.fields.place("prefix"), format("conda cannot be in \"{}\"", excerpt(prefix)),
                          "letters, digits, dots, dashes and underscores, as /opt/conda"});
  }
  for (const FoundConda& one : around.conda) {
    if (one.path != prefix || one.user.empty()) continue;
    complaints.push_back({step.fields.place("prefix"),
                          format("the conda in {} belongs to {}", prefix, one.user),
                          "everybody's shells would read its files: name another prefix"});
  }
  const auto channels = step.fields.texts("channels");
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const bool is_plain = channels[i].find_first_of(" \t\n#\"'") == std::string::npos;
    if (!channels[i].empty() && is_plain && channels[i] == printable(channels[i])) continue;
    complaints.push_back({step.fields.place_of_item("channels", i),
                          format("\"{}\" is not a channel", excerpt(channels[i])),
                          "a name as conda-forge, or a URL"});
  }
}

Expansion expand(const Step& step, const Recipe& recipe, const Surroundings& around, Complaints& complaints) {
  const std::size_t before = complaints.size();
  check(step, recipe, around, complaints);
  check_download(step.fields, complaints);
  const std::string client = step.fields.text("client");
  const std::string prefix = step.fields.text("prefix");
  const compat::Clients& clients = around.compat.clients;
  const auto release = client == "miniforge"
                           ? release_for(step, "Miniforge", clients.miniforge, complaints)
                           : release_for(step, "micromamba", clients.micromamba, complaints);
  auto engine = engine_for(step, recipe, around, complaints);
  if (!release || !engine || complaints.size() > before) return {};
  Expansion expansion;
  expansion.choice = choice_of(step, *release, *engine, around.conda);
  expansion.notes = notes_on(around.conda, prefix);
  // What is large comes last: steps below wait for the files, not for it.
  if (engine->part) expansion.parts.push_back(std::move(*engine->part));
  expansion.parts.push_back(file_part("settings", k_settings, settings(step.fields.texts("channels"))));
  if (step.fields.boolean("shell")) {
    expansion.parts.push_back(file_part("profile", k_profile, shell_script(client, prefix)));
    Part shells;
    shells.name = "shells";
    shells.kind = "shell_startup";
    shells.fields = Value::map({{"script", k_profile}});
    expansion.parts.push_back(std::move(shells));
  }
  expansion.parts.push_back(client_part(client, prefix, *release));
  return expansion;
}

std::string title(const Fields& fields) {
  return format("conda in {}{}", fields.text("prefix"),
                fields.text("client") == "micromamba" ? ", by micromamba" : "");
}

}  // namespace

const Kind& conda_kind() {
  static const Kind kind = {
      .name = "conda",
      .summary =
          "The conda command for every user and shell, from Miniforge or by micromamba, verified before "
          "it runs. One that is there is kept, others are left alone, and no terms are accepted.",
      .sort = Sort::composite,
      .example = R"(- conda:
    prefix: /opt/conda
)",
      .fields =
          {
              {.name = "prefix",
               .type = FieldType::path,
               .summary = "where it lies",
               .fallback = "/opt/conda"},
              {.name = "client",
               .type = FieldType::choice,
               .summary = "miniforge: conda itself, with Python; micromamba: one file that does the same",
               .fallback = "miniforge",
               .choices = {"miniforge", "micromamba"}},
              {.name = "version", .summary = "of a new installation; without one the newest that is known"},
              {.name = "url", .summary = "a mirror of that very file, also file:///..."},
              {.name = "sha256", .summary = "of that file, where it is not the one that is known"},
              {.name = "channels",
               .type = FieldType::texts,
               .summary = "that everybody's packages come from, by strict priority",
               .fallback = "[conda-forge]"},
              {.name = "shell",
               .type = FieldType::boolean,
               .summary = "interactive shells know `conda activate`; nothing is activated",
               .fallback = "true"},
          },
      .title = title,
      .expand = expand,
  };
  return kind;
}

}  // namespace rigsetup
