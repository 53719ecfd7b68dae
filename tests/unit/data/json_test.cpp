// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <limits>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;

namespace {

Error error_of(const std::string& text) {
  try {
    parse_json(text, "the request");
  } catch (const Error& error) {
    return error;
  }
  FAIL("was read: " << printable(text));
  return Error(Code::internal, "");
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_CASE("JSON is read into one tree") {
  const Value value = parse_json(R"( {"b": [1, -2, 0.5, true, null], "a": {"x": "t\u00e4\ud83d\ude00\n"}} )");
  CHECK(value == Value::map()
                     .set("a", Value::map().set("x", "t\xc3\xa4\xf0\x9f\x98\x80\n"))
                     .set("b", Value::list({1, -2, 0.5, true, nullptr})));
  CHECK(value.as_map()[0].key == "b");  // order is kept
  CHECK(parse_json("7").as_int() == 7);
  CHECK(parse_json("\"\"").as_string().empty());
}

TEST_CASE("whole numbers beyond 64 bits become real") {
  CHECK(parse_json("9223372036854775807").as_int() == INT64_MAX);
  CHECK(parse_json("-9223372036854775808").as_int() == INT64_MIN);
  CHECK(parse_json("9223372036854775808").type() == Value::Type::real);
  CHECK(parse_json("123456789012345678901234567890").as_real() == Approx(1.2345678901234568e29));
}

TEST_CASE("what is no JSON is refused with its place") {
  const Error cut = error_of("{\"a\": 1,\n \"b\": }");
  CHECK(cut.code() == Code::invalid);
  CHECK(cut.message().find("cannot read the request: ") == 0);
  CHECK(cut.message().find("json.exception") == std::string::npos);
  CHECK(cut.place() == Place{"", 2, 7});
  for (const char* bad : {"", " ", "{", "[1,]", "{a: 1}", "01", "1 2", "nul", "\"\x01\"", "\"\xff\"", "'a'",
                          "[1", "\"", "1e999", "{\"a\"}", "\xef\xbb"}) {
    INFO(printable(bad));
    CHECK(error_of(bad).message().find("cannot read the request: ") == 0);
  }
}

TEST_CASE("an error's message cannot steer a terminal") {
  const std::string message = error_of("\x1b[31m").message();
  CHECK(message == printable(message));
}

TEST_CASE("depth is bounded") {
  CHECK(parse_json(nested(64)).is_list());
  CHECK(error_of(nested(65)).message() == "cannot read the request: it is nested more than 64 levels deep");
  CHECK(error_of(std::string(1'000'000, '[')).message().find("64 levels") != std::string::npos);
  CHECK(error_of(std::string(100'000, '{')).code() == Code::invalid);
}

TEST_CASE("JSON is written on one line or indented") {
  const Value value = Value::map()
                          .set("a", Value::list({1, "x"}))
                          .set("e", Value::list())
                          .set("m", Value::map())
                          .set("n", nullptr);
  CHECK(to_json(value) == R"({"a":[1,"x"],"e":[],"m":{},"n":null})");
  CHECK(to_pretty_json(value) == R"({
  "a": [
    1,
    "x"
  ],
  "e": [],
  "m": {},
  "n": null
}
)");
  CHECK(to_json(0.1) == "0.1");
  CHECK(to_json(2.0) == "2.0");
  CHECK(to_json(true) == "true");
  CHECK(to_json(std::numeric_limits<double>::infinity()) == "null");
}

TEST_CASE("numbers are written as JSON, however YAML spelled them") {
  Value value(420);
  value.set_written("0o644", false);
  CHECK(to_json(value) == "420");
}

TEST_CASE("strings are escaped, and broken UTF-8 is replaced, never refused") {
  CHECK(to_json("a\"b\\c\n\t\x01") == R"("a\"b\\c\n\t\u0001")");
  CHECK(to_json("\xc3\xa4") == "\"\xc3\xa4\"");
  CHECK(to_json("a\xff") == "\"a\xef\xbf\xbd\"");
  CHECK(to_json(Value::map().set("k\xff", 1)) == "{\"k\xef\xbf\xbd\":1}");
  CHECK(is_utf8(to_json(std::string("\xed\xa0\x80 \xc3"))));
}

TEST_CASE("more values than are allowed are refused while they are read") {
  CHECK(parse_json("[1, {\"a\": 2}]", "it", 4).as_list().size() == 2);
  for (const char* text : {"[1, 2, 3, 4]", "[[], {}, [], {}]", "{\"a\": 1, \"b\": [2, {}]}"}) {
    CHECK_THROWS_WITH(parse_json(text, "it", 4), "cannot read it: it has more than 4 values");
  }
}

TEST_CASE("what was written is read back the same") {
  const Value value = Value::map()
                          .set("text", "all sorts: \"\\\n\x1f \xe2\x82\xac")
                          .set("", "an empty name")
                          .set("numbers", Value::list({0, -1, INT64_MAX, 1e-7, 1e300, 0.1}))
                          .set("deep", Value::list({Value::list({Value::map().set("x", nullptr)})}));
  CHECK(parse_json(to_json(value)) == value);
  CHECK(parse_json(to_pretty_json(value)) == value);
}
