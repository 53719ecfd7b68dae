// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/diagnosis/failure.hpp>
#include <rigsetup/diagnosis/signs.hpp>

namespace rigsetup::diagnosis {

/// One thing that is wrong here and now, or is good to know.
struct Diagnosis {
  std::string name;  ///< of the failure
  bool note = false;
  std::string what;
  std::vector<Evidence> evidence;
  std::string why;
  std::string fix;
  std::string command;  ///< empty: there is none
  Cure cure = Cure::hands;
  bool any_plan = false;  ///< every plan mends it, whatever its recipe asks for
};

/// Pure: all that the signs show, first things first, notes last.
std::vector<Diagnosis> diagnose(const Signs& signs);

/// An error of a program, with the hint of the failure that its text shows; as it was when that is unknown.
/// What the error itself advises stays first.
Fault explained(Fault fault);

}  // namespace rigsetup::diagnosis
