// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <rigsetup/data/value.hpp>
#include <rigsetup/protocol/messages.hpp>

#include "server/access.hpp"

namespace rigsetup::server {

/// One request that has arrived whole. Knows nothing of sockets.
struct Request {
  Request() = default;
  /// Splits and decodes the target; throws Error(invalid) for what is no target.
  Request(std::string_view method_name, std::string_view target);

  std::string method;
  std::string path;
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> captures;  ///< what stands for {NAME} in the route's path
  std::string body;
  Peer peer;

  Value json() const;                                    ///< the body; throws Error(invalid)
  std::string parameter(const std::string& name) const;  ///< of the query; "" when absent
  std::int64_t number(const std::string& name, std::int64_t fallback) const;  ///< throws Error(invalid)
  bool flag(const std::string& name) const;  ///< "1" or "true"; throws Error(invalid) for other words
};

/// A body that comes piece by piece. Used on the io thread only; next() must be quick.
class Stream {
 public:
  enum class Next {
    piece,  ///< there is a piece
    later,  ///< nothing now; ask again when the journal woke
    end
  };
  virtual ~Stream() = default;
  virtual Next next(std::string& piece) = 0;
};

struct Reply {
  unsigned status = 200;
  std::string type = "application/json";
  std::string body;
  std::unique_ptr<Stream> stream;  ///< instead of a body
  std::string allow;               ///< of a 405
  /// Nothing to say yet: ask the same handler again after this time, as long as the client is there.
  std::optional<std::chrono::milliseconds> again;
};

Reply json_reply(const Value& value, unsigned status = 200);
Reply text_reply(std::string text, std::string type);
Reply problem_reply(const protocol::Problem& problem, unsigned status);
Reply problem_reply(const Error& error, std::int64_t run = 0);

}  // namespace rigsetup::server
