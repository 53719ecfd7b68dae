// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// fetch: downloads one file. Reads a request from standard input (one JSON object) and writes lines of JSON:
//
//     {"url": "https://…", "to": "/path", "sha256": "…", "limit": 0}     "attempts", "pause_ms", "stall_s":
//     its patience
//     {"done": 4096, "total": 65536, "what": "from HOST"}                 at most ten a second while that
//     stays; also "connecting to HOST", "trying again in 2 s (2 of 5): ..."
//     {"ok": true}   or   {"error": {"code": "network", "message": "cannot …", "hint": "…"}}
#include <chrono>
#include <iostream>
#include <iterator>
#include <string>

#include <curl/curl.h>
#include <stdio.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/data/json.hpp>

#include "fetch/transfer.hpp"

namespace rigsetup::fetch {
namespace {

Request request_from(const Value& value) {
  Request request;
  request.url = value.at("url").as_string();
  request.to = value.at("to").as_string();
  request.sha256 = value.get("sha256", "");
  request.limit = static_cast<std::uint64_t>(value.get("limit", 0));
  request.attempts = static_cast<int>(value.get("attempts", request.attempts));
  request.first_pause = std::chrono::milliseconds(value.get("pause_ms", request.first_pause.count()));
  request.stall = std::chrono::seconds(value.get("stall_s", request.stall.count()));
  return request;
}

void say(const Value& value) { std::cout << to_json(value) << std::endl; }

/// Tells progress, but not more often than anybody can see.
class Teller {
 public:
  void operator()(std::uint64_t done, std::uint64_t total, const std::string& what) {
    const auto now = std::chrono::steady_clock::now();
    const bool complete = total > 0 && done == total;
    if (now - last_ < std::chrono::milliseconds(100) && !complete && what == what_) return;
    last_ = now;
    what_ = what;
    say(Value::map({{"done", done}, {"total", total}, {"what", what}}));
  }

 private:
  std::chrono::steady_clock::time_point last_{};
  std::string what_;
};

}  // namespace
}  // namespace rigsetup::fetch

int main() {
  using namespace rigsetup;
  try {
    const std::string text(std::istreambuf_iterator<char>(std::cin), {});
    const fetch::Request request = fetch::request_from(parse_json(text, "the request"));
    ::curl_global_init(CURL_GLOBAL_DEFAULT);
    fetch::transfer(request, fetch::Teller());
    fetch::say(Value::map({{"ok", true}}));
    return 0;
  } catch (const Error& error) {
    fetch::say(Value::map({{"error", Value::map({{"code", to_string(error.code())},
                                                 {"message", error.message()},
                                                 {"hint", error.hint()}})}}));
    return 1;
  }
}
