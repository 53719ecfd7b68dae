// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/stand_in_micromamba/archive.hpp"

#include <cstring>
#include <fstream>
#include <iterator>

#include <arpa/inet.h>
#include <bzlib.h>
#include <md5.h>
#include <sha2.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "tests/support/stand_in_micromamba/solve.hpp"

namespace stand_in {
namespace fs = std::filesystem;
namespace {

std::string unbzip2(const std::string& bytes) {
  bz_stream stream{};
  BZ2_bzDecompressInit(&stream, 0, 0);
  stream.next_in = const_cast<char*>(bytes.data());
  stream.avail_in = static_cast<unsigned>(bytes.size());
  std::string out;
  char piece[1 << 16];
  int status = BZ_OK;
  while (status == BZ_OK) {
    stream.next_out = piece;
    stream.avail_out = sizeof piece;
    status = BZ2_bzDecompress(&stream);
    out.append(piece, sizeof piece - stream.avail_out);
    if (stream.avail_in == 0 && stream.avail_out == sizeof piece) break;
  }
  BZ2_bzDecompressEnd(&stream);
  if (status != BZ_STREAM_END) throw Critical("Failed to extract package");
  return out;
}

void untar(const std::string& tar, const fs::path& to) {
  constexpr std::size_t k_block = 512;
  std::string long_name;
  for (std::size_t at = 0; at + k_block <= tar.size() && tar[at] != '\0';) {
    const char* header = tar.data() + at;
    const std::size_t size = std::stoull(std::string(header + 124, 11), nullptr, 8);
    const std::string content = tar.substr(at + k_block, size);
    const char type = header[156];
    at += k_block + (size + k_block - 1) / k_block * k_block;
    if (type == 'L') {
      long_name = content.c_str();
      continue;
    }
    const fs::path path = to / (long_name.empty() ? std::string(header, strnlen(header, 100)) : long_name);
    long_name.clear();
    fs::create_directories(path.parent_path());
    if (type == '2') {
      fs::create_symlink(std::string(header + 157, strnlen(header + 157, 100)), path);
    } else {
      write_file(path, content);
      ::chmod(path.c_str(), static_cast<mode_t>(std::stoul(std::string(header + 100, 7), nullptr, 8)));
    }
  }
}

unsigned number(const std::string& bytes, std::size_t at, std::size_t size) {
  unsigned value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes.at(at + i));
  return value;
}

std::string http_get(const std::string& url) {
  const std::size_t colon = url.find(':', 7);
  const std::size_t slash = url.find('/', 7);
  if (colon > slash) throw Critical("Download error (6) Could not resolve hostname [" + url + "]");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(std::stoi(url.substr(colon + 1, slash - colon - 1))));
  inet_pton(AF_INET, url.substr(7, colon - 7).c_str(), &address.sin_addr);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw Critical("Download error (7) Could not connect to server [" + url + "]");
  const std::string request =
      "GET " + url.substr(slash) + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
  [[maybe_unused]] const ssize_t sent = ::write(socket, request.data(), request.size());
  ::shutdown(socket, SHUT_WR);
  std::string reply;
  char piece[1 << 16];
  for (ssize_t got; (got = ::read(socket, piece, sizeof piece)) > 0;)
    reply.append(piece, static_cast<std::size_t>(got));
  ::close(socket);
  const std::size_t body = reply.find("\r\n\r\n");
  const std::string status = reply.substr(0, reply.find("\r\n"));
  if (body == std::string::npos || status.find(" 200 ") == std::string::npos)
    throw Critical("Transfer finalized, status: " + status.substr(status.find(' ') + 1, 3) + " [" + url +
                   "]");
  const std::size_t length = reply.find("Content-Length: ");
  if (length < body && reply.size() - body - 4 != std::stoull(reply.substr(length + 16)))
    throw Critical("Download error (18) Transferred a partial file [" + url + "]");
  return reply.substr(body + 4);
}

}  // namespace

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const fs::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!(file << bytes).flush()) throw Critical("cannot write " + path.string() + ": " + std::strerror(errno));
}

std::string sha256_of(const std::string& bytes) {
  char hex[SHA256_DIGEST_STRING_LENGTH];
  return SHA256Data(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), hex);
}

std::string md5_of(const std::string& bytes) {
  char hex[MD5_DIGEST_STRING_LENGTH];
  return MD5Data(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), hex);
}

std::string fetch(const std::string& url) {
  if (url.starts_with("http://")) return http_get(url);
  const fs::path path = url.starts_with("file://") ? url.substr(7) : url;
  if (!fs::is_regular_file(path))
    throw Critical("Download error (37) Couldn't read a file:// file [" + url + "]");
  return read_file(path);
}

std::string unzstd(const std::string& bytes) {
  std::string out;
  ZSTD_DStream* stream = ZSTD_createDStream();
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::string piece(ZSTD_DStreamOutSize(), '\0');
  std::size_t left = 1;
  while (in.pos < in.size || left != 0) {
    ZSTD_outBuffer to{piece.data(), piece.size(), 0};
    left = ZSTD_decompressStream(stream, &to, &in);
    if (ZSTD_isError(left) || (in.pos == in.size && to.pos == 0 && left != 0))
      throw Critical("Failed to extract package");
    out.append(piece, 0, to.pos);
  }
  ZSTD_freeDStream(stream);
  return out;
}

void extract(const fs::path& archive, const fs::path& to) {
  const std::string bytes = read_file(archive);
  fs::remove_all(to);
  fs::create_directories(to);
  if (archive.extension() == ".bz2") return untar(unbzip2(bytes), to);
  for (std::size_t at = 0; at + 30 < bytes.size() && number(bytes, at, 4) == 0x04034b50;) {
    const unsigned size = number(bytes, at + 18, 4);
    const unsigned name_size = number(bytes, at + 26, 2);
    const std::string name = bytes.substr(at + 30, name_size);
    const std::size_t data = at + 30 + name_size + number(bytes, at + 28, 2);
    if (name.ends_with(".tar.zst")) untar(unzstd(bytes.substr(data, size)), to);
    at = data + size;
  }
  if (!fs::exists(to / "info/index.json")) throw Critical("Failed to extract package " + archive.string());
}

}  // namespace stand_in
