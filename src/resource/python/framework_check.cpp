// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/framework_check.hpp"

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>
#include <rigsetup/facts/facts.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/probe.hpp"
#include "resource/python/library_path.hpp"
#include "resource/python/python_code.hpp"

namespace rigsetup {
namespace {

using namespace std::string_view_literals;

constexpr Framework k_torch{
    "torch", "PyTorch",
    "install its build for CUDA: the index https://download.pytorch.org/whl/cu126 has those "
    "for CUDA 12.6, and with conda their build is *cuda*"};
constexpr Framework k_tensorflow{
    "tensorflow", "TensorFlow",
    "install it with its CUDA libraries: tensorflow[and-cuda], and with conda the build *cuda*"};
constexpr Framework k_jax{"jax", "JAX",
                          "install it with its plugin: jax[cuda12], and with conda a jaxlib of build *cuda*"};

// The first import reads gigabytes, and a driver may compile a framework's kernels for a new GPU first.
constexpr std::chrono::minutes k_limit{10};

/// The script's lines as they come: what it is at is shown, and its answer kept.
class Lines {
 public:
  explicit Lines(Reporter& reporter) : reporter_(reporter) {}

  void take(std::string_view piece) {
    open_ += piece;
    for (auto end = open_.find('\n'); end != std::string::npos; end = open_.find('\n')) {
      take_line(open_.substr(0, end));
      open_.erase(0, end + 1);
    }
  }
  const std::string& at() const { return at_; }
  const std::optional<Value>& answer() const { return answer_; }

 private:
  void take_line(const std::string& line) {
    Value said;
    try {
      said = parse_json(line, "the framework's answer");
    } catch (const Error&) {
      return;  // a sitecustomize of the environment prints before the script has its say
    }
    if (const Value* answer = said.find("answer")) answer_ = *answer;
    if (!said.find("at")) return;
    at_ = printable(said.get("at", ""));
    Progress progress;
    progress.label = at_;
    reporter_.progress(progress);
  }

  Reporter& reporter_;
  std::string open_;
  std::string at_ = "starting Python";
  std::optional<Value> answer_;
};

class FrameworkCheck final : public Check {
 public:
  FrameworkCheck(const Framework& framework, const Fields& fields)
      : framework_(framework), python_(fields.text("python")), user_(fields.text("user")) {}

  Checked check(const Context& context) const override {
    if (auto failed = why_no_interpreter(context.host.files, python_)) return {*failed, {}};
    if (!can_ask_machine(context.host)) {
      return {Deferred{format("{} computes on the first boot", framework_.name)}, {}};
    }
    Checked checked = compute(context, "");
    if (!std::holds_alternative<Passed>(checked.result)) return checked;
    // It works by itself. Does it from a shell of the machine's users?
    const LibraryPath path = system_library_path(context.host.files);
    if (path.value.empty()) return checked;
    Checked in_shell = compute(context, path.value);
    const auto* failed = std::get_if<Failed>(&in_shell.result);
    if (failed) {
      return {
          Failed{format("libraries are shadowed by LD_LIBRARY_PATH, which {} sets; with it, {}", path.file,
                        failed->cause),
                 format("take it out of {}: the environment finds its own libraries without it", path.file)},
          std::move(in_shell.evidence)};
    }
    checked.evidence.push_back({path.file, "computes as well with its LD_LIBRARY_PATH"});
    return checked;
  }

