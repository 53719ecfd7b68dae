// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <spdlog/fmt/fmt.h>

namespace rigsetup {
using fmt::format;  // g++-11 has no <format>; fmt 8 (Ubuntu 22.04) and 9 (Debian 12) both serve
}
