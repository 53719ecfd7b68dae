// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/work_in_target.hpp"

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>

namespace rigsetup {

std::filesystem::path outside_of(const Tree& target, const std::filesystem::path& folder) {
  std::filesystem::path path = "/";
  for (const auto& part : folder.relative_path()) {
    path /= part;
    const auto info = target.info(path);
    if (!target.is_machine() && (!info || info->type != FileInfo::Type::directory)) {
      throw Error(Code::unsupported,
                  format("cannot download into {} of {}: it is no plain folder", path.string(),
                         target.root().string()),
                  "make it a folder of the tree itself");
    }
  }
  return target.outside(folder);
}

}  // namespace rigsetup
