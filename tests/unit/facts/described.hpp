// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>

#include <rigsetup/facts/facts.hpp>

#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_programs.hpp"
#include "tests/support/temporary_folder.hpp"

namespace rigsetup::test {

/// A tree that is described file by file; target and machine in one.
struct Described {
  void file(const std::filesystem::path& path, std::string_view bytes = "") const {
    tree.make_directories(path.parent_path());
    tree.write(path, bytes);
  }
  void link(const std::filesystem::path& path, const std::string& target) const {
    tree.make_directories(path.parent_path());
    tree.make_link(path, target);
  }
  void device(const std::string& address, const std::string& kind, const std::string& vendor,
              const std::string& driver) const {
    const auto entry = std::filesystem::path("/sys/bus/pci/devices") / address;
    file(entry / "class", kind + "\n");
    file(entry / "vendor", vendor + "\n");
    file(entry / "device", "0x2684\n");
    if (!driver.empty()) link(entry / "driver", "../../../../bus/pci/drivers/" + driver);
  }
  void disk(const std::string& name, const std::string& sectors, const std::string& rotational) const {
    file("/sys/block/" + name + "/size", sectors + "\n");
    file("/sys/block/" + name + "/queue/rotational", rotational + "\n");
  }
  Facts facts(const Tree* machine) const { return gather_facts({tree, programs, clock, machine}); }
  Facts facts() const { return facts(&tree); }

  TemporaryFolder folder;
  Tree tree{folder.path()};
  mutable FakePrograms programs;
  mutable FakeClock clock;
};

}  // namespace rigsetup::test
