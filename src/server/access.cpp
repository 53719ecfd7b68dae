// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "server/access.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>

namespace rigsetup::server {
namespace {

std::vector<gid_t> groups_of(int socket) {
  std::vector<gid_t> groups(32);
  for (;;) {
    socklen_t bytes = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes) == 0) {
      groups.resize(bytes / sizeof(gid_t));
      return groups;
    }
    if (errno != ERANGE) throw errno_error("learn the groups of a client", errno);
    groups.resize(bytes / sizeof(gid_t));
  }
}

std::optional<gid_t> group_id(const std::string& name) {
  std::vector<char> buffer(4096);
  group entry{};
  group* found = nullptr;
  int error = 0;
  while ((error = getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found)) == ERANGE) {
    buffer.resize(buffer.size() * 2);  // a group with very many members
  }
  if (error != 0 || found == nullptr) return std::nullopt;
  return found->gr_gid;
}

std::string user_name(uid_t uid) {
  std::vector<char> buffer(4096);
  passwd entry{};
  passwd* found = nullptr;
  while (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == ERANGE) {
    buffer.resize(buffer.size() * 2);
  }
  return found == nullptr ? std::to_string(uid) : std::string(found->pw_name);
}

}  // namespace

Peer peer_of(int socket) {
  ucred credentials{};
  socklen_t bytes = sizeof(credentials);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &bytes) != 0) {
    throw errno_error("learn who a client is", errno);
  }
  return {credentials.uid, credentials.gid, credentials.pid, groups_of(socket), false};
}

bool is_trusted(const Peer& peer, uid_t daemon, const std::string& group) {
  if (peer.uid == 0 || peer.uid == daemon) return true;
  // Looked up each time: the administrator may make the group while the daemon runs.
  const auto id = group_id(group);
  return id && (peer.gid == *id || std::ranges::find(peer.groups, *id) != peer.groups.end());
}

Error denied(const Peer& peer, std::string_view doing) {
  return Error(Code::denied, format("cannot {}: user {} may not do this", doing, user_name(peer.uid)),
               "use sudo, or become a member of the group rigsetup, which is as good as root");
}

void require_trusted(const Peer& peer, std::string_view doing) {
  if (!peer.trusted) throw denied(peer, doing);
}

Caller caller_of(const Peer& peer) { return {peer.uid, user_name(peer.uid), peer.pid}; }

}  // namespace rigsetup::server
