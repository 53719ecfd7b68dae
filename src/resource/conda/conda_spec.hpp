// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rigsetup {

/// Conda's order of version strings: negative, 0 or positive. "1.0" and "1.0.0" are the same.
int compare_conda(std::string_view a, std::string_view b);

/// What is asked of one package, as conda's MatchSpec writes it: "numpy", "numpy=1.26", "numpy >=1.26,<2",
/// "pytorch=*=cuda*".
struct CondaSpec {
  std::string name;     ///< lower case
  std::string version;  ///< a condition: ">=1.26,<2", "1.26.*"; empty: any
  std::string build;    ///< a glob; empty: any
  bool opaque = false;  ///< it says more than can be judged without a client: a channel, brackets
  std::string text;     ///< as clients take it, in one word of their command line
};

/// Nothing if the text is no such thing.
std::optional<CondaSpec> parse_conda_spec(std::string_view text);

enum class SpecMatch {
  no,
  yes,
  unknown  ///< only a client can tell
};
SpecMatch match(const CondaSpec& spec, std::string_view version, std::string_view build);

/// Shell patterns, of which only the star is known.
bool matches_glob(std::string_view text, std::string_view pattern);

}  // namespace rigsetup
