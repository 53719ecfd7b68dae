// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "server/activity.hpp"

#include <utility>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>

namespace rigsetup::server {
namespace {

constexpr std::size_t k_least = 16;  // what cannot be guessed
constexpr std::size_t k_most = 64;

}  // namespace

std::unique_ptr<Activities::Telling> Activities::begin(const std::string& token, const Peer& peer) {
  if (!token.empty()) {
    if (token.size() < k_least || token.size() > k_most ||
        token.find_first_not_of("0123456789abcdef") != std::string::npos) {
      throw Error(Code::invalid, "cannot take the token: it is not 16 to 64 hexadecimal digits");
    }
    const std::lock_guard lock(mutex_);
    if (!entries_.try_emplace(token, Entry{peer.uid, {}}).second) {
      throw Error(Code::conflict, "cannot take the token: another request has it", "choose one at random");
    }
  }
  return std::make_unique<Telling>(*this, token);
}

Progress Activities::find(const std::string& token, const Peer& peer) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(token);
  if (found == entries_.end() || (peer.uid != 0 && peer.uid != found->second.owner)) {
    throw Error(Code::not_found, "cannot find that activity",
                "it ends when the request that it belongs to is answered");
  }
  return found->second.progress;
}

Activities::Telling::~Telling() {
  const std::lock_guard lock(activities_.mutex_);
  activities_.entries_.erase(token_);
}

void Activities::Telling::progress(Progress progress) {
  const std::lock_guard lock(activities_.mutex_);
  show(standstill_.report(std::move(progress), std::chrono::steady_clock::now()));
}

void Activities::Telling::busy(const std::string& what, std::chrono::seconds time) {
  const std::lock_guard lock(activities_.mutex_);
  if (const auto shown = standstill_.busy(what, time, std::chrono::steady_clock::now())) show(*shown);
}

void Activities::Telling::show(const Progress& progress) {
  const auto found = activities_.entries_.find(token_);
  if (found != activities_.entries_.end()) found->second.progress = progress;
}

void Activities::Telling::say(std::string label) {
  Progress now;
  now.label = std::move(label);
  progress(std::move(now));
}

}  // namespace rigsetup::server
