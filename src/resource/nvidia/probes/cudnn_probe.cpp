// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// Loads cuDNN, says its version and, where there is a GPU, convolves something there; one line of JSON on
// standard output. A program of its own, because a cuDNN that cannot load its parts ends the process.
//
//   cudnn-probe libcudnn.so.9
//
// Declarations from NVIDIA's "cuDNN Backend API" reference (cudnn_graph.h, cudnn_ops.h, cudnn_cnn.h); what is
// called here is the same in cuDNN 8 and 9.
#include <iostream>
#include <vector>

#include <rigsetup/data/json.hpp>

#include "resource/nvidia/probes/cuda_driver.hpp"

namespace rigsetup::probes {
namespace {

using cudnnStatus_t = int;
struct CudnnContext;
struct TensorDescriptor;
struct FilterDescriptor;
struct ConvolutionDescriptor;
constexpr int k_float = 0;              // CUDNN_DATA_FLOAT
constexpr int k_nchw = 0;               // CUDNN_TENSOR_NCHW
constexpr int k_cross_correlation = 1;  // CUDNN_CROSS_CORRELATION
constexpr int k_implicit_gemm = 0;      // CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM: needs no workspace

/// One image of one channel, one filter without padding.
constexpr int k_image = 16;
constexpr int k_filter = 3;
constexpr int k_result = k_image - k_filter + 1;

/// libcudnn. Calls throw Fault. One thread.
class Cudnn {
 public:
  explicit Cudnn(const std::string& name) : library_(name) {}
  std::string path() const { return library_.path(); }
  std::size_t version() const { return function<std::size_t()>("cudnnGetVersion")(); }
  std::size_t cuda_version() const { return function<std::size_t()>("cudnnGetCudartVersion")(); }

  /// Calls the function of that name; all but the versions return a status.
  template <typename... Arguments>
  void call(const char* name, Arguments... arguments) const {
    const cudnnStatus_t status = function<cudnnStatus_t(Arguments...)>(name)(arguments...);
    if (status != 0)
      throw Fault{name, status, function<const char*(cudnnStatus_t)>("cudnnGetErrorString")(status), ""};
  }

 private:
  template <typename Signature>
  Signature* function(const char* name) const {
    return reinterpret_cast<Signature*>(library_.symbol(name));
  }
  Library library_;
};

// Small whole numbers, so that every way of multiplying them, TF32 too, gives the same sums.
float image_at(int row, int column) { return static_cast<float>((row * 5 + column * 3) % 7); }
float filter_at(int row, int column) { return static_cast<float>((row * 2 + column) % 3 - 1); }

float expected_at(int row, int column) {
  float sum = 0;
  for (int i = 0; i < k_filter; ++i) {
    for (int j = 0; j < k_filter; ++j) sum += filter_at(i, j) * image_at(row + i, column + j);
  }
  return sum;
}

template <typename Function>
std::vector<float> square_of(int size, Function at) {
  std::vector<float> values;
  for (int row = 0; row < size; ++row) {
    for (int column = 0; column < size; ++column) values.push_back(at(row, column));
  }
  return values;
}

TensorDescriptor* tensor(const Cudnn& cudnn, int size) {
  TensorDescriptor* made = nullptr;
  cudnn.call("cudnnCreateTensorDescriptor", &made);
  cudnn.call("cudnnSetTensor4dDescriptor", made, k_nchw, k_float, 1, 1, size, size);
  return made;
}

FilterDescriptor* filter(const Cudnn& cudnn) {
  FilterDescriptor* made = nullptr;
  cudnn.call("cudnnCreateFilterDescriptor", &made);
  cudnn.call("cudnnSetFilter4dDescriptor", made, k_float, k_nchw, 1, 1, k_filter, k_filter);
  return made;
}

ConvolutionDescriptor* convolution(const Cudnn& cudnn) {
  ConvolutionDescriptor* made = nullptr;
  cudnn.call("cudnnCreateConvolutionDescriptor", &made);
  cudnn.call("cudnnSetConvolution2dDescriptor", made, 0, 0, 1, 1, 1, 1, k_cross_correlation, k_float);
  return made;
}

/// How many of the results are wrong. The process ends after it, so descriptors and memory go with it.
std::int64_t convolve(const Cudnn& cudnn, const CudaDriver& driver) {
  CudnnContext* context = nullptr;
  cudnn.call("cudnnCreate", &context);
  const auto on_device = [&](const std::vector<float>& values) {
    return reinterpret_cast<void*>(driver.copy_in(values.data(), values.size() * sizeof(float)));
  };
  std::vector<float> result(k_result * k_result, -1);
  void* const image = on_device(square_of(k_image, image_at));
  void* const weights = on_device(square_of(k_filter, filter_at));
  void* const sums = on_device(result);
  const float one = 1;
  const float zero = 0;
  void* const no_workspace = nullptr;
  cudnn.call("cudnnConvolutionForward", context, static_cast<const void*>(&one), tensor(cudnn, k_image),
             static_cast<const void*>(image), filter(cudnn), static_cast<const void*>(weights),
             convolution(cudnn), k_implicit_gemm, no_workspace, std::size_t{0},
             static_cast<const void*>(&zero), tensor(cudnn, k_result), sums);
  driver.copy_out(result.data(), reinterpret_cast<CUdeviceptr>(sums), result.size() * sizeof(float));
  const std::vector<float> expected = square_of(k_result, expected_at);
  std::int64_t wrong = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) wrong += result[i] != expected[i] ? 1 : 0;
  return wrong;
}

/// On the first GPU; a machine without one, or without its driver, says so as a fault of the driver.
void try_on_gpu(const Cudnn& cudnn, Value& answer) {
  try {
    const CudaDriver driver;
    driver.start();
    const std::vector<CUdevice> devices = driver.devices();
    if (devices.empty()) return;
    answer.set("device", driver.describe(devices.front()).name);
    driver.use(devices.front());
    answer.set("wrong", convolve(cudnn, driver));
  } catch (const NotLoaded& not_loaded) {
    answer.set("no_driver", not_loaded.why);
  } catch (const Fault& fault) {
    answer.set(fault.call.starts_with("cudnn") ? "fault" : "driver_fault", to_value(fault));
  }
}

Value probe(const std::string& library) {
  Value answer = Value::map({});
  try {
    const Cudnn cudnn(library);
    answer.set("library", cudnn.path());
    answer.set("version", static_cast<std::int64_t>(cudnn.version()));
    answer.set("cuda_version", static_cast<std::int64_t>(cudnn.cuda_version()));
    try_on_gpu(cudnn, answer);
  } catch (const NotLoaded& not_loaded) {
    answer.set("not_loaded", not_loaded.why);
  }
  return answer;
}

}  // namespace
}  // namespace rigsetup::probes

int main(int count, char** words) {
  if (count != 2) {
    std::cerr << "usage: cudnn-probe LIBRARY\n";
    return 2;
  }
  std::cout << rigsetup::to_json(rigsetup::probes::probe(words[1])) << "\n";
  return std::cout.flush() ? 0 : 1;
}
