// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// Every row of the catalogue against what programs and kernels have really written.
#include <algorithm>
#include <cctype>
#include <set>

#include <rigsetup/base/text.hpp>
#include <rigsetup/diagnosis/failure.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::diagnosis;

namespace {

struct Written {
  std::string_view row;
  std::string_view line;
};

constexpr Written k_written[] = {
    {"gpu-off-the-bus",
     "NVRM: GPU at PCI:0000:01:00: GPU-1a2b has fallen off the bus and is not responding to commands."},
    {"gpu-off-the-bus",
     "NVRM: The NVIDIA GPU 0000:01:00.0 NVRM: (PCI ID: 10de:2684) installed in this system has NVRM: fallen "
     "off the bus and is not responding to commands."},
    {"gpu-off-the-bus", "Unable to determine the device handle for GPU 0000:01:00.0: Unknown Error"},
    {"gpu-wants-reset", "NVRM: GPU recovery action changed from 0x0 (None) to 0x1 (GPU Reset Required)"},
    {"gpu-without-address-space", "NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:"},
    {"gpu-without-address-space", "NVRM: BAR1 is 0M @ 0x0 (PCI:0000:01:00.0)"},
    {"gsp-firmware", "NVRM: RmInitAdapter: Cannot initialize GSP firmware RM"},
    {"gsp-firmware", "NVRM: _kgspRpcRecvPoll: Timeout waiting for RPC from GSP! Expected function 76"},
    {"repository-keys-conflict",
     "E: Conflicting values set for option Signed-By regarding source "
     "https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64/ /: "
     "/usr/share/keyrings/cuda-archive-keyring.gpg != "},
    {"dpkg-interrupted",
     "E: dpkg was interrupted, you must manually run 'sudo dpkg --configure -a' to correct the problem."},
    {"apt-locked",
     "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1234 (unattended-upgr)"},
    {"apt-locked",
     "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using "
     "it?"},
    {"boot-full", "update-initramfs: failed for /boot/initrd.img-6.8.0-90-generic with 1."},
    {"boot-full", "cp: error writing '/boot/initrd.img-6.8.0-90-generic.new': No space left on device"},
    {"nvidia-key-replaced",
     "W: GPG error: https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64  InRelease: "
     "The following signatures couldn't be verified because the public key is not available: NO_PUBKEY "
     "A4B469963BF863CC"},
    {"repository-not-trusted", "E: The repository 'https://example.org/apt jammy InRelease' is not signed."},
    {"repository-not-trusted",
     "The following signatures couldn't be verified because the public key is not available: NO_PUBKEY "
     "871920D1991BC93C"},
    {"mirror-moving",
     "E: Failed to fetch "
     "https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64/Packages.gz  File has "
     "unexpected size (1045763 != 1045801). Mirror sync in progress? [IP: 152.199.39.144 443]"},
    {"mirror-moving",
     "E: Failed to fetch http://archive.ubuntu.com/ubuntu/dists/jammy/Packages  Hash Sum mismatch"},
    {"archive-incomplete",
     " nvidia-settings : Depends: libxnvctrl0 (= 580.82.07-0ubuntu1) but it is not installable"},
    {"cuda-meta", " cuda : Depends: cuda-12-9 (>= 12.9.1) but it is not going to be installed"},
    {"file-of-two-packages",
     "dpkg: error processing archive libnvidia-compute-580_amd64.deb (--unpack): trying to overwrite "
     "'/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1', which is also in package libnvidia-compute "
     "580.95.05-0ubuntu1"},
    {"origins-mixed",
     "The following packages have unmet dependencies: libnvidia-compute-580 : Conflicts: libnvidia-compute"},
    {"origins-mixed",
     "cannot install nvidia-driver-580: E: Unable to correct problems, you have held broken packages."},
    {"run-file",
     "An alternate method of installing the NVIDIA driver was detected. (This is usually a package provided "
     "by your distributor.)"},
    {"wrong-compiler", "gcc: error: unrecognized command-line option '-ftrivial-auto-var-init=zero'"},
    {"wrong-compiler", "warning: the compiler differs from the one used to build the kernel"},
    {"no-headers",
     "Error! Your kernel headers for kernel 6.1.0-41-amd64 cannot be found at "
     "/lib/modules/6.1.0-41-amd64/build or /lib/modules/6.1.0-41-amd64/source."},
    {"no-headers",
     "Module build for kernel 6.1.0-41-amd64 was skipped since the kernel headers for this kernel do not "
     "seem to be installed."},
    {"driver-too-old-for-kernel",
     "nvidia/nv-mmap.c:313:9: error: implicit declaration of function 'vm_flags_set' "
     "[-Werror=implicit-function-declaration]"},
    {"driver-too-old-for-kernel",
     "nvidia-drm/nvidia-drm-drv.c:748:6: error: 'struct drm_mode_config' has no member named 'fb_base'"},
    {"dkms-build-failed", "Error! Bad return status for module build on kernel: 6.8.0-90-generic (x86_64)"},
    {"dkms-build-failed", "(bad exit status: 2)"},
    {"key-not-enrolled", "modprobe: ERROR: could not insert 'nvidia': Key was rejected by service"},
    {"key-not-enrolled", "modprobe: ERROR: could not insert 'nvidia': Required key not available"},
    {"key-not-enrolled", "Loading of module with unavailable key is rejected"},
    {"module-not-signed",
     "Lockdown: modprobe: unsigned module loading is restricted; see man kernel_lockdown.7"},
    {"module-not-signed", "Loading of unsigned module is rejected"},
    {"no-module-for-kernel",
     "modprobe: FATAL: Module nvidia not found in directory /lib/modules/6.8.0-90-generic"},
    {"open-modules-wanted", "NVRM: installed in this system requires use of the NVIDIA open kernel modules."},
    {"open-modules-wanted", "NVRM: installed in this system requires use of NVIDIA open kernel modules."},
    {"open-modules-wanted", "NVRM: GPU 0000:01:00.0: RmInitAdapter failed! (0x22:0x56:884)"},
    {"open-modules-wanted", "NVRM: GPU 0000:01:00.0: RmInitAdapter failed! (0x22:0x56:1017)"},
    {"proprietary-modules-wanted", "NVRM: nvidia.ko because it does not include the required GPU"},
    {"proprietary-modules-wanted",
     "NVRM: The NVIDIA GPU is not supported by open nvidia.ko because it does not include the required GPU "
     "System Processor (GSP)."},
    {"driver-too-new-for-gpu", "NVRM: installed in this system is not supported by the"},
    {"driver-too-new-for-gpu",
     "NVRM: The NVIDIA GPU is not supported by the NVIDIA 595.45.04 driver release."},
    {"driver-too-new-for-gpu", "NVRM: ignoring the legacy GPU 0000:01:00.0"},
    {"driver-library-mismatch", "Failed to initialize NVML: Driver/library version mismatch"},
    {"driver-library-mismatch",
     "NVRM: API mismatch: the client 'nvidia-smi' (pid 4242) has the version 580.95.05, but this kernel "
     "module has the version 570.133.07."},
    {"nouveau-has-the-gpu", "NVRM: The NVIDIA probe routine was not called for 1 device(s)."},
    {"gpu-does-not-start", "NVRM: GPU 0000:02:00.0: RmInitAdapter failed! (0x26:0x56:1463)"},
    {"gpu-does-not-start", "NVRM: GPU 0000:02:00.0: rm_init_adapter failed, device minor number 1"},
    {"gpu-does-not-start", "NVRM: None of the NVIDIA devices were initialized."},
    {"fabric-manager",
     "fabric manager NVIDIA GPU driver interface version 580.95.05 don't match with driver version "
     "580.126.20. Please update with matching NVIDIA driver package."},
    {"fabric-manager", "CUDA error 802: system not yet initialized"},
    {"driver-not-loaded",
     "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the "
     "latest NVIDIA driver is installed and running."},
    {"driver-not-loaded", "NVRM: No NVIDIA GPU found."},
    {"no-gpu-seen", "No devices were found"},
    {"no-gpu-seen", "RuntimeError: CUDA error: no CUDA-capable device is detected"},
    {"devices-closed", "NVIDIA: could not open the device file /dev/nvidiactl (Permission denied)."},
    {"persistenced-failed", "nvidia-persistenced.service: Failed with result 'exit-code'."},
    {"driver-too-old-for-cuda", "CUDA driver version is insufficient for CUDA runtime version"},
    {"driver-too-old-for-cuda",
     "nvidia-container-cli: requirement error: unsatisfied condition: cuda>=13.0, please update your driver "
     "to a newer version"},
    {"driver-too-old-for-cuda", "The NVIDIA driver on your system is too old (found version 11040)."},
    {"compat-on-geforce", "Error 804: forward compatibility was attempted on non supported HW"},
    {"no-kernel-image", "CUDA error: no kernel image is available for execution on the device"},
    {"no-kernel-image",
     "NVIDIA GeForce RTX 5090 with CUDA capability sm_120 is not compatible with the current PyTorch "
     "installation."},
    {"cudnn-mixed", "cuDNN error: CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH"},
    {"cudnn-missing",
     "Could not load library libcudnn_ops_infer.so.8. Error: libcudnn_ops_infer.so.8: cannot open shared "
     "object file: No such file or directory"},
    {"cudnn-missing",
     "Unable to load any of {libcudnn_ops.so.9.1.0, libcudnn_ops.so.9.1, libcudnn_ops.so.9, "
     "libcudnn_ops.so}"},
    {"cudnn-missing",
     "ImportError: libcudnn.so.9: cannot open shared object file: No such file or directory"},
    {"nvcc-not-in-path", "bash: nvcc: command not found"},
    {"nvcc-not-in-path", "/bin/sh: 1: nvcc: not found"},
    {"no-host-compiler", "gcc: fatal error: cannot execute 'cc1plus': execvp: No such file or directory"},
    {"host-compiler-too-new",
     "/usr/local/cuda/include/crt/host_config.h:132:2: error: #error -- unsupported GNU version! gcc "
     "versions later than 12 are not supported!"},
};

/// What looks like one of them, and means nothing.
constexpr std::string_view k_harmless[] = {
    "nvidia: module verification failed: signature and/or required key missing - tainting kernel",
    "nvidia: loading out-of-tree module taints kernel.",
    "nvidia: module license 'NVIDIA' taints kernel.",
    "NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.95.05  Tue Sep 23 10:11:16 UTC 2025",
    "NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build",
    "nvidia-nvlink: Nvlink Core is being initialized, major device number 511",
    "[drm] Initialized nvidia-drm 0.0.0 20160202 for 0000:01:00.0 on minor 1",
    "Setting up libnvidia-compute-580:amd64 (580.95.05-0ubuntu0.22.04.1) ...",
    "nvidia.ko: Running module version sanity check.",
    "Secure boot disabled",
    "gzip: stdout: No space left on device",
    "the driver of this printer is not signed",
    "trying to overwrite '/usr/bin/vim', which is also in package vim-nox 2:9.0",
    "The following packages have unmet dependencies:",
    "E: Unable to correct problems, you have held broken packages.",
    "/var/lib/dkms/zfs/2.1.5/build/module/zfs.c:7:2: error: 'struct inode' has no member named 'i_ctime'",
    "this file system is not supported by open",
    "integrity: Loaded X.509 cert 'Canonical Ltd. Master Certificate Authority'",
};

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

std::set<std::string_view> all_that_match(std::string_view line) {
  std::set<std::string_view> names;
  for (const auto& row : catalogue()) {
    if (row.is_in(line)) names.insert(row.name);
  }
  return names;
}

}  // namespace

