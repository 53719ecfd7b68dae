// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

#include <rigsetup/protocol/doctor.hpp>

#include "cli/screen.hpp"

namespace rigsetup::cli {

/// What is wrong, how it was seen, why, and what helps; or what was looked at and found well. Pure.
std::string doctor_text(const protocol::DoctorReply& reply, const Screen& screen);

/// The findings that no plan mends, by their numbers in doctor_text(); empty: there are none. Pure.
std::string left_text(const protocol::DoctorReply& reply, const Screen& screen);

bool any_wrong(const protocol::DoctorReply& reply);
bool a_plan_helps(const protocol::DoctorReply& reply);  ///< that of the active recipe

}  // namespace rigsetup::cli
