// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/catch.hpp"
#include "tests/unit/recipe/kinds.hpp"

using namespace rigsetup;

namespace {

Recipe read(const std::string& text) {
  Complaints complaints;
  Recipe recipe = parse_recipe(text, "r.yaml", test::kinds(), complaints);
  for (const Complaint& complaint : complaints) UNSCOPED_INFO(complaint.text());
  CHECK(complaints.empty());
  return recipe;
}

}  // namespace

TEST_CASE("a recipe is what its author asked for") {
  const Recipe recipe = read(R"(# for the lab
rigsetup: 1
name: lab-2
summary: a file and a program
steps:
  - file: {path: /etc/motd, content: hello}
  - id: build
    command:
      argv: [make]
    needs: [file]
    when: {gpu: nvidia, platform: [debian-12, ubuntu-22.04]}
  - gpu_check:
  - id: again
    gpu_check: {}
    needs: []
    when: {platform: debian-12}
)");
  CHECK(recipe.name == "lab-2");
  CHECK(recipe.summary == "a file and a program");
  CHECK(recipe.file == "r.yaml");
  REQUIRE(recipe.steps.size() == 4);

  const Step& file = recipe.steps[0];
  CHECK(file.id == "file");
  CHECK(file.kind == "file");
  CHECK(file.fields.text("content") == "hello");
  CHECK_FALSE(file.needs);
  CHECK(file.when.empty());
  CHECK(file.place == Place{"r.yaml", 6, 5});

  const Step& build = recipe.steps[1];
  CHECK(build.id == "build");
  CHECK(build.kind == "command");
  CHECK(build.needs == std::vector<std::string>{"file"});
  CHECK(build.when.gpu == "nvidia");
  CHECK(build.when.platform == std::vector<std::string>{"debian-12", "ubuntu-22.04"});

  CHECK(recipe.steps[2].id == "gpu_check");
  CHECK(recipe.steps[3].needs == std::vector<std::string>{});
  CHECK(recipe.steps[3].when.platform == std::vector<std::string>{"debian-12"});
}

TEST_CASE("a number serves as a name, and one text as needs") {
  const Recipe recipe =
      read("rigsetup: 1\nname: 7\nsteps:\n- gpu_check:\n- {id: 2, gpu_check: , needs: gpu_check}\n");
  CHECK(recipe.name == "7");
  CHECK(recipe.steps[1].id == "2");
  CHECK(recipe.steps[1].needs == std::vector<std::string>{"gpu_check"});
}

TEST_CASE("a step may need one further down that says what it needs itself") {
  const Recipe recipe = read(
      "rigsetup: 1\nname: x\nsteps:\n- {id: a, gpu_check: , needs: [b]}\n- {id: b, gpu_check: , needs: "
      "[]}\n");
  CHECK(recipe.steps[0].needs == std::vector<std::string>{"b"});
}

TEST_CASE("fields may be shared by alias") {
  const Recipe recipe =
      read("rigsetup: 1\nname: x\nsteps:\n- {id: a, file: &f {path: /x}}\n- {id: b, file: *f}\n");
  CHECK(recipe.steps[1].fields.text("path") == "/x");
}

TEST_CASE("the digest changes with every byte of the text") {
  const std::string text = "rigsetup: 1\nname: x\nsteps: [gpu_check: ]\n";
  CHECK(read(text).digest == read(text).digest);
  CHECK(read(text).digest.size() == 64);
  CHECK(read(text).digest != read(text + "\n").digest);
  CHECK(read(text).text == text);
}

TEST_CASE("complaints that were there before stay in front") {
  Complaints complaints{{{"other", 9, 9}, "earlier", ""}};
  parse_recipe("", "r.yaml", test::kinds(), complaints);
  REQUIRE(complaints.size() == 2);
  CHECK(complaints[0].message == "earlier");
}
