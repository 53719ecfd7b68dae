// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>
#include <rigsetup/data/yaml.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;

namespace {

struct Row {
  std::string text;
  std::vector<std::string> complaints;
};

std::vector<std::string> complaints_of(std::string_view text, YamlLimits limits = {}) {
  Complaints complaints;
  parse_yaml(text, "t.yaml", complaints, limits);
  std::vector<std::string> texts;
  for (const Complaint& complaint : complaints) texts.push_back(complaint.text());
  return texts;
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("faults of syntax are told in plain words, at their place") {
  const std::vector<Row> table{
      {"a: b: c\n",
       {"t.yaml:1:5: ':' is not expected here (put text with ': ' in it in quotes; or look at the "
        "indentation)"}},
      {"a: 1\n b: 2\n",
       {"t.yaml:2:3: ':' is not expected here (put text with ': ' in it in quotes; or look at the "
        "indentation)"}},
      {"a: - b\n",
       {"t.yaml:1:4: '-' is not expected here (begin the list on a line of its own; or look at the "
        "indentation)"}},
      {"a:\n  - b: 1\n  c: 2\n",
       {"t.yaml:3:3: this does not fit what stands before it (look at the indentation and the quotes)"}},
      {"a: \"x\" y\n",
       {"t.yaml:1:8: this does not fit what stands before it (look at the indentation and the quotes)"}},
      {"a: [1, 2\nb: 3\n",
       {"t.yaml:1:4: the '[' that opens here is not closed (']' or ',' is missing in line 2 or before)"}},
      {"a: [1, 2",
       {"t.yaml:1:4: the '[' that opens here is not closed (']' or ',' is missing in line 1 or before)"}},
      {"a: {b: c d: e}\n",
       {"t.yaml:1:4: the '{' that opens here is not closed ('}' or ',' is missing in line 1 or before)"}},
      {"a: 1\n]\n", {"t.yaml:2:1: this bracket closes nothing (remove it, or put the text in quotes)"}},
      {"a: @x\n", {"t.yaml:1:4: a text cannot begin with this character (put the text in quotes)"}},
      {"a: *.deb\n",
       {"t.yaml:1:4: this alias refers to nothing above it (text that begins with '*' belongs in quotes)"}},
      {"a: \"\\d\"\n",
       {"t.yaml:1:7: this escape is unknown (write a backslash as \\\\, or use single quotes)"}},
      {"a:\n\t- b\n", {"t.yaml:2:1: a tab is used to indent (indent with spaces)"}},
      {"a:\n  b: 1\n\tc: 2\n", {"t.yaml:3:1: a tab is used to indent (indent with spaces)"}},
      {"a:\n  b: 1\n  \tc: 2\n", {"t.yaml:3:3: a tab is used to indent (indent with spaces)"}},
  };
  for (const Row& row : table) {
    INFO(row.text);
    CHECK(complaints_of(row.text) == row.complaints);
  }
}

TEST_CASE("a quote that is never closed is found where it opens") {
  // yaml-cpp 0.7 takes the end of the text for the closing quote when a newline stands before it.
  for (const char* text : {"a: 1\nb: \"x", "a: 1\nb: \"x\n", "a: 1\nb: 'x\n\n\n", "a: 1\nb: 'it''s\n",
                           "a: 1\nb: \"x\\\"\nc: 1\n"}) {
    INFO(text);
    CHECK(complaints_of(text) ==
          std::vector<std::string>{"t.yaml:2:4: this quote is never closed (add the closing quote)"});
  }
  CHECK(complaints_of("b: &a !!str \"x\n") ==
        std::vector<std::string>{"t.yaml:1:4: this quote is never closed (add the closing quote)"});
}

TEST_CASE("faults that do not end the reading are told all at once, and the rest is kept") {
  Complaints complaints;
  const Value value =
      parse_yaml("a: 1\nb: {<<: x, c: 2}\na: 3\nd: !foo bar\n? [1]\n: x\n~: y\ne: 4\n", "t.yaml", complaints);
  std::vector<std::string> texts;
  for (const Complaint& complaint : complaints) texts.push_back(complaint.text());
  CHECK(
      texts ==
      std::vector<std::string>{
          "t.yaml:2:5: merge keys (<<) are not supported (write the fields out, or give an alias as a value)",
          "t.yaml:3:1: \"a\" is here twice (the first is in line 1; remove one of them)",
          "t.yaml:4:4: a tag (!...) is not allowed here (leave it out; text that looks like a number belongs "
          "in quotes)",
          "t.yaml:5:3: a name is expected before ':' (a list or a map cannot be a name)",
          "t.yaml:7:1: a name is expected before ':'",
      });
  CHECK(to_json(value) == R"({"a":1,"b":{"c":2},"d":"bar","e":4})");
}

TEST_CASE("a name in quotes is the same name, and a quoted << is a name") {
  CHECK(complaints_of("a: 1\n\"a\": 2\n").size() == 1);
  CHECK(complaints_of("\"<<\": 1\n").empty());
}

TEST_CASE("only one document is read") {
  CHECK(
      complaints_of("a: 1\n---\nb: 2\n") ==
      std::vector<std::string>{
          "t.yaml:2:1: a second document begins here, and only one is read (put it into a file of its own)"});
  CHECK(complaints_of("  - a\n - b\n") ==
        std::vector<std::string>{
            "t.yaml:2:2: this does not belong to anything above it (look at the indentation)"});
}

TEST_CASE("what is not text is refused before it is parsed") {
  CHECK(complaints_of(std::string("a: \0b", 5)) ==
        std::vector<std::string>{"t.yaml: cannot read t.yaml: it is not text (a YAML file is expected)"});
  CHECK(complaints_of("a: 1\nb: \xe4\n") ==
        std::vector<std::string>{"t.yaml:2:4: cannot read t.yaml: it is not text (the byte 0xe4 is not "
                                 "UTF-8; save the file as UTF-8)"});
  CHECK(complaints_of("a: \x1b[31m\n") ==
        std::vector<std::string>{"t.yaml:1:4: cannot read t.yaml: it is not text (the byte 0x1b is a control "
                                 "character; remove it)"});
  CHECK(complaints_of("\x7f"
                      "ELF\x02\x01\x01")
            .size() == 1);
  CHECK(complaints_of("a\rb").size() == 1);
}

TEST_CASE("size is bounded, and looked at first") {
  // Were it looked at later, the byte that is not text would be complained of.
  CHECK(complaints_of("\xff" + std::string(100'000'000, 'a')) ==
        std::vector<std::string>{
            "t.yaml: cannot read t.yaml: it is too large (100 MB) (at most 1.0 MB are read)"});
  CHECK(complaints_of("aaaa", {.bytes = 4}).empty());
  CHECK(complaints_of("aaaaa", {.bytes = 4}).size() == 1);
}

TEST_CASE("the number of values is bounded") {
  const YamlLimits limits{.bytes = 1000, .values = 10};
  CHECK(complaints_of("[1, 2, 3, 4, 5, 6, 7, 8, 9]", limits).empty());
  CHECK(
      complaints_of("[1, 2, 3, 4, 5, 6, 7, 8, 9,\n 10]", limits) ==
      std::vector<std::string>{"t.yaml:2:2: more than 10 values stand up to here (is this the right file?)"});
}

TEST_CASE("depth is bounded, whatever nests") {
  const std::string message = "nested more than 32 levels deep";
  for (const std::string& text : {repeated("[", 1000), repeated("{a: ", 1000), repeated("- ", 1000),
                                  repeated("? ", 1000), repeated("[{", 200'000)}) {
    const std::vector<std::string> complaints = complaints_of(text);
    REQUIRE(complaints.size() == 1);
    CHECK(complaints[0].find(message) != std::string::npos);
  }
  CHECK(complaints_of(repeated("[", 32) + repeated("]", 32)).empty());
  CHECK(complaints_of(repeated("[", 33) + repeated("]", 33)).size() == 1);
}

TEST_CASE("an alias bomb is one complaint at its place") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + repeated(before + ", ", 9) +
            before + "]\n";
  }
  const std::vector<std::string> complaints = complaints_of(bomb);
  REQUIRE(complaints.size() == 1);
  CHECK(complaints[0].find("t.yaml:5:") == 0);
  CHECK(complaints[0].find(
            "the aliases up to here stand for too much (write the values out; a few aliases are fine)") !=
        std::string::npos);
}

TEST_CASE("aliases are also counted by the bytes they stand for and the depth they reach") {
  const std::string big = "a: &a " + std::string(500'000, 'x') + "\nb: [" + repeated("*a, ", 1000) + "]\n";
  CHECK(complaints_of(big).size() == 1);
  std::string deep = "a0: &a0 [1]\n";
  for (int i = 1; i < 40; ++i) {
    deep += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  }
  const std::vector<std::string> complaints = complaints_of(deep);
  REQUIRE(complaints.size() == 1);
  CHECK(complaints[0].find("this alias nests more than 32 levels deep") != std::string::npos);
}

TEST_CASE("an alias inside of what it names is refused") {
  CHECK(complaints_of("a: &a [1, *a]\n") ==
        std::vector<std::string>{
            "t.yaml:1:11: this alias stands inside of what it refers to (write the values out)"});
}
