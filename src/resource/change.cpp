// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/change.hpp"

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup {

Finished change(const Context& context, const std::string& label, Command command, bool may_cut) {
  if (context.stop.stop_requested()) throw Cancelled();
  Progress progress;
  progress.label = label;
  progress.may_cut = may_cut;
  context.reporter.progress(progress);
  const std::string name = std::filesystem::path(command.argv.front()).filename().string();
  Finished finished = context.run_job(name, std::move(command), may_cut);
  if (context.stop.stop_requested()) throw Cancelled();
  return finished;
}

Finished change(const Context& context, const std::string& label, std::vector<std::string> argv,
                bool may_cut) {
  Command command;
  command.argv = std::move(argv);
  return change(context, label, std::move(command), may_cut);
}

std::string failure_text(const std::string& program, const Finished& finished) {
  const auto said = printable(last_lines(finished.out, 1));
  return format("{}: {}{}{}", program, finished.text(), said.empty() ? "" : ": ", said);
}

}  // namespace rigsetup
