// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// Failures by what facts and files show, on the described machines and on such with one thing wrong.
#include <algorithm>

#include <fcntl.h>
#include <unistd.h>

#include <rigsetup/base/text.hpp>
#include <rigsetup/compat/load.hpp>
#include <rigsetup/diagnosis/diagnosis.hpp>

#include "diagnosis/kernel_log.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_programs.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;
using namespace rigsetup::diagnosis;

namespace {

const std::filesystem::path k_rigs = RIGSETUP_SOURCE_DIR "/tests/rigs";

compat::Tables tables() {
  Complaints complaints;
  return compat::load(compat::table_folders(RIGSETUP_SOURCE_DIR "/recipes", "/nowhere"), complaints);
}

/// A rig, and what is changed of it.
struct Patient {
  explicit Patient(const std::string& rig) {
    std::filesystem::copy(
        k_rigs / rig, folder.path(),
        std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
    tree.emplace(folder.path());
  }
  void file(const std::filesystem::path& path, std::string_view bytes) const {
    tree->make_directories(path.parent_path());
    tree->write(path, bytes);
  }
  void package(const std::string& name, const std::string& version, const std::string& maintainer,
               const std::string& status = "install ok installed") const {
    auto text = tree->read("/var/lib/dpkg/status").value_or("");
    while (!text.ends_with("\n\n")) text += '\n';
    text += "Package: " + name + "\nStatus: " + status + "\nMaintainer: " + maintainer +
            "\nArchitecture: amd64\nVersion: " + version + "\n\n";
    file("/var/lib/dpkg/status", text);
  }
  Signs signs() const {
    const Host host{*tree, programs, clock, &*tree, true};
    auto facts = gather_facts(host);
    ask_awake_gpus(facts, host, {});
    auto found = look_for_signs(host, std::move(facts), tables());
    read_logs(host, found);
    return found;
  }
  std::vector<Diagnosis> found() const { return diagnose(signs()); }
  std::string faults() const { return names(false); }
  std::string notes() const { return names(true); }

  test::TemporaryFolder folder;
  std::optional<Tree> tree;
  mutable test::FakePrograms programs;
  mutable test::FakeClock clock;

 private:
  std::string names(bool note) const {
    std::vector<std::string> names;
    for (const auto& one : found()) {
      if (one.note == note) names.push_back(one.name);
    }
    return join(names, " ");
  }
};

const std::string k_ubuntu = "Ubuntu Core Developers <ubuntu-devel-discuss@lists.ubuntu.com>";
const std::string k_nvidia = "NVIDIA <cudatools@nvidia.com>";

}  // namespace

TEST_CASE("of a sound machine nothing is said, of a bare one that the driver is missing") {
  for (const char* rig : {"two-gpus-jammy", "laptop-hybrid-jammy", "no-gpu-jammy", "wsl2-jammy"}) {
    INFO(rig);
    const Patient patient(rig);
    CHECK(patient.faults() == "");
    CHECK(patient.notes() == "");
  }
  for (const char* rig : {"rtx4090-jammy", "rtx5090-jammy", "v100-jammy", "bookworm-rtx4090"}) {
    INFO(rig);
    const Patient patient(rig);
    CHECK(patient.faults() == "driver-not-installed");
  }
}

TEST_CASE("a driver that runs beside libraries of another version") {
  const Patient patient("two-gpus-jammy");
  patient.file("/sys/module/nvidia/version", "570.133.07\n");
  patient.file("/proc/driver/nvidia/version",
               "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.133.07  Release Build\n");
  const auto found = patient.found();
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "driver-library-mismatch");
  CHECK(found[0].cure == Cure::reboot);
  CHECK(found[0].evidence[0].seen == "570.133.07");
  CHECK(found[0].evidence[1].seen == "580.159.03");
  patient.file(
      "/var/log/apt/history.log",
      "\nStart-Date: 2026-11-19  09:00:00\nCommandline: apt-get install libnvidia-compute-570\n"
      "Install: libnvidia-compute-570:amd64 (570.133.07-0ubuntu0.22.04.1)\nEnd-Date: 2026-11-19  09:01:00\n"
      "\nStart-Date: 2026-11-20  06:12:33\nCommandline: /usr/bin/unattended-upgrade\n"
      "Upgrade: libnvidia-compute-580:amd64 (570.133.07, 580.159.03)\nEnd-Date: 2026-11-20  06:13:00\n"
      "\nStart-Date: 2026-11-21  06:12:33\nUpgrade: tzdata:amd64 (1, 2)\nEnd-Date: 2026-11-21  06:13:00\n");
  CHECK(patient.found()[0].evidence.back().seen == "2026-11-20  06:12:33: /usr/bin/unattended-upgrade");
}

