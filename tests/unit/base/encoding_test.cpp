// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <random>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/text.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;

TEST_CASE("UTF-8 is read strictly") {
  for (const char* good : {"", "plain", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"}) {
    INFO(good);
    CHECK(is_utf8(good));
  }
  const std::vector<std::pair<std::string, std::size_t>> bad{
      {"ab\xff", 2},            // no such byte
      {"\x80", 0},              // continuation without a lead
      {"a\xc3", 1},             // cut off
      {"\xc0\xaf", 0},          // overlong '/'
      {"\xe0\x80\xaf", 0},      // overlong in three bytes
      {"\xed\xa0\x80", 0},      // surrogate
      {"\xf4\x90\x80\x80", 0},  // beyond Unicode
      {"\xc3\xa4\xe2\x82", 2},
  };
  for (const auto& [text, length] : bad) {
    INFO(printable(text));
    CHECK_FALSE(is_utf8(text));
    CHECK(utf8_length(text) == length);
  }
}

TEST_CASE("what is printed cannot steer a terminal or hide its direction") {
  CHECK(printable("plain \xc3\xa4 \xe2\x82\xac") == "plain \xc3\xa4 \xe2\x82\xac");
  CHECK(printable("\x1b[31mred\x07") == "\\x1b[31mred\\x07");
  CHECK(printable(std::string("\0x", 2)) == "\\x00x");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\xc2\\x9b31m");  // C1: a one-byte ESC [
  CHECK(printable("\xe2\x80\xae"
                  "gnp.exe") == "\\xe2\\x80\\xaegnp.exe");  // right-to-left override
  CHECK(printable("\xe2\x81\xa6") == "\\xe2\\x81\\xa6");    // isolate
  CHECK(printable("\xe2\x80\xa8") == "\\xe2\\x80\\xa8");    // line separator
  CHECK(printable("a\xff\xc3") == "a\\xff\\xc3");
  CHECK(printable("\x7f") == "\\x7f");
}

TEST_CASE("newlines and tabs stay only when asked for") {
  CHECK(printable("a\tb\nc\r") == "a\\x09b\\x0ac\\x0d");
  CHECK(printable("a\tb\nc\r", true) == "a\tb\nc\\x0d");
}

TEST_CASE("an excerpt is on one line and not long") {
  CHECK(excerpt("a\nb") == "a\\x0ab");
  CHECK(excerpt("abcdef", 6) == "abcdef");
  CHECK(excerpt("abcdefg", 6) == "abcdef...");
  CHECK(excerpt("abc\xe2\x82\xac"
                "d",
                5) == "abc...");
  CHECK(excerpt(std::string(10, '\x80'), 5) == "...");
}

TEST_CASE("base64 as in RFC 4648") {
  const std::vector<std::pair<std::string, std::string>> table{
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}, {"\xff\xfe", "//4="}};
  for (const auto& [bytes, text] : table) {
    CHECK(to_base64(bytes) == text);
    CHECK(from_base64(text) == bytes);
  }
  for (const char* bad : {"Z", "Zg", "Zg=", "Z===", "Zm9v!", "Zm 9", "Zh==", "Zm9=", "====", "=Zg="}) {
    INFO(bad);
    CHECK_FALSE(from_base64(bad));
  }
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    REQUIRE(from_base64(to_base64(bytes)) == bytes);
  }
}

TEST_CASE("sha256 as in FIPS 180") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("a digest in pieces tells that of all so far, and goes on") {
  Sha256 digest;
  CHECK(digest.hex() == sha256_hex(""));
  digest.add("a");
  CHECK(digest.hex() == sha256_hex("a"));
  digest.add("bc");
  CHECK(digest.hex() == sha256_hex("abc"));
  digest = Sha256();
  digest.add("abc");
  CHECK(digest.hex() == sha256_hex("abc"));
}

TEST_CASE("random names have the length asked for and are not the same twice") {
  CHECK(random_hex(0).empty());
  CHECK(random_hex(16).size() == 32);
  CHECK(random_hex(16).find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(random_hex(16) != random_hex(16));
}
