// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <vector>

#include <rigsetup/resource/resource.hpp>

#include "resource/conda/conda_lock.hpp"

namespace rigsetup {

/// Where packages lie that were downloaded: root's, for everybody to read. One that is there, with its hash,
/// is not downloaded again; the folder may be emptied at any time.
inline constexpr const char* k_conda_archives = "/var/cache/rigsetup/conda";

/// Downloads what is not there yet, several at a time, each resumed and verified. The first failure ends all.
void fetch_conda_archives(const Context& context, const std::vector<CondaArchive>& archives);

/// Throws where the archives, or what comes out of them, cannot have room.
void require_space_for(const Tree& files, const std::filesystem::path& prefix,
                       const std::vector<CondaArchive>& archives);

/// Archives whose hash nobody could compare: they are downloaded anew the next time.
void forget_unproved(const Tree& files, const std::vector<CondaArchive>& archives);

}  // namespace rigsetup
