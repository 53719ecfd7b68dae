// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/format.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/python/environment_owner.hpp"
#include "resource/python/no_environments.hpp"
#include "resource/python/virtualenv.hpp"

namespace rigsetup {
namespace {

std::string title(const Fields& fields) {
  return "packages of the Python environment " + fields.text("path");
}

std::unique_ptr<Resource> make(const Step& step, const Attachments& attachments, Complaints& complaints) {
  return virtualenv(read_virtualenv_wish(step.fields, attachments, complaints));
}

std::vector<FieldSpec> fields() {
  std::vector<FieldSpec> fields = virtualenv_fields();
  fields.push_back({.name = "framework_packages",
                    .type = FieldType::texts,
                    .summary =
                        "names of packages that come from framework_index_url and nowhere else, asked for or "
                        "brought along"});
  fields.push_back(
      {.name = "framework_index_url",
       .summary = "index of builds for one kind of GPU: https://download.pytorch.org/whl/cu126"});
  return fields;
}

}  // namespace

std::vector<FieldSpec> virtualenv_fields() {
  return {
      {.name = "path", .type = FieldType::path, .summary = "where it lies", .required = true},
      {.name = "python",
       .summary = "the interpreter to make it with: a name, a path, or a version as \"3.12\"",
       .fallback = "python3"},
      {.name = "packages", .type = FieldType::texts, .summary = "what pip installs: numpy, numpy==1.26.4"},
      {.name = "requirements",
       .type = FieldType::attachment,
       .summary = "a requirements file beside the recipe"},
      {.name = "require_hashes",
       .type = FieldType::boolean,
       .summary = "install nothing without a known hash; implied when the requirements file has hashes",
       .fallback = "false"},
      {.name = "pylock",
       .type = FieldType::attachment,
       .summary = "a lock (pylock.toml) beside the recipe: these versions, with their hashes"},
      {.name = "index_url",
       .summary = "package index; without one, pip's own. One for a kind of build decides the build: "
                  "https://download.pytorch.org/whl/cu126"},
      {.name = "extra_index_urls",
       .type = FieldType::texts,
       .summary = "further indexes. pip takes the newest version of all, whichever has it: name the build "
                  "(torch==2.11.0+cu126) where it matters, and no index that others can add names to"},
      {.name = "wheels",
       .type = FieldType::path,
       .summary = "instead of an index: a folder of wheels in the target; no network is used"},
      owner_field(),
      {.name = "system_site_packages",
       .type = FieldType::boolean,
       .summary = "also see the packages that the system's Python has",
       .fallback = "false"},
      {.name = "exact",
       .type = FieldType::boolean,
       .summary = "remove packages that nothing of the recipe needs; others stay without it",
       .fallback = "false"},
  };
}

const Kind& virtualenv_packages_kind() {
  static const Kind kind = {
      .name = "virtualenv_packages",
      .summary =
          "The packages of one Python environment, put there by its owner. Steps of the kind virtualenv "
          "bring it, with what fits the GPU and the driver.",
      .example = R"yaml(- virtualenv_packages:
    path: /opt/notebook
    packages: [jupyterlab, torch]
    framework_packages: [torch]
    framework_index_url: https://download.pytorch.org/whl/cu126
)yaml",
      .fields = fields(),
      .hold = Hold::dpkg_shared,
      .usual = std::chrono::seconds(60),
      .independent_of = {"virtualenv_packages", "nvidia_modules", "mok_enrolment", "nvidia_loaded",
                         "conda_engine", "conda_installation", "conda_packages", "conda_pip"},
      .noun = "Python environment",
      .title = title,
      .make = make,
      .make_removal = no_environments,
      .thing_kind = "virtualenv",
  };
  return kind;
}

}  // namespace rigsetup
