// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_fetch.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <numeric>
#include <thread>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup {
namespace {

constexpr std::size_t k_at_once = 5;     // as many as clients fetch
constexpr std::uint64_t k_unpacked = 4;  // times the size of the archives, about

std::filesystem::path place_of(const CondaArchive& archive) {
  return std::filesystem::path(k_conda_archives) / archive.file();
}

bool is_there(const Tree& files, const CondaArchive& archive) {
  const auto info = files.info(place_of(archive));
  if (!info || info->type != FileInfo::Type::regular) return false;
  if (archive.sha256.empty()) return archive.size == 0 || archive.size == info->size;
  Sha256 digest;
  files.read_in_pieces(place_of(archive), [&](std::string_view piece) {
    digest.add(piece);
    return true;
  });
  return digest.hex() == archive.sha256;
}

/// Downloads of one list, by several threads.
class Fetching {
 public:
  Fetching(const Context& context, const std::vector<CondaArchive>& archives)
      : context_(context), archives_(archives), done_(archives.size()) {
    for (const CondaArchive& archive : archives) total_ += archive.size;
  }

  void run() {
    // A stop of the run, and the first failure, stop all.
    const std::stop_callback stopping(context_.stop, [this] { stop_.request_stop(); });
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < std::min(k_at_once, archives_.size()); ++i)
        threads.emplace_back([this] { work(); });
    }
    if (failure_) std::rethrow_exception(failure_);
    if (context_.stop.stop_requested()) throw Cancelled();
  }

 private:
  void work() {
    while (!stop_.stop_requested()) {
      const std::size_t index = next_++;
      if (index >= archives_.size()) return;
      try {
        fetch(index);
      } catch (const std::exception&) {
        std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
        stop_.request_stop();
        return;
      }
    }
  }

  void fetch(std::size_t index) {
    const CondaArchive& archive = archives_[index];
    const Tree& files = context_.host.files;
    if (!is_there(files, archive)) {
      Download download;
      download.url = archive.url;
      download.to = files.outside(place_of(archive));
      download.sha256 = archive.sha256;
      download.limit = archive.size;
      context_.downloads.fetch(
          download, [&](const Loading& loading) { tell(index, loading.done, loading.what); },
          stop_.get_token());
      files.set_attributes(place_of(archive), 0644, {});
    }
    tell(index, archive.size, "");
  }

  void tell(std::size_t index, std::uint64_t bytes, const std::string& what) {
    std::lock_guard lock(mutex_);
    done_[index] = bytes;
    Progress progress;
    progress.label = what.empty() ? "downloading packages" : "downloading packages " + printable(what);
    progress.done = std::min(std::accumulate(done_.begin(), done_.end(), std::uint64_t{0}),
                             total_ == 0 ? std::uint64_t(-1) : total_);
    progress.total = total_;
    progress.unit = "bytes";
    context_.reporter.progress(progress);
  }

  const Context& context_;
  const std::vector<CondaArchive>& archives_;
  std::vector<std::uint64_t> done_;  ///< bytes of each; under the mutex
  std::uint64_t total_ = 0;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  std::exception_ptr failure_;  ///< the first; under the mutex
  std::stop_source stop_;
};

/// The nearest folder above that is there: its file system is the one that will hold the path.
std::filesystem::path existing(const Tree& files, std::filesystem::path path) {
  while (path.has_relative_path() && !files.info_followed(path)) path = path.parent_path();
  return path;
}

void require(const Tree& files, const std::filesystem::path& path, std::uint64_t bytes) {
  const std::uint64_t free = files.free_bytes(existing(files, path));
  if (free >= bytes) return;
  throw Error(Code::io,
              format("cannot put the packages below {}: they take about {}, and {} are free", path.native(),
                     human_bytes(bytes), human_bytes(free)),
              "make room there first");
}

}  // namespace

void fetch_conda_archives(const Context& context, const std::vector<CondaArchive>& archives) {
  context.host.files.make_directories(k_conda_archives);
  Fetching(context, archives).run();
}

void require_space_for(const Tree& files, const std::filesystem::path& prefix,
                       const std::vector<CondaArchive>& archives) {
  std::uint64_t packed = 0;
  std::uint64_t missing = 0;
  for (const CondaArchive& archive : archives) {
    packed += archive.size;
    const auto info = files.info(place_of(archive));
    if (!info || info->size != archive.size) missing += archive.size;
  }
  require(files, k_conda_archives, missing);
  require(files, prefix, k_unpacked * packed);
}

void forget_unproved(const Tree& files, const std::vector<CondaArchive>& archives) {
  for (const CondaArchive& archive : archives) {
    if (archive.sha256.empty()) files.remove(place_of(archive));
  }
}

}  // namespace rigsetup
