// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <rigsetup/facts/nvml.hpp>

namespace rigsetup::nvml {

/// Loads libnvidia-ml.so.1 and asks it for all there is. May hang and may crash: only for a process of its
/// own.
NvmlAnswer ask_library();

}  // namespace rigsetup::nvml
