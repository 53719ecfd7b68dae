// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/help.hpp"

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/text.hpp>

#include "cli/columns.hpp"
#include "cli/verbs.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::cli;
using Catch::Matchers::Contains;

TEST_CASE("full help has a line for every verb but those for programs, and help of one its options") {
  const std::string all = full_help(all_verbs(), Screen{});
  for (const Verb& verb : all_verbs()) {
    CAPTURE(verb.name);
    CHECK(verb.run != nullptr);
    CHECK(verb.least <= verb.most);
    CHECK((all.find("\n  rigsetup " + std::string(verb.name) + " ") != std::string::npos) ==
          !verb.summary.empty());
    for (const std::string_view name : verb.options) {
      REQUIRE(option_named(name) != nullptr);
      CHECK_THAT(verb_help(verb, Screen{}), Contains(words_of(*option_named(name))));
    }
  }
  CHECK(verb_help(find_verb("runs", all_verbs()), Screen{}).find("--detach") == std::string::npos);
  for (const auto& [code, says] : exit_codes()) CHECK_THAT(all, Contains(std::string(says)));
}

TEST_CASE("short help is short, fits 80 columns and names every verb") {
  const std::string text = short_help(all_verbs(), Screen{});
  CHECK(split_lines(text).size() <= 16);
  for (const std::string& line : split_lines(text)) CHECK(display_width(line) < 80);
  CHECK_THAT(text, Contains("\n  rigsetup plan [RECIPE]") && Contains("\n  rigsetup status"));
  CHECK(text.find("\n  rigsetup runs") == std::string::npos);
  CHECK_THAT(text, Contains("\nmore:  runs, show, log") && Contains("help --all"));
  for (const Verb& verb : all_verbs())
    CHECK((text.find(std::string(verb.name)) != std::string::npos) == !verb.summary.empty());
}

TEST_CASE("every example is a command line that is understood, of the verb that it stands with") {
  int count = 0;
  for (const Verb& verb : all_verbs()) {
    for (const Example& example : examples_of(verb.name)) {
      CAPTURE(example.command);
      std::vector<std::string> words;
      for (const std::string& word : split_words(example.command)) {
        if (word == "&&" || word == ">") break;
        if (word != "sudo") words.push_back(word);
      }
      REQUIRE(words.size() > 1);
      CHECK(words.front() == "rigsetup");
      words.erase(words.begin());
      CHECK(parse_options(
                words, [](const char*) { return std::string(); }, all_verbs())
                .verb->name == verb.name);
      CHECK_THAT(verb_help(verb, Screen{}), Contains(std::string(example.says)));
      ++count;
    }
  }
  CHECK(count > 10);
}
