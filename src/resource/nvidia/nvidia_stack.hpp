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

/// What fits the wishes of the whole recipe.
struct Fit {
  compat::Stack stack;
  std::optional<compat::InstalledDriver> kept;  ///< the driver that is there, where it is the wished one
  bool headless = false;                        ///< was its driver chosen for a machine without a desktop?
};

/// A refusal is complained of at the step whose wish it is, when that step is `step`; another's is left to
/// that one. Nothing when there was a refusal.
std::optional<Fit> choose_for(const Step& step, const Recipe& recipe, const Surroundings& around,
                              Complaints& complaints);

/// The toolkit steps that are wanted, in the order in which their choices stand: the default one first.
std::vector<const Step*> toolkits_of(const Recipe& recipe, const Facts& facts);

/// What a step would keep of what is installed, as it is within its track and no other's: "12.9"; empty:
/// nothing.
std::string installed_toolkit(const Step& step, const Recipe& recipe, const Facts& facts);

/// The first step of this kind that is wanted on this target; nullptr: none.
const Step* first_of(std::string_view kind, const Recipe& recipe, const Facts& facts);

/// Is the step wanted on this target, so that its wishes count?
bool bears_on_stack(const Step& step, const Facts& facts);

/// NVIDIA GPUs that are not kept for a virtual machine, by their device ids.
std::vector<std::string> gpus_of(const Facts& facts);

/// As apt_packages takes it: "cuda-toolkit-12-9", "libcudnn9-cuda-12=9.10.2.21-1".
std::string package_text(const compat::Package& package);
std::vector<std::string> package_texts(const std::vector<compat::Package>& packages);

}  // namespace rigsetup