TEST_CASE("what was really written is recognised as what it is") {
  for (const auto& [row, line] : k_written) {
    INFO(line);
    const auto* found = recognise(line);
    REQUIRE(found);
    CHECK(found->name == row);
  }
}

TEST_CASE("what only looks like a failure is none") {
  for (const auto line : k_harmless) {
    INFO(line);
    CHECK(recognise(line) == nullptr);
  }
}

TEST_CASE("each row that goes by words has a line that is its alone") {
  std::set<std::string_view> alone;
  for (const auto& [row, line] : k_written) {
    if (const auto names = all_that_match(line); names.size() == 1) alone.insert(*names.begin());
  }
  for (const auto& row : catalogue()) {
    INFO(row.name);
    // Of the same key as "repository-not-trusted", which stands behind it for all others.
    if (!row.words.empty() && row.name != "nvidia-key-replaced") CHECK(alone.contains(row.name));
  }
}

TEST_CASE("a row can be recognised, says why and what helps, and is written as the others are") {
  std::set<std::string_view> names;
  for (const auto& row : catalogue()) {
    INFO(row.name);
    CHECK(names.insert(row.name).second);
    CHECK((row.seen || !row.words.empty()));
    for (const auto words : row.words) CHECK(lower(words) == words);
    for (const auto text : {row.what, row.why, row.fix, row.source}) CHECK_FALSE(text.empty());
    for (const auto text : {row.what, row.why, row.fix}) CHECK_FALSE(text.ends_with('.'));
    if (row.cure == Cure::reboot) CHECK_FALSE(row.command.empty());
  }
}

