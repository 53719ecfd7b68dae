// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/text.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/recipe/kinds.hpp"

using namespace rigsetup;
using Texts = std::vector<std::string>;

namespace {

Texts complaints_of(const std::string& text) {
  Complaints complaints;
  parse_recipe(text, "r.yaml", test::kinds(), complaints);
  return test::texts_of(complaints);
}

/// Of the list of steps; its first line is line 4.
Texts complaints_of_steps(const std::string& steps) {
  return complaints_of("rigsetup: 1\nname: x\nsteps:\n" + steps);
}

struct Row {
  std::string text;
  Texts complaints;
};

void check(const std::vector<Row>& table, Texts (*complaints)(const std::string&)) {
  for (const Row& row : table) {
    INFO(row.text);
    CHECK(complaints(row.text) == row.complaints);
  }
}

const std::string k_name_rule = "a name has up to 64 lower-case letters, digits";

}  // namespace

TEST_CASE("what is no recipe at all gets one clear complaint") {
  const std::string empty = "r.yaml: the recipe is empty (begin it with \"rigsetup: 1\")";
  check(
      {
          {"", {empty}},
          {"\n\n", {empty}},
          {"# only a comment\n", {empty}},
          {"---\n...\n", {empty}},
          {"- file: {path: /x}\n",
           {"r.yaml:1:1: a recipe is a map, not a list (begin it with \"rigsetup: 1\" and put the list below "
            "\"steps:\")"}},
          {"hello\n", {"r.yaml:1:1: a recipe is a map, not text (begin it with \"rigsetup: 1\")"}},
          {"7\n", {"r.yaml:1:1: a recipe is a map, not a whole number (begin it with \"rigsetup: 1\")"}},
          {"a: [1\n",
           {"r.yaml:1:4: the '[' that opens here is not closed (']' or ',' is missing in line 1 or before)"}},
          {std::string("\x7f"
                       "ELF\0\0",
                       6),
           {"r.yaml:1:1: cannot read r.yaml: it is not text (the byte 0x7f is a control character; remove "
            "it)"}},
          {std::string(2'000'000, '\n'),
           {"r.yaml: cannot read r.yaml: it is too large (2.0 MB) (at most 1.0 MB are read)"}},
      },
      complaints_of);
}

TEST_CASE("the format is the first thing that is checked") {
  const std::string rest = "name: x\nsteps: [gpu_check: ]\n";
  check(
      {
          {rest, {"r.yaml:1:1: the recipe does not say its format (begin it with \"rigsetup: 1\")"}},
          {"rigsetup:\n" + rest,
           {"r.yaml:1:1: the recipe does not say its format (begin it with \"rigsetup: 1\")"}},
          {"rigsetup: one\n" + rest,
           {"r.yaml:1:11: \"rigsetup\" takes the number of the recipe format (write \"rigsetup: 1\")"}},
          {"rigsetup: \"1\"\n" + rest,
           {"r.yaml:1:11: \"rigsetup\" takes the number of the recipe format (write \"rigsetup: 1\")"}},
          // A recipe of another format is not judged by the rules of this one.
          {"rigsetup: 2\nsomething: new\n",
           {"r.yaml:1:11: this recipe is in format 2, and this rigsetup reads format 1 (install a newer "
            "rigsetup)"}},
          {"rigsetup: 0\n",
           {"r.yaml:1:11: this recipe is in format 0, and this rigsetup reads format 1 (write \"rigsetup: "
            "1\")"}},
      },
      complaints_of);
}

