// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/terminal.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

namespace rigsetup::test {
namespace {

std::size_t glyph_bytes(unsigned char lead) {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}

std::string line_of(const std::vector<std::string>& cells) {
  std::string line;
  for (const auto& cell : cells) line += cell;
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (auto& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

void TerminalPicture::write(std::string_view bytes) {
  pending_ += bytes;
  std::string_view rest = pending_;
  while (!rest.empty()) {
    std::size_t used = 0;
    if (static_cast<unsigned char>(rest.front()) < 0x20) {
      used = control(rest);
    } else if (glyph_bytes(static_cast<unsigned char>(rest.front())) <= rest.size()) {
      used = glyph_bytes(static_cast<unsigned char>(rest.front()));
      put(rest.substr(0, used));
    }
    if (used == 0) break;  // the rest of a sequence is still to come
    rest.remove_prefix(used);
  }
  pending_ = std::string(rest);
}

void TerminalPicture::put(std::string_view glyph) {
  auto& cells = rows_[row_];
  if (cells.size() <= column_) cells.resize(column_ + 1, " ");
  cells[column_++] = glyph;
  if (column_ <= static_cast<std::size_t>(columns_)) return;
  if (column_ == static_cast<std::size_t>(columns_) + 1) broken_.emplace_back();
  if (!broken_.empty()) broken_.back() = line_of(cells);  // as far as it has come
}

/// The bytes it took; 0: the sequence is not complete.
std::size_t TerminalPicture::control(std::string_view bytes) {
  if (bytes.front() == '\r') {
    column_ = 0;
    return 1;
  }
  if (bytes.front() == '\n') {
    if (++row_ == rows_.size()) rows_.emplace_back();
    column_ = 0;
    return 1;
  }
  if (bytes.front() != '\x1b') {
    strange_ += bytes.front();
    return 1;
  }
  const auto end = bytes.find_first_not_of("0123456789;", 2);
  if (end == std::string_view::npos) return 0;
  if (bytes[1] != '[') strange_ += bytes.substr(0, end + 1);
  if (bytes[end] == 'A')
    row_ -= std::min<std::size_t>(row_, 1);
  else if (bytes[end] == 'K')
    rows_[row_].resize(std::min(rows_[row_].size(), column_));
  else if (bytes[end] != 'm')
    strange_ += bytes.substr(0, end + 1);
  return end + 1;
}

std::vector<std::string> TerminalPicture::lines() const {
  std::vector<std::string> lines;
  for (const auto& row : rows_) lines.push_back(line_of(row));
  return lines;
}

std::string TerminalPicture::text() const {
  std::string text;
  for (const auto& line : lines()) text += line + "\n";
  return text;
}

OnTerminal::OnTerminal(const std::vector<std::string>& words, const Look& look) : picture_(look.columns) {
  winsize size{};
  size.ws_col = static_cast<unsigned short>(look.columns);
  size.ws_row = static_cast<unsigned short>(look.rows);
  termios modes{};
  cfmakeraw(&modes);
  std::vector<std::string> variables{"PATH=" RIGSETUP_BUILD_DIR ":/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/"};
  for (const auto& [name, value] : look.variables) variables.push_back(name + "=" + value);
  auto arguments = words;
  const auto argv = pointers(arguments);
  const auto environment = pointers(variables);
  pid_ = forkpty(&master_, nullptr, look.raw ? &modes : nullptr, &size);
  if (pid_ < 0) throw std::runtime_error("cannot make a pseudo-terminal");
  if (pid_ != 0) return;
  execvpe(argv[0], argv.data(), environment.data());
  _exit(127);
}

OnTerminal::~OnTerminal() {
  if (master_ >= 0) ::close(master_);
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void OnTerminal::type(std::string_view keys) {
  if (::write(master_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size()))
    throw std::runtime_error("cannot type");
}

void OnTerminal::resize(int columns, int rows) {
  winsize size{};
  size.ws_col = static_cast<unsigned short>(columns);
  size.ws_row = static_cast<unsigned short>(rows);
  picture_.resize(columns);
  ::ioctl(master_, TIOCSWINSZ, &size);
}

void OnTerminal::hang_up() { ::close(std::exchange(master_, -1)); }

bool OnTerminal::read_some() {
  pollfd wanted{master_, POLLIN, 0};
  if (::poll(&wanted, 1, 50) <= 0) return true;
  char piece[4096];
  const ssize_t count = ::read(master_, piece, sizeof piece);  // EIO: nobody has the other end open any more
  if (count <= 0) return false;
  bytes_.append(piece, static_cast<std::size_t>(count));
  picture_.write({piece, static_cast<std::size_t>(count)});
  return true;
}

bool OnTerminal::until(const std::function<bool()>& condition) {
  for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
       std::chrono::steady_clock::now() < end;) {
    if (condition()) return true;
    if (!read_some()) return condition();
  }
  return false;
}

bool OnTerminal::shows(const std::string& text) {
  return until([&] { return picture_.text().find(text) != std::string::npos; });
}

int OnTerminal::end() {
  int status = 0;
  bool open = true;
  bool ended = false;
  for (const auto last = std::chrono::steady_clock::now() + std::chrono::seconds(60);
       !ended && std::chrono::steady_clock::now() < last;) {
    open = open && master_ >= 0 && read_some();
    ended = waitpid(pid_, &status, WNOHANG) == pid_;
    if (!open && !ended) ::usleep(10'000);
  }
  if (!ended) return -1;  // it hangs, and the destructor kills it
  pid_ = -1;
  for (pollfd wanted{master_, POLLIN, 0}; open && ::poll(&wanted, 1, 0) > 0;) open = read_some();
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace rigsetup::test
