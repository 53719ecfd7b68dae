// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <rigsetup/resource/catalog.hpp>

namespace rigsetup {

/// Note of a package that goes and that rigsetup itself has put on hold.
constexpr std::string_view k_own_hold = "hold";

/// That a package is on hold: a thing that apt_packages makes beside the package itself, also of one that was
/// there before. No step is of this kind.
const Kind& apt_hold_kind();

}  // namespace rigsetup
