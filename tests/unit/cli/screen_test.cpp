// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/screen.hpp"

#include <map>

#include "cli/columns.hpp"
#include "cli/session.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup::cli;

namespace {

Screen screen_with(const std::map<std::string, std::string>& variables) {
  return detect_screen(
      [&](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::string() : found->second;
      },
      false);
}

}  // namespace

TEST_CASE("UTF-8 is what the locale's names say, the strongest first") {
  CHECK(screen_with({{"TERM", "xterm"}, {"LANG", "en_US.UTF-8"}}).utf8);
  CHECK(screen_with({{"TERM", "xterm"}, {"LC_CTYPE", "C.utf8"}}).utf8);
  CHECK_FALSE(screen_with({{"TERM", "xterm"}, {"LANG", "en_US.UTF-8"}, {"LC_ALL", "C"}}).utf8);
  CHECK_FALSE(screen_with({{"TERM", "dumb"}, {"LANG", "en_US.UTF-8"}}).utf8);
  CHECK_FALSE(screen_with({{"TERM", "xterm"}}).utf8);
}

TEST_CASE("nothing is coloured or redrawn on a dumb terminal") {
  const Screen screen = screen_with({{"TERM", "dumb"}});
  CHECK_FALSE(screen.live);
  CHECK_FALSE(screen.color);
  CHECK(screen.paint(Style::bad, "text") == "text");
}

TEST_CASE("who wants it plain gets it on every terminal") {
  const Screen asked = detect_screen(
      [](const char* name) { return std::string(name) == "LANG" ? "en_US.UTF-8" : "xterm"; }, false, true);
  CHECK_FALSE((asked.live || asked.color || asked.utf8));
  CHECK_FALSE(screen_with({{"TERM", "xterm"}, {"LANG", "en_US.UTF-8"}, {"RIGSETUP_PLAIN", "1"}}).utf8);
}

TEST_CASE("every mark is one column, with and without UTF-8, and no two are confused") {
  for (const bool utf8 : {false, true}) {
    Screen screen;
    screen.utf8 = utf8;
    for (int i = 0; i <= static_cast<int>(Mark::running); ++i)
      CHECK(display_width(screen.mark(static_cast<Mark>(i))) == 1);
    CHECK(screen.mark(Mark::passed) != screen.mark(Mark::failed));
    CHECK(screen.mark(Mark::add) != screen.mark(Mark::remove));
  }
}

TEST_CASE("colours wrap the text and take no column") {
  Screen screen;
  screen.color = true;
  CHECK(screen.paint(Style::bad, "x") == "\x1b[31mx\x1b[0m");
  CHECK(screen.paint(Style::bad, "").empty());
  CHECK(display_width(screen.mark(Mark::failed)) == 1);
}

TEST_CASE("a command to type is quoted as a shell needs it, with what it needs again") {
  CHECK(shell_word("a/b-c.yaml") == "a/b-c.yaml");
  CHECK(shell_word("my file") == "'my file'");
  CHECK(shell_word("it's") == "'it'\\''s'");
  CHECK(shell_word("") == "''");
  Options options;
  options.socket = "/tmp/s";
  options.root = "/srv/my image";
  CHECK(Session(options, {}).command({"plan", "demo"}) == "rigsetup plan demo --root '/srv/my image'");
  CHECK(Session(options, {}).with_root("/v1/facts") == "/v1/facts?root=" + url_encoded("/srv/my image"));
  options.rig = "/srv/rig";
  CHECK(Session(options, {}).with_root("/v1/facts") ==
        "/v1/facts?root=" + url_encoded("/srv/my image") + "&rig=" + url_encoded("/srv/rig"));
  CHECK(Session(options, {}).command({"plan"}) == "rigsetup plan --root '/srv/my image' --rig /srv/rig");
  options.socket_given = true;
  CHECK(Session(options, {}).command({"watch", "3"}, false) == "rigsetup watch 3 --socket /tmp/s");
}
