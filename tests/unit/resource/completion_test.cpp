// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/error.hpp>
#include <rigsetup/resource/completion.hpp>

#include "tests/contract/behaviours.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;
using Catch::Matchers::Contains;
using test::Rig;
using Names = std::vector<std::string>;

namespace {

const std::string k_two_files = R"(
- id: one
  file: {path: /etc/one, content: "1"}
- id: two
  file: {path: /etc/two, content: "2"}
)";

Thing file(const std::string& path, const std::string& note = {}) { return {"file", path, note}; }

Names names_of(const std::vector<Thing>& things) {
  Names names;
  for (const Thing& thing : things) names.push_back(thing.name);
  return names;
}

Names ids_of(const BuiltRecipe& recipe) {
  Names ids;
  for (const Step& step : recipe.recipe.steps) ids.push_back(step.id);
  return ids;
}

const BuiltStep& step_of(const BuiltRecipe& recipe, const std::string& id) {
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
    if (recipe.recipe.steps[i].id == id) return recipe.steps[i];
  }
  throw std::runtime_error("no step " + id);
}

}  // namespace

TEST_CASE("what the recipe names is no leftover, whatever its step is called and wherever it stands") {
  Rig rig;
  rig.add_file("/etc/one");
  rig.add_file("/etc/two");
  rig.add_file("/etc/three");
  const BuiltRecipe recipe = rig.read(R"(
- id: renamed
  file: {path: /etc/two, content: "2"}
- id: other
  file: {path: /etc/one, content: "1"}
)");
  const auto owned = std::vector<Thing>{file("/etc/one"), file("/etc/two"), file("/etc/three")};
  const Leftovers leftovers = find_leftovers(recipe, owned, rig.host(), {});
  CHECK(names_of(leftovers.there) == Names{"/etc/three"});
  CHECK(leftovers.gone.empty());
}

TEST_CASE("what somebody else took away is told apart; what came along alone is no leftover") {
  Rig rig;
  const BuiltRecipe recipe = rig.read(k_two_files);
  const Leftovers leftovers =
      find_leftovers(recipe, {file("/etc/three"), {"apt_packages", "lib", "", true}}, rig.host(), {});
  CHECK(leftovers.there.empty());
  CHECK(names_of(leftovers.gone) == Names{"/etc/three"});
}

TEST_CASE("a kind that this rigsetup does not know is left alone") {
  Rig rig;
  const BuiltRecipe recipe = rig.read(k_two_files);
  const Leftovers leftovers = find_leftovers(recipe, {{"of_the_future", "x"}}, rig.host(), {});
  CHECK(leftovers.there.empty());
  CHECK(leftovers.gone.empty());
}

TEST_CASE("packages go together with those that come, everything else goes last, what was made last first") {
  Rig rig;
  BuiltRecipe recipe = rig.read(k_two_files);
  complete(recipe, {.activate = false, .prune = true, .only = {}},
           {{"apt_repository", "shop"},
            {"apt_packages", "nginx"},
            {"apt_packages", "lib", "", true},
            file("/etc/three")});
  CHECK(ids_of(recipe) == Names{"one", "two", "prune.file", "prune.apt_packages", "prune.apt_repository"});
  CHECK(*recipe.recipe.steps[2].needs == Names{"one", "two"});
  CHECK(recipe.recipe.steps[3].needs->empty());
  CHECK(*recipe.recipe.steps[4].needs == Names{"one", "two", "prune.file", "prune.apt_packages"});
  const auto request = step_of(recipe, "prune.apt_packages").resource->packages();
  CHECK(request->absent == Names{"nginx"});
  CHECK(request->unneeded == Names{"lib"});
  CHECK(step_of(recipe, "prune.apt_packages").title == "no more package nginx");
}

TEST_CASE("without the wish nothing is added") {
  Rig rig;
  BuiltRecipe recipe = rig.read(k_two_files);
  complete(recipe, {.activate = false, .prune = false, .only = {}}, {file("/etc/three")});
  CHECK(ids_of(recipe) == Names{"one", "two"});
}

TEST_CASE("a file that was replaced comes back as it was, and what stood in its place is kept") {
  Rig rig;
  const BuiltRecipe recipe = rig.read(R"(- file: {path: /etc/one, content: "new"})");
  rig.root.write("/etc/one", "old", 0600);
  const auto made = recipe.steps.front().resource->would_make(rig.host(), {});
  REQUIRE(made.size() == 1);
  rig.apply(*recipe.steps.front().resource);
  rig.root.write("/etc/one", "edited by hand");
  const auto removal = find_kind("file")->make_removal({file("/etc/one", made.front().note)});
  CHECK(std::get<Differs>(rig.inspect(*removal)).want == "as it was before");
  rig.apply(*removal);
  CHECK(rig.text("/etc/one") == "old");
  CHECK(rig.root.info("/etc/one")->mode == 0600);
  CHECK(std::holds_alternative<AsWanted>(rig.inspect(*removal)));
  std::string kept;
  for (const auto& name : rig.root.list("/var/lib/rigsetup/backups/etc")) {
    kept += rig.text("/var/lib/rigsetup/backups/etc/" + name) + ";";
  }
  CHECK_THAT(kept, Contains("edited by hand"));
}

