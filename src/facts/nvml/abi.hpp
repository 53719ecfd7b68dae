// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>

/// What is used of NVML's binary interface, so that neither a header nor a library of NVIDIA's is needed to
/// build. Names, values, sizes and layouts are those of nvml.h (CUDA 12.2 to 13, API versions 12 and 13;
/// NVIDIA's own copy is in github.com/NVIDIA/go-nvml, gen/nvml/nvml.h). NVML never changes a function: it
/// adds _v2, _v3.
namespace rigsetup::nvml {

using Return = int;             ///< nvmlReturn_t
using Device = struct Opaque*;  ///< nvmlDevice_t

constexpr Return k_success = 0;
constexpr Return k_insufficient_size = 7;
constexpr Return k_timeout = 10;
constexpr Return k_library_not_found = 12;
constexpr Return k_function_not_found = 13;

constexpr unsigned k_version_size = 80;  ///< NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE
constexpr unsigned k_name_size = 96;     ///< NVML_DEVICE_NAME_V2_BUFFER_SIZE
constexpr unsigned k_uuid_size = 96;     ///< NVML_DEVICE_UUID_V2_BUFFER_SIZE
constexpr unsigned k_sensor_gpu = 0;     ///< NVML_TEMPERATURE_GPU

struct PciInfo {  ///< nvmlPciInfo_t, of nvmlDeviceGetPciInfo_v3
  char bus_id_legacy[16];
  unsigned domain;
  unsigned bus;
  unsigned device;
  unsigned pci_device_id;  ///< device in the upper half, vendor in the lower
  unsigned pci_subsystem_id;
  char bus_id[32];
};
static_assert(sizeof(PciInfo) == 68);

struct Memory {  ///< nvmlMemory_t; bytes
  unsigned long long total;
  unsigned long long free;
  unsigned long long used;
};
static_assert(sizeof(Memory) == 24);

struct MemoryV2 {  ///< nvmlMemory_v2_t; bytes
  unsigned version;
  unsigned long long total;
  unsigned long long reserved;
  unsigned long long free;
  unsigned long long used;
};
static_assert(sizeof(MemoryV2) == 40);
constexpr unsigned k_memory_v2 = sizeof(MemoryV2) | (2U << 24);  ///< NVML_STRUCT_VERSION(Memory, 2)

// The types of the functions, by what they take.
using Plain = Return (*)();
using ErrorString = const char* (*)(Return);
using SystemText = Return (*)(char* text, unsigned size);
using SystemNumber = Return (*)(int* number);
using Count = Return (*)(unsigned* count);
using HandleByIndex = Return (*)(unsigned index, Device* device);
using DeviceText = Return (*)(Device device, char* text, unsigned size);
using DeviceNumber = Return (*)(Device device, unsigned* number);
using DevicePair = Return (*)(Device device, unsigned* first, unsigned* second);
using DeviceIntPair = Return (*)(Device device, int* first, int* second);
using DevicePciInfo = Return (*)(Device device, PciInfo* info);
using DeviceMemory = Return (*)(Device device, Memory* memory);
using DeviceMemoryV2 = Return (*)(Device device, MemoryV2* memory);
using DeviceTemperature = Return (*)(Device device, unsigned sensor, unsigned* celsius);
using DeviceProcesses = Return (*)(Device device, unsigned* count, void* infos);

}  // namespace rigsetup::nvml
