// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/screen.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

namespace rigsetup::cli {
namespace {

struct Look {
  const char* utf8;
  const char* ascii;
  const char* colour;
};

constexpr const char* k_green = "32";
constexpr const char* k_yellow = "33";
constexpr const char* k_red = "31";
constexpr const char* k_dim = "2";
constexpr const char* k_bold = "1";

Look look_of(Mark mark) {
  switch (mark) {
    case Mark::add:
      return {"+", "+", k_green};
    case Mark::change:
      return {"~", "~", k_yellow};
    case Mark::remove:
      return {"-", "-", k_red};
    case Mark::as_wanted:
      return {"=", "=", k_dim};
    case Mark::unknown:
      return {"?", "?", k_yellow};
    case Mark::check:
      return {"\u2713", "*", k_dim};
    case Mark::passed:
      return {"\u2713", "v", k_green};
    case Mark::failed:
      return {"\u2717", "x", k_red};
    case Mark::skipped:
      return {"\u2013", "-", k_dim};
    case Mark::deferred:
      return {"\u00bb", ">", k_yellow};
    case Mark::not_tried:
      return {"\u00b7", ".", k_dim};
    case Mark::running:
      return {"\u25b8", "*", k_bold};
  }
  return {" ", " ", k_dim};
}

const char* colour_of(Style style) {
  switch (style) {
    case Style::bold:
      return k_bold;
    case Style::dim:
      return k_dim;
    case Style::good:
      return k_green;
    case Style::warn:
      return k_yellow;
    case Style::bad:
      return k_red;
  }
  return k_bold;
}

std::string coloured(const char* colour, std::string_view text) {
  return std::string("\x1b[") + colour + "m" + std::string(text) + "\x1b[0m";
}

bool names_utf8(std::string locale) {
  std::transform(locale.begin(), locale.end(), locale.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
}

bool locale_is_utf8(const Environment& variables) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (const std::string value = variables(name); !value.empty()) return names_utf8(value);
  return false;
}

/// False when nobody reads any more.
bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::string Screen::paint(Style style, std::string_view text) const {
  return color && !text.empty() ? coloured(colour_of(style), text) : std::string(text);
}

std::string Screen::mark(Mark mark) const {
  const Look look = look_of(mark);
  const char* text = utf8 ? look.utf8 : look.ascii;
  return color ? coloured(look.colour, text) : text;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Screen detect_screen(const Environment& variables, bool no_color, bool plain) {
  const std::string terminal = variables("TERM");
  const bool dumb = plain || terminal.empty() || terminal == "dumb" || !variables("RIGSETUP_PLAIN").empty();
  Screen screen;
  screen.live = ::isatty(STDOUT_FILENO) == 1 && !dumb;
  screen.color = screen.live && !no_color && variables("NO_COLOR").empty();
  screen.utf8 = !dumb && locale_is_utf8(variables);
  measure(screen);
  return screen;
}

void measure(Screen& screen) {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return;
  screen.width = std::max<int>(size.ws_col, 20);
  if (size.ws_row > 0) screen.height = size.ws_row;
}

void say(std::string_view text) {
  if (!write_all(STDOUT_FILENO, text)) throw OutputClosed{};
}

void warn(std::string_view text) { write_all(STDERR_FILENO, text); }

}  // namespace rigsetup::cli
