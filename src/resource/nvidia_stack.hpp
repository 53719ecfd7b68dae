// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <rigsetup/compat/stack.hpp>
#include <rigsetup/resource/catalog.hpp>

/// What the composites of NVIDIA's stack share: they are decided together, whichever of them asks.
namespace rigsetup {

/// All wishes of the recipe and of the target that bear on one another. `keep`: what is installed and within
/// a step's track is wished for instead of the track.
compat::Wishes stack_wishes(const Recipe& recipe, const Surroundings& around, bool keep);

/// What fits the wishes of the whole recipe. A refusal is complained of at the step whose wish it is, when
/// that step is `step`; another's is left to that one. Nothing when there was a refusal.
std::optional<compat::Stack> choose_for(const Step& step, const Recipe& recipe, const Surroundings& around,
                                        Complaints& complaints);

/// The repository of one of the platform's origins, unless the target or the recipe has it already.
std::optional<Expansion::Part> repository_part(const std::string& origin, const Recipe& recipe,
                                               const Surroundings& around);

/// The toolkit steps that are wanted, in the order in which their choices stand: the default one first.
std::vector<const Step*> toolkits_of(const Recipe& recipe, const Facts& facts);

/// What a step would keep of what is installed, as it is within its track and no other's: "12.9"; empty:
/// nothing.
std::string installed_toolkit(const Step& step, const Recipe& recipe, const Facts& facts);

/// Is the step wanted on this target, so that its wishes count?
bool bears_on_stack(const Step& step, const Facts& facts);

/// Keeps apt from taking the driver's packages from NVIDIA's repository when they come from elsewhere, and
/// the other way round: two origins on one machine do not fit together.
Expansion::Part one_origin_part(const compat::Stack& stack, const Facts& facts);

/// As apt_packages takes them: "cuda-toolkit-12-9", "libcudnn9-cuda-12=9.10.2.21-1".
std::vector<std::string> package_texts(const std::vector<compat::Package>& packages);

}  // namespace rigsetup
