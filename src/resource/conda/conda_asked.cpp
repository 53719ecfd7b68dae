// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_asked.hpp"

#include <algorithm>
#include <array>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "resource/conda/conda_environment_file.hpp"

namespace rigsetup {
namespace {

struct Retired {
  std::string_view name;
  std::string_view why;
  std::string_view hint;
};
constexpr std::array<Retired, 2> k_retired{{
    {"pytorch-cuda", "it belongs to the channel pytorch, which ended with PyTorch 2.5",
     "leave it out: the build of pytorch is chosen by `cuda`"},
    {"cudatoolkit", "builds of today do not use it", "leave it out, or ask for cuda-version"},
}};

void add_spec(const std::string& text, const Place& place, CondaAsked& asked, Complaints& complaints) {
  auto spec = parse_conda_spec(text);
  if (!spec) {
    complaints.push_back({place, format("\"{}\" is not a package as conda names them", excerpt(text)),
                          "numpy, numpy=1.26 or \"numpy>=1.26,<2\""});
    return;
  }
  for (const Retired& retired : k_retired) {
    if (spec->name != retired.name) continue;
    complaints.push_back({place, format("{}: {}", spec->name, retired.why), std::string(retired.hint)});
    return;
  }
  asked.specs.push_back(std::move(*spec));
  asked.places.push_back(place);
}

/// A conda environment has pip only where it is asked for.
void add_pip_itself(CondaAsked& asked) {
  const bool is_there = std::any_of(asked.specs.begin(), asked.specs.end(),
                                    [](const CondaSpec& spec) { return spec.name == "pip"; });
  if (asked.pip.empty() || is_there) return;
  asked.specs.push_back(*parse_conda_spec("pip"));
  asked.places.emplace_back();
}

}  // namespace

CondaAsked read_conda_asked(const Step& step, const Recipe& recipe, Complaints& complaints) {
  CondaAsked asked;
  const Fields& fields = step.fields;
  const auto attachment = [&](std::string_view field) {
    const auto found = recipe.attachments.find(fields.text(field));
    return fields.has(field) && found != recipe.attachments.end() ? found->second : std::string();
  };
  asked.channels = fields.texts("channels");
  const std::vector<std::string> packages = fields.texts("packages");
  for (std::size_t i = 0; i < packages.size(); ++i)
    add_spec(packages[i], fields.place_of_item("packages", i), asked, complaints);
  if (const std::string text = attachment("file"); !text.empty()) {
    const std::string name = fields.text("file");
    CondaEnvironmentFile file = read_conda_environment_file(text, name, complaints);
    for (const std::string& package : file.packages) add_spec(package, {name}, asked, complaints);
    if (!fields.has("channels") && !file.channels.empty()) asked.channels = file.channels;
    asked.pip = std::move(file.pip);
  }
  const std::vector<std::string> pip = fields.texts("pip");
  for (std::size_t i = 0; i < pip.size(); ++i)
    read_pip_line(pip[i], fields.place_of_item("pip", i), asked.pip, complaints);
  if (const std::string text = attachment("lock"); !text.empty())
    asked.lock = read_conda_lock(text, fields.text("lock"), complaints);
  std::erase(asked.channels, "nodefaults");  // nothing but the channels that are named is ever used
  add_pip_itself(asked);
  return asked;
}

}  // namespace rigsetup
