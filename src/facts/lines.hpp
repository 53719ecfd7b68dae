// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <rigsetup/host/tree.hpp>

namespace rigsetup {

/// What a small file says. Empty where there is none, where the daemon may not read it, and where the kernel
/// has no answer (the link speed of a device that is not PCI Express is EINVAL): facts are what can be seen.
std::string text_of(const Tree& tree, const std::filesystem::path& path);
/// The same of a file of one line, as most of sysfs are.
std::string line_of(const Tree& tree, const std::filesystem::path& path);
std::uint64_t number_of(std::string_view text);  ///< 0 for what is none
/// "KEY=VALUE" or "KEY: VALUE", apart and trimmed; both empty for a line that is neither.
struct KeyValue {
  std::string_view key;
  std::string_view value;
};
KeyValue key_value(std::string_view line, char separator);
std::string_view without_quotes(std::string_view text);

}  // namespace rigsetup
