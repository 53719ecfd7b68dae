// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

#include <rigsetup/recipe/recipe.hpp>

namespace rigsetup {

/// sha256 of the text and the attachments: another byte, name or border between them gives another digest.
std::string digest_of(const Recipe& recipe);

}  // namespace rigsetup
