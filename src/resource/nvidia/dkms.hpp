// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <rigsetup/facts/facts.hpp>
#include <rigsetup/resource/resource.hpp>

namespace rigsetup {

/// NVIDIA's modules of one version, as DKMS has their source.
struct DkmsSource {
  std::string name;
  std::string version;
};
std::optional<DkmsSource> nvidia_source(const Facts& facts, std::string_view version);

/// What DKMS says that a kernel has of the driver: its version; empty: none.
std::string dkms_version_for(const Facts& facts, std::string_view kernel);

/// Builds the modules for a kernel and installs them, from whatever an earlier try left. Throws Error with
/// the cause that DKMS's log tells, also where they have to be signed and could not be.
void build_by_dkms(const Context& context, const Facts& facts, const DkmsSource& source,
                   const InstalledKernel& kernel, bool must_sign);

/// Why a build failed, and what to do, from the log of its make. `compiler`: what built the kernel.
struct BuildFailure {
  std::string cause;  ///< empty: the log does not tell
  std::string hint;
};
BuildFailure build_failure(std::string_view make_log, std::string_view compiler);

}  // namespace rigsetup
