// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rigsetup {

/// Debian's order of version strings (deb-version(7)): negative, 0 or positive, as strcmp.
int compare_debian(std::string_view a, std::string_view b);

/// What versions of a package are wanted: any, or one relation of debian/control ("=", ">=", "<=", ">>",
/// "<<"). A version after "=" may end with a star, as apt takes it: every version that begins so.
struct VersionRange {
  std::string relation;  ///< empty: any version
  std::string version;
  bool any() const { return relation.empty(); }
  bool matches(std::string_view candidate) const;
  std::string text() const;  ///< "" or ">= 1.2"
  bool operator==(const VersionRange&) const = default;
};

/// A package as the author of a recipe names it: "nginx", "nginx=1.2-3" or "nginx (>= 1.2)".
struct PackageName {
  std::string name;
  VersionRange range;
  std::string text() const;
  bool operator==(const PackageName&) const = default;
};
/// Nothing if the text is none of the three forms, or the name is not a Debian package name.
std::optional<PackageName> parse_package(std::string_view text);

}  // namespace rigsetup
