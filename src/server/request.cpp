// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "server/request.hpp"

#include <charconv>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

namespace rigsetup::server {
namespace {

constexpr std::size_t k_most_values =
    10'000;  // of a body; a recipe is one of them, and so is each attachment

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decoded(std::string_view text, bool plus_is_space) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0)
        throw Error(Code::invalid, "cannot read the request: a broken %-escape in its target");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (c == '\0') throw Error(Code::invalid, "cannot read the request: a zero byte in its target");
    plain += c;
  }
  return plain;
}

}  // namespace

Request::Request(std::string_view method_name, std::string_view target) : method(method_name) {
  const auto question = target.find('?');
  path = decoded(target.substr(0, question), false);
  if (question == std::string_view::npos) return;
  for (const auto& pair : split(target.substr(question + 1), '&')) {
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const auto name = decoded(pair.substr(0, equals), true);
    const auto value = equals == std::string::npos ? std::string() : decoded(pair.substr(equals + 1), true);
    if (!query.emplace(name, value).second) {
      throw Error(Code::invalid, format("cannot read the request: it says {} twice", printable(name)));
    }
  }
}

Value Request::json() const { return parse_json(body, "the request", k_most_values); }

std::string Request::parameter(const std::string& name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string() : found->second;
}

std::int64_t Request::number(const std::string& name, std::int64_t fallback) const {
  const auto text = parameter(name);
  if (text.empty()) return fallback;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) {
    throw Error(Code::invalid, format("cannot take {}={}: it is not a number", name, printable(text)));
  }
  return value;
}

bool Request::flag(const std::string& name) const {
  const auto text = parameter(name);
  if (text.empty() || text == "0" || text == "false") return false;
  if (text == "1" || text == "true") return true;
  throw Error(Code::invalid, format("cannot take {}={}: it is 0 or 1", name, printable(text)));
}

Reply json_reply(const Value& value, unsigned status) {
  Reply reply;
  reply.status = status;
  reply.body = to_json(value) + "\n";
  return reply;
}

Reply text_reply(std::string text, std::string type) {
  Reply reply;
  reply.type = std::move(type);
  reply.body = std::move(text);
  return reply;
}

Reply problem_reply(const protocol::Problem& problem, unsigned status) {
  return json_reply(problem.to_value(), status);
}

Reply problem_reply(const Error& error, std::int64_t run) {
  protocol::Problem problem;
  problem.code = error.code();
  problem.message = error.message();
  problem.hint = error.hint();
  problem.place = error.place().text();
  problem.run = run;
  return problem_reply(problem, static_cast<unsigned>(protocol::http_status(error.code())));
}

}  // namespace rigsetup::server
