// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// For real, and therefore slow: Debian's own packages of the driver and of CUDA, from this machine's mirror,
// and DKMS with a compiler at work. What they call done although it is not has to be seen.
#include <algorithm>
#include <filesystem>

#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/shell.hpp"
#include "tests/support/skip.hpp"
#include "tests/system/provision_rig.hpp"

namespace rigsetup::test {

using Catch::Matchers::Contains;

namespace {

namespace fs = std::filesystem;

const std::string k_all = "main contrib non-free non-free-firmware";
const std::string k_driver =
    "  - nvidia_driver: {branch: \"535\", origin: debian, modules: proprietary, headless: true}\n";

/// A Debian 12 whose apt knows the mirror.
struct Debian {
  bool begin(const std::string& components) {
    if (file_text("/etc/os-release").find("VERSION_CODENAME=bookworm") == std::string::npos) {
      skip("this machine's mirror is not that of Debian 12");
      return false;
    }
    if (!machine.root.mount_proc()) {
      skip("nothing can be mounted here, and dkms wants /proc");
      return false;
    }
    fs::copy_file("/etc/resolv.conf", machine.root / "etc/resolv.conf", fs::copy_options::overwrite_existing);
    know(components);
    for (const char* folder : {"compat", "platforms"}) {
      fs::copy(fs::path(RIGSETUP_SOURCE_DIR) / "recipes" / folder, machine.bed.data / folder);
    }
    try {
      machine.root.run("apt-get -q -o APT::Update::Error-Mode=any update");
    } catch (const std::exception& error) {
      skip(std::string("the mirror does not answer: ") + error.what());
      return false;
    }
    return true;
  }
  void know(const std::string& components) const {
    write_text(machine.root / "etc/apt/sources.list", mirror_line(components) + "\n");
  }
  std::string install(const std::string& packages) const {
    return machine.root.run("apt-get -q -y install --no-install-recommends " + packages + " 2>&1");
  }
  std::vector<std::string> kernels() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(machine.root / "lib/modules"))
      found.push_back(entry.path().filename());
    return found;
  }
  bool has_module(const std::string& kernel) const {
    return fs::exists(machine.root / ("lib/modules/" + kernel + "/updates/dkms/nvidia-current.ko"));
  }
  bool compiles() const {
    const auto processes = machine.job_processes();
    return std::any_of(processes.begin(), processes.end(),
                       [](pid_t pid) { return process_name(pid) == "cc1"; });
  }
  /// The evidence of a check, and what it came to.
  std::string checked(const std::string& steps) const {
    machine.want(steps);
    return shown(machine.apply());
  }

  Shop shop;
  Machine machine{shop, {"systemd"}};
};

}  // namespace

TEST_CASE(
    "a driver whose module was never built is seen, built for every kernel, through a kill of the daemon") {
  Debian debian;
  Machine& machine = debian.machine;
  if (!debian.begin(k_all)) return;
  debian.install("linux-image-cloud-amd64");
  // Without headers: apt and dpkg call it done.
  debian.install("nvidia-kernel-dkms libcuda1");
  REQUIRE(machine.root.run("dpkg-query -W -f=\"\\${db:Status-Status}\" nvidia-kernel-dkms") == "installed");
  REQUIRE_THAT(machine.root.run("dkms status"), Contains(": added"));
  REQUIRE(debian.kernels().size() == 1);
  const std::string kernel = debian.kernels().front();
  REQUIRE_FALSE(debian.has_module(kernel));

  debian.know("main");  // the recipe brings the other components
  machine.start();
  machine.want("  - nvidia_modules: {modules: proprietary}\n");
  const Said seen = machine.plan();
  INFO(shown(seen));
  CHECK(seen.status == 3);
  CHECK_THAT(seen.out, Contains("none for " + kernel));

  machine.want(k_driver);
  const Said plan = machine.plan();
  INFO(shown(plan));
  CHECK_THAT(plan.out, Contains("linux-headers-cloud-amd64") && Contains("nvidia-smi"));
  std::vector<std::string> words = machine.apply_words();
  words.insert(words.end(), {"--detach", "--allow-replace"});
  const Said begun = machine.rigsetup(words);
  INFO(shown(begun));
  REQUIRE(begun.status == 0);
  // A compiler is at work when the daemon dies: each of them lives for a blink, there are many.
  bool compiled = false;
  const auto is_over = [&] {
    return (compiled = debian.compiles()) || machine.latest_outcome() != "running";
  };
  for (int patience = 0; patience < 60 && !eventually(is_over); ++patience) {
  }
  machine.daemon->kill();
  REQUIRE(compiled);
  machine.start();
  follow(machine.bed, 1);
  INFO(machine.rigsetup({"log", "1"}).out);
  CHECK(machine.latest_outcome() == "done");
  CHECK(debian.has_module(kernel));
  CHECK_THAT(machine.root.run("dkms status"), Contains(kernel) && Contains(": installed"));
  CHECK(machine.root.run("dpkg --audit").empty());
  const Said again = machine.apply();
  INFO(shown(again));
  CHECK(again.status == 0);
  CHECK_THAT(again.out, Contains("Nothing to do"));
}

