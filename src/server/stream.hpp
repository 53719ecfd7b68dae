// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <rigsetup/journal/journal.hpp>

#include "server/request.hpp"

namespace rigsetup::server {

/// The records of a run as JSON lines: a cursor over the journal, and nothing else. A slow, late or
/// reconnecting client is only a cursor that stands further back.
class EventStream final : public Stream {
 public:
  /// From the record after `after`. When following: until the run ends, with lines of progress in between.
  /// Evidence shows what programs printed, so it is for trusted readers only.
  EventStream(const Journal& journal, std::int64_t run, std::int64_t after, bool follow, bool with_evidence);
  Next next(std::string& piece) override;

 private:
  void add(Record& record, std::string& piece);
  void add_progress(std::string& piece);
  const Journal& journal_;
  std::int64_t run_;
  std::int64_t after_;
  std::int64_t position_;  ///< of the last record that was read
  std::uint64_t progress_ = 0;
  bool follow_;
  bool with_evidence_;
  bool ended_;  ///< is the last record that was read the end of the run?
};

/// Files one after the other; what is not there is left out. With several, a line before each names it.
class FileStream final : public Stream {
 public:
  struct Part {
    std::string title;
    std::filesystem::path file;
  };
  explicit FileStream(std::vector<Part> parts);
  ~FileStream() override;
  FileStream(const FileStream&) = delete;
  Next next(std::string& piece) override;

 private:
  bool open_next(std::string& piece);
  void close_file();
  std::vector<Part> parts_;
  std::size_t position_ = 0;
  int fd_ = -1;
  std::uint64_t left_ = 0;  ///< of the open file, as long as it was when it was opened
};

}  // namespace rigsetup::server
