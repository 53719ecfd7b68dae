// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "facts/machine.hpp"

#include "tests/support/catch.hpp"
#include "tests/unit/facts/described.hpp"

using namespace rigsetup;
using test::Described;

namespace {

constexpr std::string_view k_global = "-8be4df61-93ca-11d2-aa0d-00e098032b8c";
constexpr std::string_view k_shim = "-605dab50-e046-4300-abb6-3dd810dd8b23";

void variable(const Described& rig, const std::string& name, std::string_view owner, std::string_view value) {
  rig.file("/sys/firmware/efi/efivars/" + name + std::string(owner),
           std::string("\6\0\0\0", 4) + std::string(value));
}

SecureBoot secure_boot(const Described& rig) { return read_secure_boot(rig.tree, rig.tree); }

}  // namespace

TEST_CASE("virtual machines, by what their firmware says and the processor's flag") {
  struct Row {
    std::string file;
    std::string text;
    std::string flags;
    std::string expected;
  };
  const std::string hypervisor = "fpu hypervisor vme";
  const std::vector<Row> table = {
      {"sys_vendor", "QEMU", hypervisor, "qemu"},
      {"product_name", "KVM", hypervisor, "kvm"},
      {"product_name", "Virtual Machine", hypervisor, "microsoft"},
      {"product_name", "VMware7,1", hypervisor, "vmware"},
      {"product_name", "VirtualBox", hypervisor, "oracle"},
      {"sys_vendor", "Amazon EC2", hypervisor, "amazon"},
      {"sys_vendor", "Amazon EC2", "fpu vme", ""},  // rented, but of bare metal
      {"product_name", "Google Compute Engine", hypervisor, "google"},
      {"sys_vendor", "Somebody", hypervisor, "vm-other"},
      {"sys_vendor", "ASUS", "fpu vme", ""},
  };
  for (const auto& row : table) {
    INFO(row.file << " " << row.text << " " << row.flags);
    const Described rig;
    rig.file("/sys/class/dmi/id/" + row.file, row.text + "\n");
    rig.file("/proc/cpuinfo", "processor\t: 0\nflags\t\t: " + row.flags + "\n");
    CHECK(virtual_machine_of(rig.tree) == row.expected);
  }
  const Described windows;
  windows.file("/proc/sys/kernel/osrelease", "5.15.167.4-microsoft-standard-WSL2\n");
  CHECK(virtual_machine_of(windows.tree) == "wsl2");
  const Described xen;
  xen.file("/sys/hypervisor/type", "xen\n");
  CHECK(virtual_machine_of(xen.tree) == "xen");
}

TEST_CASE("containers, by what their managers leave") {
  const Described rig;
  CHECK(container_of(rig.tree).empty());
  rig.file("/.dockerenv");
  CHECK(container_of(rig.tree) == "docker");
  rig.file("/run/.containerenv");
  CHECK(container_of(rig.tree) == "podman");
  rig.file("/proc/1/environ", std::string("PATH=/bin\0container=lxc\0", 23));
  CHECK(container_of(rig.tree) == "lxc");
  rig.file("/run/systemd/container", "systemd-nspawn\n");
  CHECK(container_of(rig.tree) == "systemd-nspawn");
}

TEST_CASE("Secure Boot is what the firmware's variables say") {
  const Described rig;
  CHECK(secure_boot(rig).firmware.empty());
  rig.tree.make_directories("/sys/firmware");
  CHECK(secure_boot(rig).firmware == "legacy");
  CHECK_FALSE(secure_boot(rig).enabled);

  variable(rig, "SecureBoot", k_global, std::string_view("\0", 1));
  variable(rig, "SetupMode", k_global, "\1");
  CHECK(secure_boot(rig).firmware == "efi");
  CHECK_FALSE(secure_boot(rig).enabled);
  CHECK(secure_boot(rig).setup_mode);

  variable(rig, "SecureBoot", k_global, "\1");
  variable(rig, "SetupMode", k_global, std::string_view("\0", 1));
  CHECK(secure_boot(rig).enabled);
  CHECK_FALSE(secure_boot(rig).setup_mode);
  CHECK_FALSE(secure_boot(rig).validation_off);
  variable(rig, "MokSBStateRT", k_shim, "\1");
  CHECK(secure_boot(rig).validation_off);
}

