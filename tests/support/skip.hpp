// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

namespace rigsetup::test {

/// Says that a case could not be tried, because this machine lacks what it needs; the case must return then.
/// The whole program counts as skipped in the end, unless something failed.
void skip(const std::string& reason);

}  // namespace rigsetup::test
