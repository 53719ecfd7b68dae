// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/session.hpp"

#include <chrono>
#include <random>
#include <utility>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "cli/activity.hpp"
#include "cli/columns.hpp"
#include "cli/moment.hpp"

namespace rigsetup::cli {
namespace {

constexpr std::chrono::seconds k_between_lines{4};  // with a tick a second, never five without a line

/// A line on a terminal while a reply is awaited, taken away again; elsewhere a line now and then. On
/// standard error, so that what was asked for stays alone on standard output.
class WaitingLine {
 public:
  WaitingLine(const Session& session, std::string_view doing, std::string token = {})
      : daemon_(session.daemon),
        quiet_(session.options.json),
        live_(session.screen.live),
        width_(session.screen.width),
        doing_(doing),
        token_(std::move(token)) {}
  WaitingLine(const WaitingLine&) = delete;
  ~WaitingLine() {
    if (shown_ && live_) warn("\r\x1b[K");
  }
  void operator()(std::chrono::seconds time) {
    if (quiet_ || (!live_ && time - said_ < k_between_lines)) return;
    said_ = time;
    const std::string text = format("{}{} ({})", doing_, what_the_daemon_says(), clock_text(time));
    warn(live_ ? "\r\x1b[K" + fit(text, width_ - 1, "...") : text + "\n");
    shown_ = true;
  }

 private:
  std::string what_the_daemon_says() const {
    if (token_.empty()) return "";
    try {
      const auto now = std::chrono::system_clock::now();
      Activity activity(now);
      activity.report(progress_from(parse_json(daemon_.get("/v1/activity/" + token_), "an activity")), now);
      std::string text = activity.doing();
      if (const std::string amount = activity.amount(); !amount.empty()) text += ", " + amount;
      return text.empty() ? "" : ": " + text;
    } catch (const Refused&) {
      return "";  // it has just been answered
    }
  }

  const Daemon& daemon_;
  bool quiet_;
  bool live_;
  int width_;
  std::string doing_;
  std::string token_;
  std::chrono::seconds said_{0};
  bool shown_ = false;
};

}  // namespace

std::string Session::with_root(std::string_view path) const {
  std::string query;
  if (!options.root.empty()) query = "?root=" + url_encoded(options.root);
  if (!options.rig.empty()) query += (query.empty() ? "?rig=" : "&rig=") + url_encoded(options.rig);
  return std::string(path) + query;
}

std::string Session::get(const std::string& target, std::string_view doing) const {
  WaitingLine line(*this, doing);
  return daemon.get(target, std::ref(line));
}

std::string Session::post(const std::string& target, const Value& body, std::string_view doing,
                          const std::string& token) const {
  WaitingLine line(*this, doing, token);
  return daemon.post(target, body, std::ref(line));
}

std::string Session::command(std::vector<std::string> words, bool with_root) const {
  if (with_root && !options.root.empty()) words.insert(words.end(), {"--root", options.root});
  if (with_root && !options.rig.empty()) words.insert(words.end(), {"--rig", options.rig});
  if (options.socket_given) words.insert(words.end(), {"--socket", options.socket});
  for (std::string& word : words) word = printable(shell_word(word));
  return "rigsetup " + join(words, " ");
}

std::string random_token() {
  std::random_device random;
  std::string token;
  for (int i = 0; i < 4; ++i) token += format("{:08x}", random());
  return token;
}

std::string shell_word(const std::string& word) {
  constexpr std::string_view k_plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/=:,+@%";
  if (!word.empty() && word.find_first_not_of(k_plain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

void say_json(std::string body) {
  while (!body.empty() && body.back() == '\n') body.pop_back();
  say(body + "\n");
}

}  // namespace rigsetup::cli
