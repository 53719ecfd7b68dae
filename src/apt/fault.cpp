// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "apt/fault.hpp"

#include <array>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::apt {

namespace {

struct Sign {
  std::string_view words;  ///< as apt prints them in the C locale
  bool passing;
  Code code;
  std::string_view hint;
};

constexpr std::string_view k_wrong_key =
    "the repository is not signed by the key that is trusted for it; do not go on before you know why";
constexpr std::string_view k_mirror = "the mirror may be in the middle of an update; try again later";

// The first that fits decides, so what is about trust stands before what is about the way there.
constexpr std::array k_signs = {
    Sign{"NO_PUBKEY", false, Code::conflict, k_wrong_key},
    Sign{"BADSIG", false, Code::conflict, k_wrong_key},
    Sign{"EXPKEYSIG", false, Code::conflict, "the repository's key has expired; get its current key"},
    Sign{"REVKEYSIG", false, Code::conflict, "the repository's key was revoked; get its current key"},
    Sign{"is expired", false, Code::conflict, "the mirror is out of date, or this machine's clock is wrong"},
    Sign{"not valid yet", false, Code::conflict, "this machine's clock may be wrong"},
    Sign{"Clearsigned file isn't valid", false, Code::network,
         "something on the way answers in the server's place: a login page of the network, or a proxy"},
    Sign{"is not signed", false, Code::conflict, "only signed repositories are used"},
    Sign{"does not have a Release file", false, Code::network,
         "check the address and the suite of the repository"},
    Sign{"no longer has a Release file", false, Code::network,
         "check the address and the suite of the repository"},
    Sign{"GPG error", false, Code::conflict, k_wrong_key},
    Sign{"signature verification", false, Code::conflict, k_wrong_key},
    Sign{"Hash Sum mismatch", true, Code::network, k_mirror},
    Sign{"unexpected size", true, Code::network, k_mirror},
    Sign{"Mirror sync in progress", true, Code::network, k_mirror},
    Sign{"Connection reset", true, Code::network, "the connection broke several times; try again later"},
    Sign{"Connection failed", true, Code::network, "the connection broke several times; try again later"},
    Sign{"Connection timed out", true, Code::network, "the server does not answer in time; try again later"},
    Sign{"connection timed out", true, Code::network, "the server does not answer in time; try again later"},
    Sign{"Error reading from server", true, Code::network,
         "the connection broke several times; try again later"},
    Sign{"Undetermined Error", true, Code::network, "the connection broke several times; try again later"},
    Sign{"  500 ", true, Code::network, "the server has a problem; try again later"},
    Sign{"  502 ", true, Code::network, "the server has a problem; try again later"},
    Sign{"  503 ", true, Code::network, "the server is overloaded; try again later"},
    Sign{"  504 ", true, Code::network, "the server is overloaded; try again later"},
    Sign{"  429 ", true, Code::network, "the server wants fewer requests; try again later"},
    Sign{"  404 ", false, Code::network, "the repository has moved on; run it again to plan anew"},
    Sign{"  401 ", false, Code::network, "the server wants a login: see apt_auth.conf(5)"},
    Sign{"  403 ", false, Code::network, "the server refuses this machine"},
    Sign{"No space left on device", false, Code::io, "free some space"},
};

}  // namespace

Judgement judge(std::string_view complaint) {
  for (const Sign& sign : k_signs) {
    if (complaint.find(sign.words) != std::string_view::npos) {
      return {sign.passing, sign.code, std::string(sign.hint)};
    }
  }
  return {false, Code::network, "check the network and the repository's address"};
}

std::chrono::milliseconds pause_before(int attempt) {
  return std::chrono::seconds(1) * (1 << (attempt < 8 ? attempt - 2 : 6));  // 1, 2, 4, ... 64 s
}

std::string trying_again(int attempt, int tries, std::string_view cause) {
  return format("trying again in {} ({} of {}): {}", human_duration(pause_before(attempt)), attempt, tries,
                printable(trim(cause)));
}

}  // namespace rigsetup::apt
