// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/facts/facts.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/facts/described.hpp"

using namespace rigsetup;

using test::Described;

TEST_CASE("the target is what its own files say") {
  const Described target;
  target.file("/etc/os-release",
              "PRETTY_NAME=\"Debian GNU/Linux 12 "
              "(bookworm)\"\nID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n");
  target.file("/var/lib/dpkg/status",
              "Package: adduser\nArchitecture: all\n\nPackage: dpkg\nStatus: install ok "
              "installed\nArchitecture: arm64\n\n");
  const Facts facts = target.facts(nullptr);
  CHECK(facts.platform() == "debian-12");
  CHECK(facts.os_codename == "bookworm");
  CHECK(facts.os_name == "Debian GNU/Linux 12 (bookworm)");
  CHECK(facts.architecture == "arm64");
  CHECK_FALSE(facts.has_systemd);
  CHECK_FALSE(facts.machine);
  CHECK_FALSE(facts.has_nvidia_gpu());

  target.file("/var/lib/dpkg/arch", "amd64\ni386\n");
  CHECK(target.facts(nullptr).architecture == "amd64");
}

TEST_CASE("a display manager or a desktop's shell shows that somebody sits at the screen") {
  const Described target;
  const auto package = [&](const std::string& name, const std::string& state) {
    target.file("/var/lib/dpkg/status",
                "Package: " + name + "\nStatus: install ok " + state + "\nArchitecture: amd64\nVersion: 1\n");
    return target.facts(nullptr).desktop;
  };
  CHECK(package("xserver-xorg-core", "installed").empty());
  CHECK(package("gdm3", "config-files").empty());
  CHECK(package("gdm3", "installed") == "gdm3");
  target.file("/var/lib/dpkg/status", "");
  CHECK(target.facts(nullptr).desktop.empty());
  target.link("/etc/systemd/system/display-manager.service", "/lib/systemd/system/own.service");
  CHECK(target.facts(nullptr).desktop == "display-manager.service");
}

TEST_CASE("a tree with nothing in it has no facts, and that is no error") {
  const Described target;
  const Facts facts = target.facts(&target.tree);
  CHECK(facts.os_id.empty());
  CHECK(facts.architecture.empty());
  REQUIRE(facts.machine);
  CHECK(facts.machine->cores == 0);
  CHECK(facts.machine->gpus.empty());
}

TEST_CASE("the hardware is what /proc and /sys describe") {
  const Described rig;
  rig.file("/proc/sys/kernel/osrelease", "6.1.0-56-amd64\n");
  rig.file("/proc/sys/kernel/random/boot_id", "0c7d\n");
  rig.file(
      "/proc/cpuinfo",
      "processor\t: 0\nmodel name\t: AMD Ryzen 9 7950X\n\nprocessor\t: 1\nmodel name\t: AMD Ryzen 9 7950X\n");
  rig.file("/proc/meminfo", "MemTotal:       65536000 kB\nMemFree:  1 kB\n");
  rig.file("/proc/1/environ", std::string("PATH=/bin\0container=lxc\0", 23));
  rig.device("0000:00:02.0", "0x030000", "0x8086", "i915");
  rig.device("0000:00:1f.3", "0x040300", "0x8086", "snd_hda_intel");
  rig.device("0000:01:00.0", "0x030200", "0x10de", "nvidia");
  rig.device("0000:02:00.0", "0x030000", "0x10de", "");
  rig.device("0000:03:00.0", "0x030000", "0x1a03", "ast");
  rig.disk("nvme0n1", "2000409264", "0");
  rig.disk("sda", "1000", "1");
  rig.disk("sdb", "1000", "0");
  rig.disk("sdc", "0", "1");
  rig.disk("loop0", "1000", "0");
  rig.disk("dm-0", "1000", "0");
  rig.disk("zram0", "1000", "0");
  rig.tree.make_directories("/run/systemd/system");

  const Facts facts = rig.facts(&rig.tree);
  CHECK(facts.has_systemd);
  CHECK(facts.has_nvidia_gpu());
  REQUIRE(facts.machine);
  const auto& machine = *facts.machine;
  CHECK(machine.kernel == "6.1.0-56-amd64");
  CHECK(machine.boot_id == "0c7d");
  CHECK(machine.container == "lxc");
  CHECK(machine.cpu == "AMD Ryzen 9 7950X");
  CHECK(machine.cores == 2);
  CHECK(machine.memory_bytes == 65536000ULL * 1024);

  REQUIRE(machine.gpus.size() == 4);
  CHECK(machine.gpus[0].vendor == "intel");
  CHECK(machine.gpus[1].address == "0000:01:00.0");
  CHECK(machine.gpus[1].driver == "nvidia");
  CHECK(machine.gpus[1].device_id == "2684");
  CHECK(machine.gpus[2].driver.empty());
  CHECK(machine.gpus[3].vendor == "1a03");

  REQUIRE(machine.disks.size() == 3);
  CHECK(machine.disks[0].kind == "nvme");
  CHECK(machine.disks[0].bytes == 2000409264ULL * 512);
  CHECK(machine.disks[1].kind == "hdd");
  CHECK(machine.disks[2].kind == "ssd");

  const Value value = to_value(facts);
  CHECK(value.at("machine").at("gpus").as_list().size() == 4);
  CHECK(value.at("machine").get("container", "") == "lxc");
}

TEST_CASE("what runs this test can be looked at") {
  const Tree machine("/");
  test::FakePrograms programs;
  test::FakeClock clock;
  const Facts facts = gather_facts({machine, programs, clock, &machine});
  REQUIRE(facts.machine);
  CHECK(facts.machine->cores > 0);
  CHECK(facts.machine->memory_bytes > 0);
  CHECK_FALSE(facts.machine->kernel.empty());
  CHECK_FALSE(facts.machine->boot_id.empty());
}