TEST_CASE("what the kernel wrote counts, unless facts show that it is past") {
  const Patient patient("two-gpus-jammy");
  patient.file(
      "/kmsg",
      "NVRM: API mismatch: the client 'nvidia-smi' (pid 42) has the version 1, but this kernel module ...\n"
      "NVRM: The NVIDIA probe routine was not called for 1 device(s).\n");
  CHECK(patient.faults() == "");
  patient.file("/kmsg", "NVRM: GPU 0000:02:00.0: rm_init_adapter failed, device minor number 1\n");
  CHECK(patient.faults() == "");  // NVML has both of them
  auto signs = patient.signs();
  signs.facts.machine->nvml.reset();
  REQUIRE(diagnose(signs).size() == 1);
  CHECK(diagnose(signs)[0].name == "gpu-does-not-start");
}

TEST_CASE("what a reset has mended is past") {
  const Patient patient("two-gpus-jammy");
  const std::string wants =
      "NVRM: Xid (PCI:0000:01:00): 154, GPU recovery action changed from 0x0 (None) to 0x1 (GPU Reset "
      "Required)\nNVRM: GPU recovery action changed from 0x0 (None) to 0x1 (GPU Reset Required)\n";
  const std::string clear =
      "NVRM: Xid (PCI:0000:01:00): 154, GPU recovery action changed from 0x1 (GPU Reset Required) to 0x0 "
      "(None)\nNVRM: GPU recovery action changed from 0x1 (GPU Reset Required) to 0x0 (None)\n";
  patient.file("/kmsg", wants);
  CHECK(patient.faults() == "xid-154 gpu-wants-reset");
  patient.file("/kmsg", wants + clear);
  CHECK(patient.faults() == "");
  patient.file("/kmsg", wants + clear + wants);
  CHECK(patient.faults() == "xid-154 gpu-wants-reset");

  const std::string error = "NVRM: Xid (PCI:0000:01:00): 95, pid=42, name=python, Uncontained error\n";
  const std::string lost = "NVRM: Xid (PCI:0000:01:00): 79, pid=42, GPU has fallen off the bus.\n";
  const std::string loading = "NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64  580.159.03\n";
  patient.file("/kmsg", error + lost + loading);
  CHECK(patient.faults() == "xid-79");
  patient.file("/kmsg", loading + error);
  CHECK(patient.faults() == "xid-95");
}

TEST_CASE("of a log of several boots the last one counts") {
  const Patient patient("two-gpus-jammy");
  const std::string lost =
      "Nov 26 06:00:01 rig kernel: [ 9.1] NVRM: GPU at PCI:0000:01:00: GPU-1a2b has fallen "
      "off the bus and is not responding to commands.\n";
  const std::string boot =
      "Nov 26 06:10:00 rig kernel: [ 0.000000] Linux version 6.8.0-90-generic (gcc-12)\n";
  patient.file("/var/log/kern.log", boot + lost + boot);
  CHECK(patient.faults() == "");
  patient.file("/var/log/kern.log", boot + boot + lost);
  CHECK(patient.faults() == "gpu-off-the-bus");
}

