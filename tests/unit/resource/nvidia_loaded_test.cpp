// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/text.hpp>

#include "tests/contract/driver_behaviours.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/resource/look.hpp"

using namespace rigsetup;
using test::apply;
using test::FakePrograms;
using test::look;

namespace {

constexpr const char* k_kernel = "6.8.0-45-generic";
constexpr const char* k_booted_before = "btime 1000\n";
constexpr const char* k_booted_after = "btime 99999999999\n";
const std::filesystem::path k_gpu = "/sys/bus/pci/devices/0000:01:00.0";

/// A machine where 580.95.05 is installed for the running kernel, and that was booted before.
struct LoadedRig : test::Rig {
  LoadedRig() {
    test::prepare_for_example(*this, "nvidia_loaded");
    test::add_driver_files(*this, "580.95.05");
    add_to_machine("/proc/stat", k_booted_before);
  }
  /// The driver of an earlier version drives the GPU.
  void load_old() const {
    add_to_machine("/proc/driver/nvidia/version",
                   "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.309.01\n");
    drive("nvidia");
    const std::vector<std::pair<std::string, std::string>> modules = {{"nvidia", "nvidia_modeset nvidia_uvm"},
                                                                      {"nvidia_modeset", "nvidia_drm"},
                                                                      {"nvidia_drm", ""},
                                                                      {"nvidia_uvm", ""}};
    for (const auto& [module, holders] : modules) {
      const auto loaded = std::filesystem::path("/sys/module") / module;
      int count = 0;
      for (const auto& holder : split_words(holders)) {
        add_to_machine(loaded / "holders" / holder);
        ++count;
      }
      add_to_machine(loaded / "refcnt", std::to_string(count) + "\n");
    }
  }
  void drive(const std::string& driver) const {
    machine.make_link(k_gpu / "driver", "../../../../bus/pci/drivers/" + driver);
  }
  void process(const std::string& pid, const std::string& name, const std::string& has_open) const {
    add_to_machine("/proc/" + pid + "/comm", name + "\n");
    machine.make_directories("/proc/" + pid + "/fd");
    machine.make_link("/proc/" + pid + "/fd/3", has_open);
  }
  void modprobe_says(const std::string& words) {
    programs.on("modprobe", [words](const Command&) {
      return FakePrograms::finished(1, "modprobe: ERROR: " + words + "\n");
    });
  }
  std::string reboot_for() {
    const Applied applied = test::apply(*this, recipe);
    const auto* reboot = std::get_if<RebootRequired>(&applied);
    return reboot ? reboot->why : "no reboot";
  }
  std::string error() {
    try {
      test::apply(*this, recipe);
    } catch (const Error& error) {
      return error.message() + " (" + error.hint() + ")";
    }
    return "no error";
  }
  std::vector<std::string> commands() const {
    std::vector<std::string> lines;
    for (const auto& command : programs.ran()) lines.push_back(command.text());
    return lines;
  }
  BuiltRecipe recipe = read("- nvidia_loaded:\n");
};

}  // namespace

TEST_CASE("where nothing can be loaded, it is left to the first boot, or to nobody") {
  LoadedRig rig;
  SECTION("under --root") {
    rig.live = false;
    CHECK(look(rig, rig.recipe) == "as wanted: it is loaded at the first boot");
  }
  SECTION("in a container") {
    rig.add_to_machine("/run/systemd/container", "docker\n");
    CHECK(look(rig, rig.recipe) == "as wanted: the machine that a container runs on loads it");
  }
  SECTION("without a GPU") {
    rig.add_to_machine(k_gpu / "vendor", "0x1002\n");
    CHECK(look(rig, rig.recipe) == "as wanted: there is no NVIDIA GPU");
  }
  SECTION("with all GPUs given away") {
    rig.drive("vfio-pci");
    CHECK(look(rig, rig.recipe) ==
          "as wanted: every NVIDIA GPU is kept for virtual machines or too old for it");
  }
  CHECK(rig.error() == "no error");
  CHECK(rig.programs.ran().empty());
}

TEST_CASE("a GPU that the driver is too new for is let be") {
  LoadedRig rig;
  rig.load_old();
  rig.machine.make_link(k_gpu / "driver", "../../../../bus/pci/drivers/nouveau");
  CHECK(look(rig, rig.read("- nvidia_loaded: {without: [\"2684\"]}\n")) ==
        "as wanted: every NVIDIA GPU is kept for virtual machines or too old for it");
}