TEST_CASE("the head of a recipe") {
  const std::string begin = "rigsetup: 1\n";
  const std::string steps = "steps: [gpu_check: ]\n";
  check(
      {
          {begin + steps, {"r.yaml:1:1: the recipe has no name (add \"name: NAME\")"}},
          {begin + "name: My Rig\n" + steps,
           {"r.yaml:2:7: \"My Rig\" cannot be the name of a recipe (" + k_name_rule + " and '-')"}},
          {begin + "name: -x\n" + steps,
           {"r.yaml:2:7: \"-x\" cannot be the name of a recipe (" + k_name_rule + " and '-')"}},
          {begin + "name: [x]\n" + steps,
           {"r.yaml:2:7: \"name\" takes a short text (" + k_name_rule + " and '-')"}},
          {begin + "name: x\nsummary: [x]\n" + steps, {"r.yaml:3:10: \"summary\" takes a text, not a list"}},
          {begin + "name: x\n", {"r.yaml:1:1: the recipe has no steps (add \"steps:\" and a list below it)"}},
          {begin + "name: x\nsteps:\n",
           {"r.yaml:3:1: \"steps\" takes a list of steps (begin each step with \"- \")"}},
          {begin + "name: x\nsteps: []\n",
           {"r.yaml:3:8: \"steps\" takes a list of steps (begin each step with \"- \")"}},
          {begin + "name: x\nsteps: {gpu_check: }\n",
           {"r.yaml:3:8: \"steps\" takes a list of steps (begin each step with \"- \")"}},
          {begin + "name: x\nsumary: y\n" + steps,
           {"r.yaml:3:1: a recipe has no \"sumary\" (did you mean \"summary\"?)"}},
          {begin + "name: x\nrig: {}\n" + steps,
           {"r.yaml:3:1: a recipe has no \"rig\" (it has: rigsetup, name, summary, policy, steps)"}},
          {begin + "name: x\npolicy: {alow: []}\n" + steps,
           {"r.yaml:3:10: policy has no field \"alow\" (did you mean \"allow\"?)"}},
          {begin + "name: x\npolicy: {allow: [remove, downgrad]}\n" + steps,
           {"r.yaml:3:26: \"downgrad\" is nothing that can be allowed (did you mean \"downgrade\"?)"}},
          {begin + "name: x\nname: y\n" + steps,
           {"r.yaml:3:1: \"name\" is here twice (the first is in line 2; remove one of them)"}},
      },
      complaints_of);
}

TEST_CASE("a mistyped name does not hide what is wrong below it") {
  CHECK(complaints_of("rigsetup: 1\nname: x\nsetps:\n- file: {path: a}\n") ==
        Texts{"r.yaml:3:1: a recipe has no \"setps\" (did you mean \"steps\"?)",
              "r.yaml:4:16: \"path\" takes an absolute path (begin it with \"/\")"});
}

TEST_CASE("a step is a map with one kind") {
  check(
      {
          {"- gpu_check\n", {"r.yaml:4:3: a step is a map, not text (write \"gpu_check:\")"}},
          {"- hello\n", {"r.yaml:4:3: a step is a map, not text (such as \"- file: {path: ...}\")"}},
          {"-\n", {"r.yaml:4:1: a step is a map, not empty (such as \"- file: {path: ...}\")"}},
          {"- [gpu_check]\n", {"r.yaml:4:3: a step is a map, not a list (such as \"- file: {path: ...}\")"}},
          {"- {}\n", {"r.yaml:4:3: this step does not say what it is (give it a kind, such as \"file:\")"}},
          {"- id: x\n",
           {"r.yaml:4:3: this step does not say what it is (give it a kind, such as \"file:\")"}},
          {"- fiel: {path: /x}\n",
           {"r.yaml:4:3: there is no kind of step \"fiel\" (did you mean \"file\"?)"}},
          {"- snapcraft: {}\n",
           {"r.yaml:4:3: there is no kind of step \"snapcraft\" (`rigsetup kinds` lists them)"}},
          {"- {gpu_check: , file: {path: /x}}\n",
           {"r.yaml:4:17: a step has one kind, and this one has \"gpu_check\" and \"file\" (begin a step of "
            "its own with "
            "\"- file:\")"}},
          {"- {gpu_check: , need: []}\n", {"r.yaml:4:17: a step has no \"need\" (did you mean \"needs\"?)"}},
          {"- {gpu_check: , retry: 3}\n",
           {"r.yaml:4:17: a step has no \"retry\" (besides its kind it has: id, needs, when)"}},
          {"- gpu_check: 7\n",
           {"r.yaml:4:14: gpu_check takes fields, not a whole number (write \"gpu_check:\" alone)"}},
      },
      complaints_of_steps);
}

TEST_CASE("fields that stand one level too far out are told so, and are not also missing") {
  CHECK(complaints_of_steps("- file:\n  path: /x\n  mode: \"0644\"\n") ==
        Texts{"r.yaml:5:3: a step has no \"path\" (it is a field of file: indent it below \"file:\")",
              "r.yaml:6:3: a step has no \"mode\" (it is a field of file: indent it below \"file:\")"});
}

