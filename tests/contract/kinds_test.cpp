// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// What holds for every kind, through the catalog: a kind that is added is tested here without a change.

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/yaml.hpp>
#include <rigsetup/resource/completion.hpp>

#include "tests/contract/behaviours.hpp"
#include "tests/contract/driver_behaviours.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;
using test::FakePrograms;
using test::Rig;

namespace {

std::vector<std::string> names_of(Sort sort) {
  std::vector<std::string> names;
  for (const Kind* kind : catalog()) {
    if (kind->sort == sort) names.emplace_back(kind->name);
  }
  return names;
}

/// Of those that act or prove by themselves.
std::string kind_under_test() {
  std::vector<std::string> names = names_of(Sort::primitive);
  for (std::string& name : names_of(Sort::check)) names.push_back(std::move(name));
  return GENERATE_COPY(from_range(names));
}

/// The one step of a kind's example.
struct Example {
  explicit Example(Rig& rig, const Kind& kind) : recipe(rig.read(std::string(kind.example))) {
    REQUIRE(recipe.steps.size() == 1);
  }
  const Resource* resource() const { return recipe.steps.front().resource.get(); }
  const Check* check() const { return recipe.steps.front().check.get(); }
  BuiltRecipe recipe;
};

/// Packages change in transactions; here dpkg's database becomes what such a transaction leaves.
void install(const Rig& rig, const apt::Request& request) {
  std::string status = rig.text("/var/lib/dpkg/status");
  for (const auto& package : request.install) {
    status += format("Package: {}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 99\n\n",
                     package.name);
  }
  rig.add_file("/var/lib/dpkg/status", status);
}

/// Repositories are applied against a real archive, in repository_test.cpp.
bool needs_an_archive(const Kind& kind) { return kind.name == "apt_repository"; }

bool is_as_wanted(const Inspection& inspection) {
  if (const auto* differs = std::get_if<Differs>(&inspection))
    UNSCOPED_INFO(differs->have << " -> " << differs->want);
  if (const auto* pending = std::get_if<Pending>(&inspection)) UNSCOPED_INFO(pending->why);
  if (const auto* unknown = std::get_if<Unknown>(&inspection)) UNSCOPED_INFO(unknown->why);
  return std::holds_alternative<AsWanted>(inspection);
}

/// Applies it, over the reboot where it says that it takes one.
void apply_to_the_end(Rig& rig, const Resource& resource) {
  const Applied applied = rig.apply(resource);
  if (const auto* needed = std::get_if<RebootRequired>(&applied)) {
    CHECK_FALSE(needed->why.empty());
    test::reboot(rig);
  } else {
    CHECK(std::holds_alternative<Done>(applied));
  }
}

/// The programs that the example runs, when it is applied from nothing.
std::vector<Command> programs_of_example(const Kind& kind) {
  Rig rig;
  test::prepare_for_example(rig, kind.name);
  const Example example(rig, kind);
  if (example.check()) {
    rig.check(*example.check());
  } else {
    rig.apply(*example.resource());
  }
  return rig.programs.ran();
}

}  // namespace

TEST_CASE("every kind says what it is, and its example is a whole step") {
  const Kind& kind = *find_kind(kind_under_test());
  INFO(kind.name);
  CHECK_FALSE(kind.summary.empty());
  CHECK(kind.summary.ends_with("."));
  for (const auto& field : kind.fields) {
    INFO(field.name);
    CHECK_FALSE(field.summary.empty());
    CHECK_FALSE((field.required && !field.fallback.empty()));
    CHECK((field.type == FieldType::choice) == !field.choices.empty());
  }
  CHECK((kind.make != nullptr) == (kind.sort == Sort::primitive));
  CHECK((kind.make_check != nullptr) == (kind.sort == Sort::check));

  Rig rig;
  const Example example(rig, kind);
  const Step& step = example.recipe.recipe.steps.front();
  CHECK(step.kind == kind.name);
  CHECK((example.resource() != nullptr) != (example.check() != nullptr));
  const std::string title = kind.title(step.fields);
  CHECK_FALSE(title.empty());
  CHECK(title.find('\n') == std::string::npos);
  CHECK(to_value(kind).get("example", "") == kind.example);
}

TEST_CASE("an unknown field of any kind is complained of at its line") {
  const Kind& kind = *find_kind(kind_under_test());
  INFO(kind.name);
  const Rig rig;
  const auto complaints = rig.complaints(format("- {}:\n    no_such_field: 1\n", kind.name));
  const auto found = std::find_if(complaints.begin(), complaints.end(), [](const Complaint& complaint) {
    return complaint.message.find("no_such_field") != std::string::npos;
  });
  REQUIRE(found != complaints.end());
  CHECK(found->place.file == "recipe.yaml");
  CHECK(found->place.line == 5);
  CHECK(found->place.column > 0);
}

