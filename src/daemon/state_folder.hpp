// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <rigsetup/run/target.hpp>

namespace rigsetup {

/// The daemon's folders, made if need be, and held by this daemon alone as long as this lives. Throws
/// Error(busy) when another daemon has them, Error(io) when they cannot be written.
class StateFolder {
 public:
  explicit StateFolder(const Settings& settings);
  StateFolder(const StateFolder&) = delete;
  ~StateFolder();

 private:
  int lock_ = -1;
};

}  // namespace rigsetup
