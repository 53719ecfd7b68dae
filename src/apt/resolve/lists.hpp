// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <rigsetup/data/value.hpp>

namespace rigsetup::resolve {

/// Brings the lists of all configured sources up to date, signatures verified. Prints progress lines. Returns
/// {"faults": [texts], "remarks": [texts]}: a list that is missing, stale or not trusted is a fault although
/// apt itself calls most of them warnings.
Value update_lists();

/// What lies in the lists folder, by source: [{"uri", "suite", "release": file name or null, "signature":
/// file name or null, "signed_by", "trusted": without a signature by the user's word, "files": [{"name",
/// "whole": as the release file says}]}].
Value describe_lists();

}  // namespace rigsetup::resolve