TEST_CASE("a required field that is missing is complained of once") {
  const Kind& kind = *find_kind(kind_under_test());
  INFO(kind.name);
  const Rig rig;
  const auto complaints = rig.complaints(format("- {}: {{}}\n", kind.name));
  for (const auto& field : kind.fields) {
    if (!field.required) continue;
    const auto named = std::count_if(complaints.begin(), complaints.end(), [&](const Complaint& complaint) {
      return complaint.message.find(format("\"{}\"", field.name)) != std::string::npos;
    });
    INFO(field.name);
    CHECK(named == 1);
  }
}

TEST_CASE("looking changes nothing, neither before nor after applying") {
  const Kind& kind = *find_kind(kind_under_test());
  INFO(kind.name);
  Rig rig;
  test::prepare_for_example(rig, kind.name);
  const Example example(rig, kind);
  const auto before = rig.listing(true);
  if (example.check()) {
    rig.check(*example.check());
    // The folder that a check works in is gone; /tmp itself may have been made.
    CHECK(rig.root.list("/tmp").empty());
    rig.root.remove("/tmp");
  } else {
    CHECK_FALSE(is_as_wanted(rig.inspect(*example.resource())));
  }
  auto after = rig.listing(true);
  CHECK(after == before);
  if (kind.reads_only) CHECK(rig.programs.ran().empty());
}

TEST_CASE("a primitive is as wanted once it was applied, and applying it again changes nothing") {
  const Kind& kind = *find_kind(kind_under_test());
  if (kind.sort != Sort::primitive || needs_an_archive(kind)) return;
  INFO(kind.name);
  Rig rig;
  test::prepare_for_example(rig, kind.name);
  const Example example(rig, kind);
  const Resource& resource = *example.resource();
  if (const auto request = resource.packages()) {
    CHECK_THROWS_AS(rig.apply(resource), Error);
    install(rig, *request);
    CHECK(is_as_wanted(rig.inspect(resource)));
    return;
  }
  apply_to_the_end(rig, resource);
  const auto applied = rig.listing(true);
  CHECK(is_as_wanted(rig.inspect(resource)));
  CHECK(rig.listing(true) == applied);

  const auto once = rig.listing(false);
  CHECK(std::holds_alternative<Done>(rig.apply(resource)));
  CHECK(is_as_wanted(rig.inspect(resource)));
  CHECK(rig.listing(false) == once);
}

TEST_CASE("a kind that makes things names them, and what it would make is among them") {
  const Kind& kind = *find_kind(kind_under_test());
  INFO(kind.name);
  CHECK((kind.make_removal != nullptr) == !kind.noun.empty());
  if (!kind.make_removal) return;
  Rig rig;
  test::prepare_for_example(rig, kind.name);
  const Example example(rig, kind);
  const auto things = example.resource()->things();
  CHECK_FALSE(things.empty());
  const auto before = rig.listing(true);
  const auto made = example.resource()->would_make(rig.host(), {});
  CHECK(rig.listing(true) == before);
  CHECK_FALSE(made.empty());
  for (const Thing& one : made) {
    INFO(one.kind << " " << one.name);
    CHECK(find_kind_of_thing(one.kind) != nullptr);
    CHECK(std::any_of(things.begin(), things.end(),
                      [&](const Thing& thing) { return thing.kind == one.kind && thing.name == one.name; }));
  }
}

TEST_CASE("what a primitive made can be taken away, which is seen, done once, and leaves it as it was") {
  const Kind& kind = *find_kind(kind_under_test());
  if (!kind.make_removal || needs_an_archive(kind)) return;
  INFO(kind.name);
  Rig rig;
  test::prepare_for_example(rig, kind.name);
  const Example example(rig, kind);
  const Resource& resource = *example.resource();
  const std::vector<Thing> things = resource.would_make(rig.host(), {});
  const auto removal = kind.make_removal(things);
  CHECK(is_as_wanted(rig.inspect(*removal)));  // nothing there yet
  if (const auto request = resource.packages()) {
    REQUIRE(removal->packages()->absent.size() == things.size());
    CHECK(removal->packages()->absent.front() == things.front().name);
    CHECK(removal->packages()->install.empty());
    return;
  }
  rig.apply(resource);
  CHECK(resource.would_make(rig.host(), {}).empty());
  const auto applied = rig.listing(true);
  CHECK_FALSE(is_as_wanted(rig.inspect(*removal)));
  CHECK(rig.listing(true) == applied);

  CHECK(std::holds_alternative<Done>(rig.apply(*removal)));
  CHECK(is_as_wanted(rig.inspect(*removal)));
  CHECK(removal->removed(rig.host()) == things);
  const auto again = resource.would_make(rig.host(), {});
  REQUIRE(again.size() == things.size());
  CHECK(again.front().name == things.front().name);
  const auto removed = rig.listing(false);
  rig.apply(*removal);
  CHECK(rig.listing(false) == removed);
}

TEST_CASE("a check passes with evidence where all is well") {
  const Kind& kind = *find_kind(kind_under_test());
  if (kind.sort != Sort::check) return;
  INFO(kind.name);
  Rig rig;
  test::prepare_for_example(rig, kind.name);
  const Checked checked = rig.check(*Example(rig, kind).check());
  if (const auto* failed = std::get_if<Failed>(&checked.result)) UNSCOPED_INFO(failed->cause);
  CHECK(std::holds_alternative<Passed>(checked.result));
  REQUIRE_FALSE(checked.evidence.empty());
  for (const auto& evidence : checked.evidence) {
    CHECK_FALSE(evidence.what.empty());
    CHECK_FALSE(evidence.seen.empty());
  }
}

