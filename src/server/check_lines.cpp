// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "server/check_lines.hpp"

#include <rigsetup/base/text.hpp>

namespace rigsetup::server {

protocol::CheckLine check_line(const Step& step, const std::optional<CheckResult>& result) {
  protocol::CheckLine line;
  line.step = step.id;
  line.kind = step.kind;
  line.outcome = "unknown";
  if (!result) return line;
  line.outcome = to_string(result->outcome);
  line.reason = result->reason;
  line.time = iso_time(result->time);
  for (const auto& proof : result->evidence) line.evidence.push_back({proof.what, proof.seen});
  if (!result->faults.empty()) {
    line.reason = result->faults.front().message;
    line.hint = result->faults.front().hint;
  }
  return line;
}

}  // namespace rigsetup::server
