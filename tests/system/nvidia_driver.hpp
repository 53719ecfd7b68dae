// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include "tests/support/deb_file.hpp"

namespace rigsetup::test {

/// A release of the driver as NVIDIA's own repository has it: with the branch in the names up to 580, without
/// from 590 on; the metas nvidia-open and cuda-drivers, which ask for this release or any newer one.
std::vector<Deb> nvidia_driver(const std::string& upstream);

/// nvidia-driver-pinning-595, or that of one full version: apt's preferences that hold the driver there, with
/// a priority that goes back as well. Only one of all is installed at a time.
Deb nvidia_pinning(const std::string& track);

}  // namespace rigsetup::test
