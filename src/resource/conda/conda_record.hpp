// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "resource/conda/conda_meta.hpp"

namespace rigsetup {

/// A file of conda-meta, and what it looked like when it was read.
struct CondaRecord {
  std::uint64_t size = 0;
  std::int64_t changed_ns = 0;
  CondaPackage package;
};

/// The package that a file of conda-meta describes. Throws Error(invalid).
CondaPackage parse_conda_record(std::string_view json);

// The note: records by the names of their files, as text.
std::string note_text(const std::map<std::string, CondaRecord>& records);
std::map<std::string, CondaRecord> parse_note(std::string_view text);  ///< what is no note is none

}  // namespace rigsetup
