// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <cerrno>
#include <cstdint>
#include <vector>

#include <openssl/evp.h>
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

void require(int done) {
  if (done != 1)
    throw Error(Code::internal, "cannot compute a SHA-256: OpenSSL refuses", "look at /etc/ssl/openssl.cnf");
}

}  // namespace

void Sha256::Free::operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

void Sha256::add(std::string_view piece) {
  require(EVP_DigestUpdate(context_.get(), piece.data(), piece.size()));
}

std::string Sha256::hex() const {
  const std::unique_ptr<EVP_MD_CTX, Free> end(EVP_MD_CTX_new());
  require(EVP_MD_CTX_copy_ex(end.get(), context_.get()));
  std::uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  require(EVP_DigestFinal_ex(end.get(), digest, &size));
  return to_hex(digest, size);
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
