// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/when.hpp>

namespace rigsetup {

std::string why_not_wanted(const When& when, const Facts& facts) {
  if (!when.platform.empty()) {
    const bool listed =
        std::find(when.platform.begin(), when.platform.end(), facts.platform()) != when.platform.end();
    if (!listed) return format("only for {}, this is {}", join(when.platform, ", "), facts.platform());
  }
  if (when.gpu.empty()) return {};
  if (!facts.machine) return "depends on the GPU, and it is not known on what machine this tree will run";
  if (when.gpu == "nvidia" && !facts.has_nvidia_gpu()) return "there is no NVIDIA GPU";
  if (when.gpu == "none" && facts.has_nvidia_gpu()) return "there is an NVIDIA GPU";
  return {};
}

}  // namespace rigsetup
