// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/nvidia/one_time_code.hpp"

#include <cerrno>
#include <memory>

#include <crypt.h>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>

namespace rigsetup {

std::string one_time_code() {
  constexpr unsigned long long k_codes = 100'000'000;
  return format("{:08}", std::stoull(random_hex(7), nullptr, 16) % k_codes);
}

std::string crypted(const std::string& password) {
  const auto data = std::make_unique<crypt_data>();  // 32 KiB
  const std::string setting = "$6$" + random_hex(8);
  const char* hash = crypt_r(password.c_str(), setting.c_str(), data.get());
  if (hash == nullptr || !std::string_view(hash).starts_with(setting)) {
    throw errno_error("make the hash of a code", hash == nullptr ? errno : ENOSYS);
  }
  return hash;
}

}  // namespace rigsetup
