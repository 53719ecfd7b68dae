// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "resource/python/environment_owner.hpp"
#include "resource/python/python_environment.hpp"
#include "resource/python/virtualenv.hpp"

namespace rigsetup {
namespace {

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
  for (const std::string_view index : {"index_url", "framework_index_url"})
    check_url(fields.text(index), fields.place(index));
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

/// Frameworks come from an index of their own, and where files are named already there is nothing to choose.
void check_frameworks(const Fields& fields, const VirtualenvWish& wish, Complaints& complaints) {
  if (fields.has("framework_packages") != fields.has("framework_index_url")) {
    complaints.push_back({fields.has("framework_packages") ? fields.place("framework_packages")
                                                           : fields.place("framework_index_url"),
                          "packages of a framework and their index are named together",
                          "framework_packages: [torch], framework_index_url: "
                          "https://download.pytorch.org/whl/cu126"});
  }
  if (!fields.has("framework_packages")) return;
  if (!wish.lock.empty() || !wish.wheels.empty() || wish.require_hashes) {
    complaints.push_back({fields.place("framework_packages"),
                          "a lock, hashes or a folder of wheels say already which files are taken",
                          "leave framework_packages and framework_index_url out"});
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

}  // namespace

VirtualenvWish read_virtualenv_wish(const Fields& fields, const Attachments& attachments,
                                    Complaints& complaints) {
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
  for (const std::string& name : fields.texts("framework_packages"))
    wish.framework_packages.push_back(normalised_python_name(trim(name)));
  wish.framework_index_url = fields.text("framework_index_url");

  complain_of_owner(fields, complaints);
  check_packages(fields, wish.require_hashes, complaints);
  check_sources(fields, complaints);
  check_frameworks(fields, wish, complaints);
  check_lock(fields, complaints);
  check_exact(fields, wish, complaints);
  if (fields.boolean("require_hashes") && !fields.has("requirements") && !fields.has("pylock")) {
    complaints.push_back({fields.place("require_hashes"),
                          "hashes are written in a requirements file, and there is none",
                          "requirements: the name of a file beside the recipe"});
  }
  return wish;
}

std::vector<PythonRequirement> VirtualenvWish::requirements() const {
  std::vector<PythonRequirement> all;
  for (const auto& package : packages) all.push_back(parse_python_requirement(package));
  for (auto& requirement : parse_requirements_file(requirements_file)) all.push_back(std::move(requirement));
  return all;
}

std::string VirtualenvWish::digest() const {
  std::vector<std::string> parts = {python,
                                    join(packages, "\n"),
                                    requirements_file,
                                    require_hashes ? "hashes" : "",
                                    index_url,
                                    wheels,
                                    system_site_packages ? "system" : ""};
  // Environments of before have records without these.
  if (!extra_index_urls.empty()) parts.push_back("extra " + join(extra_index_urls, "\n"));
  if (!lock.empty()) parts.push_back("lock " + lock);
  if (exact) parts.push_back("exact");
  if (!framework_packages.empty())
    parts.push_back(format("frameworks {}\n{}", framework_index_url, join(framework_packages, "\n")));
  return sha256_hex(join(parts, std::string_view("\0", 1)));
}

std::string VirtualenvWish::text() const {
  std::vector<std::string> names = packages;
  const auto in_file = requirements().size() - packages.size();
  if (in_file > 0) names.push_back(format("{} from the requirements file", in_file));
  if (!lock.empty()) names.push_back("what the lock names");
  const std::string kind = exact ? "an environment with nothing but " : "an environment with ";
  return names.empty() ? "an environment" : kind + join(names, ", ");
}

Error VirtualenvWish::error(Code code, const std::string& cause, const std::string& hint) const {
  return Error(code, format("cannot {}: {}", doing(), cause), hint);
}

bool VirtualenvWish::is_of_framework(const std::string& name) const {
  return std::find(framework_packages.begin(), framework_packages.end(), name) != framework_packages.end();
}

}  // namespace rigsetup
