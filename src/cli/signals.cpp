// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/signals.hpp"

#include <cerrno>

#include <sys/signalfd.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>

namespace rigsetup::cli {

Signals::Signals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH}) sigaddset(&wanted, signal);
  sigprocmask(SIG_BLOCK, &wanted, &before_);
  descriptor_ = ::signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
  if (descriptor_ >= 0) return;
  const int fault = errno;
  sigprocmask(SIG_SETMASK, &before_, nullptr);
  throw errno_error("wait for signals", fault);
}

Signals::~Signals() {
  ::close(descriptor_);
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<int> Signals::take() const {
  signalfd_siginfo info{};
  if (::read(descriptor_, &info, sizeof info) != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace rigsetup::cli
