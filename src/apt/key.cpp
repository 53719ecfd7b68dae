// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "apt/key.hpp"

#include <algorithm>
#include <cctype>

#include <rigsetup/apt/archive.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "apt/private_folder.hpp"

namespace rigsetup::apt {

namespace {

std::string plain(std::string_view fingerprint) {
  std::string digits;
  for (const char c : fingerprint) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      digits += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
  }
  return digits;
}

/// Short key ids are easily forged, so nothing less than a whole fingerprint is one. (64 digits: version 5
/// and 6 keys.)
bool is_whole_fingerprint(const std::string& digits) {
  return (digits.size() == 40 || digits.size() == 64) &&
         std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

}  // namespace

std::vector<PrimaryKey> read_keys(const std::string& whose, std::string_view bytes, const Host& host,
                                  std::stop_token stop) {
  const PrivateFolder home("gpg");  // gpg must not see, nor make, keyrings of anybody's
  Command command;
  command.argv = {"gpg",           "--batch",    "--no-options", "--homedir", home.path().string(),
                  "--with-colons", "--show-keys"};
  command.input = bytes;
  command.inside = false;
  const Finished finished = host.programs.run(command, stop);
  std::vector<PrimaryKey> keys;
  bool in_primary = false;
  for (const std::string& line : split_lines(finished.out)) {
    const std::vector<std::string> fields = split(line, ':');
    if (fields[0] == "pub" && fields.size() > 1) {
      keys.push_back({"", fields[1].empty() ? '-' : fields[1][0]});
      in_primary = true;
    } else if (fields[0] == "sub") {
      in_primary = false;
    } else if (fields[0] == "fpr" && fields.size() > 9 && in_primary) {
      keys.back().fingerprint = fields[9];
    }
  }
  if (keys.empty()) {
    throw Error(Code::conflict,
                format("cannot read the key of {}: {}", whose, printable(last_lines(finished.err, 1))),
                "the file or address must give a public key, armored or not");
  }
  return keys;
}

void verify_key(const Source& source, const Host& host, std::stop_token stop) {
  if (source.common_trust || !source.installed_key.empty()) return;  // the target trusts it already
  const std::string wanted = plain(source.fingerprint);
  const std::string trusting = format("cannot trust the key of {}", source.name);
  if (!is_whole_fingerprint(wanted)) {
    throw Error(Code::invalid,
                format("{}: '{}' is not a whole fingerprint", trusting, printable(source.fingerprint)),
                "give all 40 hex digits, as `gpg --show-keys` prints them");
  }
  const std::vector<PrimaryKey> keys = read_keys(source.name, source.key, host, stop);
  std::vector<std::string> found;
  for (const PrimaryKey& key : keys) found.push_back(key.fingerprint);
  if (keys.size() != 1) {
    throw Error(Code::conflict,
                format("{}: expected one key, {}, but there are {}: {}", trusting, wanted, keys.size(),
                       join(found, ", ")),
                "give a file that holds only the key you mean to trust");
  }
  if (found[0] != wanted) {
    throw Error(
        Code::conflict, format("{}: its fingerprint is {}, expected {}", trusting, found[0], wanted),
        "ask the repository's owner over another channel which one is right before you change the recipe");
  }
  if (keys[0].validity == 'e' || keys[0].validity == 'r') {
    throw Error(Code::conflict,
                format("{}: {} is {}", trusting, found[0], keys[0].validity == 'e' ? "expired" : "revoked"),
                "get the repository's current key");
  }
}

std::string dearmored(std::string_view bytes) {
  if (!trim(bytes).starts_with("-----BEGIN")) return std::string(bytes);
  std::string binary;
  std::string block;
  enum class Part { outside, head, body } part = Part::outside;
  for (const std::string& line : split_lines(bytes)) {
    const std::string_view text = trim(line);
    if (text.starts_with("-----BEGIN PGP")) {
      part = Part::head;
      block.clear();
    } else if (text.starts_with("-----END PGP")) {
      binary += from_base64(block).value_or("");
      part = Part::outside;
    } else if (part == Part::head && text.empty()) {
      part = Part::body;
    } else if (part == Part::body && !text.starts_with("=")) {  // "=" begins the checksum
      block += text;
    }
  }
  return binary;
}

}  // namespace rigsetup::apt
