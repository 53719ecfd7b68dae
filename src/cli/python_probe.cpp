// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <chrono>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "cli/caller_side.hpp"
#include "cli/child.hpp"

namespace rigsetup::cli {
namespace {

constexpr std::chrono::seconds k_limit{90};  // the first import of a framework reads gigabytes

/// Prints what is installed as JSON on the last line: importing a framework may print, too. Asking a
/// framework for its GPUs wakes them; jax would also take most of their memory.
constexpr const char* k_script = R"(
import importlib.metadata, importlib.util, json, sys

may_wake = sys.argv[1] == "awake"

def torch(found):
    import torch
    found["version"] = str(torch.__version__)
    found["cuda"] = torch.version.cuda or ""
    flags = getattr(torch._C, "_cuda_getArchFlags", None)
    found["architectures"] = (flags() or "").split() if flags and found["cuda"] else []
    if may_wake:
        found["sees_gpu"] = bool(torch.cuda.is_available())

def tensorflow(found):
    import tensorflow
    found["version"] = str(tensorflow.__version__)
    build = tensorflow.sysconfig.get_build_info()
    found["cuda"] = str(build.get("cuda_version", "")) if build.get("is_cuda_build") else ""
    found["architectures"] = [str(one) for one in build.get("cuda_compute_capabilities", [])]
    if may_wake:
        found["sees_gpu"] = bool(tensorflow.config.list_physical_devices("GPU"))

def jax(found):
    import jax
    found["version"] = str(jax.__version__)
    found["cuda"] = ""
    for major in ("13", "12"):
        try:
            importlib.metadata.version("jax-cuda%s-plugin" % major)
            found["cuda"] = major
            break
        except importlib.metadata.PackageNotFoundError:
            pass

frameworks = []
for look in (torch, tensorflow, jax):
    if importlib.util.find_spec(look.__name__) is None:
        continue
    found = {"name": look.__name__}
    try:
        look(found)
    except BaseException as error:
        found["error"] = ("%s: %s" % (type(error).__name__, error))[:500]
    frameworks.append(found)
print("\n" + json.dumps({"frameworks": frameworks}))
)";

}  // namespace

void ask_python(const std::string& python, bool may_wake_gpu, protocol::DoctorRequest::Caller& caller) {
  caller.python = python;
  const auto answer = ask_child({python, "-c", k_script, may_wake_gpu ? "awake" : "asleep"}, k_limit);
  caller.python_problem = answer.problem;
  if (!answer.problem.empty()) return;
  try {
    const auto said = parse_json(last_lines(answer.out, 1), "the answer of " + python);
    caller.frameworks =
        protocol::DoctorRequest::from(Value::map({{"caller", said}})).caller.value().frameworks;
  } catch (const Error& error) {  // a sitecustomize that prints at the end, or no Python at all
    caller.python_problem = error.message();
  }
}

}  // namespace rigsetup::cli
