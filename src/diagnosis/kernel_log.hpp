// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <rigsetup/diagnosis/signs.hpp>

namespace rigsetup::diagnosis {

/// At most so many bytes; nothing when there is no such file.
std::optional<std::string> end_of(const Tree& tree, const std::string& path, std::size_t most);

/// Of the running machine: what the kernel has said since it booted, as far as it still knows. Elsewhere the
/// file /kmsg of a described machine, or the end of /var/log/kern.log. Without words when there is neither.
Text read_kernel_log(const Host& host);

/// Of a log of several boots what belongs to the last one; all where it holds no beginning of one.
std::string since_boot(std::string log);

/// When and by what command the driver's libraries were changed last, out of apt's history:
/// "2026-11-20  06:12:33: /usr/bin/unattended-upgrade". Empty: it does not say.
std::string who_moved_the_driver(std::string_view history);

/// The message of a record of /dev/kmsg: "6,339,5140900,-;message"; what follows it in further lines is left
/// out.
std::string message_of(std::string_view record);

}  // namespace rigsetup::diagnosis
