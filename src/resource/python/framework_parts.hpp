// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include <rigsetup/resource/catalog.hpp>

namespace rigsetup {

/// The field `checks` of an environment.
FieldSpec proofs_field();

/// The steps that prove an environment at `path`, by the words of that field. A framework computes where its
/// build is for a GPU, and is only imported elsewhere; everything else is the name of a module.
void add_proofs(const std::vector<std::string>& words, const std::string& path, bool for_gpu,
                Expansion& expansion);

}  // namespace rigsetup
