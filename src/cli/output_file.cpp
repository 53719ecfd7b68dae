// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/output_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::cli {
namespace {

/// 0, or the error number.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count >= 0)
      text.remove_prefix(static_cast<std::size_t>(count));
    else if (errno != EINTR)
      return errno;
  }
  return 0;
}

/// Puts the new file in place. A link is made only where there is nothing yet; 0, or the error number.
int put_in_place(const std::string& fresh, const std::string& path, bool may_replace) {
  if (may_replace) return ::rename(fresh.c_str(), path.c_str()) == 0 ? 0 : errno;
  const int fault = ::link(fresh.c_str(), path.c_str()) == 0 ? 0 : errno;
  ::unlink(fresh.c_str());
  return fault;
}

}  // namespace

void write_file(const std::string& path, std::string_view text, unsigned mode, bool may_replace) {
  const std::string fresh = path + ".new";
  const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
  if (descriptor < 0) throw errno_error(format("write {}", printable(path)), errno);
  int fault = write_all(descriptor, text);
  if (::close(descriptor) != 0 && fault == 0) fault = errno;
  if (fault == 0) fault = put_in_place(fresh, path, may_replace);
  if (fault == 0) return;
  ::unlink(fresh.c_str());
  if (fault == EEXIST) {
    throw Error(Code::conflict, format("cannot write {}: it exists", printable(path)),
                "name another file, or say --replace");
  }
  throw errno_error(format("write {}", printable(path)), fault);
}

}  // namespace rigsetup::cli
