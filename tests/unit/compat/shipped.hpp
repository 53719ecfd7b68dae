// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include <rigsetup/compat/load.hpp>
#include <rigsetup/compat/stack.hpp>

namespace rigsetup::test {

/// The tables of this checkout, without an administrator's.
const compat::Tables& shipped();

/// An Ubuntu 22.04 desktop on its HWE kernel, with these GPUs, that wants the recommended driver.
compat::Wishes jammy(std::vector<std::string> gpus);
compat::Wishes noble(std::vector<std::string> gpus);
compat::Wishes bookworm(std::vector<std::string> gpus);

/// What fits; a refusal is a failed test that shows its text.
compat::Stack fit(const compat::Wishes& wishes, const compat::Tables& tables = shipped());
/// The refusal; one with an empty wish where there is none.
compat::Refusal refusal(const compat::Wishes& wishes, const compat::Tables& tables = shipped());

/// "name" or "name=version", by spaces.
std::string names(const std::vector<compat::Package>& packages);

}  // namespace rigsetup::test
