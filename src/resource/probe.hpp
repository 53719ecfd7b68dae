// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <rigsetup/data/value.hpp>
#include <rigsetup/resource/resource.hpp>

namespace rigsetup {

/// Can the machine that the target runs on be asked? Not under --root, and not where it is only described.
inline bool can_ask_machine(const Host& host) { return host.machine && !host.described; }

/// What a helper program that loads a library of NVIDIA's says of it; when it hangs or crashes, that is the
/// result of the check. `library`: how it is called in that result.
std::variant<Value, Failed> ask_probe(const Context& context, std::vector<std::string> argv,
                                      std::string_view library);

/// "cuInit: CUDA_ERROR_NO_DEVICE (100), no CUDA-capable device is detected", of a fault as probes write it.
std::string fault_text(const Value& fault);

/// Why the driver's libcuda cannot be used, from a fault of one of its calls.
Failed cuda_failure(const Value& fault);

/// "13.0" of the 13000 or 13010 that CUDA's libraries write for a version.
std::string cuda_version_text(std::int64_t version);

}  // namespace rigsetup
