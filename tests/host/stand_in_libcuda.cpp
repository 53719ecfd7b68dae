// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// libcuda.so.1 for machines without a GPU: the functions that are used of it, with the ABI of NVIDIA's "CUDA
// Driver API" reference, and one GPU whose memory is the process's own. Its one kernel is what the PTX says.
// How it behaves is in the environment: STAND_IN_CUDA="cuInit=100" lets that call fail so, "hang" and "crash"
// do so in cuInit, "wrong" spoils a result.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <unistd.h>

namespace {

std::string behaviour() {
  const char* text = std::getenv("STAND_IN_CUDA");
  return text ? text : "";
}

int result_of(const char* call) {
  const std::string told = behaviour();
  const std::string mine = std::string(call) + "=";
  return told.rfind(mine, 0) == 0 ? std::atoi(told.c_str() + mine.size()) : 0;
}

int g_module = 0;
int g_context = 0;

}  // namespace

extern "C" {

int cuInit(unsigned) {
  if (behaviour() == "hang") ::pause();
  if (behaviour() == "crash") std::abort();
  return result_of("cuInit");
}
int cuDriverGetVersion(int* version) {
  *version = 13000;
  return 0;
}
int cuGetErrorName(int error, const char** name) {
  *name = error == 100 ? "CUDA_ERROR_NO_DEVICE" : "CUDA_ERROR_UNKNOWN";
  return 0;
}
int cuGetErrorString(int error, const char** text) {
  *text = error == 100 ? "no CUDA-capable device is detected" : "unknown error";
  return 0;
}
int cuDeviceGetCount(int* count) {
  *count = 1;
  return 0;
}
int cuDeviceGet(int* device, int index) {
  *device = index;
  return 0;
}
int cuDeviceGetName(char* name, int size, int) {
  std::snprintf(name, static_cast<std::size_t>(size), "Stand-in GPU");
  return 0;
}
int cuDeviceGetPCIBusId(char* id, int size, int) {
  std::snprintf(id, static_cast<std::size_t>(size), "0000:01:00.0");
  return 0;
}
int cuDeviceGetAttribute(int* value, int attribute, int) {
  *value = attribute == 75 ? 8 : 9;
  return 0;
}
int cuDeviceTotalMem_v2(std::size_t* bytes, int) {
  *bytes = std::size_t{24} << 30;
  return 0;
}
int cuDevicePrimaryCtxRetain(void** context, int) {
  *context = &g_context;
  return result_of("cuDevicePrimaryCtxRetain");
}
int cuDevicePrimaryCtxRelease_v2(int) { return 0; }
int cuCtxSetCurrent(void*) { return 0; }
int cuCtxSynchronize() { return result_of("cuCtxSynchronize"); }
int cuMemAlloc_v2(unsigned long long* memory, std::size_t bytes) {
  *memory = reinterpret_cast<std::uintptr_t>(std::malloc(bytes));
  return result_of("cuMemAlloc");
}
int cuMemFree_v2(unsigned long long memory) {
  std::free(reinterpret_cast<void*>(memory));
  return 0;
}
int cuMemcpyHtoD_v2(unsigned long long to, const void* from, std::size_t bytes) {
  std::memcpy(reinterpret_cast<void*>(to), from, bytes);
  return 0;
}
int cuMemcpyDtoH_v2(void* to, unsigned long long from, std::size_t bytes) {
  std::memcpy(to, reinterpret_cast<const void*>(from), bytes);
  return 0;
}
int cuModuleLoadData(void** module, const void* ptx) {
  *module = &g_module;
  return std::strstr(static_cast<const char*>(ptx), ".entry square_and_add") ? 0 : 218;
}
int cuModuleUnload(void*) { return 0; }
int cuModuleGetFunction(void** function, void*, const char* name) {
  *function = &g_module;
  return std::string(name) == "square_and_add" ? 0 : 500;
}
int cuLaunchKernel(void*, unsigned blocks, unsigned, unsigned, unsigned threads, unsigned, unsigned, unsigned,
                   void*, void** arguments, void**) {
  auto* values = reinterpret_cast<std::uint32_t*>(*static_cast<unsigned long long*>(arguments[0]));
  const std::uint32_t count = *static_cast<std::uint32_t*>(arguments[1]);
  for (std::uint32_t i = 0; i < std::min(count, blocks * threads); ++i) values[i] = values[i] * values[i] + i;
  if (behaviour() == "wrong") ++values[count / 2];
  return result_of("cuLaunchKernel");
}
}
