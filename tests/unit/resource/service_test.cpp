// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/format.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/resource/look.hpp"

using namespace rigsetup;
using test::apply;
using test::FakePrograms;
using test::look;
using test::Rig;

namespace {

constexpr const char* k_steps = "- service: {name: nvidia-persistenced}\n";

/// systemctl on a machine with systemd: says this of the unit.
void on_show(Rig& rig, const std::string& load, const std::string& active, const std::string& file,
             const std::string& reload = "no") {
  rig.programs.on([](const Command& command) { return command.argv.size() > 1 && command.argv[1] == "show"; },
                  [=](const Command&) {
                    return FakePrograms::finished(
                        0, format("LoadState={}\nActiveState={}\nUnitFileState={}\nNeedDaemonReload={}\n",
                                  load, active, file, reload));
                  });
}

struct LiveRig : Rig {
  LiveRig() {
    live = true;
    machine.make_directories("/run/systemd/system");
    test::add_systemctl(*this);
  }
  int times(const std::string& verb) const {
    int count = 0;
    for (const auto& command : programs.ran()) {
      count += std::find(command.argv.begin(), command.argv.end(), verb) != command.argv.end();
    }
    return count;
  }
};

}  // namespace

TEST_CASE("under --root a service is enabled, and it is said that nothing runs there") {
  Rig rig;
  test::add_systemctl(rig);
  const auto recipe = rig.read(k_steps);
  CHECK(look(rig, recipe) == "disabled -> enabled");
  apply(rig, recipe);
  CHECK(look(rig, recipe) == "as wanted: enabled; no systemd is running here, it starts at the next boot");
  for (const auto& command : rig.programs.ran()) {
    CHECK(command.environment == std::vector<std::pair<std::string, std::string>>{{"SYSTEMD_OFFLINE", "1"}});
    CHECK(std::find(command.argv.begin(), command.argv.end(), "start") == command.argv.end());
  }
}

TEST_CASE("on a running system a service is enabled and started, or disabled and stopped") {
  LiveRig rig;
  const auto recipe = rig.read(k_steps);
  CHECK(look(rig, recipe) == "disabled, inactive -> enabled, active");
  apply(rig, recipe);
  CHECK(look(rig, recipe) == "as wanted: enabled, active");

  const auto off =
      rig.read("- service: {name: nvidia-persistenced.service, enabled: false, running: false}\n");
  CHECK(look(rig, off) == "enabled, active -> disabled, inactive");
  apply(rig, off);
  CHECK(look(rig, off) == "as wanted: disabled, inactive");
}

TEST_CASE("only what differs is done") {
  LiveRig rig;
  const auto recipe = rig.read(k_steps);
  SECTION("a static unit cannot be enabled") {
    on_show(rig, "loaded", "inactive", "static");
    CHECK(look(rig, recipe) == "static, inactive -> static, active");
    apply(rig, recipe);
    CHECK(rig.times("enable") == 0);
    CHECK(rig.times("start") == 1);
  }
  SECTION("an enabled one that failed is started") {
    on_show(rig, "loaded", "failed", "enabled");
    CHECK(look(rig, recipe) == "enabled, failed -> enabled, active");
  }
  SECTION("changed unit files are read first") {
    on_show(rig, "loaded", "active", "enabled", "yes");
    apply(rig, recipe);
    CHECK(rig.times("daemon-reload") == 1);
    CHECK(rig.times("start") == 0);
  }
}

TEST_CASE("a unit that does not exist may come with an earlier step") {
  LiveRig rig;
  const auto recipe = rig.read("- service: {name: docker}\n");
  CHECK(look(rig, recipe) == "pending: there is no unit docker.service yet");
  CHECK_THROWS_WITH(apply(rig, recipe), "cannot change docker.service: there is no such unit");
  Rig bare;
  CHECK(look(bare, recipe) == "pending: systemd is not installed yet");
}

TEST_CASE("a masked unit is not forced") {
  LiveRig rig;
  on_show(rig, "masked", "inactive", "masked");
  CHECK_THROWS_WITH(apply(rig, rig.read(k_steps)),
                    "cannot start nvidia-persistenced.service: the unit is masked");
}

TEST_CASE("a service that does not start is shown with its last words") {
  LiveRig rig;
  rig.programs.on(
      [](const Command& command) { return command.argv.size() > 2 && command.argv[2] == "start"; },
      [](const Command&) { return FakePrograms::finished(1, "Job for it failed.\n"); });
  CHECK_THROWS_WITH(apply(rig, rig.read(k_steps)),
                    Catch::Contains("cannot start nvidia-persistenced.service: exit status 1") &&
                        Catch::Contains("cannot open /dev/nvidia0"));
}

TEST_CASE("whole names of units are taken as they are") {
  LiveRig rig;
  CHECK(look(rig, rig.read("- service: {name: backup.timer}\n")) ==
        "pending: there is no unit backup.timer yet");
  CHECK(look(rig, rig.read("- service: {name: \"getty@tty1.2\"}\n")) ==
        "pending: there is no unit getty@tty1.2.service yet");
  CHECK(test::complaints(rig, "- service: {name: \"--root=/\"}\n").find("is not the name of a unit") !=
        std::string::npos);
}
