// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <sys/types.h>

#include <rigsetup/base/digest.hpp>

namespace rigsetup::fetch {

/// A download that is not complete yet: PATH.part, and beside it PATH.part.from, which says of which URL and
/// which version of it the bytes are. Nobody else writes it meanwhile (flock).
class PartFile {
 public:
  explicit PartFile(std::filesystem::path final_path);  ///< throws Error(busy) when somebody else is at it
  PartFile(const PartFile&) = delete;
  ~PartFile();

  /// Bytes that may be gone on with: of this URL, of a version that a server can recognise. Else it starts
  /// empty.
  std::uint64_t take_up(const std::string& url);
  /// What to send as If-Range so that the server answers with the rest of that very version; empty when
  /// size() is 0.
  const std::string& version() const { return version_; }

  void start_over(const std::string& url, const std::string& version);
  void append(std::string_view bytes);  ///< throws Error(io)
  std::uint64_t size() const { return size_; }
  std::uint64_t free_bytes() const;
  std::string sha256() const { return digest_.hex(); }  ///< of all bytes so far
  void complete();                                      ///< synced and renamed into place
  void discard();

 private:
  void hash_what_is_there();
  [[noreturn]] void fail(std::string_view doing, int error_number);

  std::filesystem::path final_path_;
  std::filesystem::path path_;
  std::filesystem::path note_path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
  std::string version_;
  Sha256 digest_;
};

}  // namespace rigsetup::fetch
