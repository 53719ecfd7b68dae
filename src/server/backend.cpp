// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "server/backend.hpp"

#include <algorithm>
#include <variant>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/log.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::server {

RootTurns::Turn RootTurns::wait_for(const std::string& root, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  if (!ended_.wait(lock, stop, [&] { return !busy_.contains(root); })) throw Cancelled();
  busy_.insert(root);
  return Turn(*this, root);
}

void RootTurns::end(const std::string& root) {
  {
    const std::lock_guard lock(mutex_);
    busy_.erase(root);
  }
  ended_.notify_all();
}

std::string canonical_root(const std::string& root) {
  if (root.empty() || root == "/") return "/";
  if (!root.starts_with('/')) {
    throw Error(Code::invalid,
                format("cannot use {} as a root: it is not an absolute path", printable(root)));
  }
  if (root.find('\0') != std::string::npos) {
    throw Error(Code::invalid, format("cannot use {} as a root: no path has a zero byte", printable(root)));
  }
  std::error_code error;
  const auto path = std::filesystem::canonical(root, error);
  if (error || !std::filesystem::is_directory(path, error)) {
    throw Error(Code::not_found, format("cannot use {} as a root: {}", printable(root),
                                        error ? error.message() : "it is not a folder"));
  }
  return path.string();
}

std::string root_for(const std::string& root, const std::string& rig) {
  return canonical_root(root.empty() ? rig : root);
}

std::optional<std::int64_t> going_on(const Backend& backend) {
  const auto run = backend.runs.current();
  if (!run) return std::nullopt;
  const auto unfinished = backend.journal.unfinished();
  if (std::ranges::find(unfinished, *run) == unfinished.end()) return std::nullopt;
  return run;
}

std::optional<std::int64_t> going_on(const Backend& backend, const std::string& root) {
  const auto run = going_on(backend);
  if (!run) return std::nullopt;
  const auto first = backend.journal.read(*run, 0, 1);
  if (first.empty()) return std::nullopt;
  const auto* started = std::get_if<RunStarted>(&first.front().event);
  return started != nullptr && started->root == root ? run : std::nullopt;
}

void require_no_run(const Backend& backend, const std::string& root, std::string_view doing) {
  const auto run = going_on(backend, root);
  if (!run) return;
  throw Error(Code::busy, format("cannot {}: run {} is changing {}", doing, *run, root),
              format("follow it with: rigsetup watch {}", *run));
}

ScratchFolder::ScratchFolder(const Settings& settings) : path_(settings.state / "requests" / random_hex(8)) {
  std::error_code error;
  std::filesystem::create_directories(path_, error);
  if (error) throw errno_error(format("make {}", path_.string()), error.value());
}

ScratchFolder::~ScratchFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
  if (error) log(LogLevel::warning, format("cannot remove {}: {}", path_.string(), error.message()));
}

}  // namespace rigsetup::server
