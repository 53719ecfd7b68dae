// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// A libnvidia-ml.so.1 with NVML's binary interface (as nvml.h declares it; see src/facts/nvml/abi.hpp) whose
// answers are lines of the file "nvml-answers" beside it:
//
//     driver 580.95.05
//     cuda 13000
//     gpu 0000:01:00.0 2684 24564 8.9 NVIDIA GeForce RTX 4090      address, device, MiB, capability, name
//     fails nvmlInit_v2 18        that function returns 18
//     lost 1                      the GPU of that index is lost
//     hangs nvmlDeviceGetName     never returns; "crashes NAME" likewise, "exits NAME"
//
// Built with OLD it lacks what NVML had not always.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <signal.h>
#include <unistd.h>

namespace {

struct Gpu {
  std::string address;
  unsigned device_id = 0;
  unsigned long long mebibytes = 0;
  int major = 0;
  int minor = 0;
  std::string name;
};

struct Answers {
  std::string driver;
  int cuda = 0;
  std::vector<Gpu> gpus;
  std::vector<std::string> lines;
};

Gpu gpu_in(std::istream& words) {
  Gpu gpu;
  char dot = 0;
  words >> gpu.address >> std::hex >> gpu.device_id >> std::dec >> gpu.mebibytes >> gpu.major >> dot >>
      gpu.minor;
  std::getline(words >> std::ws, gpu.name);
  return gpu;
}

Answers read_answers() {
  Dl_info self{};
  ::dladdr(reinterpret_cast<void*>(&read_answers), &self);
  const std::string library = self.dli_fname;
  std::ifstream file(library.substr(0, library.rfind('/')) + "/nvml-answers");
  Answers answers;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string key;
    words >> key;
    if (key == "driver") words >> answers.driver;
    if (key == "cuda") words >> answers.cuda;
    if (key == "gpu") answers.gpus.push_back(gpu_in(words));
    answers.lines.push_back(line);
  }
  return answers;
}

const Answers& answers() {
  static const Answers all = read_answers();
  return all;
}

/// What the file says a function does instead of answering; 0: nothing.
int fate(const std::string& function) {
  for (const auto& line : answers().lines) {
    if (line == "crashes " + function) ::raise(SIGSEGV);
    if (line == "exits " + function) ::_exit(3);
    while (line == "hangs " + function) ::pause();
    const std::string fails = "fails " + function + " ";
    if (line.compare(0, fails.size(), fails) == 0) return std::atoi(line.c_str() + fails.size());
  }
  return 0;
}

const Gpu& gpu_of(const void* device) { return *static_cast<const Gpu*>(device); }

int put(const std::string& text, char* to, unsigned size) {
  if (text.size() >= size) return 7;
  std::memcpy(to, text.c_str(), text.size() + 1);
  return 0;
}

}  // namespace

