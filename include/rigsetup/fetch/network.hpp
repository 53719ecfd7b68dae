// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace rigsetup {

/// What programs that use the network get of the daemon's environment, and nothing else of it: the
/// administrator's proxies and certificates.
std::vector<std::pair<std::string, std::string>> network_environment();

}  // namespace rigsetup