TEST_CASE("the toolkit comes whole, and its nvcc compiles") {
  Debian debian;
  Machine& machine = debian.machine;
  if (!debian.begin("main")) return;  // the recipe brings the other components
  machine.start();
  machine.want("  - cuda_toolkit: {version: \"11.8\"}\n");
  const Said applied = machine.apply();
  INFO(shown(applied));
  REQUIRE(applied.status == 0);
  CHECK_THAT(applied.out, Contains("cuda_toolkit.compiles: passed"));
  CHECK_THAT(machine.root.run("nvcc --version"), Contains("release 11.8"));
  write_text(machine.root / "var/tmp/a.cu",
             "__global__ void f() {}\nint main() { f<<<1, 1>>>(); return 0; }\n");
  // Debian's gcc is too new for it; what it depends on brings one that is not.
  CHECK_NOTHROW(machine.root.run("cd /var/tmp && nvcc -ccbin g++-11 -o a a.cu && ./a"));
  const Said again = machine.apply();
  INFO(shown(again));
  CHECK(again.status == 0);
  CHECK_THAT(again.out, Contains("Nothing to do"));
}

TEST_CASE("nvcc without a C++ compiler, and cuDNN's package without cuDNN, are not taken for whole") {
  Debian debian;
  Machine& machine = debian.machine;
  if (!debian.begin(k_all)) return;
  // In place of a gigabyte that is not looked at; held, for apt takes others of the same version for newer.
  const std::string depends =
      machine.root.run("apt-cache show nvidia-cuda-toolkit | sed -n \"s/^Depends: //p\"");
  for (const char* name : {"nvidia-cuda-dev", "nvidia-profiler", "nvidia-opencl-dev"}) {
    const std::size_t at = depends.find(std::string(name) + " (= ") + std::string(name).size() + 4;
    const Deb stand_in{.name = name, .version = depends.substr(at, depends.find(')', at) - at)};
    write_deb(stand_in, "amd64", machine.root / "var/tmp/stand-in.deb");
    machine.root.run("dpkg -i /var/tmp/stand-in.deb && apt-mark hold " + stand_in.name);
  }
  machine.start();
  debian.install("nvidia-cuda-toolkit");
  CHECK_THAT(machine.root.run("nvcc --version"), Contains("release 11.8"));
  const std::string compiles = "  - nvcc_compiles:\n";
  CHECK_THAT(debian.checked(compiles), Contains("nvcc finds no host compiler"));
  debian.install("gcc");  // as DKMS brings it
  CHECK_THAT(debian.checked(compiles), Contains("cc1plus") && Contains("add the package g++"));

  debian.install("nvidia-cudnn");
  REQUIRE(machine.root.run("dpkg-query -W -f=\"\\${db:Status-Status}\" nvidia-cudnn") == "installed");
  CHECK_THAT(debian.checked("  - libcudnn: {version: \"8\"}\n"), Contains("libcudnn.so.8 cannot be loaded"));
}

}  // namespace rigsetup::test
