// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace rigsetup {

/// Pure bookkeeping of what is ready: nodes with edges and holds, no threads, no time.
class Schedule {
 public:
  enum class Claim { none, shared, exclusive };  ///< on dpkg
  struct Node {
    std::vector<std::size_t> needs;  ///< indices of nodes that must end well first
    Claim claim = Claim::none;
  };
  explicit Schedule(std::vector<Node> nodes);

  /// A node that may start now; it counts as running from here on. Nothing when none may.
  std::optional<std::size_t> start_next();
  /// A running node ended. When not well, every node that needs it (at any distance) becomes not tried; their
  /// indices are returned in order.
  std::vector<std::size_t> ended(std::size_t node, bool well);
  /// Start nothing more; the indices of nodes that were not started and not given up before are returned.
  std::vector<std::size_t> stop();
  bool running() const;   ///< is any node running?
  bool finished() const;  ///< nothing runs and nothing can start any more

 private:
  enum class State { waiting, running, well, not_well };
  bool claim_is_free(Claim claim) const;
  std::vector<Node> nodes_;
  std::vector<State> states_;
};

}  // namespace rigsetup
