// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

namespace rigsetup::test {

/// An installer in the form of Miniforge's: a script that carries what it unpacks, with the real batch flags,
/// texts and leftovers. Its conda knows `activate`, by envs_dirs of /etc/conda/condarc.d. While
/// /var/cache/hold-installer is in the root it waits half done. Needs only sh, chmod, mkdir, rm and sleep.
std::string miniforge_installer(const std::string& version);

}  // namespace rigsetup::test
