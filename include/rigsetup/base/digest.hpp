// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace rigsetup {

std::string sha256_hex(std::string_view bytes);  ///< 64 lower-case hex digits

/// The same of what comes in pieces.
class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256&) = delete;
  ~Sha256();
  void add(std::string_view piece);
  std::string hex();  ///< of all pieces; ends it

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string random_hex(std::size_t bytes);  ///< from the kernel's generator

}  // namespace rigsetup