TEST_CASE("faults in fields stand at their place") {
  check(
      {
          {"- file:\n", {"r.yaml:4:3: file needs \"path\" (path: where it lies)"}},
          {"- file: {path: /x, mode: 0644}\n",
           {"r.yaml:4:26: \"mode\" must stand in quotes: some read 0644 as a decimal number (write "
            "\"0644\")"}},
          {"- file: {path: /x, path: /y}\n",
           {"r.yaml:4:20: \"path\" is here twice (the first is in line 4; remove one of them)"}},
          {"- command: {argv: [x], wait: no}\n",
           {"r.yaml:4:30: \"wait\" takes true or false, not \"no\" (write false)"}},
      },
      complaints_of_steps);
}

TEST_CASE("ids are names, each given once") {
  check(
      {
          {"- gpu_check:\n- gpu_check:\n",
           {"r.yaml:5:3: a second step of kind \"gpu_check\" needs an id (the first is in line 4; write "
            "\"id: NAME\")"}},
          {"- {id: a, gpu_check: }\n- {id: a, gpu_check: }\n",
           {"r.yaml:5:8: the id \"a\" is taken by the step in line 4 (choose another)"}},
          {"- {id: file, gpu_check: }\n- file: {path: /x}\n",
           {"r.yaml:5:3: the id \"file\" is taken by the step in line 4 (write \"id: NAME\")"}},
          {"- {id: A, gpu_check: }\n",
           {"r.yaml:4:8: \"A\" cannot be an id (" + k_name_rule + ", '-' and '_')"}},
          {"- {id: _a, gpu_check: }\n",
           {"r.yaml:4:8: \"_a\" cannot be an id (" + k_name_rule + ", '-' and '_')"}},
          {"- {id: a/b, gpu_check: }\n",
           {"r.yaml:4:8: \"a/b\" cannot be an id (" + k_name_rule + ", '-' and '_')"}},
          {"- {id: [a], gpu_check: }\n",
           {"r.yaml:4:8: \"id\" takes a name (" + k_name_rule + ", '-' and '_')"}},
          {"- {id: dpkg-repair, gpu_check: }\n",
           {"r.yaml:4:8: the id \"dpkg-repair\" is taken by rigsetup itself (choose another)"}},
      },
      complaints_of_steps);
  CHECK(complaints_of_steps("- {id: " + std::string(65, 'a') + ", gpu_check: }\n").size() == 1);
  CHECK(complaints_of_steps("- {id: " + std::string(64, 'a') + ", gpu_check: }\n").empty());
}

TEST_CASE("needs are ids of other steps") {
  check(
      {
          {"- {id: first, gpu_check: }\n- {id: b, gpu_check: , needs: [frist]}\n",
           {"r.yaml:5:32: there is no step \"frist\" (did you mean \"first\"?)"}},
          {"- {id: b, gpu_check: , needs: [elsewhere]}\n",
           {"r.yaml:4:32: there is no step \"elsewhere\" (needs takes ids of steps of this recipe)"}},
          {"- {id: b, gpu_check: , needs: [b]}\n", {"r.yaml:4:32: a step cannot need itself (remove it)"}},
          {"- {id: b, gpu_check: , needs: }\n",
           {"r.yaml:4:24: \"needs\" has no value (write one, or leave it out)"}},
          {"- {id: b, gpu_check: , needs: {a: b}}\n",
           {"r.yaml:4:31: \"needs\" takes a list of texts, not a map"}},
          // A step of an unknown kind is a step all the same.
          {"- {id: a, fiel: }\n- {id: b, gpu_check: , needs: [a]}\n",
           {"r.yaml:4:11: there is no kind of step \"fiel\" (did you mean \"file\"?)"}},
      },
      complaints_of_steps);
}

