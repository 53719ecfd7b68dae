// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/nvidia/probes/cuda_driver.hpp"

#include <array>

#include <dlfcn.h>
#include <link.h>

#include <rigsetup/base/format.hpp>

namespace rigsetup::probes {

Value to_value(const Fault& fault) {
  return Value::map({{"call", fault.call}, {"code", fault.code}, {"name", fault.name}, {"text", fault.text}});
}

Library::Library(const std::string& name) : handle_(dlopen(name.c_str(), RTLD_NOW | RTLD_GLOBAL)) {
  if (!handle_) throw NotLoaded{dlerror()};
}

void* Library::symbol(const char* name) const {
  void* found = dlsym(handle_, name);
  if (!found) throw NotLoaded{dlerror()};
  return found;
}

std::string Library::path() const {
  link_map* map = nullptr;
  return dlinfo(handle_, RTLD_DI_LINKMAP, &map) == 0 ? map->l_name : "";
}

CudaDriver::CudaDriver()
    : library_("libcuda.so.1"),
      get_error_name_(function<CUresult(CUresult, const char**)>("cuGetErrorName")),
      get_error_string_(function<CUresult(CUresult, const char**)>("cuGetErrorString")) {}

void CudaDriver::check(const char* call, CUresult result) const {
  if (result == 0) return;
  const char* name = nullptr;
  const char* text = nullptr;
  get_error_name_(result, &name);
  get_error_string_(result, &text);
  throw Fault{call, result, name ? name : "", text ? text : ""};
}

int CudaDriver::version() const {
  int version = 0;
  check("cuDriverGetVersion", function<CUresult(int*)>("cuDriverGetVersion")(&version));
  return version;
}

void CudaDriver::start() const { check("cuInit", function<CUresult(unsigned)>("cuInit")(0)); }

std::vector<CUdevice> CudaDriver::devices() const {
  int count = 0;
  check("cuDeviceGetCount", function<CUresult(int*)>("cuDeviceGetCount")(&count));
  std::vector<CUdevice> devices(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    check("cuDeviceGet",
          function<CUresult(CUdevice*, int)>("cuDeviceGet")(&devices[static_cast<std::size_t>(i)], i));
  }
  return devices;
}

CudaDriver::Device CudaDriver::describe(CUdevice device) const {
  Device found;
  found.handle = device;
  std::array<char, 256> text{};
  check("cuDeviceGetName",
        function<CUresult(char*, int, CUdevice)>("cuDeviceGetName")(text.data(), text.size(), device));
  found.name = text.data();
  check("cuDeviceGetPCIBusId",
        function<CUresult(char*, int, CUdevice)>("cuDeviceGetPCIBusId")(text.data(), text.size(), device));
  found.pci = text.data();
  constexpr int k_compute_major = 75;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
  constexpr int k_compute_minor = 76;
  const auto attribute = [&](int which) {
    int value = 0;
    check("cuDeviceGetAttribute",
          function<CUresult(int*, int, CUdevice)>("cuDeviceGetAttribute")(&value, which, device));
    return value;
  };
  found.compute = format("{}.{}", attribute(k_compute_major), attribute(k_compute_minor));
  check("cuDeviceTotalMem",
        function<CUresult(std::size_t*, CUdevice)>("cuDeviceTotalMem_v2")(&found.memory_bytes, device));
  return found;
}

void CudaDriver::use(CUdevice device) const {
  CUcontextHandle* context = nullptr;
  check("cuDevicePrimaryCtxRetain",
        function<CUresult(CUcontextHandle**, CUdevice)>("cuDevicePrimaryCtxRetain")(&context, device));
  check("cuCtxSetCurrent", function<CUresult(CUcontextHandle*)>("cuCtxSetCurrent")(context));
}

void CudaDriver::release(CUdevice device) const {
  check("cuDevicePrimaryCtxRelease", function<CUresult(CUdevice)>("cuDevicePrimaryCtxRelease_v2")(device));
}

CUdeviceptr CudaDriver::copy_in(const void* from, std::size_t bytes) const {
  CUdeviceptr memory = 0;
  check("cuMemAlloc", function<CUresult(CUdeviceptr*, std::size_t)>("cuMemAlloc_v2")(&memory, bytes));
  check("cuMemcpyHtoD",
        function<CUresult(CUdeviceptr, const void*, std::size_t)>("cuMemcpyHtoD_v2")(memory, from, bytes));
  return memory;
}

void CudaDriver::copy_out(void* to, CUdeviceptr from, std::size_t bytes) const {
  check("cuMemcpyDtoH",
        function<CUresult(void*, CUdeviceptr, std::size_t)>("cuMemcpyDtoH_v2")(to, from, bytes));
}

void CudaDriver::free(CUdeviceptr memory) const {
  check("cuMemFree", function<CUresult(CUdeviceptr)>("cuMemFree_v2")(memory));
}

void CudaDriver::run_ptx(const char* ptx, const char* kernel, unsigned blocks, unsigned threads,
                         void** arguments) const {
  CUmoduleHandle* module = nullptr;
  check("cuModuleLoadData",
        function<CUresult(CUmoduleHandle**, const void*)>("cuModuleLoadData")(&module, ptx));
  CUfunctionHandle* entry = nullptr;
  check("cuModuleGetFunction", function<CUresult(CUfunctionHandle**, CUmoduleHandle*, const char*)>(
                                   "cuModuleGetFunction")(&entry, module, kernel));
  using Launch = CUresult(CUfunctionHandle*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                          unsigned, CUstreamHandle*, void**, void**);
  check("cuLaunchKernel", function<Launch>("cuLaunchKernel")(entry, blocks, 1, 1, threads, 1, 1, 0, nullptr,
                                                             arguments, nullptr));
  check("cuCtxSynchronize", function<CUresult()>("cuCtxSynchronize")());
  check("cuModuleUnload", function<CUresult(CUmoduleHandle*)>("cuModuleUnload")(module));
}

}  // namespace rigsetup::probes
