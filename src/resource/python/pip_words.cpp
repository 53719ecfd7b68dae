// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/pip_words.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <vector>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup {
namespace {

bool has(std::string_view text, std::string_view words) { return text.find(words) != std::string_view::npos; }

/// What stands between two marks; empty where the first is not there.
std::string between(std::string_view text, std::string_view before, std::string_view after) {
  const auto at = text.find(before);
  if (at == std::string_view::npos) return "";
  const auto rest = text.substr(at + before.size());
  return printable(trim(rest.substr(0, rest.find(after))));
}

/// The line behind the one with these words.
std::string line_after(std::string_view output, std::string_view words) {
  const auto lines = split_lines(output);
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    if (has(lines[i], words)) return printable(trim(lines[i + 1]));
  }
  return "";
}

std::optional<PipFailure> of_hashes(std::string_view output) {
  if (has(output, "DO NOT MATCH THE HASHES")) {
    // "    numpy==1.0 from http://host/numpy-1.0.whl#sha256=...:"
    std::string package;
    std::string above;
    for (const auto& line : split_lines(output)) {
      if (has(line, "Expected sha256")) package = above;
      above = std::string(trim(line));
    }
    return PipFailure{
        Code::conflict,
        format("what was downloaded for {} has another hash than the requirements demand",
               printable(package.substr(0, package.find_first_of(" #")))),
        "the index has another file than when the hashes were written: write them anew from a source "
        "that you trust"};
  }
  if (has(output, "--require-hashes mode")) {
    return PipFailure{Code::invalid, "a package that is needed has no hash, and all must have one",
                      "the requirements file must name every dependency with version and hash: pip-compile "
                      "--generate-hashes writes it so"};
  }
  return std::nullopt;
}

std::optional<PipFailure> of_network(std::string_view output) {
  if (const auto status = between(output, "ResponseError('too many ", " error responses"); !status.empty()) {
    return PipFailure{Code::network, format("the package index answers with HTTP error {} each time", status),
                      "it is out of order, or a proxy before it: try again later, or name another index_url"};
  }
  for (const std::string_view sign :
       {"NewConnectionError", "Failed to establish a new connection", "ConnectTimeout", "ConnectTimeoutError",
        "NameResolutionError", "Connection refused", "ProxyError", "SSLError", "ReadTimeoutError",
        "connection broken", "Connection broken", "IncompleteRead", "Connection reset", "HTTP error 5",
        "IncompleteDownloadError"}) {
    if (!has(output, sign)) continue;
    return PipFailure{Code::network, format("pip cannot reach the package index ({})", sign),
                      "look at the network, at index_url and at the proxy"};
  }
  if (const auto refused = between(output, "HTTP error ", "\n"); !refused.empty()) {
    return PipFailure{Code::network, format("the package index refuses: HTTP error {}", refused),
                      "look at index_url and at the rights that it asks for"};
  }
  return std::nullopt;
}

std::optional<PipFailure> of_rights(std::string_view output) {
  if (const auto folder = between(output, "Location '", "' is ignored"); !folder.empty()) {
    return PipFailure{Code::denied, format("its owner may not look into {}", folder),
                      "name a folder that he may read, or let others read it and enter those above"};
  }
  const auto path = between(output, "OSError: [Errno 13] Permission denied: '", "'");
  if (path.empty()) return std::nullopt;
  return PipFailure{
      Code::denied, format("its owner may not use {}", path),
      "look at its rights; what somebody has put into the environment as root, give to its owner "
      "with chown -R"};
}

