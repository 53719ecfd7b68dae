// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <string>

#include "tests/contract/rig.hpp"
#include "tests/host/small_root.hpp"
#include "tests/support/shell.hpp"

namespace rigsetup::test {

/// A rig whose steps work for real, on an environment in nobody's home: this machine's programs, in a folder
/// of the test.
class HomeRig : public Rig {
 public:
  HomeRig() {
    shell(folder.path(), "chmod 755 .; mkdir home; chown nobody home");
    std::filesystem::create_directories(folder / "work");
  }

  std::string path() const { return (folder / "home/e").string(); }
  std::filesystem::path site() const { return shell(path(), "echo -n $PWD/lib/python3*/site-packages"); }
  /// How the step's inspection ended.
  std::string look(const BuiltRecipe& built) {
    const auto seen = built.steps.front().resource->inspect(here(), {});
    if (const auto* wanted = std::get_if<AsWanted>(&seen)) return "as wanted: " + wanted->have;
    if (const auto* differs = std::get_if<Differs>(&seen)) return differs->have;
    return "pending";
  }
  /// "" or the message, and the hint.
  std::string apply(const BuiltRecipe& built) {
    const Host host = here();
    const Context with = context();
    // A job's folder must not be there yet.
    const auto work = folder / ("work/" + std::to_string(++times_));
    std::filesystem::create_directories(work);
    const Context itself{host, with.reporter, with.downloads,  with.archive, with.apt_settings,
                         work, with.log,      stop.get_token()};
    try {
      built.steps.front().resource->apply(itself);
    } catch (const Error& error) {
      return error.message() + " (" + error.hint() + ")";
    }
    return "";
  }
  Host here() { return {machine_itself_, real_, clock, nullptr}; }
  /// What in that home is not nobody's: a line each.
  std::string owners() const { return shell(folder.path(), "find home ! -user nobody"); }

 protected:
  const Tree& machine_itself() const { return machine_itself_; }

 private:
  Tree machine_itself_{"/"};
  RealPrograms real_{"/", k_libexec};
  int times_ = 0;
};

}  // namespace rigsetup::test
