// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>

#include <rigsetup/base/error.hpp>
#include <rigsetup/data/json.hpp>
#include <rigsetup/run/run_thread.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/run/world.hpp"

// These tests act from within the journal's callback, because there the run stands still in its middle. The
// product must not (journal.hpp says so), and ThreadSanitizer rightly sees the inverted order of the two
// locks.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() { return "deadlock:rigsetup::Subscribers::wake\n"; }

using namespace rigsetup;
using rigsetup::test::World;
using Story = std::vector<std::string>;

namespace {

constexpr const char* k_recipe = R"(
rigsetup: 1
name: two-files
steps:
  - id: a
    file: {path: /etc/a, content: "one\n"}
  - id: b
    file: {path: /etc/b, content: "two\n"}
)";

/// A run thread on a root of its own, for real.
struct Daemon {
  /// `in_the_middle` is called once, by the worker that has just recorded the start of step a.
  using Action = std::function<void(Daemon& daemon, std::int64_t run)>;
  explicit Daemon(World& the_world, bool resume = true, Action in_the_middle = {})
      : world(the_world), runs(world.journal, settings(resume)) {
    number = world.journal.subscribe([this, action = std::move(in_the_middle)](std::int64_t run) mutable {
      if (action && world.journal.state(run).find("a")->started) std::exchange(action, {})(*this, run);
      const std::lock_guard lock(mutex);
      changed.notify_all();
    });
  }
  ~Daemon() { world.journal.unsubscribe(number); }

  Settings settings(bool resume) const {
    Settings settings;
    settings.state = world.folder / "state";
    settings.logs = world.folder / "logs";
    settings.libexec = world.folder / "libexec";
    settings.group = "no-such-group";
    settings.resume = resume;
    return settings;
  }
  RunState wait_for_end(std::int64_t run) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return world.journal.state(run).ended_already(); });
    return world.journal.state(run);
  }

  World& world;
  std::function<void(std::int64_t)>
      on_wake;  ///< in the thread that recorded: the middle of the run stands still
  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t number = 0;
  RunThread runs;
};

RecipeInput input(const std::string& text = k_recipe) { return {"two.yaml", text, {}}; }

Plan plan_of(World& world, const RecipeInput& recipe = input()) {
  Complaints complaints;
  const BuiltRecipe built = read_recipe(recipe, {}, complaints);
  REQUIRE(complaints.empty());
  return world.plan(built);
}

/// A run that an earlier daemon began.
std::int64_t begun(World& world) {
  const Plan plan = plan_of(world);
  RunStarted started;
  started.root = plan.root;
  for (const PlanStep& step : plan.steps) started.steps.push_back({step.id, step.kind, step.title});
  return world.journal.begin({"two.yaml", k_recipe, {}, to_json(to_value(plan))}, started);
}

Code code_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("nothing was thrown");
  return Code::internal;
}

}  // namespace

TEST_CASE("a run is recorded with its plan and who asked, done, and can be followed by another") {
  World world;
  Daemon daemon(world);
  const Plan plan = plan_of(world);
  const std::int64_t run = daemon.runs.start(plan, input(), {1000, "alice", 42});
  const RunState state = daemon.wait_for_end(run);
  CHECK(state.outcome == RunOutcome::done);
  CHECK(state.header.caller.user == "alice");
  CHECK(state.header.plan_digest == plan.digest());
  CHECK(state.header.root == world.root);
  CHECK(state.steps.size() == 2);
  CHECK(world.tree.read("/etc/b") == "two\n");
  CHECK(plan_from(parse_json(world.journal.stored(run).plan)).digest() == plan.digest());
  CHECK(std::filesystem::is_directory(world.folder / "logs" / std::to_string(run)));

  world.tree.remove("/etc/a");
  const std::int64_t next = daemon.runs.start(plan_of(world), input(), {});
  CHECK(next == run + 1);
  CHECK(daemon.wait_for_end(next).outcome == RunOutcome::done);
}

TEST_CASE("a second run is refused while one goes on, and the refusal names it") {
  World world;
  const Plan plan = plan_of(world);
  std::string refusal;
  Daemon daemon(world, true, [&](Daemon& going, std::int64_t) {
    try {
      going.runs.start(plan, input(), {});
    } catch (const Error& error) {
      refusal = error.message();
    }
  });
  const std::int64_t run = daemon.runs.start(plan, input(), {});
  daemon.wait_for_end(run);
  CHECK(refusal == "cannot start the run: run 1 is going on");
  CHECK(world.journal.runs(10).size() == 1);
}