TEST_CASE("Xids: what a program did is a note, what the board did comes first and blames no driver") {
  const Patient patient("two-gpus-jammy");
  patient.file(
      "/kmsg",
      "NVRM: Xid (PCI:0000:01:00): 31, pid=42, name=python, MMU Fault\n"
      "NVRM: Xid (PCI:0000:02:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.\n"
      "NVRM: Xid (PCI:0000:01:00): 31, pid=43, name=python, MMU Fault\n"
      "NVRM: Xid (PCI:0000:01:00): 999, pid=43, name=python, from the future\n");
  const auto found = patient.found();
  REQUIRE(found.size() == 3);
  CHECK(found[0].name == "xid-79");
  CHECK_FALSE(found[0].note);
  CHECK(found[0].cure == Cure::reboot);
  CHECK(found[0].fix.find("does not help") != std::string::npos);
  CHECK(found[1].name == "xid-31");
  CHECK(found[1].note);
  CHECK(found[1].what.find("2 times") != std::string::npos);
  CHECK(found[2].note);
  for (const auto& xid : xids()) {
    if (xid.of != XidClass::unhealthy) continue;
    patient.file("/kmsg", "NVRM: Xid (PCI:0000:01:00): " + std::to_string(xid.code) + ", pid=1\n");
    const auto one = patient.found();
    REQUIRE(one.size() == 1);
    CHECK(one[0].cure != Cure::plan);
    CHECK(one[0].command.find("apt") == std::string::npos);
  }
}

TEST_CASE("packages of two origins, and of two branches") {
  const Patient patient("two-gpus-jammy");
  patient.package("libnvidia-compute", "580.159.03-0ubuntu1", k_nvidia);
  CHECK(patient.faults() == "origins-mixed");
  const Patient nvtop("two-gpus-jammy");
  nvtop.package("libnvidia-compute-535", "535.309.01-0ubuntu0.22.04.1", k_ubuntu);
  CHECK(nvtop.faults() == "two-drivers");
  const Patient others("two-gpus-jammy");
  others.package("nvidia-persistenced", "525.85.05-1",
                 "Debian NVIDIA Maintainers <x@lists.alioth.debian.org>");
  others.package("nvidia-firmware-535-535.309.01", "535.309.01-0ubuntu0.22.04.1", k_ubuntu);
  auto signs = others.signs();
  for (auto& package : signs.facts.nvidia.packages) package.origin = "ubuntu";
  CHECK(diagnose(signs).empty());
}

TEST_CASE("apt and dpkg") {
  const Patient patient("two-gpus-jammy");
  patient.package("acpi-call-dkms", "1.2.2-1", "x <x@example.org>", "install ok half-configured");
  patient.file(
      "/etc/apt/sources.list.d/cuda.list",
      "deb https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64/ /\n"
      "deb https://developer.download.nvidia.com/compute/machine-learning/repos/ubuntu2004/x86_64/ /\n");
  patient.file("/etc/apt/sources.list.d/cuda-ubuntu2204-x86_64.list",
               "deb [signed-by=/usr/share/keyrings/cuda-archive-keyring.gpg] "
               "https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64/ /\n");
  patient.file("/etc/apt/trusted.gpg.d/cuda.gpg", "\x99\xF6\x0F\x4B\x3D\x7F\xA2\xAF\x80 and more");
  patient.file("/etc/apt/trusted.gpg.d/other.gpg", "nothing of that");
  CHECK(patient.faults() == "repository-keys-conflict dpkg-interrupted");
  CHECK(patient.notes() == "nvidia-old-key machine-learning-repository");
  patient.package("cuda", "12.9.1-1", k_nvidia);
  CHECK(patient.notes() == "cuda-meta nvidia-old-key machine-learning-repository");
}