std::optional<PipFailure> of_choice(std::string_view output) {
  if (has(output, "conflicting dependencies") || has(output, "ResolutionImpossible")) {
    const auto packages = between(output, "Cannot install ", " because ");
    const auto conflict = line_after(output, "The conflict is caused by");
    const auto kept = between(output, "The user requested (constraint) ", "\n");
    if (!kept.empty() && !conflict.empty()) {
      return PipFailure{Code::conflict, format("{}, and {} is there and has to stay", conflict, kept),
                        "ask for another version of the package, or of what has to stay"};
    }
    return PipFailure{Code::invalid,
                      format("{} cannot be had together{}{}", packages.empty() ? "the packages" : packages,
                             conflict.empty() ? "" : ": ", conflict),
                      "loosen one of their versions; the step's log has the whole conflict"};
  }
  const auto wanted = between(output, "satisfies the requirement ", " (from versions:");
  if (wanted.empty()) return std::nullopt;
  const auto versions = between(output, "(from versions: ", ")");
  if (versions.empty() || versions == "none") {
    return PipFailure{
        Code::not_found, format("the package index has nothing for {}", wanted),
        "look at its spelling and at index_url; there may be no build for this version of Python"};
  }
  const auto all = split(versions, ',');
  std::vector<std::string> last(all.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(all.size(), 5)),
                                all.end());
  return PipFailure{Code::not_found,
                    format("no version of the package index fits {}; it has {}{}", wanted,
                           last.size() < all.size() ? "..." : "", join(last, ",")),
                    "name one of those; others may be for another version of Python"};
}

std::optional<PipFailure> of_building(std::string_view output) {
  auto package = between(output, "Failed building wheel for ", "\n");
  if (package.empty() && !has(output, "metadata-generation-failed") &&
      !has(output, "subprocess-exited-with-error")) {
    return std::nullopt;
  }
  return PipFailure{
      Code::program,
      format("{} has to be compiled here, and that failed", package.empty() ? "a package" : package),
      "name a version that has wheels, or add what it is built with (build-essential, python3-dev) in "
      "an apt_packages step above; the step's log has the compiler's words"};
}

std::uint64_t number_in(std::string_view word) {
  std::uint64_t number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

}  // namespace

std::optional<PipFailure> why_pip_failed(std::string_view output) {
  if (has(output, "No space left on device") || has(output, "[Errno 28]")) {
    return PipFailure{Code::io, "the disk is full",
                      "make room where the environment lies: frameworks with CUDA take 10 GB and more"};
  }
  if (auto failure = of_hashes(output)) return failure;
  // Without a network pip says in the end that there is no such package: what it said before counts.
  if (auto failure = of_network(output)) return failure;
  if (auto failure = of_rights(output)) return failure;
  if (auto failure = of_choice(output)) return failure;
  return of_building(output);
}

std::string pages_in_vain(std::string_view log) {
  std::string lines;
  for (const auto& line : split_lines(log)) {
    if (has(line, "Could not fetch URL") && has(line, "ResponseError")) lines += "\n" + line;
  }
  return lines;
}

bool was_cut_off(std::string_view output) {
  const auto lines = split_lines(output);
  return std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
    if (has(line, "Retrying (")) return false;  // what it has tried again already
    for (const std::string_view sign : {"Connection broken", "IncompleteRead", "Connection reset",
                                        "IncompleteDownloadError", "Read timed out"}) {
      if (has(line, sign)) return true;
    }
    return false;
  });
}

std::optional<Progress> pip_progress(std::string_view line, const std::string& label) {
  const auto words = split_words(line);
  if (words.size() < 2) return std::nullopt;
  Progress progress;
  if (words[0] == "Progress" && words.size() == 4) {  // "Progress 524288 of 1234567", of --progress-bar=raw
    progress.label = label;
    progress.done = number_in(words[1]);
    progress.total = number_in(words[3]);
    progress.unit = "bytes";
  }
  if (words[0] == "Collecting") progress.label = "looking for " + words[1];
  if (words[0] == "Downloading")
    progress.label = "downloading " + std::filesystem::path(words[1]).filename().string();
  if (words[0] == "Building" && words.size() > 3) progress.label = "building " + words[3];
  if (words[0] == "Installing") progress.label = "installing packages";
  if (progress.label.empty()) return std::nullopt;
  progress.label = printable(progress.label);
  return progress;
}

}  // namespace rigsetup
