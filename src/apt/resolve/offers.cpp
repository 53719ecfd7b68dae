// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the rigsetup authors
#include "apt/resolve/offers.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <fnmatch.h>

#include "apt/resolve/universe.hpp"

namespace rigsetup::resolve {
namespace {

std::string text_of(const char* text) { return text ? text : ""; }

bool matches(const std::vector<std::string>& patterns, const char* name) {
  return std::ranges::any_of(
      patterns, [&](const std::string& pattern) { return fnmatch(pattern.c_str(), name, 0) == 0; });
}

/// The versions that it insists on.
Value needs_of(const pkgCache::VerIterator& version) {
  Value needs = Value::list();
  for (pkgCache::DepIterator& dependency : firm_dependencies(version)) {
    if (dependency.TargetVer() == nullptr) continue;
    needs.push_back(Value::map({{"name", dependency.TargetPkg().Name()},
                                {"relation", pkgCache::CompTypeDeb(dependency->CompareOp)},
                                {"version", dependency.TargetVer()}}));
  }
  return needs;
}

void describe(const pkgCache::PkgIterator& package, bool with_needs, Value& offers) {
  for (auto version = package.VersionList(); !version.end(); ++version) {
    for (auto in = version.FileList(); !in.end(); ++in) {
      const pkgCache::PkgFileIterator file = in.File();
      if (file.Flagged(pkgCache::Flag::NotSource)) continue;
      offers.push_back(Value::map({{"package", package.Name()},
                                   {"version", version.VerStr()},
                                   {"origin", text_of(file.Origin())},
                                   {"label", text_of(file.Label())},
                                   {"needs", with_needs ? needs_of(version) : Value::list()}}));
    }
  }
}

}  // namespace

Value describe_offers(const Value& request) {
  Universe universe;
  const std::vector<std::string> patterns = request.get_strings("patterns");
  const std::vector<std::string> with_needs = request.get_strings("with_needs");
  const std::string native = universe.cache().NativeArch();
  Value offers = Value::list();
  for (auto package = universe.cache().PkgBegin(); !package.end(); ++package) {
    const std::string architecture = text_of(package.Arch());
    if (architecture != native && architecture != "all") continue;
    if (matches(patterns, package.Name())) describe(package, matches(with_needs, package.Name()), offers);
  }
  return Value::map({{"offers", std::move(offers)}});
}

}  // namespace rigsetup::resolve
