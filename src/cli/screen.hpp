// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace rigsetup::cli {

enum class Style { bold, dim, good, warn, bad };

/// What stands before a line. Every line also says it in words: a mark only helps the eye.
enum class Mark {
  add,
  change,
  remove,
  as_wanted,
  unknown,
  check,
  passed,
  failed,
  skipped,
  deferred,
  not_tried,
  running
};

/// What can be shown on standard output.
struct Screen {
  bool live = false;  ///< a terminal on which lines can be drawn again
  bool color = false;
  bool utf8 = false;
  int width = 0;    ///< columns; 0: no terminal, so nothing is wrapped or cut
  int height = 24;  ///< rows

  std::string paint(Style style, std::string_view text) const;
  std::string mark(Mark mark) const;  ///< one column, coloured
  std::string_view arrow() const { return utf8 ? "\u2192" : "->"; }
  std::string_view ellipsis() const { return utf8 ? "\u2026" : "..."; }
  std::string_view separator() const { return utf8 ? " \u00b7 " : ", "; }
};

using Environment = std::function<std::string(const char* name)>;  ///< "" when not set
std::string environment(const char* name);

/// From the terminal, TERM, NO_COLOR and the locale's names. The locale itself need not be installed: it is
/// the terminal that must understand UTF-8.
Screen detect_screen(const Environment& variables, bool no_color, bool plain = false);
void measure(Screen& screen);  ///< asks the terminal for its size again

/// Standard output was closed by whoever read it (a pipe, a terminal that is gone).
struct OutputClosed {};

/// Writes all of it to standard output, without a buffer of our own. Throws OutputClosed.
void say(std::string_view text);
void warn(std::string_view text);  ///< to standard error; never throws

}  // namespace rigsetup::cli
