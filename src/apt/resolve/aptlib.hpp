// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/base/error.hpp>
#include <rigsetup/data/value.hpp>

namespace rigsetup::resolve {

/// Sets libapt up for the folders and options of the request, and for nothing else: no configuration of the
/// machine is read.
void configure(const Value& options);

/// What libapt has complained about since it was asked last.
struct Complaint {
  bool error = false;
  std::string text;
};
std::vector<Complaint> take_complaints();
/// libapt's complaints as one Error: "cannot <doing>: ...".
[[noreturn]] void throw_complaints(Code code, std::string_view doing);

}  // namespace rigsetup::resolve
