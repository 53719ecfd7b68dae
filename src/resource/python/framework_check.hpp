// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include <rigsetup/data/value.hpp>
#include <rigsetup/resource/resource.hpp>

/// What the checks torch_cuda, tensorflow_gpu and jax_gpu are made of.
namespace rigsetup {

struct Framework {
  std::string_view module;  ///< "torch"
  std::string_view name;    ///< "PyTorch"
  std::string_view cure;    ///< how a build for CUDA is asked for
};

/// Imports the module that its argument names and computes on every GPU that it sees.
extern const std::string_view k_framework_script;

/// The machine as it is without the framework, asked only where that did not compute.
struct GpuSide {
  bool present = false;                ///< is an NVIDIA GPU on the PCI bus?
  std::variant<Value, Failed> driver;  ///< what cuda-probe answers
};

/// Pure: what the script's answer means. `python`: the interpreter, for the evidence.
Checked judge_framework(const Framework& framework, const std::string& python, const Value& answer,
                        const std::function<GpuSide()>& ask_machine);

}  // namespace rigsetup
