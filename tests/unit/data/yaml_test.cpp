// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/data/json.hpp>
#include <rigsetup/data/yaml.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;

namespace {

Value read(std::string_view text) {
  Complaints complaints;
  Value value = parse_yaml(text, "t.yaml", complaints);
  for (const Complaint& complaint : complaints) UNSCOPED_INFO(complaint.text());
  CHECK(complaints.empty());
  return value;
}

}  // namespace

TEST_CASE("plain scalars mean what YAML 1.2's core schema says") {
  const std::vector<std::pair<std::string, Value>> table{
      {"a", "a"},
      {"a b", "a b"},
      {"null", nullptr},
      {"~", nullptr},
      {"NULL", nullptr},
      {"true", true},
      {"False", false},
      {"yes", "yes"},
      {"No", "No"},
      {"on", "on"},
      {"off", "off"},
      {"y", "y"},
      {"0", 0},
      {"-7", -7},
      {"+7", 7},
      {"0644", 644},
      {"0o644", 420},
      {"0x1F", 31},
      {"0x", "0x"},
      {"0o9", "0o9"},
      {"0x-1", "0x-1"},
      {"+-1", "+-1"},
      {"1_000", "1_000"},
      {"9223372036854775807", INT64_MAX},
      {"9223372036854775808", 9223372036854775808.0},
      {"1.10", 1.1},
      {".5", 0.5},
      {"-.5", -0.5},
      {"1.", 1.0},
      {"1e3", 1000.0},
      {"+1.5E-2", 0.015},
      {"1e999", "1e999"},
      {"1e", "1e"},
      {"e3", "e3"},
      {".", "."},
      {".inf", ".inf"},
      {"nan", "nan"},
      {"infinity", "infinity"},
      {"12.9.1", "12.9.1"},
      {"580.65.06", "580.65.06"},
      {"2026-11-23", "2026-11-23"},
      {"12:30:45", "12:30:45"},
      {"/opt/conda", "/opt/conda"},
      {"a#b", "a#b"},
      {"a: ", Value::map().set("a", nullptr)},
  };
  for (const auto& [text, value] : table) {
    INFO(text);
    CHECK(read(text) == value);
  }
}

TEST_CASE("scalars keep the text that was written") {
  const Value value = read("a: 1.10\nb: 0644\nc: 'x'\nd: True\ne: \"0644\"\n");
  CHECK(value.at("a").text() == "1.10");
  CHECK(value.at("b").text() == "0644");
  CHECK_FALSE(value.at("b").quoted());
  CHECK(value.at("c").quoted());
  CHECK(value.at("d").text() == "True");
  CHECK(value.at("e") == Value("0644"));
  CHECK(value.at("e").quoted());
}

TEST_CASE("values and names know where they stand") {
  const Value value = read("# a comment\na: 1\nb:\n  - x\n  -   {c: [2, 3]}\nd:\ne: ~\n");
  const auto mark_of = [](const Value& at) { return std::pair(at.mark().line, at.mark().column); };
  CHECK(mark_of(value) == std::pair(2, 1));
  CHECK(mark_of(value.at("a")) == std::pair(2, 4));
  CHECK(mark_of(value.at("b")) == std::pair(4, 3));
  const Value& item = value.at("b").as_list()[1];
  CHECK(mark_of(item) == std::pair(5, 7));
  CHECK(mark_of(item.at("c").as_list()[1]) == std::pair(5, 15));
  CHECK(value.as_map()[1].key_mark.line == 3);
  CHECK(item.as_map()[0].key_mark.column == 8);
  CHECK(mark_of(value.at("d")) == std::pair(6, 1));  // left out: the name's place
}

TEST_CASE("an item that was left out stands where its dash stands") {
  const Value value = read("a:\n  - x\n  -\n\n  # why\n\nb: 1\n");
  const Value& item = value.at("a").as_list()[1];
  CHECK(item.is_null());
  CHECK(item.mark().line == 3);
  CHECK(item.mark().column == 3);
}

TEST_CASE("all the ways to write text") {
  CHECK(read("|\n  a\n   b\n") == Value("a\n b\n"));
  CHECK(read(">-\n  a\n  b\n") == Value("a b"));
  CHECK(read("\"a\\tb\\u00e4\\\"\"") == Value("a\tb\xc3\xa4\""));
  CHECK(read("'it''s'") == Value("it's"));
  CHECK(read("a\n  b") == Value("a b"));
  CHECK(read("! 5") == Value("5"));
  CHECK(read("!!str 5") == Value("5"));
  CHECK(read("'#'") == Value("#"));
  CHECK(read("{\"a\": \"'\", 'b': '\"'}") == Value::map().set("a", "'").set("b", "\""));
}

TEST_CASE("empty texts are null, and no fault") {
  for (const char* text :
       {"", "\n", "# only a comment\n", "---\n", "---\n...\n", " \n\t\n", "\xef\xbb\xbf"}) {
    INFO(text);
    CHECK(read(text).is_null());
  }
}

TEST_CASE("a byte order mark and Windows line ends are no fault") {
  const Value value = read(
      "\xef\xbb\xbf"
      "a: 1\r\nb: |\r\n  x\r\n");
  CHECK(value == Value::map().set("a", 1).set("b", "x\n"));
  CHECK(value.at("a").mark().column == 4);
}

TEST_CASE("aliases stand for what they name") {
  const Value value = read("a: &x [1, {b: 2}]\nc: *x\nd: &y t\n*y : e\nf: &x 7\ng: *x\n");
  CHECK(value.at("c") == value.at("a"));
  CHECK(value.at("t") == Value("e"));
  CHECK(value.at("g") == Value(7));  // an anchor given again is the newer one
}

TEST_CASE("numbers and booleans serve as names") {
  CHECK(read("1: a\ntrue: b\n1.10: c\n") == Value::map().set("1", "a").set("true", "b").set("1.10", "c"));
}

TEST_CASE("what is written as YAML is read back the same") {
  const Value value =
      Value::map()
          .set("plain", "nginx")
          .set("words", Value::strings({"yes", "No", "null",   "~",   "true", "1.10",     "0644", "",
                                        " x",  "x ", "a: b",   "- a", "#",    "@x",       "*x",   "it's",
                                        "\"",  "\\", "a\nb\n", "\t",  "\x1b", "\xc3\xa4", "1e5",  "/opt",
                                        "a b", "=",  "<<",     "-",   "---",  "..."}))
          .set("numbers", Value::list({0, -7, 0.5, 2.0, 1e300, true, nullptr}))
          .set("empty list", Value::list())
          .set("empty map", Value::map())
          .set("yes", "a name that must be quoted")
          .set("deep", Value::list({Value::list(
                           {Value::map().set("a", Value::list({1, Value::map().set("b", 2)}))})}));
  const std::string text = to_yaml(value);
  INFO(text);
  CHECK(read(text) == value);
  CHECK(to_yaml(Value::map().set("a", Value::list({1, Value::map().set("b", "x").set("c", 2)}))) ==
        "a:\n  - 1\n  - b: x\n    c: 2\n");
  for (const Value& scalar : {Value(), Value(7), Value("x"), Value(""), Value::list(), Value::map()}) {
    CHECK(read(to_yaml(scalar)) == scalar);
  }
}
