// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/contract/driver_behaviours.hpp"

#include <algorithm>

namespace rigsetup::test {
namespace {

Finished finished(int exit_code, std::string out = {}) {
  return FakePrograms::finished(exit_code, std::move(out));
}

bool has_word(const Command& command, std::string_view word) {
  return std::find(command.argv.begin(), command.argv.end(), word) != command.argv.end();
}

}  // namespace

void add_driver_files(const Rig& rig, const std::string& version) {
  const std::filesystem::path libraries = "/usr/lib/x86_64-linux-gnu";
  rig.add_file(libraries / ("libcuda.so." + version));
  rig.root.make_link(libraries / "libcuda.so.1", "libcuda.so." + version);
  const char* off = "/etc/modprobe.d/nouveau-off.conf";
  if (!rig.root.info(off)) rig.add_file(off, "blacklist nouveau\n");
}

void add_kernel(const Rig& rig, const std::string& release) {
  rig.add_file("/boot/vmlinuz-" + release);
  rig.add_file("/boot/initrd.img-" + release, "made by its package");
  rig.root.make_directories("/lib/modules/" + release + "/build");
}

void change_later(const Rig& rig, const std::filesystem::path& path, const std::filesystem::path& than) {
  const std::string text = rig.text(path);
  do {
    rig.add_file(path, text);
  } while (rig.root.info(path)->changed_ns <= rig.root.info(than)->changed_ns);
}

void add_dkms(Rig& rig, const std::string& name, const std::string& version) {
  const auto tree = std::filesystem::path("/var/lib/dkms") / name;
  rig.add_program("/usr/sbin/dkms");
  rig.add_program("/usr/sbin/update-initramfs");
  rig.root.make_directories(tree / version / "source");
  // dkms VERB NAME/VERSION -k KERNEL [--force]
  rig.programs.on("dkms", [&rig, name, tree](const Command& command) {
    const std::string kernel = command.argv.at(4);
    const std::string built = command.argv.at(2).substr(name.size() + 1);
    const std::string its = built + "/" + kernel + "/x86_64";
    const auto installed = std::filesystem::path("/lib/modules") / kernel / "updates/dkms/nvidia.ko.zst";
    const auto link = tree / ("kernel-" + kernel + "-x86_64");
    if (has_word(command, "remove")) {
      rig.root.remove_all(tree / its);
      rig.root.remove(link);
      rig.root.remove(installed);
      return finished(0);
    }
    if (rig.root.info(tree / its)) return finished(3, "Error! This module/version has already been built\n");
    rig.add_file(tree / its / "module/nvidia.ko.zst");
    rig.add_file(installed);
    rig.root.make_link(link, its);
    return finished(0);
  });
  rig.programs.on("update-initramfs", [&rig](const Command& command) {
    rig.add_file("/boot/initrd.img-" + command.argv.at(3), "made anew");
    return finished(0);
  });
}

void add_modprobe(Rig& rig) {
  rig.add_program("/usr/sbin/modprobe");
  rig.programs.on("modprobe", [&rig](const Command& command) {
    const bool out = command.argv.at(1) == "-r";
    for (std::size_t i = out ? 2 : 1; i < command.argv.size(); ++i) {
      const std::string& module = command.argv[i];
      if (out)
        rig.machine.remove_all("/sys/module/" + module);
      else
        rig.add_to_machine("/sys/module/" + module + "/refcnt", "0\n");
    }
    const std::filesystem::path version = "/proc/driver/nvidia/version";
    const std::filesystem::path driver = "/sys/bus/pci/devices/0000:01:00.0/driver";
    if (out) {
      rig.machine.remove(version);
      rig.machine.remove(driver);
    } else if (command.argv[1] == "nvidia") {
      const auto library = rig.root.read_link("/usr/lib/x86_64-linux-gnu/libcuda.so.1").value_or("");
      rig.add_to_machine(version, "NVRM version: NVIDIA UNIX x86_64 Kernel Module  " +
                                      library.substr(std::string_view("libcuda.so.").size()) + "\n");
      rig.machine.make_link(driver, "../../../../bus/pci/drivers/nvidia");
    }
    return finished(0);
  });
}

namespace {

constexpr const char* k_waiting = "MokNew-605dab50-e046-4300-abb6-3dd810dd8b23";
constexpr const char* k_enrolled = "MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23";

void add_efi_variable(const Rig& rig, const std::string& name, std::string_view value) {
  rig.add_to_machine("/sys/firmware/efi/efivars/" + name, std::string("\7\0\0\0", 4) + std::string(value));
}

}  // namespace

void add_secure_boot(Rig& rig) {
  rig.live = true;
  add_efi_variable(rig, "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c", "\1");
  rig.add_program("/usr/bin/openssl");
  rig.add_program("/usr/bin/mokutil");
  const auto after = [](const Command& command, std::string_view word) {
    return *(std::find(command.argv.begin(), command.argv.end(), word) + 1);
  };
  rig.programs.on("openssl", [&rig, after](const Command& command) {
    rig.add_file(after(command, "-keyout"), "a key");
    rig.add_file(after(command, "-out"), "a certificate");
    return finished(0);
  });
  rig.programs.on("mokutil", [&rig, after](const Command& command) {
    if (!rig.text(after(command, "--hash-file")).starts_with("$6$"))
      return finished(1, "Failed to read hash\n");
    add_efi_variable(rig, k_waiting, "header, " + rig.text(after(command, "--import")));
    return finished(0);
  });
}

void reboot(Rig& rig, bool with_screens) {
  const auto waiting = std::filesystem::path("/sys/firmware/efi/efivars") / k_waiting;
  if (const auto keys = rig.machine.read(waiting)) {
    if (with_screens) add_efi_variable(rig, k_enrolled, keys->substr(4));
    rig.machine.remove(waiting);
  }
  rig.clock.reboot("another boot");
}

}  // namespace rigsetup::test