TEST_CASE("an Xid is read with its place and its number") {
  const auto line =
      xid_in("NVRM: Xid (PCI:0000:01:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.");
  REQUIRE(line);
  CHECK(line->address == "0000:01:00");
  CHECK(line->code == 79);
  CHECK(xid_in("[ 12.3] NVRM: Xid (PCI:0000:41:00): 31, pid=4242, name=python, Ch 00000008")->code == 31);
  CHECK_FALSE(xid_in("NVRM: Xid (PCI:0000:01:00"));
  CHECK_FALSE(xid_in("NVRM: Xid (PCI:0000:01:00): what"));
  CHECK_FALSE(xid_in("a Xid of another kind"));
}

TEST_CASE("Xids are judged as NVIDIA's catalogue does") {
  const auto of = [](int code) { return std::ranges::find(xids(), code, &Xid::code)->of; };
  for (const int code : {13, 31, 43, 45}) CHECK(of(code) == XidClass::application);
  for (const int code : {48, 63, 94}) CHECK(of(code) == XidClass::memory);
  for (const int code : {64, 95, 171, 172}) CHECK(of(code) == XidClass::reset);
  for (const int code : {62, 79, 119, 120, 154}) CHECK(of(code) == XidClass::unhealthy);
  std::set<int> codes;
  for (const auto& xid : xids()) CHECK(codes.insert(xid.code).second);
}
