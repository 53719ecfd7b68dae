// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <rigsetup/data/value.hpp>

namespace rigsetup::resolve {

/// Every version that the configured repositories have of the packages whose names match one of the request's
/// "patterns" (as a shell's): {"offers": [{"package", "version", "origin", "label", "needs"}]}, origin and
/// label as the release file of the repository names them. Needs are told of those that match one of
/// "with_needs": [{"name", "relation", "version"}].
Value describe_offers(const Value& request);

}  // namespace rigsetup::resolve
