// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/text.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;
using Texts = std::vector<std::string>;

TEST_CASE("split keeps empty parts") {
  CHECK(split("", ',') == Texts{""});
  CHECK(split("a", ',') == Texts{"a"});
  CHECK(split(",a,,b,", ',') == Texts{"", "a", "", "b", ""});
}

TEST_CASE("split_lines has no last empty line") {
  CHECK(split_lines("").empty());
  CHECK(split_lines("a") == Texts{"a"});
  CHECK(split_lines("a\nb\n") == Texts{"a", "b"});
  CHECK(split_lines("a\n\n") == Texts{"a", ""});
}

TEST_CASE("split_words splits at runs of white space") {
  CHECK(split_words("").empty());
  CHECK(split_words(" \t\n").empty());
  CHECK(split_words("  a \t b\nc ") == Texts{"a", "b", "c"});
}

TEST_CASE("join is the way back") {
  CHECK(join({}, ", ").empty());
  CHECK(join({"a"}, ", ") == "a");
  CHECK(join({"a", "", "b"}, ", ") == "a, , b");
}

TEST_CASE("trim takes white space from both ends") {
  CHECK(trim("") == "");
  CHECK(trim(" \n") == "");
  CHECK(trim("\t a b \r\n") == "a b");
}

TEST_CASE("last_lines gives the end of a program's output") {
  CHECK(last_lines("", 3).empty());
  CHECK(last_lines("a\nb\nc\n", 0).empty());
  CHECK(last_lines("a\nb\nc\n", 1) == "c");
  CHECK(last_lines("a\nb\nc\n\n\n", 2) == "b\nc");
  CHECK(last_lines("a\nb\nc", 3) == "a\nb\nc");
  CHECK(last_lines("a\nb\nc", 9) == "a\nb\nc");
  CHECK(last_lines("\na", 2) == "\na");
}

TEST_CASE("a slip of the fingers gets a suggestion, another word does not") {
  const Texts kinds{"file", "apt_packages", "apt_repository", "service", "virtualenv", "command"};
  CHECK(suggestion("fiel", kinds) == "file");  // two letters swapped
  CHECK(suggestion("virtualnv", kinds) == "virtualenv");
  CHECK(suggestion("apt-packages", kinds) == "apt_packages");
  CHECK(suggestion("Service", kinds) == "service");
  CHECK(suggestion("apt_packges", kinds) == "apt_packages");
  CHECK(suggestion("aptrepository", kinds) == "apt_repository");
  CHECK_FALSE(suggestion("snap", kinds));
  CHECK_FALSE(suggestion("", kinds));
  CHECK_FALSE(suggestion("id", {"is", "in"}));
  CHECK_FALSE(suggestion("file", {}));
  CHECK_FALSE(suggestion(std::string(100'000, 'a'), {std::string(100'000, 'a')}));
}

TEST_CASE("of several near words the nearest is suggested") {
  CHECK(suggestion("packags", {"package", "packages"}) == "package");
  CHECK(suggestion("packagess", {"package", "packages"}) == "packages");
}
