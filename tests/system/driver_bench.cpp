// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/system/driver_bench.hpp"

#include <filesystem>
#include <regex>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/shell.hpp"

namespace rigsetup::test {
namespace {

namespace fs = std::filesystem;

/// As bold as an owner can set it up: whatever is newer is taken.
constexpr const char* k_unattended =
    "Unattended-Upgrade::Origins-Pattern {\"origin=Ubuntu\"; \"origin=NVIDIA\";};\n"
    "Unattended-Upgrade::OnlyOnACPower \"false\";\n"
    "Unattended-Upgrade::Remove-Unused-Kernel-Packages \"false\";\n";

/// The numbers of drivers; helpers that fit any of them have them too.
bool belongs_to_driver(const std::string& name, const std::string& version) {
  static const std::regex number("[5-6][0-9][0-9]\\.[0-9]+\\.[0-9.]+-.*");
  static const std::regex others("nvidia-(settings|modprobe|prime|driver-pinning-.*)|libxnvctrl0");
  return std::regex_match(version, number) && !std::regex_match(name, others);
}

}  // namespace

DriverBench::DriverBench(const UbuntuRelease& release) : ubuntu(release) {
  ubuntu.make_root(machine.root.path());
  write_text(machine.root / "etc/apt/apt.conf.d/60unattended-test", k_unattended);
  write_text(machine.bed.config, "lists_max_age: 0\n");
  const std::string& flavour = release.kernels.back().flavour;
  machine.root.run(
      format("apt-get -q update && apt-get -q -y install linux-image-{0} linux-headers-{0} less", flavour));
  machine.start();
  nvidia.write_tables(machine.bed.data);
}

void DriverBench::want_driver(const std::string& fields, const std::string& policy) const {
  machine.want("  - nvidia_driver: {" + fields + "}\n", policy);
}

Said DriverBench::apply(std::vector<std::string> more) const {
  more.insert(more.begin(), {"-y", machine.recipe().string()});
  return machine.on("apply", std::move(more));
}

void DriverBench::provide_driver(const std::string& fields) const {
  want_driver(fields);
  const Said applied = apply();
  INFO(shown(applied));
  REQUIRE(applied.status == 0);
  const Said again = apply();
  INFO(shown(again));
  REQUIRE(again.status == 0);
  REQUIRE(again.out.find("Nothing to do") != std::string::npos);
}

std::vector<DriverPackage> DriverBench::driver_packages() const {
  std::vector<DriverPackage> packages;
  const std::string all = machine.root.run(
      "dpkg-query -W -f=\"\\${db:Status-Status} \\${Package} \\${Version} \\${Maintainer}\\n\"");
  for (const std::string& line : split_lines(all)) {
    const std::vector<std::string> words = split_words(line);
    if (words.size() < 4 || words[0] != "installed" || !belongs_to_driver(words[1], words[2])) continue;
    packages.push_back({words[1], words[2], words.back()});
  }
  return packages;
}

std::set<std::string> DriverBench::driver_versions() const {
  std::set<std::string> versions;
  for (const DriverPackage& package : driver_packages()) versions.insert(package.version);
  return versions;
}

std::set<std::string> DriverBench::driver_maintainers() const {
  std::set<std::string> maintainers;
  for (const DriverPackage& package : driver_packages()) maintainers.insert(package.maintainer);
  return maintainers;
}

std::string DriverBench::module_for(const std::string& kernel) const {
  const fs::path folder = machine.root / ("lib/modules/" + kernel);
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().filename() != "nvidia.ko") continue;
    const std::string bytes = file_text(entry.path());
    const std::size_t at = bytes.find("version=") + 8;
    return bytes.substr(at, bytes.find('\0', at) - at);
  }
  return {};
}

std::vector<std::string> DriverBench::kernels() const {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(machine.root / "boot")) {
    const std::string name = entry.path().filename();
    if (name.starts_with("vmlinuz-")) found.push_back(name.substr(8));
  }
  return found;
}

}  // namespace rigsetup::test
