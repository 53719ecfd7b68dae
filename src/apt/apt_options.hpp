// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rigsetup/host/host.hpp>

namespace rigsetup::apt {

/// Options of apt's, as key and value. A key that ends with "::" adds to a list.
using Options = std::vector<std::pair<std::string, std::string>>;

/// Those options of the target's apt that rigsetup heeds: where to fetch through, whom to trust TLS-wise, how
/// strict dates are, architectures. Everything else (programs to run, folders, solvers) could make the
/// machine's root do the tree's bidding. Asked of `apt-config dump` run inside. Throws Error(unsupported)
/// when the target has no apt.
Options read_options(const Host& host, std::stop_token stop);

/// The heeded ones in the output of `apt-config dump`.
Options heeded_options(std::string_view dump);

}  // namespace rigsetup::apt
