// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>

#include <rigsetup/host/clock.hpp>
#include <rigsetup/host/programs.hpp>
#include <rigsetup/host/tree.hpp>

namespace rigsetup {

/// The machine as a step may use it: the tree that is provisioned, programs that run in it, and the hardware
/// it will run on. Refers to what its owner (a run, a request) keeps alive.
struct Host {
  const Tree& files;
  Programs& programs;
  Clock& clock;
  /// Where /sys and /proc describe the hardware; null under --root, where the hardware is not known.
  const Tree* machine = nullptr;
  /// Is that machine only described (--rig)? Its files are facts, but no hardware is there to answer.
  bool described = false;
  /// Is the tree the running machine itself (and not an image under --root)?
  bool live() const { return files.is_machine(); }
};

}  // namespace rigsetup