TEST_CASE("what is half installed is so while dpkg is at work, and what a run met once may be past") {
  const Patient patient("two-gpus-jammy");
  patient.package("acpi-call-dkms", "1.2.2-1", "x <x@example.org>", "install ok half-configured");
  auto signs = patient.signs();
  REQUIRE(diagnose(signs).size() == 1);
  signs.changing = true;
  CHECK(diagnose(signs).empty());
  signs.dpkg = {};
  signs.boot_free = 1 << 30;
  signs.texts = {
      {"run 7, step driver", "E: dpkg was interrupted, you must manually run 'sudo dpkg --configure -a'"},
      {"run 7, step driver", "update-initramfs: failed for /boot/initrd.img-6.8.0-90-generic with 1."}};
  CHECK(diagnose(signs).empty());
}

TEST_CASE("who holds dpkg's lock is changing packages") {
  const Patient patient("two-gpus-jammy");
  patient.file("/var/lib/dpkg/lock", "");
  CHECK_FALSE(patient.signs().changing);
  const int file = open((patient.folder.path() / "var/lib/dpkg/lock").c_str(), O_RDWR | O_CLOEXEC);
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  REQUIRE(fcntl(file, F_OFD_SETLK, &lock) == 0);
  CHECK(patient.signs().changing);
  close(file);
}

TEST_CASE("/boot without room matters where an initramfs will hold the driver") {
  auto signs = Patient("two-gpus-jammy").signs();
  CHECK_FALSE(signs.boot_free);  // it is not this machine that is described
  signs.boot_free = 20 << 20;
  REQUIRE(diagnose(signs).size() == 1);
  CHECK(diagnose(signs)[0].name == "boot-full");
  signs.boot_free = 1 << 30;
  CHECK(diagnose(signs).empty());
  auto none = Patient("no-gpu-jammy").signs();
  none.boot_free = 20 << 20;
  CHECK(diagnose(none).empty());
}

TEST_CASE("a module that DKMS only added, and what its log says") {
  const Patient patient("rtx4090-jammy");
  patient.package("nvidia-kernel-dkms", "535.309.01-1",
                  "Debian NVIDIA Maintainers <x@lists.alioth.debian.org>");
  patient.file("/usr/src/nvidia-535.309.01/dkms.conf", "");
  patient.tree->make_directories("/var/lib/dkms/nvidia/535.309.01");
  patient.tree->make_link("/var/lib/dkms/nvidia/535.309.01/source", "/usr/src/nvidia-535.309.01");
  CHECK(patient.faults() == "no-headers nouveau-has-the-gpu");
  auto signs = patient.signs();
  signs.facts.kernels.flavour = "generic-hwe-22.04";
  CHECK(diagnose(signs)[0].command ==
        "sudo apt-get install linux-headers-generic-hwe-22.04 && sudo dkms autoinstall");
  patient.file("/var/lib/dkms/nvidia/535.309.01/build/make.log",
               "gcc: error: unrecognized command-line option '-ftrivial-auto-var-init=zero'\n");
  CHECK(patient.faults() == "wrong-compiler no-headers nouveau-has-the-gpu");
}

TEST_CASE("modules and kernels that are not for each other") {
  auto signs = Patient("two-gpus-jammy").signs();
  auto& machine = *signs.facts.machine;
  const auto only = [&] {
    const auto found = diagnose(signs);
    return found.size() == 1 ? found[0].name : "many or none";
  };
  signs.facts.nvidia.modules = {
      {"6.8.0-90-generic", "/lib/modules/6.8.0-90-generic/nvidia.ko", "580.159.03", "open", true}};
  signs.facts.kernels.boots_next = "6.8.0-99-generic";
  CHECK(only() == "no-module-for-next-kernel");
  CHECK(diagnose(signs)[0].command == "");
  signs.facts.dkms = {{"nvidia", "580.159.03", "installed", "6.8.0-90-generic"}};
  CHECK(diagnose(signs)[0].command == "sudo dkms autoinstall -k 6.8.0-99-generic");
  signs.facts.kernels.boots_next = machine.kernel = "6.8.0-99-generic";
  machine.nvidia.reset();
  machine.nvml.reset();
  for (auto& gpu : machine.gpus) gpu.driver = "";
  CHECK(only() == "no-module-for-kernel");
  signs.facts.kernels.boots_next = machine.kernel = "6.8.0-90-generic";
  CHECK(only() == "driver-not-loaded");
  for (auto& gpu : machine.gpus) gpu.driver = "vfio-pci";
  CHECK(only() == "gpu-given-away");
  for (auto& gpu : machine.gpus) gpu.driver = "nvidia";
  signs.texts = {{"the kernel log", "NVRM: None of the NVIDIA devices were initialized."}};
  CHECK(only() == "gpu-does-not-start");
}

