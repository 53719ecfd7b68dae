// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/resource/resource.hpp>

namespace rigsetup {

Finished Context::run_job(const std::string& name, Command command, bool may_cut,
                          const JobWatcher& watcher) const {
  // An earlier try of this step, before a crash or a retry, left its folder.
  std::filesystem::path folder = work / name;
  for (int next = 2; std::filesystem::exists(folder); ++next)
    folder = work / (name + "-" + std::to_string(next));
  return host.programs.run_job({std::move(command), std::move(folder), log, may_cut}, watcher, stop);
}

}  // namespace rigsetup
