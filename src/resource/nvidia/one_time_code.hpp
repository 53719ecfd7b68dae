// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

namespace rigsetup {

/// Eight digits: they lie at the same keys in the keyboard layout that firmware takes for granted.
std::string one_time_code();

/// "$6$SALT$HASH", as crypt(3) makes it of a password with a new salt and mokutil's --hash-file takes it.
std::string crypted(const std::string& password);

}  // namespace rigsetup