TEST_CASE("cancelled in the middle, a run ends at the next safe point") {
  World world;
  Daemon daemon(world, true, [](Daemon& going, std::int64_t run) {
    going.runs.cancel(run, {1000, "alice", 42});
  });
  const std::int64_t run = daemon.runs.start(plan_of(world), input(), {});
  CHECK(daemon.wait_for_end(run).outcome == RunOutcome::cancelled);
  const RunState state = world.journal.state(run);
  CHECK(state.cancel_requested);
  CHECK(state.find("b")->outcome == Outcome::not_tried);
  CHECK_FALSE(world.tree.info("/etc/b"));

  daemon.runs.resume(run, "asked by alice");
  CHECK(daemon.wait_for_end(run).outcome == RunOutcome::done);
  CHECK(world.tree.read("/etc/b") == "two\n");
}

TEST_CASE("what cannot be cancelled, resumed or started is refused") {
  World world;
  Daemon daemon(world);
  const Plan plan = plan_of(world);
  CHECK(code_of([&] { daemon.runs.cancel(5, {}); }) == Code::not_found);
  CHECK(code_of([&] { daemon.runs.resume(5, "why not"); }) == Code::not_found);
  const std::int64_t run = daemon.runs.start(plan, input(), {});
  daemon.wait_for_end(run);
  CHECK(code_of([&] { daemon.runs.cancel(run, {}); }) == Code::conflict);
  CHECK(code_of([&] { daemon.runs.resume(run, "why not"); }) == Code::conflict);
  CHECK(code_of([&] { daemon.runs.start(plan_of(world), input(), {}); }) == Code::conflict);

  Plan too_large = plan;
  too_large.transactions.resize(1);
  too_large.transactions[0].changes.resize(1);
  too_large.transactions[0].changes[0].disk_bytes = std::int64_t{1} << 60;
  CHECK(code_of([&] { daemon.runs.start(too_large, input(), {}); }) == Code::io);
  CHECK(world.journal.runs(10).size() == 1);
}

TEST_CASE("a run whose root is gone fails as a whole, and says why") {
  World world;
  Daemon daemon(world);
  const Plan plan = plan_of(world);
  std::filesystem::remove(world.root / "etc/os-release");
  const std::int64_t run = daemon.runs.start(plan, input(), {});
  const RunState state = daemon.wait_for_end(run);
  CHECK(state.outcome == RunOutcome::failed);
  REQUIRE(state.faults.size() == 1);
  CHECK(state.faults[0].code == Code::unsupported);
}

TEST_CASE("the newest unfinished run is resumed at the start, older ones are closed") {
  World world;
  const std::int64_t older = begun(world);
  const std::int64_t newest = begun(world);
  Daemon daemon(world);
  daemon.runs.resume_unfinished();
  CHECK(daemon.wait_for_end(newest).outcome == RunOutcome::done);
  CHECK(world.journal.state(newest).resumed == 1);
  CHECK(world.journal.state(older).outcome == RunOutcome::interrupted);
  CHECK(world.tree.read("/etc/b") == "two\n");
}

TEST_CASE("without the will to resume, an unfinished run waits for its owner") {
  World world;
  const std::int64_t run = begun(world);
  Daemon daemon(world, false);
  daemon.runs.resume_unfinished();
  CHECK(world.journal.state(run).outcome == RunOutcome::interrupted);
  CHECK_FALSE(daemon.runs.current());
  CHECK_FALSE(world.tree.info("/etc/a"));
  daemon.runs.resume(run, "asked by alice");
  CHECK(daemon.wait_for_end(run).outcome == RunOutcome::done);
}

TEST_CASE("a run that was being cancelled when the daemon died is not gone on with") {
  World world;
  const std::int64_t run = begun(world);
  world.journal.append(run, CancelRequested{});
  Daemon daemon(world);
  daemon.runs.resume_unfinished();
  CHECK(daemon.wait_for_end(run).outcome == RunOutcome::cancelled);
}

TEST_CASE("a target must be a Debian or Ubuntu root, named by an absolute path") {
  World world;
  const Settings settings;
  CHECK(code_of([&] { Target("relative", settings); }) == Code::invalid);
  CHECK_THROWS_AS(Target((world.folder / "absent").string(), settings), Error);
  CHECK(code_of([&] { Target(world.folder.path().string(), settings); }) == Code::unsupported);
  const Target target((world.root / "etc/..").string(), settings);
  CHECK(target.host.files.root() == world.root);
  CHECK_FALSE(target.host.live());
  CHECK(target.host.machine == nullptr);
}
