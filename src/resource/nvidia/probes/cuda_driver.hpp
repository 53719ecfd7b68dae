// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <rigsetup/data/value.hpp>

namespace rigsetup::probes {

// What is used of the CUDA driver API, declared from NVIDIA's "CUDA Driver API" reference (cuda.h), so that
// no toolkit is needed to build this. Names with _v2 are the symbols behind the plain names since CUDA 3.2.
using CUresult = int;
using CUdevice = int;
using CUdeviceptr = unsigned long long;
struct CUcontextHandle;
struct CUmoduleHandle;
struct CUfunctionHandle;
struct CUstreamHandle;

/// A call of the driver that failed. No Error: it is what the probe is there to tell.
struct Fault {
  std::string call;  ///< "cuInit"
  int code = 0;
  std::string name;  ///< "CUDA_ERROR_NO_DEVICE"
  std::string text;  ///< "no CUDA-capable device is detected"
};
Value to_value(const Fault& fault);

/// The loader could not load a library, in its own words.
struct NotLoaded {
  std::string why;
};

/// A library that is loaded for as long as the process lives: unloading what starts threads is not safe.
class Library {
 public:
  explicit Library(const std::string& name);  ///< throws NotLoaded
  void* symbol(const char* name) const;       ///< throws NotLoaded
  std::string path() const;                   ///< where the loader found it

 private:
  void* handle_ = nullptr;
};

/// libcuda.so.1, the user-space half of the kernel driver. Calls throw Fault. One thread.
class CudaDriver {
 public:
  struct Device {
    CUdevice handle = 0;
    std::string name;
    std::string pci;      ///< "0000:01:00.0"
    std::string compute;  ///< compute capability, "9.0"
    std::size_t memory_bytes = 0;
  };

  CudaDriver();  ///< loads the library; throws NotLoaded
  std::string path() const { return library_.path(); }
  int version() const;  ///< newest CUDA it knows: 13000 is 13.0
  void start() const;   ///< cuInit
  std::vector<CUdevice> devices() const;
  Device describe(CUdevice device) const;

  /// Memory and kernels of one device, through its primary context.
  void use(CUdevice device) const;
  void release(CUdevice device) const;
  CUdeviceptr copy_in(const void* from, std::size_t bytes) const;  ///< allocates
  void copy_out(void* to, CUdeviceptr from, std::size_t bytes) const;
  void free(CUdeviceptr memory) const;
  /// Compiles PTX for the device in use and runs one of its kernels to its end.
  void run_ptx(const char* ptx, const char* kernel, unsigned blocks, unsigned threads,
               void** arguments) const;

 private:
  void check(const char* call, CUresult result) const;

  Library library_;
  template <typename Signature>
  Signature* function(const char* name) const {
    return reinterpret_cast<Signature*>(library_.symbol(name));
  }
  CUresult (*get_error_name_)(CUresult, const char**);
  CUresult (*get_error_string_)(CUresult, const char**);
};

}  // namespace rigsetup::probes
