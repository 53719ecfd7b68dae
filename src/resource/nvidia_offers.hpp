// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <vector>

#include <rigsetup/compat/stack.hpp>
#include <rigsetup/resource/catalog.hpp>

namespace rigsetup {

/// What is installed, as an archive that has nothing else: a choice that it bears out has nothing to install.
std::vector<compat::Offer> installed_offers(const Facts& facts);

/// What the archives have that this recipe's steps may take from; nothing where nobody may look.
std::optional<std::vector<compat::Offer>> archive_offers(const Recipe& recipe, const Surroundings& around);

}  // namespace rigsetup
