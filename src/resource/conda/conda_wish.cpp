// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_wish.hpp"

#include <algorithm>
#include <set>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "resource/python/environment_owner.hpp"

namespace rigsetup {
namespace {

constexpr std::size_t k_named = 5;  // of many packages these are shown

const CondaPackage* find(const CondaEnvironment& environment, const std::string& name) {
  const auto found = environment.packages.find(name);
  return found != environment.packages.end() ? &found->second : nullptr;
}

/// Is the archive what is there? By its hash where both tell one; what is named alike can be another.
bool is_installed(const CondaArchive& archive, const CondaEnvironment& environment) {
  const CondaPackage* package = find(environment, archive.name);
  if (package == nullptr || package->version != archive.version || package->build != archive.build)
    return false;
  if (!archive.sha256.empty() && !package->sha256.empty()) return archive.sha256 == package->sha256;
  return archive.md5.empty() || package->md5.empty() || archive.md5 == package->md5;
}

std::string text_of(const CondaPackage& package) {
  return format("{} {} {}", printable(package.name), printable(package.version), printable(package.build));
}

}  // namespace

std::vector<CondaSpec> CondaWish::unmet(const CondaEnvironment& environment, bool was_asked) const {
  std::vector<CondaSpec> unmet;
  for (const CondaSpec& spec : specs) {
    const CondaPackage* package = find(environment, spec.name);
    const SpecMatch matches = package ? match(spec, package->version, package->build) : SpecMatch::no;
    if (matches == SpecMatch::no || (matches == SpecMatch::unknown && !was_asked)) unmet.push_back(spec);
  }
  return unmet;
}

std::vector<CondaArchive> CondaWish::lacking_archives(const CondaEnvironment& environment) const {
  std::vector<CondaArchive> lacking;
  std::copy_if(lock.begin(), lock.end(), std::back_inserter(lacking),
               [&](const CondaArchive& archive) { return !is_installed(archive, environment); });
  return lacking;
}

std::vector<std::string> CondaWish::leftovers(const CondaEnvironment& environment) const {
  if (!exact) return {};
  std::vector<std::string> wanted;
  for (const CondaSpec& spec : specs) wanted.push_back(spec.name);
  for (const CondaArchive& archive : lock) wanted.push_back(archive.name);
  if (!lock.empty()) {  // it names all of them, whatever they depend on
    std::vector<std::string> others;
    for (const auto& [name, package] : environment.packages) {
      if (std::find(wanted.begin(), wanted.end(), name) == wanted.end()) others.push_back(name);
    }
    return others;
  }
  return unneeded_packages(environment, wanted);
}

std::string CondaWish::lack_of(const CondaEnvironment& environment, bool was_asked) const {
  if (!environment.faults.empty()) return environment.faults.front();
  if (const auto lacking = lacking_archives(environment); !lacking.empty()) {
    const CondaPackage* other = find(environment, lacking.front().name);
    const bool is_other = other != nullptr && other->dist() != lacking.front().dist();
    const std::string first = is_other ? text_of(*other) : "no " + lacking.front().file();
    return lacking.size() == 1 ? first : format("{}, and {} more of the lock", first, lacking.size() - 1);
  }
  std::vector<std::string> lines;
  for (const CondaSpec& spec : unmet(environment, was_asked)) {
    const CondaPackage* other = find(environment, spec.name);
    lines.push_back(other != nullptr ? format("{} instead of {}", text_of(*other), spec.text)
                                     : "no " + spec.name);
  }
  if (!lines.empty()) return join(lines, ", ");
  if (const auto missing = missing_dependencies(environment); !missing.empty()) {
    return format("{} is not there, and others need it", printable(missing.front()));
  }
  const std::vector<std::string> others = leftovers(environment);
  return others.empty() ? "" : "not wanted any more: " + printable(join(others, ", "));
}

std::string CondaWish::text() const {
  std::vector<std::string> names;
  for (const CondaSpec& spec : specs) {
    if (names.size() < k_named) names.push_back(spec.text);
  }
  if (specs.size() > k_named) names.push_back(format("{} more", specs.size() - k_named));
  if (!lock.empty()) names.push_back(format("the {} packages of its lock", lock.size()));
  return "an environment with " + join(names, ", ");
}

std::string CondaWish::have_text(const CondaEnvironment& environment) const {
  std::vector<std::string> names;
  for (const CondaSpec& spec : specs) {
    const CondaPackage* package = find(environment, spec.name);
    if (package != nullptr && names.size() < k_named)
      names.push_back(printable(package->name) + " " + printable(package->version));
  }
  return format("{}{}{} packages", join(names, ", "), names.empty() ? "" : ", in all ",
                environment.packages.size());
}

std::string CondaWish::digest() const {
  std::vector<std::string> parts = channels;
  for (const CondaSpec& spec : specs) parts.push_back(spec.text);
  parts.push_back(explicit_text(lock));
  parts.push_back(cuda);
  return sha256_hex(join(parts, "\n"));
}

CondaWish read_conda_wish(const Fields& fields, const Attachments& attachments, Complaints& complaints) {
  CondaWish wish;
  wish.prefix = fields.text("path");
  wish.engine = fields.text("engine");
  wish.owner = fields.text("owner");
  wish.channels = fields.texts("channels");
  wish.cuda = fields.text("cuda");
  wish.exact = fields.boolean("exact");
  complain_of_owner(fields, complaints);
  for (const std::string& text : fields.texts("packages")) {
    if (auto spec = parse_conda_spec(text)) wish.specs.push_back(std::move(*spec));
  }
  const std::string lock = fields.text("lock");
  if (const auto found = attachments.find(lock); !lock.empty() && found != attachments.end())
    wish.lock = read_conda_lock(found->second, lock, complaints).archives;
  return wish;
}

std::vector<std::string> missing_dependencies(const CondaEnvironment& environment) {
  std::set<std::string> missing;
  for (const auto& [name, package] : environment.packages) {
    for (const std::string& one : package.depends) {
      if (!environment.packages.contains(one)) missing.insert(one);
    }
  }
  return {missing.begin(), missing.end()};
}

}  // namespace rigsetup
