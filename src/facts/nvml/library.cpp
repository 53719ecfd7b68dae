// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "facts/nvml/library.hpp"

#include <dlfcn.h>
#include <link.h>

#include <rigsetup/base/format.hpp>

#include "facts/nvml/abi.hpp"

namespace rigsetup::nvml {
namespace {

/// The loaded library. It is never unloaded: NVML has threads of its own.
class Library {
 public:
  // Not the plain libnvidia-ml.so: the toolkit has an empty one of that name to link with.
  Library() : handle_(::dlopen("libnvidia-ml.so.1", RTLD_NOW)) {}
  explicit operator bool() const { return handle_ != nullptr; }

  std::string path() const {
    link_map* map = nullptr;
    return ::dlinfo(handle_, RTLD_DI_LINKMAP, &map) == 0 ? map->l_name : "";
  }

  /// Calls a function, if the library has it.
  template <class Function, class... Arguments>
  Return call(const char* name, Arguments... arguments) const {
    const auto function = reinterpret_cast<Function>(::dlsym(handle_, name));
    return function == nullptr ? k_function_not_found : function(arguments...);
  }

  NvmlError error(Return code) const {
    const auto text = reinterpret_cast<ErrorString>(::dlsym(handle_, "nvmlErrorString"));
    return {code, std::string(nvml_error_name(code)), text == nullptr ? "" : text(code)};
  }

 private:
  void* handle_;
};

/// Asks one device; each function that fails leaves its answer empty.
class Asker {
 public:
  Asker(const Library& library, Device device) : library_(library), device_(device) {}

  std::string text(const char* function, unsigned size) const {
    std::string buffer(size, '\0');
    if (library_.call<DeviceText>(function, device_, buffer.data(), size) != k_success) return "";
    return buffer.c_str();
  }

  std::optional<unsigned> number(const char* function) const {
    unsigned number = 0;
    if (library_.call<DeviceNumber>(function, device_, &number) != k_success) return std::nullopt;
    return number;
  }

  int whole(const char* function) const { return static_cast<int>(number(function).value_or(0)); }

  std::optional<PciInfo> pci() const {
    PciInfo info{};
    if (library_.call<DevicePciInfo>("nvmlDeviceGetPciInfo_v3", device_, &info) != k_success)
      return std::nullopt;
    return info;
  }

  std::string compute_capability() const {
    int major = 0;
    int minor = 0;
    const auto result =
        library_.call<DeviceIntPair>("nvmlDeviceGetCudaComputeCapability", device_, &major, &minor);
    return result == k_success ? format("{}.{}", major, minor) : "";
  }

  void memory(NvmlGpu& gpu) const {
    MemoryV2 memory{};
    memory.version = k_memory_v2;
    if (library_.call<DeviceMemoryV2>("nvmlDeviceGetMemoryInfo_v2", device_, &memory) == k_success) {
      gpu.memory_bytes = memory.total;
      gpu.memory_used_bytes = memory.used;
      return;
    }
    Memory before{};
    if (library_.call<DeviceMemory>("nvmlDeviceGetMemoryInfo", device_, &before) != k_success) return;
    gpu.memory_bytes = before.total;
    gpu.memory_used_bytes = before.used;
  }

  std::optional<int> temperature() const {
    unsigned celsius = 0;
    const auto result =
        library_.call<DeviceTemperature>("nvmlDeviceGetTemperature", device_, k_sensor_gpu, &celsius);
    return result == k_success ? std::optional(static_cast<int>(celsius)) : std::nullopt;
  }

  /// With no room for them it only counts, and says that there was no room.
  std::optional<int> processes() const {
    unsigned count = 0;
    const auto result = library_.call<DeviceProcesses>("nvmlDeviceGetComputeRunningProcesses_v3", device_,
                                                       &count, static_cast<void*>(nullptr));
    if (result != k_success && result != k_insufficient_size) return std::nullopt;
    return static_cast<int>(count);
  }

  std::optional<bool> ecc() const {
    unsigned now = 0;
    unsigned next = 0;
    const auto result = library_.call<DevicePair>("nvmlDeviceGetEccMode", device_, &now, &next);
    return result == k_success ? std::optional(now == 1) : std::nullopt;
  }

 private:
  const Library& library_;
  Device device_;
};

NvmlGpu ask_gpu(const Library& library, unsigned index) {
  NvmlGpu gpu;
  gpu.index = static_cast<int>(index);
  Device device = nullptr;
  if (const auto result = library.call<HandleByIndex>("nvmlDeviceGetHandleByIndex_v2", index, &device);
      result != k_success) {
    gpu.error = library.error(result);
    return gpu;
  }
  const Asker ask(library, device);
  if (const auto pci = ask.pci()) {
    gpu.address = format("{:04x}:{:02x}:{:02x}.0", pci->domain, pci->bus, pci->device);
    gpu.device_id = format("{:04x}", pci->pci_device_id >> 16);
  }
  gpu.name = ask.text("nvmlDeviceGetName", k_name_size);
  gpu.uuid = ask.text("nvmlDeviceGetUUID", k_uuid_size);
  ask.memory(gpu);
  gpu.compute_capability = ask.compute_capability();
  if (const auto mode = ask.number("nvmlDeviceGetPersistenceMode")) gpu.persistence = *mode == 1;
  gpu.power_limit_mw = ask.whole("nvmlDeviceGetPowerManagementLimit");
  gpu.power_limit_default_mw = ask.whole("nvmlDeviceGetPowerManagementDefaultLimit");
  gpu.link = {ask.whole("nvmlDeviceGetCurrPcieLinkGeneration"), ask.whole("nvmlDeviceGetCurrPcieLinkWidth")};
  gpu.link_most = {ask.whole("nvmlDeviceGetMaxPcieLinkGeneration"),
                   ask.whole("nvmlDeviceGetMaxPcieLinkWidth")};
  gpu.temperature = ask.temperature();
  gpu.processes = ask.processes();
  gpu.ecc = ask.ecc();
  return gpu;
}

std::string driver_version_by(const Library& library) {
  std::string buffer(k_version_size, '\0');
  const auto result = library.call<SystemText>("nvmlSystemGetDriverVersion", buffer.data(), k_version_size);
  return result == k_success ? buffer.c_str() : "";
}

/// 13020 is 13.2.
std::string cuda_version_by(const Library& library) {
  int number = 0;
  const auto result = library.call<SystemNumber>("nvmlSystemGetCudaDriverVersion_v2", &number);
  return result == k_success ? format("{}.{}", number / 1000, number % 1000 / 10) : "";
}

}  // namespace

NvmlAnswer ask_library() {
  NvmlAnswer answer;
  const Library library;
  if (!library) {
    answer.error = {k_library_not_found, std::string(nvml_error_name(k_library_not_found)), ::dlerror()};
    return answer;
  }
  answer.library = library.path();
  if (const auto result = library.call<Plain>("nvmlInit_v2"); result != k_success) {
    answer.error = library.error(result);
    return answer;
  }
  answer.driver_version = driver_version_by(library);
  answer.cuda_version = cuda_version_by(library);
  unsigned count = 0;
  if (const auto result = library.call<Count>("nvmlDeviceGetCount_v2", &count); result != k_success) {
    answer.error = library.error(result);
  }
  for (unsigned index = 0; index < count; ++index) answer.gpus.push_back(ask_gpu(library, index));
  library.call<Plain>("nvmlShutdown");
  return answer;
}

}  // namespace rigsetup::nvml
