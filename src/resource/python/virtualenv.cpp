// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/virtualenv.hpp"

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/python/no_environments.hpp"
#include "resource/python/python_environment.hpp"

namespace rigsetup {
namespace {

std::string title(const Fields& fields) { return "Python environment " + fields.text("path"); }

std::string attachment(const Fields& fields, std::string_view field, const Attachments& attachments) {
  const auto found = attachments.find(fields.text(field));
  return found == attachments.end() ? std::string() : found->second;
}

void check_packages(const Fields& fields, bool hashed, Complaints& complaints) {
  const auto packages = fields.texts("packages");
  for (std::size_t i = 0; i < packages.size(); ++i) {
    if (trim(packages[i]).empty() || trim(packages[i]).front() == '-' ||
        packages[i] != printable(packages[i])) {
      complaints.push_back(
          {fields.place_of_item("packages", i), format("\"{}\" is not a requirement", printable(packages[i])),
           "numpy, numpy==1.26.4 or \"numpy>=1.26\"; options of pip go into a requirements file"});
    }
  }
  if (!packages.empty() && hashed) {
    complaints.push_back({fields.place("packages"),
                          "packages have no hashes, and all that is installed must have one",
                          "move them into the requirements file"});
  }
}

void check_sources(const Fields& fields, Complaints& complaints) {
  const auto check_url = [&](const std::string& url, const Place& place) {
    if (url.empty() || url.find("://") != std::string::npos) return;
    complaints.push_back({place, format("\"{}\" is not a URL", printable(url)), "https://pypi.org/simple"});
  };
  check_url(fields.text("index_url"), fields.place("index_url"));
  const auto extra = fields.texts("extra_index_urls");
  for (std::size_t i = 0; i < extra.size(); ++i)
    check_url(extra[i], fields.place_of_item("extra_index_urls", i));
  for (const std::string_view index : {"index_url", "extra_index_urls"}) {
    if (!fields.has(index) || !fields.has("wheels")) continue;
    complaints.push_back({fields.place("wheels"),
                          "packages come either from an index or from a folder of wheels",
                          format("remove {} or wheels", index)});
  }
}

void check_lock(const Fields& fields, Complaints& complaints) {
  if (!fields.has("pylock")) return;
  for (const std::string_view other : {"packages", "requirements"}) {
    if (!fields.has(other)) continue;
    complaints.push_back({fields.place("pylock"), "a lock names all packages, and nothing may be added to it",
                          format("remove {} or pylock", other)});
  }
}

void check_exact(const Fields& fields, const VirtualenvWish& wish, Complaints& complaints) {
  if (!wish.exact) return;
  for (const auto& requirement : wish.requirements()) {
    if (!requirement.name.empty()) continue;
    complaints.push_back({fields.place("exact"), "a requirement does not tell the name of its package",
                          "write it with its name: name @ https://..."});
    return;
  }
}

std::unique_ptr<Resource> make(const Step& step, const Attachments& attachments, Complaints& complaints) {
  const Fields& fields = step.fields;
  VirtualenvWish wish;
  wish.path = fields.text("path");
  wish.python = interpreter_of(fields.text("python"));
  wish.packages = fields.texts("packages");
  wish.requirements_file = attachment(fields, "requirements", attachments);
  wish.lock = attachment(fields, "pylock", attachments);
  wish.require_hashes = fields.boolean("require_hashes") || has_hashes(wish.requirements_file);
  wish.index_url = fields.text("index_url");
  wish.extra_index_urls = fields.texts("extra_index_urls");
  wish.wheels = fields.text("wheels");
  wish.owner = fields.text("owner");
  wish.system_site_packages = fields.boolean("system_site_packages");
  wish.exact = fields.boolean("exact");

  check_packages(fields, wish.require_hashes, complaints);
  check_sources(fields, complaints);
  check_lock(fields, complaints);
  check_exact(fields, wish, complaints);
  if (fields.boolean("require_hashes") && !fields.has("requirements") && !fields.has("pylock")) {
    complaints.push_back({fields.place("require_hashes"),
                          "hashes are written in a requirements file, and there is none",
                          "requirements: the name of a file beside the recipe"});
  }
  return virtualenv(std::move(wish));
}

}  // namespace

const Kind& virtualenv_kind() {
  static const Kind kind = {
      .name = "virtualenv",
      .summary =
          "A Python environment with these packages. It is made, and its code is run, by its owner only.",
      .example = R"yaml(- virtualenv:
    path: /opt/notebook
    packages: [jupyterlab, "numpy>=1.26"]
)yaml",
      .fields =
          {
              {.name = "path", .type = FieldType::path, .summary = "where it lies", .required = true},
              {.name = "python",
               .summary = "the interpreter to make it with: a name, a path, or a version as \"3.12\"",
               .fallback = "python3"},
              {.name = "packages",
               .type = FieldType::texts,
               .summary = "what pip installs: numpy, numpy==1.26.4"},
              {.name = "requirements",
               .type = FieldType::attachment,
               .summary = "a requirements file beside the recipe"},
              {.name = "require_hashes",
               .type = FieldType::boolean,
               .summary =
                   "install nothing without a known hash; implied when the requirements file has hashes",
               .fallback = "false"},
              {.name = "pylock",
               .type = FieldType::attachment,
               .summary = "a lock (pylock.toml) beside the recipe: these versions, with their hashes"},
              {.name = "index_url",
               .summary = "package index; without one, pip's own. For PyTorch's builds for CUDA: "
                          "https://download.pytorch.org/whl/cu126"},
              {.name = "extra_index_urls",
               .type = FieldType::texts,
               .summary =
                   "further indexes. pip takes the newest version of all, whichever has it: name the build "
                   "(torch==2.11.0+cu126) where it matters, and no index that others can add names to"},
              {.name = "wheels",
               .type = FieldType::path,
               .summary = "instead of an index: a folder of wheels in the target; no network is used"},
              {.name = "owner", .summary = "user it belongs to; everybody may read it", .fallback = "root"},
              {.name = "system_site_packages",
               .type = FieldType::boolean,
               .summary = "also see the packages that the system's Python has",
               .fallback = "false"},
              {.name = "exact",
               .type = FieldType::boolean,
               .summary = "remove packages that nothing of the recipe needs; others stay without it",
               .fallback = "false"},
          },
      .hold = Hold::dpkg_shared,
      .usual = std::chrono::seconds(60),
      .independent_of = {"virtualenv", "nvidia_modules", "mok_enrolment", "nvidia_loaded", "conda_engine",
                         "conda_installation", "conda_packages", "conda_pip"},
      .noun = "Python environment",
      .title = title,
      .make = make,
      .make_removal = no_environments,
  };
  return kind;
}

}  // namespace rigsetup