TEST_CASE("a check in a bare root does not pass, and says why") {
  const Kind& kind = *find_kind(kind_under_test());
  if (kind.sort != Sort::check) return;
  INFO(kind.name);
  Rig rig;
  const Checked checked = rig.check(*Example(rig, kind).check());
  CHECK_FALSE(std::holds_alternative<Passed>(checked.result));
  if (const auto* failed = std::get_if<Failed>(&checked.result)) {
    CHECK_FALSE(failed->cause.empty());
    CHECK_FALSE(failed->hint.empty());
  }
}

TEST_CASE("a stop that was requested before ends in Cancelled and changes nothing") {
  const Kind& kind = *find_kind(kind_under_test());
  INFO(kind.name);
  Rig rig;
  test::prepare_for_example(rig, kind.name);
  const Example example(rig, kind);
  if (example.resource() && example.resource()->packages()) return;
  const auto before = rig.listing(true);
  rig.stop.request_stop();
  if (example.check()) {
    CHECK_THROWS_AS(rig.check(*example.check()), Cancelled);
    rig.root.remove("/tmp");
  } else {
    CHECK_THROWS_AS(rig.apply(*example.resource()), Cancelled);
  }
  CHECK(rig.listing(true) == before);
  CHECK(rig.programs.ran().empty());
}

TEST_CASE("a stop while a program runs ends in Cancelled, and the next try converges") {
  const Kind& kind = *find_kind(kind_under_test());
  if (needs_an_archive(kind) || kind.name == "apt_packages") return;
  const auto commands = programs_of_example(kind);
  for (std::size_t last = 0; last < commands.size(); ++last) {
    INFO(kind.name << ": stopped in " << commands[last].text());
    Rig rig;
    test::prepare_for_example(rig, kind.name);
    const Example example(rig, kind);
    std::size_t run = 0;
    const auto stopping = [&](const Command&) {
      if (run++ != last) return false;
      rig.stop.request_stop();
      return true;
    };
    rig.programs.on(stopping, [](const Command&) { return FakePrograms::finished(1); });
    if (example.check()) {
      CHECK_THROWS_AS(rig.check(*example.check()), Cancelled);
      CHECK(rig.root.list("/tmp").empty());
      continue;
    }
    CHECK_THROWS_AS(rig.apply(*example.resource()), Cancelled);
    rig.stop = std::stop_source();
    apply_to_the_end(rig, *example.resource());
    CHECK(is_as_wanted(rig.inspect(*example.resource())));
  }
}

TEST_CASE("a program that fails is named, with what it said") {
  const Kind& kind = *find_kind(kind_under_test());
  if (needs_an_archive(kind) || kind.name == "apt_packages") return;
  const auto commands = programs_of_example(kind);
  for (std::size_t failing = 0; failing < commands.size(); ++failing) {
    const auto program = std::filesystem::path(commands[failing].argv.front()).filename().string();
    INFO(kind.name << ": " << commands[failing].text());
    Rig rig;
    test::prepare_for_example(rig, kind.name);
    const Example example(rig, kind);
    std::size_t run = 0;
    rig.programs.on([&](const Command&) { return run++ == failing; },
                    [](const Command&) {
                      return FakePrograms::finished(77, "the disk is on fire\n", "the disk is on fire\n");
                    });
    std::string message;
    std::string hint;
    if (example.check()) {
      const Checked checked = rig.check(*example.check());
      if (std::holds_alternative<Passed>(checked.result)) continue;  // only evidence, such as --version
      REQUIRE(std::holds_alternative<Failed>(checked.result));
      message = std::get<Failed>(checked.result).cause;
      hint = std::get<Failed>(checked.result).hint;
    } else {
      try {
        rig.apply(*example.resource());
      } catch (const Error& error) {
        message = error.message();
        hint = error.hint();
        CHECK(message.starts_with("cannot "));
      }
    }
    INFO(message);
    CHECK((message.find("the disk is on fire") != std::string::npos ||
           message.find("77") != std::string::npos));
    CHECK_FALSE(hint.empty());
  }
}

TEST_CASE("every field of every kind is described for editors") {
  const Value schema = recipe_schema();
  const Value& steps = schema.at("properties").at("steps").at("items");
  for (const Kind* kind : catalog()) {
    const Value& shown = steps.at("properties").at(kind->name);
    for (const auto& field : kind->fields) {
      INFO(kind->name << "." << field.name);
      const Value* described = shown.at("properties").find(field.name);
      REQUIRE(described != nullptr);
      CHECK(described->get("description", "") == field.summary);
      CHECK((described->find("default") != nullptr) == !field.fallback.empty());
    }
  }
  CHECK(steps.at("oneOf").as_list().size() == catalog().size());
}
