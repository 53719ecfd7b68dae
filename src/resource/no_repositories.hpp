// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <memory>
#include <vector>

#include <rigsetup/resource/resource.hpp>

namespace rigsetup {

/// Takes package repositories away again, with the keys that came with them.
std::unique_ptr<Resource> no_repositories(const std::vector<Thing>& things);

}  // namespace rigsetup
