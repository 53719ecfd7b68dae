// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <csignal>
#include <optional>

namespace rigsetup::cli {

/// While it lives, SIGINT, SIGTERM, SIGHUP and SIGWINCH are read from a descriptor and do nothing by
/// themselves.
class Signals {
 public:
  Signals();
  Signals(const Signals&) = delete;
  ~Signals();
  int descriptor() const { return descriptor_; }
  std::optional<int> take() const;  ///< the next one that came, without waiting

 private:
  sigset_t before_{};
  int descriptor_ = -1;
};

}  // namespace rigsetup::cli
