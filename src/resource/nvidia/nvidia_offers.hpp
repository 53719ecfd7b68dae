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

/// Kernels that can boot, but for the newest: what that one needs comes with its meta packages.
std::vector<compat::OtherKernel> other_kernels(const Facts& facts);

struct OffersFound {
  std::vector<compat::Offer> offers;
  std::optional<Error> unreachable;  ///< why an archive is not among them that the target does not have yet
};
/// What the archives have that this recipe's steps may take from; nothing where nobody may look.
std::optional<OffersFound> archive_offers(const Recipe& recipe, const Surroundings& around);

}  // namespace rigsetup
