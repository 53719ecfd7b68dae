// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <memory>
#include <vector>

#include <rigsetup/resource/resource.hpp>

namespace rigsetup {

/// Takes Python environments away again. One without rigsetup's record is somebody else's by now and stays.
std::unique_ptr<Resource> no_environments(const std::vector<Thing>& things);

}  // namespace rigsetup