TEST_CASE("a circle of needs is named") {
  check(
      {
          {"- {id: a, gpu_check: , needs: [b]}\n- {id: b, gpu_check: , needs: [a]}\n",
           {"r.yaml:4:32: these steps need each other: a -> b -> a (remove one of these needs)"}},
          {"- {id: z, gpu_check: , needs: [a]}\n- {id: a, gpu_check: , needs: [b]}\n- {id: b, gpu_check: , "
           "needs: [c]}\n"
           "- {id: c, gpu_check: , needs: [a]}\n",
           {"r.yaml:5:32: these steps need each other: a -> b -> c -> a (remove one of these needs)"}},
          {"- {id: a, gpu_check: , needs: [b]}\n- {id: b, gpu_check: , needs: [a]}\n"
           "- {id: c, gpu_check: , needs: [d]}\n- {id: d, gpu_check: , needs: [c]}\n",
           {"r.yaml:4:32: these steps need each other: a -> b -> a (remove one of these needs)",
            "r.yaml:6:32: these steps need each other: c -> d -> c (remove one of these needs)"}},
          // Through the order of the file.
          {"- {id: a, gpu_check: , needs: [b]}\n- {id: b, gpu_check: }\n",
           {"r.yaml:4:32: these steps need each other: a -> b -> a (without \"needs\", b comes after all "
            "steps above it)"}},
      },
      complaints_of_steps);
}

TEST_CASE("conditions are known ones") {
  check(
      {
          {"- {gpu_check: , when: {gpu: nvida}}\n",
           {"r.yaml:4:29: \"gpu\" takes one of nvidia, none, not \"nvida\" (did you mean \"nvidia\"?)"}},
          {"- {gpu_check: , when: {gpus: nvidia}}\n",
           {"r.yaml:4:24: when has no field \"gpus\" (did you mean \"gpu\"?)"}},
          {"- {gpu_check: , when: nvidia}\n",
           {"r.yaml:4:23: when takes fields, not text (write them as a map, such as {gpu: ...})"}},
          {"- {gpu_check: , when: {platform: [debian-12, ubuntu22]}}\n",
           {"r.yaml:4:46: \"ubuntu22\" is no platform (write it as \"ubuntu-22.04\" or \"debian-12\")"}},
          {"- {gpu_check: , when: {platform: 12}}\n",
           {"r.yaml:4:34: \"12\" is no platform (write it as \"ubuntu-22.04\" or \"debian-12\")"}},
      },
      complaints_of_steps);
}

TEST_CASE("all complaints come at once, in the order of the file") {
  CHECK(complaints_of(R"(name: Bad
rigsetup: 1
steps:
  - {id: b, gpu_check: , needs: [c]}
  - file: {path: x, mod: 1}
  - command: {argv: x}
polcy: 1
)") == Texts{"r.yaml:1:7: \"Bad\" cannot be the name of a recipe (" + k_name_rule + " and '-')",
             "r.yaml:4:34: there is no step \"c\" (needs takes ids of steps of this recipe)",
             "r.yaml:5:18: \"path\" takes an absolute path (begin it with \"/\")",
             "r.yaml:5:21: file has no field \"mod\" (did you mean \"mode\"?)",
             "r.yaml:6:21: \"argv\" takes a list: the program, then its arguments (write [x]; there is no "
             "shell)",
             "r.yaml:7:1: a recipe has no \"polcy\" (did you mean \"policy\"?)"});
}

TEST_CASE("a fault behind two aliases is told once") {
  CHECK(complaints_of_steps("- {id: a, file: &f {path: x}}\n- {id: b, file: *f}\n") ==
        Texts{"r.yaml:4:27: \"path\" takes an absolute path (begin it with \"/\")"});
}

TEST_CASE("not more complaints than anybody reads") {
  std::string steps;
  for (int i = 0; i < 300; ++i) steps += "- {id: s" + std::to_string(i) + ", gpu_check: {a: 1}}\n";
  const Texts complaints = complaints_of_steps(steps);
  REQUIRE(complaints.size() == 101);
  CHECK(complaints.back() == "r.yaml:104:26: 200 more complaints from here on (mend the first ones)");
}

TEST_CASE("the number of steps is bounded") {
  std::string steps;
  for (int i = 0; i < 501; ++i) steps += "- {id: s" + std::to_string(i) + ", gpu_check: }\n";
  CHECK(complaints_of_steps(steps) == Texts{"r.yaml:504:3: a recipe has at most 500 steps (split it)"});
}

TEST_CASE("complaints cannot steer a terminal") {
  const Texts complaints = complaints_of_steps(
      "- {\"\\x1b[31m\": 1}\n- {id: \"\\x1b\", gpu_check: {\"\\a\": 1}, needs: [\"\\e\"]}\n");
  CHECK(complaints.size() == 4);
  for (const std::string& complaint : complaints) CHECK(complaint == printable(complaint));
}
