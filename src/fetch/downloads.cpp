// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <cstdlib>
#include <optional>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>
#include <rigsetup/fetch/downloads.hpp>
#include <rigsetup/fetch/network.hpp>

namespace rigsetup {
namespace {

constexpr const char* k_passed_on[] = {"http_proxy",   "https_proxy",   "HTTPS_PROXY", "all_proxy",
                                       "ALL_PROXY",    "no_proxy",      "NO_PROXY",    "SSL_CERT_FILE",
                                       "SSL_CERT_DIR", "CURL_CA_BUNDLE"};

/// Lines out of pieces.
class Lines {
 public:
  explicit Lines(std::function<void(const std::string&)> on_line) : on_line_(std::move(on_line)) {}
  void add(std::string_view piece) {
    rest_ += piece;
    for (std::size_t end; (end = rest_.find('\n')) != std::string::npos;) {
      const std::string line = rest_.substr(0, end);
      rest_.erase(0, end + 1);
      on_line_(line);
    }
  }

 private:
  std::function<void(const std::string&)> on_line_;
  std::string rest_;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> network_environment() {
  std::vector<std::pair<std::string, std::string>> environment;
  for (const char* name : k_passed_on) {
    if (const char* value = std::getenv(name)) environment.emplace_back(name, value);
  }
  return environment;
}

void CurlDownloads::fetch(const Download& download, const Watcher& watcher, std::stop_token stop) {
  std::optional<Value> result;
  Lines lines([&](const std::string& line) {
    Value said = parse_json(line, "what the helper program fetch says");
    if (!said.find("done")) {
      result = std::move(said);
    } else if (watcher) {
      watcher({static_cast<std::uint64_t>(said.get("done", 0)),
               static_cast<std::uint64_t>(said.get("total", 0)), said.get("what", "")});
    }
  });
  Command command;
  command.argv = {"fetch"};
  command.helper = true;
  command.environment = network_environment();
  command.input = to_json(Value::map({{"url", download.url},
                                      {"to", std::filesystem::absolute(download.to).native()},
                                      {"sha256", download.sha256},
                                      {"limit", download.limit}}));
  command.output_limit = 64 << 10;
  command.on_output = [&](std::string_view piece) { lines.add(piece); };
  const Finished finished = programs_.run(command, stop);
  if (result && result->get("ok", false)) return;
  if (const Value* error = result ? result->find("error") : nullptr) {
    throw Error(code_from(error->get("code", "network")), error->get("message", "cannot fetch"),
                error->get("hint", ""));
  }
  throw Error(Code::internal, format("cannot fetch {}: the helper program ended early ({}) {}", download.url,
                                     finished.text(), printable(last_lines(finished.err, 3))));
}

}  // namespace rigsetup
