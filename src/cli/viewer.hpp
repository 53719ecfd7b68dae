// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <memory>
#include <string>

#include <rigsetup/event/run_state.hpp>

#include "cli/activity.hpp"
#include "cli/screen.hpp"

namespace rigsetup::cli {

/// Shows a run while it goes on: drawn again on a terminal, as lines elsewhere, as JSON when that was asked
/// for. Everything it writes may throw OutputClosed.
class Viewer {
 public:
  virtual ~Viewer() = default;
  virtual void record(const Record& record, const std::string& line, const RunState& after) = 0;
  virtual void progress(const Progress& progress, const std::string& line, const RunState& state) = 0;
  /// Called at least once a second, and soon after each of the above.
  virtual void tick(const RunState& state) = 0;
  virtual void message(const std::string& text) = 0;  ///< of the client itself
  virtual void resized() {}
  virtual void finish() {}  ///< takes away what was only for the moment
};

std::unique_ptr<Viewer> make_viewer(const Screen& screen, bool json);

}  // namespace rigsetup::cli