TEST_CASE("a driver that is not installed is waited for") {
  LoadedRig rig;
  rig.root.remove_all("/usr/lib/x86_64-linux-gnu");
  CHECK(look(rig, rig.recipe) == "pending: the driver is not installed yet");
  CHECK(rig.error() ==
        "cannot load the NVIDIA driver: it is not installed (an earlier step must install it)");
}

TEST_CASE("a driver that is not loaded is loaded, and takes the GPU") {
  LoadedRig rig;
  CHECK(look(rig, rig.recipe) ==
        "not loaded, 0000:01:00.0 is driven by nothing -> 580.95.05 drives every NVIDIA GPU");
  CHECK(std::holds_alternative<Done>(apply(rig, rig.recipe)));
  CHECK(look(rig, rig.recipe) == "as wanted: 580.95.05 drives the GPU");
  CHECK(rig.commands() == std::vector<std::string>{"modprobe nvidia", "modprobe nvidia_uvm",
                                                   "modprobe nvidia_modeset", "modprobe nvidia_drm",
                                                   "nvidia-modprobe -u -c 0"});
}

TEST_CASE("a driver for computing alone has no modules for screens") {
  LoadedRig rig;
  rig.programs.on([](const Command& command) { return command.text() == "modprobe nvidia_drm"; },
                  [](const Command&) {
                    return FakePrograms::finished(
                        1, "modprobe: FATAL: Module nvidia_drm not found in directory\n");
                  });
  CHECK(std::holds_alternative<Done>(apply(rig, rig.recipe)));
}

TEST_CASE("an old driver that nothing uses is replaced at once, with persistenced off meanwhile") {
  LoadedRig rig;
  rig.load_old();
  CHECK(look(rig, rig.recipe) == "535.309.01 is loaded -> 580.95.05 drives every NVIDIA GPU");
  const bool persistenced = GENERATE(false, true);
  std::vector<std::string> expected = {"modprobe -r nvidia_uvm nvidia_drm nvidia_modeset nvidia",
                                       "modprobe nvidia",
                                       "modprobe nvidia_uvm",
                                       "modprobe nvidia_modeset",
                                       "modprobe nvidia_drm",
                                       "nvidia-modprobe -u -c 0"};
  if (persistenced) {
    rig.process("812", "nvidia-persiste", "/dev/nvidia0");
    rig.add_to_machine("/sys/module/nvidia/refcnt", "4\n");
    rig.programs.on("systemctl", [&rig](const Command& command) {
      if (command.argv.at(2) == "stop") {
        rig.machine.remove_all("/proc/812");
        rig.add_to_machine("/sys/module/nvidia/refcnt", "2\n");
      }
      return FakePrograms::finished(0);
    });
    expected.insert(expected.begin(), "systemctl --no-pager stop -- nvidia-persistenced");
    expected.emplace_back("systemctl --no-pager start -- nvidia-persistenced");
  }
  CHECK(std::holds_alternative<Done>(apply(rig, rig.recipe)));
  CHECK(rig.commands() == expected);
  CHECK(look(rig, rig.recipe) == "as wanted: 580.95.05 drives the GPU");
}

