// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include "journal/database.hpp"

namespace rigsetup {

/// Brings the database to the newest format, step by step; throws Error(unsupported) when it is newer than
/// that.
void migrate(Database& database, const std::string& file);

}  // namespace rigsetup
