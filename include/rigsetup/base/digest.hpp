// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>

namespace rigsetup {

std::string sha256_hex(std::string_view bytes);  ///< 64 lower-case hex digits
std::string random_hex(std::size_t bytes);       ///< from the kernel's generator

}  // namespace rigsetup
