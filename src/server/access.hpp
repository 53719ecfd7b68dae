// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/event/event.hpp>

namespace rigsetup::server {

/// The process at the other end of a connection, as the kernel saw it when it connected.
struct Peer {
  uid_t uid = 0;
  gid_t gid = 0;
  pid_t pid = 0;
  std::vector<gid_t> groups;  ///< supplementary ones
  bool trusted = false;       ///< may change the machine
};

/// SO_PEERCRED has the primary group only; the others are in SO_PEERGROUPS. Throws Error(io).
Peer peer_of(int socket);

/// Root, the user the daemon runs as, and members of the group: each is as good as root.
bool is_trusted(const Peer& peer, uid_t daemon, const std::string& group);

/// "cannot <doing>: user alice may not do this", with what helps.
Error denied(const Peer& peer, std::string_view doing);
/// Throws denied() for a peer that is not trusted.
void require_trusted(const Peer& peer, std::string_view doing);

/// The controlling terminal of a process: "pts/3", "tty1", "ttyS0"; empty when it has none or cannot be
/// asked. For people who read a run's history, never for access: the process may be gone, and its number
/// another's.
std::string terminal_of(pid_t pid);

Caller caller_of(const Peer& peer);

}  // namespace rigsetup::server