#define ANSWER(name) \
  if (const int wrong = fate(#name); wrong != 0) return wrong;

extern "C" {

int nvmlInit_v2() {
  ANSWER(nvmlInit_v2)
  return 0;
}

int nvmlShutdown() { return 0; }

const char* nvmlErrorString(int code) {
  return code == 18 ? "Driver/library version mismatch" : code == 15 ? "GPU is lost" : "Unknown Error";
}

int nvmlSystemGetDriverVersion(char* version, unsigned size) {
  ANSWER(nvmlSystemGetDriverVersion)
  return put(answers().driver, version, size);
}

int nvmlSystemGetCudaDriverVersion_v2(int* version) {
  ANSWER(nvmlSystemGetCudaDriverVersion_v2)
  *version = answers().cuda;
  return 0;
}

int nvmlDeviceGetCount_v2(unsigned* count) {
  ANSWER(nvmlDeviceGetCount_v2)
  *count = static_cast<unsigned>(answers().gpus.size());
  return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, const void** device) {
  ANSWER(nvmlDeviceGetHandleByIndex_v2)
  for (const auto& line : answers().lines) {
    if (line == "lost " + std::to_string(index)) return 15;
  }
  *device = &answers().gpus.at(index);
  return 0;
}

int nvmlDeviceGetName(const void* device, char* name, unsigned size) {
  ANSWER(nvmlDeviceGetName)
  return put(gpu_of(device).name, name, size);
}

int nvmlDeviceGetUUID(const void* device, char* uuid, unsigned size) {
  ANSWER(nvmlDeviceGetUUID)
  return put("GPU-" + gpu_of(device).address, uuid, size);
}

struct PciInfo {
  char bus_id_legacy[16];
  unsigned domain, bus, device, pci_device_id, pci_subsystem_id;
  char bus_id[32];
};

int nvmlDeviceGetPciInfo_v3(const void* device, PciInfo* info) {
  ANSWER(nvmlDeviceGetPciInfo_v3)
  std::sscanf(gpu_of(device).address.c_str(), "%x:%x:%x", &info->domain, &info->bus, &info->device);
  info->pci_device_id = gpu_of(device).device_id << 16 | 0x10de;
  std::snprintf(info->bus_id, sizeof(info->bus_id), "%08X:%02X:%02X.0", info->domain, info->bus,
                info->device);
  return 0;
}

struct Memory {
  unsigned long long total, free, used;
};

int nvmlDeviceGetMemoryInfo(const void* device, Memory* memory) {
  ANSWER(nvmlDeviceGetMemoryInfo)
  memory->total = gpu_of(device).mebibytes << 20;
  memory->used = 1 << 20;
  memory->free = memory->total - memory->used;
  return 0;
}

int nvmlDeviceGetCudaComputeCapability(const void* device, int* major, int* minor) {
  ANSWER(nvmlDeviceGetCudaComputeCapability)
  *major = gpu_of(device).major;
  *minor = gpu_of(device).minor;
  return 0;
}

#ifndef OLD
struct MemoryV2 {
  unsigned version;
  unsigned long long total, reserved, free, used;
};

int nvmlDeviceGetMemoryInfo_v2(const void* device, MemoryV2* memory) {
  ANSWER(nvmlDeviceGetMemoryInfo_v2)
  if (memory->version != (sizeof(MemoryV2) | 2U << 24)) return 25;
  memory->total = gpu_of(device).mebibytes << 20;
  memory->reserved = 2 << 20;
  memory->used = 3 << 20;
  memory->free = memory->total - memory->used;
  return 0;
}

int nvmlDeviceGetPersistenceMode(const void*, unsigned* mode) {
  ANSWER(nvmlDeviceGetPersistenceMode)
  *mode = 1;
  return 0;
}

int nvmlDeviceGetPowerManagementLimit(const void*, unsigned* milliwatts) {
  ANSWER(nvmlDeviceGetPowerManagementLimit)
  *milliwatts = 400000;
  return 0;
}

int nvmlDeviceGetPowerManagementDefaultLimit(const void*, unsigned* milliwatts) {
  ANSWER(nvmlDeviceGetPowerManagementDefaultLimit)
  *milliwatts = 450000;
  return 0;
}

int nvmlDeviceGetCurrPcieLinkGeneration(const void*, unsigned* generation) {
  ANSWER(nvmlDeviceGetCurrPcieLinkGeneration)
  *generation = 1;
  return 0;
}

int nvmlDeviceGetCurrPcieLinkWidth(const void*, unsigned* width) {
  ANSWER(nvmlDeviceGetCurrPcieLinkWidth)
  *width = 8;
  return 0;
}

int nvmlDeviceGetMaxPcieLinkGeneration(const void*, unsigned* generation) {
  ANSWER(nvmlDeviceGetMaxPcieLinkGeneration)
  *generation = 4;
  return 0;
}

int nvmlDeviceGetMaxPcieLinkWidth(const void*, unsigned* width) {
  ANSWER(nvmlDeviceGetMaxPcieLinkWidth)
  *width = 16;
  return 0;
}

int nvmlDeviceGetTemperature(const void*, unsigned sensor, unsigned* celsius) {
  ANSWER(nvmlDeviceGetTemperature)
  if (sensor != 0) return 2;
  *celsius = 41;
  return 0;
}

int nvmlDeviceGetComputeRunningProcesses_v3(const void*, unsigned* count, void* infos) {
  ANSWER(nvmlDeviceGetComputeRunningProcesses_v3)
  const unsigned room = *count;
  *count = 2;
  return infos == nullptr || room < 2 ? 7 : 0;
}

int nvmlDeviceGetEccMode(const void*, unsigned* now, unsigned* next) {
  ANSWER(nvmlDeviceGetEccMode)
  *now = 0;
  *next = 1;
  return 0;
}
#endif

}  // extern "C"
