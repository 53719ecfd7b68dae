// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "server/access.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

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

/// The device number of a process's controlling terminal, as /proc tells it: the fifth field after the name
/// of the program, which may itself hold spaces and parentheses. 0: it has none, or is gone.
dev_t terminal_device(pid_t pid) {
  std::ifstream file(format("/proc/{}/stat", pid));
  const std::string line(std::istreambuf_iterator<char>(file), {});
  const auto words = split_words(std::string_view(line).substr(line.rfind(')') + 1));
  return words.size() > 4 ? static_cast<dev_t>(std::strtoul(words[4].c_str(), nullptr, 10)) : 0;
}

}  // namespace

std::string terminal_of(pid_t pid) {
  const dev_t device = terminal_device(pid);
  if (device == 0) return "";
  // Pseudo-terminals have eight major numbers of 256 each, and are the only ones that sysfs does not list.
  constexpr unsigned k_first = 136;
  constexpr unsigned k_last = 143;
  if (major(device) >= k_first && major(device) <= k_last)
    return format("pts/{}", (major(device) - k_first) * 256 + minor(device));
  std::error_code failed;
  const auto link =
      std::filesystem::read_symlink(format("/sys/dev/char/{}:{}", major(device), minor(device)), failed);
  return failed ? "" : link.filename().string();
}

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

Caller caller_of(const Peer& peer) {
  return {peer.uid, user_name(peer.uid), peer.pid, terminal_of(peer.pid)};
}

}  // namespace rigsetup::server