TEST_CASE("a key of DKMS's is enrolled when the list of owner's keys holds its certificate") {
  const Described rig;
  variable(rig, "SecureBoot", k_global, "\1");
  CHECK(secure_boot(rig).dkms_keys.empty());
  CHECK_FALSE(secure_boot(rig).keys_enrolled);

  rig.file("/var/lib/shim-signed/mok/MOK.der", "the certificate of this machine");
  variable(rig, "MokListRT", k_shim, "header, the certificate of Canonical");
  auto boot = secure_boot(rig);
  CHECK(boot.keys_enrolled);
  CHECK_FALSE(boot.keys_pending);
  REQUIRE(boot.dkms_keys.size() == 1);
  CHECK(boot.dkms_keys[0].path == "/var/lib/shim-signed/mok/MOK.der");
  CHECK_FALSE(boot.dkms_keys[0].enrolled);

  variable(rig, "MokNew", k_shim, "header, the certificate of this machine");
  CHECK(secure_boot(rig).keys_pending);
  CHECK(secure_boot(rig).dkms_keys[0].waiting);
  variable(rig, "MokListRT", k_shim, "header, the certificate of Canonical, the certificate of this machine");
  CHECK(secure_boot(rig).dkms_keys[0].enrolled);
}

TEST_CASE("a certificate counts as enrolled wherever the kernel takes it from") {
  const Described rig;
  rig.file("/var/lib/dkms/mok.pub", "the certificate of this machine");
  const auto [name, owner] = GENERATE(table<std::string, std::string_view>({
      {"MokListRT", k_shim},
      {"MokListRT2", k_shim},  // where the first is full
      {"db", "-d719b2cb-3d3a-4596-a3bc-dad00e67656f"},
  }));
  variable(rig, name, owner, "header, the certificate of this machine");
  CHECK(secure_boot(rig).dkms_keys[0].enrolled);
}

TEST_CASE("the key that DKMS signs with") {
  const Described target;
  CHECK(dkms_key_of(target.tree).certificate == "/var/lib/dkms/mok.pub");
  target.file("/etc/os-release", "NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\n");
  CHECK(dkms_key_of(target.tree).key == "/var/lib/shim-signed/mok/MOK.priv");
  CHECK(dkms_key_of(target.tree).certificate == "/var/lib/shim-signed/mok/MOK.der");
  target.file("/etc/dkms/framework.conf", "# mok_signing_key=/no/key\n");
  target.file("/etc/dkms/framework.conf.d/own.conf",
              "mok_signing_key=\"/root/own.key\"\nmok_certificate=/root/own.der\n");
  CHECK(dkms_key_of(target.tree).key == "/root/own.key");
  CHECK(dkms_key_of(target.tree).certificate == "/root/own.der");
  target.file("/root/own.der", "own");
  const auto keys = secure_boot(target).dkms_keys;
  CHECK(keys.empty());  // without firmware there is nothing to be enrolled in
  variable(target, "SecureBoot", k_global, "\1");
  CHECK(secure_boot(target).dkms_keys.at(0).path == "/root/own.der");
}

TEST_CASE("what the running kernel says of itself") {
  const Described rig;
  rig.file("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
  rig.file("/proc/version",
           "Linux version 6.8.0-45-generic (buildd@lcy02-amd64-115) (x86_64-linux-gnu-gcc-12 (Ubuntu "
           "12.3.0-1ubuntu1~22.04) 12.3.0, GNU ld (GNU Binutils for Ubuntu) 2.38) #45~22.04.1-Ubuntu SMP\n");
  rig.tree.make_directories("/sys/module/nouveau");
  auto machine = read_machine(rig.tree, rig.tree);
  CHECK(machine.lockdown == "integrity");
  CHECK(machine.compiler.text() == "gcc 12.3.0");
  CHECK(machine.nouveau_loaded);
  CHECK_FALSE(machine.nvidia);

  rig.file("/sys/module/nvidia/version", "580.95.05\n");
  machine = read_machine(rig.tree, rig.tree);
  REQUIRE(machine.nvidia);
  CHECK(machine.nvidia->version == "580.95.05");
  CHECK(machine.nvidia->flavour.empty());
  rig.file("/proc/driver/nvidia/version",
           "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.95.05  Tue Sep 23 10:11:16 UTC 2025\n"
           "GCC version:  gcc version 11.4.0\n");
  CHECK(read_machine(rig.tree, rig.tree).nvidia->flavour == "proprietary");
}