TEST_CASE("a file with the wanted content was there before: it is not made") {
  Rig rig;
  const BuiltRecipe recipe = rig.read(R"(- file: {path: /etc/one, content: "same", mode: "0600"})");
  rig.root.write("/etc/one", "same", 0644);
  CHECK(recipe.steps.front().resource->would_make(rig.host(), {}).empty());
}

TEST_CASE("a backup that is gone is an error, and the file stays") {
  Rig rig;
  rig.add_file("/etc/one", "new");
  const auto removal = find_kind("file")->make_removal(
      {file("/etc/one", R"({"backup":"/var/lib/rigsetup/backups/etc/one.0","mode":420,"uid":0,"gid":0})")});
  try {
    rig.apply(*removal);
    FAIL("it was removed");
  } catch (const Error& error) {
    CHECK(error.message() ==
          "cannot bring back the earlier /etc/one: /var/lib/rigsetup/backups/etc/one.0 is gone");
  }
  CHECK(rig.text("/etc/one") == "new");
}

TEST_CASE("a hold is a thing of its own, also of a package that was there before") {
  Rig rig;
  rig.add_file("/var/lib/dpkg/status",
               "Package: nginx\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n"
               "Package: curl\nStatus: hold ok installed\nArchitecture: amd64\nVersion: 1\n");
  const BuiltRecipe recipe = rig.read("- apt_packages: {packages: [nginx, curl, new], hold: true}");
  const std::vector<Thing> made = recipe.steps.front().resource->would_make(rig.host(), {});
  CHECK(made == std::vector<Thing>{{"apt_hold", "nginx"}, {"apt_packages", "new"}, {"apt_hold", "new"}});
  const auto removal = find_kind_of_thing("apt_hold")->make_removal({{"apt_hold", "curl"}});
  CHECK(std::get<Differs>(rig.inspect(*removal)).have == "curl on hold");
  rig.programs.on("apt-mark", [&](const Command& command) {
    CHECK(command.argv == Names{"apt-mark", "unhold", "curl"});
    return test::FakePrograms::finished(0);
  });
  rig.apply(*removal);
  CHECK(rig.programs.ran().size() == 1);
  CHECK(std::holds_alternative<AsWanted>(
      rig.inspect(*find_kind_of_thing("apt_hold")->make_removal({{"apt_hold", "nginx"}}))));
}

TEST_CASE("an environment without rigsetup's record is somebody else's by now") {
  Rig rig;
  rig.add_file("/opt/env/pyvenv.cfg", "home = /usr/bin");
  const auto removal = find_kind_of_thing("virtualenv")->make_removal({{"virtualenv", "/opt/env"}});
  CHECK(std::holds_alternative<AsWanted>(rig.inspect(*removal)));
  rig.apply(*removal);
  CHECK(rig.root.info("/opt/env/pyvenv.cfg"));
}

TEST_CASE("a recipe becomes the active one with the files it names, and what it replaces is kept") {
  Rig rig;
  const BuiltRecipe recipe =
      rig.read("- file: {path: /etc/one, source: files/one}", {{"files/one", "content"}});
  const auto active = make_active(recipe.recipe);
  CHECK(std::get<Differs>(rig.inspect(*active)).have == "absent");
  rig.root.make_directories("/etc/rigsetup");
  rig.root.write("/etc/rigsetup/recipe.yaml", "rigsetup: 1\nname: earlier\nsteps: []\n");
  CHECK(std::get<Differs>(rig.inspect(*active)).have == "earlier");
  rig.apply(*active);
  CHECK(std::holds_alternative<AsWanted>(rig.inspect(*active)));
  const auto read = read_active_recipe(rig.root);
  REQUIRE(read);
  CHECK(read->text == recipe.recipe.text);
  CHECK(read->attachments == recipe.recipe.attachments);
  CHECK(rig.root.info("/etc/rigsetup/recipe.yaml")->mode == 0640);
  REQUIRE(rig.root.list("/var/lib/rigsetup/backups/etc/rigsetup").size() == 1);

  rig.add_file("/etc/rigsetup/files/one", "edited");
  CHECK(std::get<Differs>(rig.inspect(*active)).have == "other text in files/one");
}

TEST_CASE("a recipe whose file would take the place of one of rigsetup's own is refused") {
  Rig rig;
  const BuiltRecipe recipe =
      rig.read("- file: {path: /etc/one, source: rigsetupd.yaml}", {{"rigsetupd.yaml", "content"}});
  CHECK_THROWS_WITH(rig.inspect(*make_active(recipe.recipe)), Contains("rigsetupd.yaml"));
}

TEST_CASE("without a recipe in its place there is no active one") {
  Rig rig;
  CHECK_FALSE(read_active_recipe(rig.root));
}
