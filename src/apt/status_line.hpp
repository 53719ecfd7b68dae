// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rigsetup::apt {

/// A line on the descriptor that APT::Status-Fd names.
struct StatusLine {
  enum class Kind { download, package, error, conffile };
  Kind kind = Kind::package;
  std::string subject;  ///< the package or the conffile; of a download its number
  double percent = 0;   ///< counts from 0 to 100 once for downloading and once for dpkg
  std::string text;     ///< "Unpacking cuda-nvcc (amd64)"
};
std::optional<StatusLine> parse_status_line(std::string_view line);

/// "unpacking cuda-nvcc": the text as a phase's label.
std::string label_of(const StatusLine& line);

/// The host, with its port, of the last archive that apt-get's output says it gets something from; empty when
/// it says none.
std::string host_in(std::string_view output);

}  // namespace rigsetup::apt
