// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include <rigsetup/journal/journal.hpp>

#include "run/estimate.hpp"

namespace rigsetup {

/// All that a run tells, into the journal, and with it how far the run as a whole is. Any thread.
class Teller {
 public:
  Teller(Journal& journal, std::int64_t run, Estimate estimate);
  void append(const Event& event);
  void progress(const std::vector<std::string>& steps, Progress progress);
  void time_passes();  ///< nothing new, but what works lives
  /// What the run itself is at, while none of its steps is, and what keeps it; without a label: nothing.
  void about(const Progress& doing);

 private:
  void tell_sum();
  Journal& journal_;
  const std::int64_t run_;
  std::mutex
      mutex_;  ///< held while the sum is published: a later sum must not be overtaken by an earlier one
  Estimate estimate_;
  Progress doing_;  ///< of the run itself
  Progress told_;   ///< the sum, as it was told last
};

}  // namespace rigsetup
