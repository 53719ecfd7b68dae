// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/event/event.hpp>

namespace rigsetup::diagnosis {

struct Signs;

/// What makes it right again.
enum class Cure {
  plan,     ///< applying a recipe that asks for the stack
  command,  ///< what is to be typed
  reboot,
  hands  ///< somebody at the machine, its firmware or their own environment: no program can
};
std::string_view to_string(Cure cure);

/// A failure that is known: by what it shows of itself, why it is, and what is done about it. A row of the
/// catalogue.
struct Failure {
  std::string_view name;  ///< stable: "driver-library-mismatch"
  std::string_view what;  ///< is wrong
  /// Any of these in one line of what a program or the kernel wrote; lower case, and case does not matter.
  std::vector<std::string_view> words;
  std::string_view why;
  std::string_view fix;
  std::string_view command;  ///< to type; empty: there is none, or command_for tells
  Cure cure;
  std::string_view source;  ///< where it was read or met
  /// What facts and files show of it; empty: nothing.
  std::vector<Evidence> (*seen)(const Signs& signs) = nullptr;
  /// Do facts show that what was written once is not so any more?
  bool (*over)(const Signs& signs) = nullptr;
  bool note = false;  ///< good to know, but nothing is wrong
  /// Words that others use, too, count only where one of these is in the same line.
  std::vector<std::string_view> beside = {};
  /// The command where it depends on the machine; empty: there is none for this one.
  std::string (*command_for)(const Signs& signs) = nullptr;
  bool any_plan = false;  ///< every plan mends it, whatever its recipe asks for
  /// Has the line words of it?
  bool is_in(std::string_view line) const;
};

/// All that are known, first things first: what keeps everything else from being mended stands before it.
const std::vector<Failure>& catalogue();

/// The first row of which a line has words; null: none.
const Failure* recognise(std::string_view line);

/// What an NVIDIA driver's Xid means for the machine.
enum class XidClass {
  application,  ///< a program's own fault: nothing is wrong with the machine
  memory,       ///< the GPU helped itself; to be watched
  reset,        ///< the GPU must be reset; if it comes again, replaced
  unhealthy     ///< the board, its power or firmware: never mended by installing the driver anew
};
struct Xid {
  int code;
  XidClass of;
  std::string_view what;
};
std::span<const Xid> xids();

/// "NVRM: Xid (PCI:0000:01:00): 79, ..."
struct XidLine {
  std::string address;
  int code = 0;
};
std::optional<XidLine> xid_in(std::string_view line);

}  // namespace rigsetup::diagnosis
