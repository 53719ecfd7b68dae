// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace rigsetup {

/// Stable names for what kind of thing went wrong; they appear in JSON and decide exit codes.
enum class Code {
  invalid,      ///< the input is wrong: recipe, option, request
  not_found,    ///< a thing that was named does not exist
  denied,       ///< the caller may not do this
  busy,         ///< something else holds what is needed
  conflict,     ///< the world is not as it was agreed on
  consent,      ///< nobody has agreed to it yet
  io,           ///< reading or writing failed: disk full, read-only, broken
  network,      ///< a download or a server failed
  program,      ///< a program that was run failed
  unsupported,  ///< this machine or target cannot do it
  internal      ///< a fault of rigsetup itself
};
std::string_view to_string(Code code);
Code code_from(std::string_view name);

/// A place in a file the user wrote. Line and column count from 1; 0 means unknown.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
  std::string text() const;  ///< "file:line:column", as much of it as is known
  bool operator==(const Place&) const = default;
};

/// One thing wrong with what the user wrote. Complaints are collected, so that all are shown at once.
struct Complaint {
  Place place;
  std::string message;
  std::string hint;
  std::string text() const;  ///< "file:line:column: message (hint)"
};
using Complaints = std::vector<Complaint>;

/// What could not be done, to what and why (message: starts with "cannot", lower case), and what to do
/// (hint). Thrown; caught at the step, at the request and in main, nowhere else.
class Error : public std::exception {
 public:
  Error(Code code, std::string message, std::string hint = {}, Place place = {});
  Code code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::string& hint() const { return hint_; }
  const Place& place() const { return place_; }
  /// The same error seen from further up: "cannot do X: " is put before the message; an empty hint is filled.
  Error in(std::string_view doing, std::string_view hint = {}) const;
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  Code code_;
  std::string message_;
  std::string hint_;
  Place place_;
};

/// The errno form: "cannot <doing>: <strerror>". ENOSPC, EROFS and EACCES get their own hints.
Error errno_error(std::string_view doing, int error_number);

/// Somebody asked to stop, and it stopped. Not an Error.
class Cancelled : public std::exception {
 public:
  const char* what() const noexcept override { return "cancelled"; }
};

}  // namespace rigsetup