TEST_CASE("Secure Boot: only where it is on, and nothing runs in spite of it") {
  auto signs = Patient("two-gpus-jammy").signs();
  auto& machine = *signs.facts.machine;
  const std::string rejected = "modprobe: ERROR: could not insert 'nvidia': Key was rejected by service";
  signs.texts = {{"a log", rejected}};
  CHECK(diagnose(signs).empty());  // it is off, and the driver runs
  machine.secure_boot.enabled = true;
  machine.nvidia.reset();
  machine.nvml.reset();
  signs.facts.nvidia.modules = {{machine.kernel, "/lib/modules/nvidia.ko", "580.159.03", "open", false}};
  signs.facts.dkms = {{"nvidia", "580.159.03", "installed", machine.kernel}};
  machine.secure_boot.dkms_keys = {{"/var/lib/shim-signed/mok/MOK.der", false}};
  const auto found = diagnose(signs);
  REQUIRE(found.size() == 2);
  CHECK(found[0].name == "key-not-enrolled");
  CHECK(found[0].evidence.size() == 2);
  CHECK(found[0].command == "sudo mokutil --import /var/lib/shim-signed/mok/MOK.der");
  CHECK(found[1].name == "module-not-signed");
  machine.secure_boot.validation_off = true;
  for (const auto& one : diagnose(signs)) CHECK(one.name == "driver-not-loaded");
  machine.secure_boot.validation_off = false;
  auto others = signs;
  others.facts.machine->gpus.clear();
  others.facts.machine->secure_boot.keys_pending = true;
  for (const auto& one : diagnose(others)) CHECK(one.name == "driver-without-gpu");
  machine.secure_boot.keys_pending = true;
  signs.texts.clear();
  signs.facts.nvidia.modules[0].is_signed = true;
  REQUIRE(diagnose(signs).size() == 1);
  CHECK(diagnose(signs)[0].name == "key-pending");
}

TEST_CASE("a driver that is not for the card") {
  auto signs = Patient("two-gpus-jammy").signs();
  auto& machine = *signs.facts.machine;
  const auto first = [&] {
    const auto found = diagnose(signs);
    return found.empty() ? "" : found[0].name;
  };
  for (auto& gpu : machine.gpus) gpu.device_id = "2b85";  // RTX 5090
  CHECK(first() == "");
  machine.nvidia->flavour = "proprietary";
  CHECK(first() == "open-modules-wanted");
  for (auto& gpu : machine.gpus) gpu.device_id = "1b80";  // GTX 1080
  CHECK(first() == "");
  machine.nvidia->flavour = "open";
  CHECK(first() == "proprietary-modules-wanted");
  machine.nvidia = LoadedNvidia{"595.45.04", "proprietary"};
  CHECK(first() == "driver-too-new-for-gpu");
}

TEST_CASE("that the proprietary module runs does not hide what it says of a card that it leaves out") {
  auto signs = Patient("two-gpus-jammy").signs();
  for (auto& gpu : signs.facts.machine->gpus) gpu.device_id = "ffff";  // newer than the tables
  signs.texts = {
      {"the kernel log", "NVRM: installed in this system requires use of the NVIDIA open kernel modules."}};
  CHECK(diagnose(signs).empty());
  signs.facts.machine->nvidia->flavour = "proprietary";
  REQUIRE(diagnose(signs).size() == 1);
  CHECK(diagnose(signs)[0].name == "open-modules-wanted");
}

