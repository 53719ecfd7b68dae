// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// The hosts, with their ports, of the archives that apt-get's output says it gets something from, in that
/// order, each once.
std::vector<std::string> hosts_in(std::string_view output);

/// "from a.org or b.org": it gets from several at once, and does not say which one keeps it.
std::string from_any(const std::vector<std::string>& hosts);

}  // namespace rigsetup::apt
