// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rigsetup::compat {

/// Can a GPU run what was compiled for these architectures ("sm_80", "sm_90a", "compute_90")? Machine code
/// runs on its own major and what is not older in it, PTX on anything that is not older, and "sm_90a" on one
/// GPU alone. `compute`: the GPU's capability, "8.9". True as well where either is not known.
bool have_code_for(const std::vector<std::string>& architectures, std::string_view compute);

}  // namespace rigsetup::compat