TEST_CASE("what NVML answers of the cards") {
  auto signs = Patient("two-gpus-jammy").signs();
  auto& nvml = *signs.facts.machine->nvml;
  const auto only = [&] {
    const auto found = diagnose(signs);
    return found.size() == 1 ? found[0].name : "many or none";
  };
  nvml.gpus[1].error = NvmlError{15, "GPU_IS_LOST", ""};
  CHECK(only() == "gpu-off-the-bus");
  nvml.gpus[1].error = NvmlError{16, "RESET_REQUIRED", ""};
  CHECK(only() == "gpu-wants-reset");
  nvml.gpus[1].error.reset();
  nvml.gpus[1].link = {1, 4};
  nvml.gpus[1].link_most = {4, 16};
  CHECK(only() == "narrow-link");
  CHECK(diagnose(signs)[0].note);
  nvml.gpus[1].link = {1, 8};  // power saving, and lanes that two cards share
  CHECK(diagnose(signs).empty());
  nvml.gpus[0].link = {1, 16};
  nvml.gpus.pop_back();
  CHECK(only() == "gpu-does-not-start");
  nvml.error = NvmlError{4, "NO_PERMISSION", ""};
  CHECK(only() == "devices-closed");
}

TEST_CASE("NVSwitch wants a fabric manager of the driver's version") {
  auto signs = Patient("h200-jammy").signs();
  CHECK(signs.facts.machine->nvswitches > 0);
  auto& packages = signs.facts.nvidia.packages;
  std::erase_if(packages,
                [](const NvidiaPackage& one) { return one.name.starts_with("nvidia-fabricmanager"); });
  REQUIRE(diagnose(signs).size() == 1);
  CHECK(diagnose(signs)[0].name == "fabric-manager");
  packages.push_back({"nvidia-fabricmanager", "580.95.05-1", "installed", "nvidia", "580.95.05"});
  const auto found = diagnose(signs);
  CHECK(std::ranges::find(found, "fabric-manager", &Diagnosis::name) != found.end());
}

TEST_CASE("CUDA and cuDNN that are in each other's way") {
  const Patient patient("two-gpus-jammy");
  patient.package("cuda-toolkit-13-1", "13.1.0-1", k_nvidia);
  CHECK(patient.faults() == "");
  patient.package("nvidia-cuda-toolkit", "11.5.1-1ubuntu1", k_ubuntu);
  patient.package("cuda-compat-13-1", "590.44.01-1", k_nvidia);
  patient.package("libcudnn9-cuda-12", "9.10.2.21-1", k_nvidia);
  patient.package("nvidia-cudnn", "8.5.0.96", k_ubuntu);
  CHECK(patient.faults() == "compat-on-geforce cudnn-declined toolkit-in-the-way");
  patient.file("/usr/local/cuda-12.9/lib64/libcudnn.so.9.1.0", "");
  CHECK(patient.faults() == "compat-on-geforce cudnn-mixed toolkit-in-the-way");
  auto signs = patient.signs();
  signs.facts.machine->nvidia->version = "550.54.14";
  const auto found = diagnose(signs);
  const auto old = std::ranges::find(found, "driver-too-old-for-cuda", &Diagnosis::name);
  REQUIRE(old != found.end());
  CHECK(old->evidence[0].what == "CUDA 13.1");
}

TEST_CASE("leftovers of a .run installer") {
  auto signs = Patient("two-gpus-jammy").signs();
  signs.facts.nvidia.run_files = {"/usr/bin/nvidia-uninstall"};
  signs.facts.nvidia.libraries[0].owned = false;
  REQUIRE(diagnose(signs).size() == 1);
  CHECK(diagnose(signs)[0].name == "run-file");
  CHECK(diagnose(signs)[0].evidence.size() == 2);
}

