// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <rigsetup/base/error.hpp>

namespace rigsetup {
namespace {

constexpr std::array<std::pair<Code, std::string_view>, 11> k_codes{{
    {Code::invalid, "invalid"},
    {Code::not_found, "not_found"},
    {Code::denied, "denied"},
    {Code::busy, "busy"},
    {Code::conflict, "conflict"},
    {Code::consent, "consent"},
    {Code::io, "io"},
    {Code::network, "network"},
    {Code::program, "program"},
    {Code::unsupported, "unsupported"},
    {Code::internal, "internal"},
}};

Code code_of_errno(int error_number) {
  switch (error_number) {
    case ENOENT:
      return Code::not_found;
    case EACCES:
    case EPERM:
      return Code::denied;
    default:
      return Code::io;
  }
}

std::string hint_of_errno(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return "free some space on that file system and try again";
    case EROFS:
      return "the file system is read-only: remount it writable, and look in dmesg for why it is so";
    case EACCES:
    case EPERM:
      return "run it as root, or look at the owner and the mode of the file and its folders";
    default:
      return {};
  }
}

}  // namespace

std::string_view to_string(Code code) {
  for (const auto& [known, name] : k_codes) {
    if (known == code) return name;
  }
  return "internal";
}

Code code_from(std::string_view name) {
  for (const auto& [code, known] : k_codes) {
    if (known == name) return code;
  }
  return Code::internal;
}

std::string Place::text() const {
  std::string text = file;
  for (int number : {line, column}) {
    if (number <= 0) break;
    if (!text.empty()) text += ':';
    text += std::to_string(number);
  }
  return text;
}

std::string Complaint::text() const {
  std::string text = place.text();
  if (!text.empty()) text += ": ";
  text += message;
  if (!hint.empty()) text += " (" + hint + ")";
  return text;
}

Error::Error(Code code, std::string message, std::string hint, Place place)
    : code_(code), message_(std::move(message)), hint_(std::move(hint)), place_(std::move(place)) {}

Error Error::in(std::string_view doing, std::string_view hint) const {
  return Error(code_, "cannot " + std::string(doing) + ": " + message_,
               hint_.empty() ? std::string(hint) : hint_, place_);
}

Error errno_error(std::string_view doing, int error_number) {
  // Not strerror(): that one shares a buffer between threads.
  return Error(code_of_errno(error_number),
               "cannot " + std::string(doing) + ": " + std::generic_category().message(error_number),
               hint_of_errno(error_number));
}

}  // namespace rigsetup
