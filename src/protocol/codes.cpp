// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/protocol/messages.hpp>

namespace rigsetup::protocol {

int http_status(Code code) {
  switch (code) {
    case Code::denied:
      return 403;
    case Code::not_found:
      return 404;
    case Code::busy:
    case Code::conflict:
    case Code::consent:
      return 409;
    case Code::invalid:
    case Code::unsupported:
      return 422;
    case Code::network:
      return 502;
    case Code::io:
    case Code::program:
    case Code::internal:
      return 500;
  }
  return 500;
}

int exit_code(Code code) {
  switch (code) {
    case Code::invalid:
    case Code::conflict:
    case Code::consent:
    case Code::unsupported:
      return k_exit_usage;
    case Code::denied:
      return k_exit_denied;
    case Code::busy:
      return k_exit_busy;
    case Code::not_found:
    case Code::io:
    case Code::network:
    case Code::program:
    case Code::internal:
      return k_exit_failed;
  }
  return k_exit_failed;
}

}  // namespace rigsetup::protocol
