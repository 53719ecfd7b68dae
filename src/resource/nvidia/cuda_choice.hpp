// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/compat/frameworks.hpp>
#include <rigsetup/resource/catalog.hpp>

/// What builds of frameworks are chosen for, whatever installs them.
namespace rigsetup {

/// The driver that there will be once the recipe is applied: the one that its step chose, else the one that
/// is there. Empty: none. Nothing: the recipe's step cannot have one, and complains of it itself.
std::optional<std::string> driver_to_be(const Recipe& recipe, const Surroundings& around);

/// What an environment's packages are chosen for.
struct CudaChoice {
  compat::CudaCeiling ceiling;  ///< empty: builds for the CPU
  std::string reason;           ///< a sentence without its full stop
  bool for_gpu() const { return !ceiling.cuda.empty(); }
};
/// `wish`: "auto", "none" or a version. Nothing, and a complaint at `place`, where it cannot be told and
/// `needed`.
std::optional<CudaChoice> choose_cuda(const std::string& wish, bool needed, const Recipe& recipe,
                                      const Surroundings& around, const Place& place, Complaints& complaints);

bool is_cuda_version(std::string_view text);  ///< "12.9"

/// The field `cuda` of an environment, and its fault where it is no such wish.
FieldSpec cuda_field();
void complain_of_cuda(const Fields& fields, Complaints& complaints);

/// What was chosen and why: these sentences, each once, or the choice's own reason where there are none.
std::string choice_text(const CudaChoice& choice, const std::vector<std::string>& reasons);

}  // namespace rigsetup
