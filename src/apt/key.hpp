// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/host/host.hpp>

namespace rigsetup::apt {

struct PrimaryKey {
  std::string fingerprint;  ///< hex digits in upper case
  char validity = '-';      ///< as gpg prints it: 'e' expired, 'r' revoked
};

/// The primary keys among the bytes, by the machine's gpg. Throws Error(conflict) when there is none.
std::vector<PrimaryKey> read_keys(const std::string& whose, std::string_view bytes, const Host& host,
                                  std::stop_token stop);

/// The key in OpenPGP's binary form, the only one that gpgv takes.
std::string dearmored(std::string_view bytes);

}  // namespace rigsetup::apt
