// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/options.hpp"

#include <filesystem>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/protocol/messages.hpp>

#include "cli/verbs.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::cli;

namespace {

std::string no_variables(const char*) { return ""; }

Options parsed(const std::string& line) {
  return parse_options(split_words(line), no_variables, all_verbs());
}

Error fault_of_line(const std::string& line) {
  try {
    parsed(line);
  } catch (const Error& error) {
    return error;
  }
  FAIL("accepted: " << line);
  throw 0;
}

}  // namespace

TEST_CASE("options stand before or after the verb") {
  for (const char* line : {"--json --root /srv apply -y demo", "apply demo --root /srv --json --yes",
                           "apply --root=/srv demo -y --json"}) {
    CAPTURE(line);
    const Options options = parsed(line);
    CHECK(options.verb->name == "apply");
    CHECK(options.operands == std::vector<std::string>{"demo"});
    CHECK(options.root == "/srv");
    CHECK(options.json);
    CHECK(options.yes);
    CHECK_FALSE(options.detach);
  }
}

TEST_CASE("a bare call has no verb, and help and version need none") {
  CHECK(parsed("").verb == nullptr);
  CHECK(parsed("--help").help);
  CHECK(parsed("-h").help);
  CHECK(parsed("--version").version);
  CHECK(parsed("plan --help").help);  // and no complaint about the missing recipe
}

TEST_CASE("the socket comes from the option, the environment or the package") {
  const auto variables = [](const char* name) {
    return std::string(name) == "RIGSETUP_SOCKET" ? "/tmp/e" : "";
  };
  CHECK(parse_options({"status"}, no_variables, all_verbs()).socket == protocol::k_socket);
  CHECK(parse_options({"status"}, variables, all_verbs()).socket == "/tmp/e");
  CHECK_FALSE(parse_options({"status"}, variables, all_verbs()).socket_given);
  const Options given = parse_options({"--socket", "/tmp/o", "status"}, variables, all_verbs());
  CHECK(given.socket == "/tmp/o");
  CHECK(given.socket_given);
}

TEST_CASE("a root is absolute, and / is the machine") {
  CHECK(parsed("status --root /").root.empty());
  CHECK(parsed("status --root /srv/../srv/image/").root == "/srv/image");
  CHECK(parsed("status --root image").root == (std::filesystem::canonical(".") / "image").string());
  CHECK(fault_of_line("status --root=").code() == Code::invalid);
}

TEST_CASE("after -- everything is an operand") {
  CHECK(parsed("plan -- --odd.yaml").operands == std::vector<std::string>{"--odd.yaml"});
}

TEST_CASE("what cannot be understood is an invalid use with advice") {
  struct Row {
    const char* line;
    const char* message;
    const char* hint;
  };
  const std::vector<Row> rows{
      {"aply demo", "cannot understand \"aply\"", "did you mean apply?"},
      {"zzzzzz", "cannot understand \"zzzzzz\"", "rigsetup help shows all"},
      {"apply demo --detahc", "cannot understand the option --detahc", "did you mean --detach?"},
      {"apply demo --frobnicate", "cannot understand the option --frobnicate", "rigsetup help --all shows all"},
      {"tidy", "cannot understand \"tidy\"", "rigsetup help shows all"},
      {"validate", "cannot validate without FILE", "rigsetup help validate"},
      {"plan a b", "cannot understand \"b\" after plan", "rigsetup help plan"},
      {"plan demo --yes", "cannot use --yes with plan", "rigsetup help plan"},
      {"runs --root /x", "cannot use --root with runs", "rigsetup help runs"},
      {"runs --limit many", "cannot use --limit many: not a positive number", ""},
      {"runs --limit 0", "cannot use --limit 0: not a positive number", ""},
      {"runs --limit", "cannot use --limit without its N", ""},
      {"wait --for tea", "cannot wait for tea", "--for ready or --for idle"},
      {"wait --timeout soon", "cannot use --timeout soon: not a time", "for example 90s, 10min or 1h 30min"},
      {"plan demo --timeout 1s", "cannot use --timeout with plan", "rigsetup help plan"},
      {"complet", "cannot understand \"complet\"", "rigsetup help shows all"},
      {"runs --json=yes", "cannot give a value to --json", ""},
      {"show 1 2", "cannot understand \"2\" after show", "rigsetup help show"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    const Error error = fault_of_line(row.line);
    CHECK(error.code() == Code::invalid);
    CHECK(protocol::exit_code(error.code()) == 2);
    CHECK(error.message() == row.message);
    CHECK(error.hint() == row.hint);
  }
}

TEST_CASE("what is waited for, and how long") {
  CHECK(parsed("wait").wait_for == "ready");
  CHECK_FALSE(parsed("wait").timeout.has_value());
  CHECK(parsed("wait --for idle --timeout 10min").wait_for == "idle");
  CHECK(parsed("wait --timeout=0 --for=ready").timeout == std::chrono::seconds(0));
}