TEST_CASE("the installer's log alone is no driver") {
  auto signs = Patient("two-gpus-jammy").signs();
  signs.facts.nvidia.run_files = {"/var/log/nvidia-installer.log"};
  CHECK(diagnose(signs).empty());
}

TEST_CASE("a container has what its host gives it") {
  const Patient patient("two-gpus-jammy");
  patient.package("cuda-compat-13-1", "590.44.01-1", k_nvidia);
  auto signs = patient.signs();
  signs.facts.nvidia.libraries[0].owned = false;
  signs.facts.machine->nvml->gpus.pop_back();
  signs.facts.machine->nvml->gpus[0].link = {1, 16};
  CHECK(diagnose(signs).size() == 3);
  signs.facts.machine->container = "docker";
  CHECK(diagnose(signs).empty());
}

TEST_CASE("a card that is given to a virtual machine is a note, and is missed by nobody") {
  auto signs = Patient("two-gpus-jammy").signs();
  signs.facts.machine->gpus[1].driver = "vfio-pci";
  signs.facts.machine->nvml->gpus.pop_back();
  signs.facts.machine->nvml->gpus[0].link = {1, 16};
  signs.texts = {{"the kernel log", "NVRM: The NVIDIA probe routine was not called for 1 device(s)."}};
  const auto found = diagnose(signs);
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "gpu-given-away");
  CHECK(found[0].note);
  signs = Patient("rtx4090-jammy").signs();
  for (auto& gpu : signs.facts.machine->gpus) {
    if (gpu.is_nvidia()) gpu.driver = "vfio-pci";
  }
  CHECK(diagnose(signs).empty());
}

TEST_CASE("a driver and no card is a note, and nouveau before a driver the driver's matter") {
  const Patient patient("no-gpu-jammy");
  patient.package("libnvidia-compute-580", "580.159.03-0ubuntu0.22.04.1", k_ubuntu);
  CHECK(patient.faults() == "");
  CHECK(patient.notes() == "driver-without-gpu");
}

TEST_CASE("evidence is bounded, and says where it was read") {
  const Patient patient("two-gpus-jammy");
  std::string log;
  for (int i = 0; i < 1000; ++i) {
    log += "NVRM: GPU " + std::to_string(i) + " has fallen off the bus and is not responding to commands.\n";
  }
  patient.file("/var/log/kern.log", log + std::string(4 << 20, 'x') + "\n" + log);
  const auto found = patient.found();
  REQUIRE(found.size() == 1);
  CHECK(found[0].evidence.size() == 3);
  CHECK(found[0].evidence[0].what == "/var/log/kern.log");
}

TEST_CASE("this machine can be looked at as it is") {
  const Tree tree("/");
  test::FakePrograms programs;
  test::FakeClock clock;
  const Host host{tree, programs, clock, &tree};
  auto signs = look_for_signs(host, gather_facts(host), tables());
  read_logs(host, signs);
  CHECK(signs.boot_free.has_value() == tree.info("/boot").has_value());
  CHECK_NOTHROW(diagnose(signs));
  CHECK(programs.ran().empty());
}

TEST_CASE("a record of /dev/kmsg is its message") {
  CHECK(message_of("6,339,5140900,-;NVRM: loading; yes\n SUBSYSTEM=pci\n") == "NVRM: loading; yes");
  CHECK(message_of("no record") == "no record");
}

TEST_CASE("an error gets the advice of the failure that it shows, behind its own") {
  const auto known =
      explained({Code::program, "cannot install: E: Could not get lock /var/lib/dpkg/lock", ""});
  CHECK(known.hint.find("never kill apt") != std::string::npos);
  const auto both =
      explained({Code::program, "cannot build\nError! Bad return status for module build", "see the log"});
  CHECK(both.hint.starts_with("see the log; "));
  CHECK(explained({Code::program, "cannot do it: exit status 1", ""}).hint.empty());
}
