// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's

namespace rigsetup {

std::string sha256_hex(std::string_view bytes);  ///< 64 lower-case hex digits

/// The same of what comes in pieces.
class Sha256 {
 public:
  Sha256();
  void add(std::string_view piece);
  std::string hex() const;  ///< of all pieces so far

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string random_hex(std::size_t bytes);  ///< from the kernel's generator

}  // namespace rigsetup
