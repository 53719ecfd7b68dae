// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace rigsetup::test {

/// What a terminal of so many columns shows of the bytes written to it: as far as rigsetup uses one (text in
/// UTF-8, carriage return, line feed, cursor up, erase to the end of the line, colours). Anything else is
/// noted as strange.
class TerminalPicture {
 public:
  explicit TerminalPicture(int columns) : columns_(columns) {}
  void write(std::string_view bytes);
  void resize(int columns) { columns_ = columns; }

  std::string text() const;  ///< all lines, also those that scrolled away, without spaces at their ends
  std::vector<std::string> lines() const;
  /// Lines that went on past the last column, so that a real terminal would have broken them.
  const std::vector<std::string>& broken() const { return broken_; }
  void forget_broken() { broken_.clear(); }
  const std::string& strange() const { return strange_; }

 private:
  void put(std::string_view glyph);
  std::size_t control(std::string_view bytes);
  int columns_;
  std::vector<std::vector<std::string>> rows_ = {{}};
  std::size_t row_ = 0;
  std::size_t column_ = 0;
  std::string pending_;  ///< an incomplete sequence
  std::vector<std::string> broken_;
  std::string strange_;
};

/// A program on a pseudo-terminal of its own, which is its controlling terminal. Killed at the end, if it
/// still runs.
class OnTerminal {
 public:
  struct Look {
    int columns = 80;
    int rows = 24;
    std::map<std::string, std::string> variables = {{"TERM", "xterm"}, {"LANG", "C.UTF-8"}};
    bool raw = false;  ///< bytes come as they were written: no carriage return before a line feed
  };
  explicit OnTerminal(const std::vector<std::string>& words) : OnTerminal(words, Look()) {}
  OnTerminal(const std::vector<std::string>& words, const Look& look);
  OnTerminal(const OnTerminal&) = delete;
  ~OnTerminal();

  void type(std::string_view keys);
  void resize(int columns, int rows);
  void hang_up();
  /// Reads on until the picture has the text; false when it does not come in half a minute.
  bool shows(const std::string& text);
  bool until(const std::function<bool()>& condition);
  int end();  ///< reads to the end; the exit status, 128 and the number of a signal; -1: it did not end

  pid_t pid() const { return pid_; }
  const std::string& bytes() const { return bytes_; }
  const TerminalPicture& picture() const { return picture_; }
  TerminalPicture& picture() { return picture_; }

 private:
  bool read_some();  ///< false at the end
  int master_ = -1;
  pid_t pid_ = -1;
  std::string bytes_;
  TerminalPicture picture_;
};

}  // namespace rigsetup::test
