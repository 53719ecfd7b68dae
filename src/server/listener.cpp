// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "server/listener.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>

namespace rigsetup::server {
namespace {

sockaddr_un address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof(address.sun_path)) {
    throw Error(Code::invalid, format("cannot listen on {}: the path is too long", path.string()),
                format("a socket's path has at most {} bytes", sizeof(address.sun_path) - 1));
  }
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  return address;
}

int new_socket() {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) throw errno_error("make a socket", errno);
  return fd;
}

/// Does a living process listen on the socket? Non-blocking: a full queue (EAGAIN) is a living one too.
bool somebody_listens(const sockaddr_un& address) {
  const int fd = new_socket();
  const bool connected = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  const int error = errno;
  close(fd);
  return connected || error == EAGAIN;
}

}  // namespace

Listener::Listener(const std::filesystem::path& path) {
  const int passed = sd_listen_fds(1);
  if (passed > 1) throw Error(Code::invalid, "cannot listen: systemd passed more than one socket");
  if (passed == 1) {
    if (sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, nullptr, 0) <= 0) {
      throw Error(Code::invalid, "cannot listen: what systemd passed is no listening unix socket");
    }
    fd_ = SD_LISTEN_FDS_START;
    return;
  }
  const auto doing = format("listen on {}", path.string());
  const auto address = address_of(path);
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) throw errno_error(doing, error.value());
  if (somebody_listens(address)) {
    throw Error(Code::busy, format("cannot {}: another rigsetupd does", doing),
                "stop it first, or use another --socket");
  }
  struct stat there {};
  if (lstat(path.c_str(), &there) == 0 && !S_ISSOCK(there.st_mode)) {
    throw Error(Code::conflict, format("cannot {}: there is something that is no socket", doing));
  }
  unlink(path.c_str());
  fd_ = new_socket();
  made_ = path;
  // Nobody can connect before listen(), hence nobody sees the mode that the umask left.
  if (bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      chmod(path.c_str(), 0666) != 0 || listen(fd_, SOMAXCONN) != 0) {
    const int failed = errno;
    close(fd_);
    throw errno_error(doing, failed);
  }
}

Listener::~Listener() {
  if (!made_.empty()) unlink(made_.c_str());
  if (fd_ >= 0) close(fd_);
}

int Listener::release() { return std::exchange(fd_, -1); }

}  // namespace rigsetup::server