 private:
  Checked compute(const Context& context, const std::string& library_path) const {
    Lines lines(context.reporter);
    PythonCode code{python_, user_, k_framework_script, {std::string(framework_.module)}, k_limit};
    // What each would otherwise take of the GPU's memory, and print.
    code.environment = {{"XLA_PYTHON_CLIENT_PREALLOCATE", "false"},
                        {"TF_FORCE_GPU_ALLOW_GROWTH", "true"},
                        {"TF_CPP_MIN_LOG_LEVEL", "1"}};
    if (!library_path.empty()) code.environment.emplace_back("LD_LIBRARY_PATH", library_path);
    code.on_output = [&](std::string_view piece) { lines.take(piece); };
    const auto ran = run_python(context, code);
    if (const auto* failed = std::get_if<Failed>(&ran)) return {*failed, {}};
    const auto& finished = std::get<Finished>(ran);
    if (!finished.ok() || !lines.answer()) return broken(finished, lines.at());
    Checked checked =
        judge_framework(framework_, python_, *lines.answer(), [&] { return ask_machine(context); });
    if (std::holds_alternative<Failed>(checked.result)) show_words(finished, checked.evidence);
    return checked;
  }

  static GpuSide ask_machine(const Context& context) {
    if (!gather_facts(context.host).has_nvidia_gpu()) return {};
    return {true, ask_probe(context, {"cuda-probe"}, "libcuda")};
  }

  Checked broken(const Finished& finished, const std::string& at) const {
    Checked checked;
    show_words(finished, checked.evidence);
    if (finished.timed_out) {
      checked.result = Failed{
          format("{} does not come to an end: {} after {}", framework_.name, at, human_duration(k_limit)),
          "a GPU may have fallen off the bus: dmesg shows Xid lines; reboot"};
      return checked;
    }
    // After a crash the last line is one of the interpreter's stack.
    const auto last = finished.signal == 0 ? printable(last_lines(finished.err, 1)) : std::string();
    checked.result = Failed{format("{} ends {} while {}: {}{}{}", framework_.name, python_, at,
                                   finished.text(), last.empty() ? "" : ": ", last),
                            "libraries of several versions may be mixed: make the environment anew"};
    return checked;
  }

  static void show_words(const Finished& finished, std::vector<Evidence>& evidence) {
    const auto said = printable(last_lines(finished.err, 20), true);
    if (!said.empty()) evidence.push_back({"what it printed", said});
  }

  const Framework& framework_;
  std::string python_;
  std::string user_;
};

template <const Framework& framework>
Kind framework_kind(std::string_view name, std::string_view summary, std::string_view example) {
  return {
      .name = name,
      .summary = summary,
      .sort = Sort::check,
      .example = example,
      .fields =
          {
              {.name = "python",
               .type = FieldType::path,
               .summary = "the interpreter, as the environment has it",
               .required = true},
              {.name = "user",
               .summary = "whom it runs as; without one, whom the interpreter's folder belongs to"},
          },
      .hold = Hold::dpkg_shared,
      .reads_only = false,
      .usual = std::chrono::seconds(20),
      .title =
          [](const Fields& fields) {
            return format("{} of {} computes on the GPU", framework.name, fields.text("python"));
          },
      .make_check = [](const Step& step, const Attachments&, Complaints&) -> std::unique_ptr<Check> {
        return std::make_unique<FrameworkCheck>(framework, step.fields);
      },
  };
}

}  // namespace

const Kind& torch_cuda_kind() {
  static const Kind kind = framework_kind<k_torch>(
      "torch_cuda", "Proves that an environment's PyTorch computes on every GPU, and tells why it does not.",
      "- torch_cuda: {python: /opt/torch/bin/python}\n");
  return kind;
}

const Kind& tensorflow_gpu_kind() {
  static const Kind kind = framework_kind<k_tensorflow>(
      "tensorflow_gpu",
      "Proves that an environment's TensorFlow computes on every GPU, and tells why it does not.",
      "- tensorflow_gpu: {python: /opt/tensorflow/bin/python}\n");
  return kind;
}

const Kind& jax_gpu_kind() {
  static const Kind kind = framework_kind<k_jax>(
      "jax_gpu", "Proves that an environment's JAX computes on every GPU, and tells why it does not.",
      "- jax_gpu: {python: /opt/jax/bin/python}\n");
  return kind;
}

}  // namespace rigsetup
