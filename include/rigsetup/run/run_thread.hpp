// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rigsetup/journal/journal.hpp>
#include <rigsetup/plan/plan.hpp>
#include <rigsetup/run/target.hpp>

namespace rigsetup {

/// The one thread on which runs happen, one at a time. Any thread may call.
class RunThread {
 public:
  RunThread(Journal& journal, Settings settings);
  RunThread(const RunThread&) = delete;
  /// Stops at once without cancelling: jobs go on under their supervisors and the run is found unfinished
  /// next time.
  ~RunThread();

  /// Records the run and starts it. Throws Error(busy) that names the run that is going on, Error(io) when
  /// the disk has no room for the plan, and Error(conflict) when the plan is empty.
  /// `allowed`: words of consent; Error(consent) when the plan needs others.
  std::int64_t start(const Plan& plan, const RecipeInput& recipe, const Caller& caller,
                     const std::vector<std::string>& allowed = {});
  void cancel(std::int64_t run, const Caller& caller);
  /// Goes on with a run that was interrupted, failed, was cancelled or waits. Throws Error(conflict) when it
  /// is done, or when there was a newer one on the same root. `allowed`: words for the consents that it
  /// waits for.
  void resume(std::int64_t run, const std::string& why, const std::vector<std::string>& allowed = {});
  /// At start: what the last daemon left unfinished is resumed, or marked interrupted when settings say so.
  void resume_unfinished();
  std::optional<std::int64_t> current() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rigsetup
