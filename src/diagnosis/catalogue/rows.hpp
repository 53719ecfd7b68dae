// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <vector>

#include <rigsetup/diagnosis/failure.hpp>

/// The rows of the catalogue by what they are about, in the order in which things are to be mended.
namespace rigsetup::diagnosis {

std::vector<Failure> board_rows();    ///< the card, its slot and power, the firmware: no package helps
std::vector<Failure> package_rows();  ///< apt and dpkg: while they are stuck, nothing can be installed
std::vector<Failure> module_rows();   ///< the kernel module: built, signed, there for the kernel
std::vector<Failure> driver_rows();   ///< the driver as it runs, and its libraries
std::vector<Failure> library_rows();  ///< CUDA, cuDNN and the compiler

}  // namespace rigsetup::diagnosis
