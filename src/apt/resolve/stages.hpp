// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <rigsetup/data/value.hpp>

namespace rigsetup::resolve {

/// Resolves each stage of the request on the simulated result of those before it. The request holds
///   "stages": [{"files": [[path, content]...], "requests": [...]}...],  files of sources and preferences to
///   write first "archives": {file name: size},   what apt's archive folder of the target holds already
///   "repaired": true when half states shall count as what repairing them will give.
/// Returns {"transactions": [...]}, each as rigsetup::apt::transaction_from() reads it. The status file, the
/// extended states and the folders named in the options are the caller's scratch files and are changed.
Value resolve_stages(const Value& request);

}  // namespace rigsetup::resolve
