// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "server/stream.hpp"

#include <algorithm>
#include <cerrno>
#include <variant>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/data/json.hpp>

namespace rigsetup::server {
namespace {

constexpr std::size_t k_records = 256;     // a read of the journal on the io thread stays short
constexpr std::size_t k_piece = 64 << 10;  // of a file

}  // namespace

EventStream::EventStream(const Journal& journal, std::int64_t run, std::int64_t after, bool follow,
                         bool with_evidence)
    : journal_(journal),
      run_(run),
      after_(after),
      position_(after),
      follow_(follow),
      with_evidence_(with_evidence) {
  // Asked before the first read: an end that comes later is read as a record.
  const auto unfinished = journal.unfinished();
  ended_ = std::ranges::find(unfinished, run) == unfinished.end();
  // Whoever has seen more than there is must read the records all the same: one of them is the end.
  if (after > 0 && journal.read(run, after - 1, 1).empty()) position_ = 0;
}

Stream::Next EventStream::next(std::string& piece) {
  std::vector<Record> records;
  do {
    records = journal_.read(run_, position_, k_records);
    for (auto& record : records) add(record, piece);
  } while (piece.empty() && !records.empty());
  if (!piece.empty()) return Next::piece;
  if (!follow_ || ended_) return Next::end;
  add_progress(piece);
  return piece.empty() ? Next::later : Next::piece;
}

void EventStream::add(Record& record, std::string& piece) {
  position_ = record.sequence;
  ended_ = std::holds_alternative<RunFinished>(record.event);
  if (record.sequence <= after_) return;
  if (auto* finished = std::get_if<StepFinished>(&record.event); finished && !with_evidence_) {
    finished->evidence.clear();
  }
  // Everybody hears how far it came in the end, however late they read.
  if (follow_ && ended_) add_progress(piece);
  piece += to_json(to_value(record)) + "\n";
}

void EventStream::add_progress(std::string& piece) {
  for (const auto& progress : journal_.progress_since(run_, progress_)) {
    piece += to_json(Value::map().set("progress", to_value(progress))) + "\n";
  }
}

FileStream::FileStream(std::vector<Part> parts) : parts_(std::move(parts)) {}

FileStream::~FileStream() { close_file(); }

Stream::Next FileStream::next(std::string& piece) {
  while (fd_ < 0) {
    if (position_ == parts_.size()) return piece.empty() ? Next::end : Next::piece;
    if (!open_next(piece)) continue;
  }
  const auto start = piece.size();
  piece.resize(start + std::min<std::uint64_t>(k_piece, left_));
  const auto got = read(fd_, piece.data() + start, piece.size() - start);
  if (got < 0) throw errno_error("read a log", errno);
  piece.resize(start + static_cast<std::size_t>(got));
  left_ -= static_cast<std::uint64_t>(got);
  if (got == 0 || left_ == 0) close_file();
  return piece.empty() ? next(piece) : Next::piece;
}

bool FileStream::open_next(std::string& piece) {
  const auto& part = parts_[position_++];
  fd_ = open(part.file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd_ < 0) {
    if (errno == ENOENT) return false;
    throw errno_error(format("open {}", part.file.string()), errno);
  }
  struct stat info {};
  if (fstat(fd_, &info) != 0) throw errno_error(format("look at {}", part.file.string()), errno);
  left_ = static_cast<std::uint64_t>(info.st_size);
  if (parts_.size() > 1) piece += format("==> {} <==\n", part.title);
  return true;
}

void FileStream::close_file() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

}  // namespace rigsetup::server
