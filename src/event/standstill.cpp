// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <utility>

#include <rigsetup/event/standstill.hpp>

namespace rigsetup {
namespace {

constexpr std::chrono::seconds k_still{3};  // after which it is said what keeps the work

bool is_same_place(const Progress& a, const Progress& b) {
  return a.label == b.label && a.done == b.done && a.total == b.total && a.unit == b.unit;
}

bool is_download(const Progress& progress) {
  return progress.unit == "bytes" && (progress.total == 0 || progress.done < progress.total);
}

}  // namespace

bool Standstill::stands(Time now) const { return now - moved_ >= k_still; }

void Standstill::say_no_data(Time now) {
  last_.at = source_;
  if (source_.empty()) last_.at = "no data";
  if (source_.starts_with("from ")) last_.at = "no data " + source_;
  last_.at_seconds = std::chrono::duration_cast<std::chrono::seconds>(now - moved_).count();
}

const Progress& Standstill::report(Progress progress, Time now) {
  const bool moved = !is_same_place(progress, last_);
  const bool tells = !progress.at.empty() || progress.at_seconds > 0;
  if (moved || progress.at != source_) source_ = progress.at;
  if (moved) moved_ = now;
  if (!tells && !moved) {  // said again: what keeps it does so still
    progress.at = last_.at;
    progress.at_seconds = last_.at_seconds;
  }
  last_ = std::move(progress);
  if (is_download(last_) && stands(now)) say_no_data(now);
  return last_;
}

std::optional<Progress> Standstill::busy(const std::string& what, std::chrono::seconds time, Time now) {
  if (!stands(now)) return std::nullopt;
  // Of a download it matters less which program waits than that nothing comes, and from where.
  if (is_download(last_)) {
    say_no_data(now);
  } else {
    last_.at = what;
    last_.at_seconds = time.count();
  }
  return last_;
}

}  // namespace rigsetup
