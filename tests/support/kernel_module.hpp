// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

namespace rigsetup::test {

/// The smallest nvidia.ko that modinfo(8) reads: an ELF file with nothing but its .modinfo section. `license`
/// is "NVIDIA" for proprietary modules, "Dual MIT/GPL" for open ones; with a signer, its signature is
/// appended as the kernel's sign-file does, of a kind that names the signer.
std::string kernel_module(const std::string& kernel, const std::string& version, const std::string& license,
                          const std::string& signer = {});

}  // namespace rigsetup::test
