// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/columns.hpp"

#include "cli/table.hpp"
#include "samples.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup::cli;
using namespace rigsetup::cli::test;

TEST_CASE("width counts columns, not bytes") {
  CHECK(display_width("") == 0);
  CHECK(display_width("abc") == 3);
  CHECK(display_width("\u2192 \u2713") == 3);
  CHECK(display_width("\u65e5\u672c") == 4);        // wide
  CHECK(display_width("\U0001f600") == 2);          // emoji
  CHECK(display_width("e\u0301") == 1);             // a combining accent
  CHECK(display_width("\x1b[31mred\x1b[0m") == 3);  // a colour
  CHECK(display_width("\x1b[31") == 0);             // a broken one
  CHECK(display_width("\xe2\x86") == 2);            // broken UTF-8 never reads beyond the end
}

TEST_CASE("a text is cut at columns and keeps its colours closed") {
  CHECK(fit("abcdef", 6, "\u2026") == "abcdef");
  CHECK(fit("abcdef", 5, "\u2026") == "abcd\u2026");
  CHECK(fit("abcdef", 5, "...") == "ab...");
  CHECK(fit("abcdef", 2, "...") == "..");
  CHECK(fit("abcdef", 0, "...").empty());
  CHECK(fit("\u65e5\u672c\u8a9e", 4, "\u2026") == "\u65e5\u2026");
  CHECK(fit("\x1b[31mabcdef\x1b[0m", 4, "\u2026") == "\x1b[31mabc\u2026\x1b[0m");
}

TEST_CASE("padding fills up to a width and never cuts") {
  CHECK(pad("\u2713", 3) == "\u2713  ");
  CHECK(pad_left("7", 3) == "  7");
  CHECK(pad("long", 2) == "long");
}

TEST_CASE("a text is wrapped between words") {
  CHECK(wrap("one two three", 7) == std::vector<std::string>{"one two", "three"});
  CHECK(wrap("a enormousword b", 5) == std::vector<std::string>{"a", "enormousword", "b"});
  CHECK(wrap("one two\nthree", 0) == std::vector<std::string>{"one two", "three"});
}

TEST_CASE("items stand side by side, filled downwards") {
  CHECK(in_columns({"a 1", "bb 2", "c 3", "d 4", "e 5"}, 16, 2) ==
        std::vector<std::string>{"  a 1   d 4", "  bb 2  e 5", "  c 3"});
  CHECK(in_columns({"muchtoolong", "b"}, 8, 2) == std::vector<std::string>{"  muchtoolong", "  b"});
  CHECK(in_columns({}, 80, 2).empty());
}

TEST_CASE("a table wraps its last column below itself") {
  const std::vector<Row> rows{{"a", "one", "some words that do not fit into what is left"},
                              {"bbbb", "", "two"}};
  CHECK(table(rows, plain(40), 2) ==
        "  a     one  some words that do not fit\n"
        "             into what is left\n"
        "  bbbb       two\n");
  CHECK(table(rows, plain(24), 2) ==
        "  a     one\n"
        "      some words that do\n"
        "      not fit into what\n"
        "      is left\n"
        "  bbbb       two\n");
  CHECK(table(rows, plain(), 0) ==
        "a     one  some words that do not fit into what is left\n"
        "bbbb       two\n");
  CHECK(table({{"x", ""}}, plain(80), 0) == "x\n");
}

TEST_CASE("what a program printed is quoted line by line and made safe") {
  CHECK(quoted("one\n\x1b]0;evil\x07two\n", plain(), 2).find('\x1b') == std::string::npos);
  CHECK(quoted("one\ntwo\n", plain(), 2) == "  | one\n  | two\n");
}
