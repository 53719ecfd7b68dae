// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// Computes something on every GPU through libcuda alone and says on standard output, as one line of JSON,
// what each answered. A program of its own: libcuda keeps the devices open and may hang or abort with a
// broken GPU.
#include <iostream>
#include <vector>

#include <rigsetup/data/json.hpp>

#include "resource/nvidia/probes/cuda_driver.hpp"

namespace rigsetup::probes {
namespace {

// Each value becomes its square plus its index. PTX as old as this is compiled by every driver that runs CUDA
// 12 or newer, for every GPU since Maxwell.
constexpr const char* k_ptx = R"ptx(
.version 6.0
.target sm_50
.address_size 64
.visible .entry square_and_add(.param .u64 values, .param .u32 count)
{
  .reg .pred %p<2>;
  .reg .b32 %r<8>;
  .reg .b64 %rd<4>;
  ld.param.u64 %rd1, [values];
  ld.param.u32 %r1, [count];
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %ntid.x;
  mov.u32 %r4, %tid.x;
  mad.lo.s32 %r5, %r2, %r3, %r4;
  setp.ge.u32 %p1, %r5, %r1;
  @%p1 bra DONE;
  cvta.to.global.u64 %rd2, %rd1;
  mul.wide.u32 %rd3, %r5, 4;
  add.s64 %rd2, %rd2, %rd3;
  ld.global.u32 %r6, [%rd2];
  mad.lo.s32 %r7, %r6, %r6, %r5;
  st.global.u32 [%rd2], %r7;
DONE:
  ret;
}
)ptx";

constexpr unsigned k_threads = 128;
constexpr unsigned k_blocks = 32;

/// How many of the results are wrong.
std::int64_t count_wrong(const CudaDriver& driver) {
  std::vector<std::uint32_t> values(k_blocks * k_threads);
  for (std::uint32_t i = 0; i < values.size(); ++i) values[i] = 3 * i + 1;
  const std::vector<std::uint32_t> given = values;
  const std::size_t bytes = values.size() * sizeof values[0];
  CUdeviceptr memory = driver.copy_in(values.data(), bytes);
  auto count = static_cast<unsigned>(values.size());
  void* arguments[] = {&memory, &count};
  driver.run_ptx(k_ptx, "square_and_add", k_blocks, k_threads, arguments);
  driver.copy_out(values.data(), memory, bytes);
  driver.free(memory);
  std::int64_t wrong = 0;
  for (std::uint32_t i = 0; i < values.size(); ++i) wrong += values[i] != given[i] * given[i] + i ? 1 : 0;
  return wrong;
}

Value try_device(const CudaDriver& driver, CUdevice handle) {
  Value entry = Value::map({});
  try {
    const CudaDriver::Device device = driver.describe(handle);
    entry.set("name", device.name);
    entry.set("pci", device.pci);
    entry.set("compute", device.compute);
    entry.set("memory_bytes", static_cast<std::int64_t>(device.memory_bytes));
    driver.use(handle);
    entry.set("wrong", count_wrong(driver));
    driver.release(handle);
  } catch (const Fault& fault) {
    entry.set("fault", to_value(fault));
  }
  return entry;
}

Value probe() {
  Value answer = Value::map({});
  try {
    const CudaDriver driver;
    answer.set("library", driver.path());
    answer.set("cuda_version", driver.version());
    driver.start();
    Value devices = Value::list();
    for (const CUdevice device : driver.devices()) devices.push_back(try_device(driver, device));
    answer.set("devices", std::move(devices));
  } catch (const NotLoaded& not_loaded) {
    answer.set("not_loaded", not_loaded.why);
  } catch (const Fault& fault) {
    answer.set("fault", to_value(fault));
  }
  return answer;
}

}  // namespace
}  // namespace rigsetup::probes

int main() {
  std::cout << rigsetup::to_json(rigsetup::probes::probe()) << "\n";
  return std::cout.flush() ? 0 : 1;
}
