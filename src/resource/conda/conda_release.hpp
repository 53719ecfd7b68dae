// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <rigsetup/resource/catalog.hpp>

namespace rigsetup {

/// The file that a step with version, url and sha256 asks for: what it leaves out is the tables'. `client` is
/// what messages call it. Nothing, and a complaint, where a part of it is not known.
std::optional<compat::ClientRelease> release_for(const Step& step, std::string_view client,
                                                 const compat::ClientReleases& releases,
                                                 Complaints& complaints);

/// Complains of a url that is none and of a sha256 that is none.
void check_download(const Fields& fields, Complaints& complaints);

}  // namespace rigsetup
