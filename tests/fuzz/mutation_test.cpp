// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <array>
#include <random>

#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>
#include <rigsetup/data/yaml.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/recipe/kinds.hpp"

// What a parser must hold for every text, tried on texts that are nearly right. Seeded: a failure comes
// again.

using namespace rigsetup;

namespace {

const std::vector<std::string>& corpus() {
  static const std::vector<std::string> texts{
      "rigsetup: 1\nname: lab\nsummary: \"a file, and a program\"\nsteps:\n"
      "  - file: {path: /etc/motd, content: hello, mode: \"0644\"}\n"
      "  - id: build\n    command:\n      argv: [make, -j, 2]\n      timeout: 90s\n      environment: {A: "
      "1.10}\n"
      "    needs: [file]\n    when: {gpu: nvidia, platform: [debian-12]}\n  - gpu_check:\n",
      "# shared fields\nrigsetup: 1\nname: x\nsteps:\n- {id: a, file: &f {path: /x, source: ./y.txt}}\n- "
      "{id: b, file: *f}\n"
      "- id: c\n  command:\n    argv:\n    - sh\n    - -c\n    - |\n      echo one\n        two\n    wait: "
      "yes\n"
      "    password: {file: /etc/secret}\n    words: 'it''s'\n",
      "a: >-\n  folded\n  text\nb: \"esc\\tape \\u00e4\"\nc: [~, null, true, 0x1f, 0o17, 1e3, .5]\nd: {? [x] "
      ": y, <<: z}\n"
      "e: !!str 5\nf: &a [1, {b: *a}]\n---\ng: 1\n...\n",
      "{\"a\": [1, -2, 0.5, true, null, \"t\\u00e4\\ud83d\\ude00\"], \"b\": {\"c\": {}}, \"d\": "
      "12345678901234567890}",
  };
  return texts;
}

constexpr std::array<std::string_view, 38> k_fragments{
    "\n", " ", "  ",   "\t",   ": ",   ":",    "- ",   "-",  "? ",       "[",     "]",       "{",      "}",
    ",",  "#", "&a ",  "*a",   "!t ",  "|",    ">",    "\"", "'",        "\\",    "%",       "---",    "...",
    "<<", "~", "0644", "\r\n", "\xff", "\x1b", "\xc3", "@",  "rigsetup", "steps", "\\u0000", "id: a\n"};

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  std::string text() {
    std::string text = corpus()[below(corpus().size())];
    if (below(8) == 0) {  // the beginning of one, the end of another
      const std::string& other = corpus()[below(corpus().size())];
      text = text.substr(0, below(text.size())) + other.substr(below(other.size()));
    }
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) change(text);
    return text;
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  void change(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    const std::size_t length = std::min(text.size() - at, 1 + below(20));
    switch (below(5)) {
      case 0:
        text.erase(at, length);
        return;
      case 1:
        text.insert(at, text.substr(at, length));
        return;
      case 2:
        text.insert(at, text.substr(below(text.size() + 1), 1 + below(40)));
        return;
      case 3:
        if (at < text.size()) text[at] = static_cast<char>(random_());
        return;
      default:
        text.insert(at, k_fragments[below(k_fragments.size())]);
        return;
    }
  }

  std::mt19937 random_;
};

/// Complaints are few, short, printable, and stand inside the text.
void check(const Complaints& complaints, const std::string& text) {
  REQUIRE(complaints.size() <= 200);
  const std::vector<std::string> lines = split(text, '\n');
  for (const Complaint& complaint : complaints) {
    const std::string shown = complaint.text();
    INFO(shown);
    REQUIRE(shown == printable(shown));
    REQUIRE(shown.size() < 1000);
    REQUIRE_FALSE(complaint.message.empty());
    const Place& place = complaint.place;
    REQUIRE(place.file == "f");
    REQUIRE(place.line >= 0);
    REQUIRE(place.column >= 0);
    REQUIRE(static_cast<std::size_t>(place.line) <= lines.size());
    if (place.line == 0) continue;
    REQUIRE(static_cast<std::size_t>(place.column) <=
            lines[static_cast<std::size_t>(place.line) - 1].size() + 1);
  }
}

constexpr int k_rounds = 6000;

}  // namespace

TEST_CASE("no text brings the YAML reader down, and what it reads can be written and read again") {
  Mutator mutator(1);
  for (int i = 0; i < k_rounds; ++i) {
    const std::string text = mutator.text();
    INFO(text);
    Complaints complaints;
    const Value value = parse_yaml(text, "f", complaints);
    check(complaints, text);
    Complaints none;
    REQUIRE(parse_yaml(to_yaml(value), "f", none) == value);
    REQUIRE(none.empty());
    REQUIRE(parse_json(to_json(value)) == value);
  }
}

TEST_CASE("no text brings the recipe reader down") {
  Mutator mutator(2);
  int good = 0;
  for (int i = 0; i < k_rounds; ++i) {
    const std::string text = mutator.text();
    INFO(text);
    Complaints complaints;
    Recipe recipe = parse_recipe(text, "f", test::kinds(), complaints);
    check(complaints, text);
    if (complaints.empty()) ++good;
    for (const Step& step : recipe.steps) REQUIRE(step.fields.digest().size() == 64);
    attach(recipe, {}, test::kinds(), complaints);
    check(complaints, text);
  }
  // Were all of them refused at the first look, nothing would have been tried.
  CHECK(good > k_rounds / 500);
  CHECK(good < k_rounds / 2);
}

TEST_CASE("no text brings the JSON reader down: a value or an Error with its place") {
  Mutator mutator(3);
  int good = 0;
  for (int i = 0; i < k_rounds; ++i) {
    const std::string text = mutator.text();
    INFO(text);
    try {
      const Value value = parse_json(text, "it");
      ++good;
      REQUIRE(parse_json(to_pretty_json(value)) == value);
    } catch (const Error& error) {
      check({{{"f", error.place().line, error.place().column}, error.message(), error.hint()}}, text);
    }
  }
  CHECK(good > 0);
}

TEST_CASE("a long text of one thing is read or refused, not waited for") {
  for (const std::string_view piece : k_fragments) {
    std::string text;
    while (text.size() < 200'000) text += piece;
    INFO(printable(piece));
    Complaints complaints;
    parse_recipe(text, "f", test::kinds(), complaints);
    CHECK_FALSE(complaints.empty());
    check(complaints, text);
  }
}
