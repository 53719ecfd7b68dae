// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// Facts as the interface tells them; src/server/openapi.yaml describes the same members.
#include <rigsetup/facts/facts.hpp>

#include "facts/members.hpp"

namespace rigsetup {

void members(auto& io, Is<Gpu> auto& gpu) {
  io.always("address", gpu.address);
  io.always("vendor", gpu.vendor);
  io.always("device_id", gpu.device_id);
  io("driver", gpu.driver);
  io("subsystem", gpu.subsystem);
  io("class", gpu.pci_class);
  io("name", gpu.name);
  io("architecture", gpu.architecture);
  io("runtime_status", gpu.runtime_status);
  io("link", gpu.link);
  io("link_most", gpu.link_most);
  if (gpu.numa_node >= 0) io.always("numa_node", gpu.numa_node);
  io("boot_vga", gpu.boot_vga);
  io("uuid", gpu.uuid);
  io("memory_bytes", gpu.memory_bytes);
}

void members(auto& io, Is<Disk> auto& disk) {
  io.always("name", disk.name);
  io.always("kind", disk.kind);
  io.always("bytes", disk.bytes);
}

void members(auto& io, Is<SecureBoot::Key> auto& key) {
  io.always("path", key.path);
  io.always("enrolled", key.enrolled);
  io("waiting", key.waiting);
  io("in_use", key.in_use);
}

void members(auto& io, Is<SecureBoot> auto& boot) {
  io.always("firmware", boot.firmware);
  io.always("enabled", boot.enabled);
  io("setup_mode", boot.setup_mode);
  io("validation_off", boot.validation_off);
  io("keys_enrolled", boot.keys_enrolled);
  io("keys_pending", boot.keys_pending);
  io("dkms_keys", boot.dkms_keys);
}

void members(auto& io, Is<LoadedNvidia> auto& loaded) {
  io.always("version", loaded.version);
  io("flavour", loaded.flavour);
}

void members(auto& io, Is<Facts::Machine> auto& machine) {
  io.always("kernel", machine.kernel);
  if (!machine.compiler.empty()) io.always("compiler", machine.compiler.text());
  io.always("boot_id", machine.boot_id);
  io("container", machine.container);
  io("virtual_machine", machine.virtual_machine);
  io.always("cpu", machine.cpu);
  io.always("cores", machine.cores);
  io.always("memory_bytes", machine.memory_bytes);
  io.always("gpus", machine.gpus);
  io.always("disks", machine.disks);
  if (!machine.secure_boot.firmware.empty()) io.always("secure_boot", machine.secure_boot);
  io("lockdown", machine.lockdown);
  io("nouveau_loaded", machine.nouveau_loaded);
  io("nvidia", machine.nvidia);
  io("nvml", machine.nvml);
  io("nvswitches", machine.nvswitches);
}

void members(auto& io, Is<InstalledKernel> auto& kernel) {
  io.always("release", kernel.release);
  io("image", kernel.image);
  io("modules", kernel.modules);
  io("headers", kernel.headers);
  io("compiler", kernel.compiler);
  io("headers_package", kernel.headers_package);
}

void members(auto& io, Is<Kernels> auto& kernels) {
  io("installed", kernels.installed);
  io("newest", kernels.newest);
  io("boots_next", kernels.boots_next);
  io("flavour", kernels.flavour);
}

void members(auto& io, Is<DkmsModule> auto& module) {
  io.always("name", module.name);
  io.always("version", module.version);
  io.always("state", module.state);
  io("kernel", module.kernel);
}

void members(auto& io, Is<NvidiaModule> auto& module) {
  io.always("kernel", module.kernel);
  io.always("path", module.path);
  io("version", module.version);
  io("flavour", module.flavour);
  io("signed", module.is_signed);
}

void members(auto& io, Is<NvidiaLibrary> auto& library) {
  io.always("name", library.name);
  io.always("path", library.path);
  io("version", library.version);
  io("owned", library.owned);
}

void members(auto& io, Is<NvidiaPackage> auto& package) {
  io.always("name", package.name);
  io.always("version", package.version);
  io.always("state", package.state);
  io.always("origin", package.origin);
  io("driver_version", package.driver_version);
}

void members(auto& io, Is<NvidiaStack> auto& stack) {
  io("modules", stack.modules);
  io("libraries", stack.libraries);
  io("packages", stack.packages);
  io("run_files", stack.run_files);
  io("nouveau_off", stack.nouveau_off);
  io("managed", stack.managed);
  io("initramfs_by", stack.initramfs_by);
}

static Value os_of(const Facts& facts) {
  return Value::map({{"id", facts.os_id},
                     {"version", facts.os_version},
                     {"codename", facts.os_codename},
                     {"name", facts.os_name}});
}

void members(auto& io, Is<Facts> auto& facts) {
  io.always("root", facts.root);
  io.always("platform", facts.platform());
  io.always("os", os_of(facts));
  io.always("architecture", facts.architecture);
  io.always("systemd", facts.has_systemd);
  io("machine", facts.machine);
  io.always("kernels", facts.kernels);
  io("dkms", facts.dkms);
  io.always("nvidia", facts.nvidia);
  io("desktop", facts.desktop);
}

Value to_value(const Facts& facts) { return write_members(facts); }

}  // namespace rigsetup
