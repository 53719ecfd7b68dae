// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/facts_view.hpp"

#include <rigsetup/data/json.hpp>

#include "samples.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::cli;
using namespace rigsetup::cli::test;

TEST_CASE("what a machine is, as people want to read it") {
  const Value facts = parse_json(R"json({
    "root": "/", "platform": "ubuntu-22.04", "systemd": true, "architecture": "amd64",
    "os": {"id": "ubuntu", "version": "22.04", "codename": "jammy", "name": "Ubuntu 22.04.5 LTS"},
    "machine": {
      "kernel": "5.15.0-122-generic", "compiler": "gcc 11.4.0", "boot_id": "b", "cpu": "AMD Ryzen 9 7950X",
      "cores": 32, "memory_bytes": 64000000000,
      "gpus": [
        {"address": "0000:00:02.0", "vendor": "intel", "device_id": "a780", "driver": "i915"},
        {"address": "0000:01:00.0", "vendor": "nvidia", "device_id": "2684", "name": "GeForce RTX 4090",
         "driver": "nvidia", "link": {"generation": 1, "width": 16}, "link_most": {"generation": 4, "width": 16},
         "memory_bytes": 25757220864},
        {"address": "0000:02:00.0", "vendor": "nvidia", "device_id": "2684", "runtime_status": "suspended"}],
      "disks": [{"name": "nvme0n1", "kind": "nvme", "bytes": 1000204886016}],
      "secure_boot": {"firmware": "efi", "enabled": true,
                      "dkms_keys": [{"path": "/var/lib/shim-signed/mok/MOK.der", "enrolled": false}]},
      "nvidia": {"version": "580.95.05", "flavour": "open"}},
    "kernels": {"newest": "6.8.0-45-generic", "boots_next": "6.8.0-45-generic"},
    "dkms": [{"name": "nvidia", "version": "580.95.05", "state": "added"}],
    "nvidia": {
      "modules": [{"kernel": "5.15.0-122-generic", "path": "/x", "version": "580.95.05", "flavour": "open",
                   "signed": true}],
      "libraries": [{"name": "libcuda.so.1", "path": "/y", "version": "580.95.05"},
                    {"name": "libcuda.so.1", "path": "/usr/lib/wsl/lib/libcuda.so.1"}],
      "packages": [
        {"name": "a", "version": "1", "state": "installed", "origin": "ubuntu", "driver_version": "580.95.05"},
        {"name": "b", "version": "1", "state": "installed", "origin": "ubuntu"},
        {"name": "c", "version": "1", "state": "installed", "origin": "nvidia"}],
      "run_files": ["/usr/bin/nvidia-uninstall"]}
  })json");
  CHECK(facts_text(facts, terminal(120)) ==
        R"(system               Ubuntu 22.04.5 LTS, amd64
kernel               5.15.0-122-generic, built by gcc 11.4.0, newest installed 6.8.0-45-generic, boots next
                     6.8.0-45-generic
processor            AMD Ryzen 9 7950X, 32 cores, 64.0 GB of memory
GPU                  intel a780, driver i915, 0000:00:02.0
                     GeForce RTX 4090, 25.8 GB, driver nvidia, PCIe 1 x16 of 4 x16, 0000:01:00.0
                     nvidia 2684, no driver, asleep, 0000:02:00.0
disk                 nvme0n1, nvme, 1.0 TB
Secure Boot          on, DKMS's key is not enrolled
GPU driver           NVIDIA 580.95.05, open
DKMS                 nvidia 580.95.05 added, for no kernel
NVIDIA modules       580.95.05, open, signed, for 5.15.0-122-generic
NVIDIA libraries     libcuda.so.1 580.95.05, of no package
                     libcuda.so.1, of Windows
NVIDIA packages      1 from nvidia
                     2 from ubuntu, driver 580.95.05
of a .run installer  /usr/bin/nvidia-uninstall
)");
}

TEST_CASE("a tree is only what its files are") {
  const Value facts = parse_json(R"json({
    "root": "/srv/image", "platform": "debian-12", "systemd": false, "architecture": "amd64",
    "os": {"id": "debian", "version": "12", "codename": "bookworm", "name": "Debian GNU/Linux 12 (bookworm)"},
    "kernels": {}, "nvidia": {}
})json");
  CHECK(facts_text(facts, terminal(80)) == "root    /srv/image\nsystem  Debian GNU/Linux 12 (bookworm), amd64\n");
}