TEST_CASE("what cannot be done now needs a reboot, and says what is in the way") {
  LoadedRig rig;
  rig.load_old();
  SECTION("processes, which are let be") {
    rig.process("812", "nvidia-persiste", "/dev/nvidia0");
    rig.process("4711", "python3", "/dev/nvidia-uvm");
    rig.process("99", "cat", "/dev/null");
    CHECK(rig.reboot_for() ==
          "535.309.01 is loaded and 580.95.05 installed; the loaded one is used by python3 (4711), "
          "nvidia-persiste (812)");
    CHECK(rig.programs.ran().empty());
  }
  SECTION("many of them") {
    for (int pid = 101; pid < 108; ++pid) rig.process(std::to_string(pid), "python3", "/dev/nvidia0");
    CHECK(rig.reboot_for().ends_with("python3 (105) and 2 more"));
  }
  SECTION("a use that the kernel counts") {
    rig.add_to_machine("/sys/module/nvidia_drm/refcnt", "1\n");
    CHECK(rig.reboot_for().ends_with("used by something that the kernel counts on nvidia_drm"));
  }
  SECTION("a module of somebody else's") {
    rig.add_to_machine("/sys/module/nvidia/holders/nvidia_cap");
    CHECK(rig.reboot_for().ends_with("used by the module nvidia_cap"));
  }
  SECTION("the kernel does not let go") {
    rig.modprobe_says("FATAL: Module nvidia_drm is in use.");
    CHECK(rig.reboot_for() ==
          "the loaded 535.309.01 cannot be taken out (modprobe -r: exit status 1: modprobe: ERROR: FATAL: "
          "Module "
          "nvidia_drm is in use.)");
  }
  SECTION("nouveau") {
    rig.machine.remove("/proc/driver/nvidia/version");
    rig.drive("nouveau");
    CHECK(rig.reboot_for() == "0000:01:00.0 is driven by nouveau");
  }
  SECTION("a GPU that the loaded driver does not take") {
    rig.add_to_machine("/proc/driver/nvidia/version",
                       "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.95.05\n");
    rig.machine.remove(k_gpu / "driver");
    CHECK(rig.reboot_for() == "0000:01:00.0 is driven by nothing");
  }
  SECTION("another kernel, which boots next, has the module") {
    rig.add_file("/boot/vmlinuz-6.8.0-47-generic");
    rig.root.remove_all(std::string("/lib/modules/") + k_kernel);
    rig.add_file("/lib/modules/6.8.0-47-generic/updates/dkms/nvidia.ko.zst");
    rig.add_file("/var/lib/dkms/nvidia/580.95.05/6.8.0-47-generic/x86_64/module/nvidia.ko.zst");
    rig.root.make_link("/var/lib/dkms/nvidia/kernel-6.8.0-47-generic-x86_64",
                       "580.95.05/6.8.0-47-generic/x86_64");
    CHECK(rig.reboot_for() ==
          "the running kernel 6.8.0-45-generic has no module of it; 6.8.0-47-generic, which boots next, has "
          "it");
  }
}

TEST_CASE("a reboot that changed nothing is not asked for again") {
  LoadedRig rig;
  rig.drive("nouveau");
  CHECK(rig.reboot_for() == "0000:01:00.0 is driven by nouveau");
  rig.add_to_machine("/proc/stat", k_booted_after);
  CHECK(rig.error() ==
        "cannot load the NVIDIA driver: 0000:01:00.0 is driven by nouveau, although the machine was booted "
        "with all "
        "of it installed (another reboot does not help; look what loads it: lsinitramfs "
        "/boot/initrd.img-6.8.0-45-generic | grep -e nouveau -e nvidia, and dmesg)");
}

TEST_CASE("what the kernel says when it refuses the module is told with its remedy") {
  LoadedRig rig;
  const auto [said, cause, hint] = GENERATE(table<const char*, const char*, const char*>({
      {"could not insert 'nvidia': Key was rejected by service",
       "key that its module is signed with is not enrolled", "mok_enrolment"},
      {"could not insert 'nvidia': Required key not available", "not signed with a key that is enrolled",
       "nvidia_modules"},
      {"could not insert 'nvidia': Operation not permitted", "locked down", "Secure Boot"},
      {"could not insert 'nvidia': No such device", "finds no GPU that it can drive", "dmesg"},
      {"could not insert 'nvidia': Exec format error", "built for another kernel", "nvidia_modules"},
      {"something new", "modprobe nvidia: exit status 1: modprobe: ERROR: something new", "dmesg"},
  }));
  rig.modprobe_says(said);
  const std::string error = rig.error();
  INFO(error);
  CHECK(error.starts_with("cannot load the NVIDIA driver: "));
  CHECK(error.find(cause) != std::string::npos);
  CHECK(error.find(said) != std::string::npos);
  CHECK(error.substr(error.rfind('(')).find(hint) != std::string::npos);
}

TEST_CASE("a driver that was replaced in vain leaves persistenced as it was") {
  LoadedRig rig;
  rig.load_old();
  rig.process("812", "nvidia-persiste", "/dev/nvidia0");
  rig.programs.on("systemctl", [&rig](const Command&) {
    rig.machine.remove_all("/proc/812");
    return FakePrograms::finished(0);
  });
  rig.programs.on([](const Command& command) { return command.text() == "modprobe nvidia"; },
                  [](const Command&) { return FakePrograms::finished(1, "Key was rejected by service\n"); });
  CHECK(rig.error().find("not enrolled") != std::string::npos);
  CHECK(rig.commands().back() == "systemctl --no-pager start -- nvidia-persistenced");
  CHECK(rig.findings.empty());
}

TEST_CASE("the running kernel has no module, and no other either") {
  LoadedRig rig;
  rig.root.remove_all(std::string("/lib/modules/") + k_kernel);
  CHECK(rig.error() ==
        "cannot load the NVIDIA driver: the running kernel 6.8.0-45-generic has no module of it (a step "
        "nvidia_modules brings it for every kernel)");
}
