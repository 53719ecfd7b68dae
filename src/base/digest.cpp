// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <cerrno>
#include <cstdint>
#include <vector>

#include <sha2.h>
#include <sys/random.h>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/error.hpp>

namespace rigsetup {
namespace {

std::string to_hex(const std::uint8_t* bytes, std::size_t count) {
  constexpr char k_digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * count);
  for (std::size_t i = 0; i < count; ++i) {
    text += k_digits[bytes[i] >> 4];
    text += k_digits[bytes[i] & 15];
  }
  return text;
}

}  // namespace

struct Sha256::Context {
  SHA2_CTX state;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) { SHA256Init(&context_->state); }

Sha256::~Sha256() = default;

void Sha256::add(std::string_view piece) {
  SHA256Update(&context_->state, reinterpret_cast<const std::uint8_t*>(piece.data()), piece.size());
}

std::string Sha256::hex() {
  std::uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256Final(digest, &context_->state);
  return to_hex(digest, sizeof digest);
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 digest;
  digest.add(bytes);
  return digest.hex();
}

std::string random_hex(std::size_t bytes) {
  std::vector<std::uint8_t> buffer(bytes);
  std::size_t filled = 0;
  while (filled < bytes) {
    const ssize_t got = getrandom(buffer.data() + filled, bytes - filled, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw errno_error("read the kernel's random numbers", errno);
    filled += static_cast<std::size_t>(got);
  }
  return to_hex(buffer.data(), buffer.size());
}

}  // namespace rigsetup
