// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/facts/facts.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/probe.hpp"
#include "resource/program_file.hpp"

namespace rigsetup {
namespace {

bool is_version(const std::string& text) {
  return !text.empty() && text.front() != '.' && text.back() != '.' &&
         text.find_first_not_of("0123456789.") == std::string::npos;
}

std::string major_of(const std::string& version) { return version.substr(0, version.find('.')); }

/// cudnnGetVersion's number: 91900 is 9.19.0, and 8907 is 8.9.7.
std::string version_text(std::int64_t number) {
  const std::int64_t of_major = number >= 10000 ? 10000 : 1000;
  return format("{}.{}.{}", number / of_major, number % of_major / 100, number % 100);
}

class Libcudnn final : public Check {
 public:
  explicit Libcudnn(const Fields& fields)
      : version_(fields.text("version")), library_("libcudnn.so." + major_of(version_)) {}

  Checked check(const Context& context) const override {
    Checked checked;
    checked.result = can_ask_machine(context.host) ? load(context, checked.evidence)
                                                   : look(context.host.files, checked.evidence);
    return checked;
  }

 private:
  using Result = decltype(Checked::result);

  Failed missing() const {
    return {format("{} cannot be loaded", library_),
            format("the package libcudnn{} of the toolkit's CUDA brings it", major_of(version_))};
  }

  /// A library of a tree that is not running cannot be loaded, but it can be missing.
  Result look(const Tree& files, std::vector<Evidence>& evidence) const {
    for (const auto* folder :
         {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib", "/usr/local/cuda/lib64"}) {
      const auto found = follow_links(files, std::filesystem::path(folder) / library_);
      if (!found || !files.info(*found)) continue;
      evidence.push_back({library_, found->string()});
      return Deferred{"cuDNN is loaded on the first boot"};
    }
    return missing();
  }

  Result load(const Context& context, std::vector<Evidence>& evidence) const {
    Progress progress;
    progress.label = "loading " + library_;
    context.reporter.progress(progress);
    const auto answer = ask_probe(context, {"cudnn-probe", library_}, library_);
    if (const auto* failed = std::get_if<Failed>(&answer)) return *failed;
    return judge(std::get<Value>(answer), context.host, evidence);
  }

  Result judge(const Value& answer, const Host& host, std::vector<Evidence>& evidence) const {
    if (const Value* why = answer.find("not_loaded")) {
      evidence.push_back({library_, printable(why->text())});
      return missing();
    }
    const std::string found = version_text(answer.get("version", 0));
    evidence.push_back(
        {answer.get("library", library_),
         format("cuDNN {} for CUDA {}", found, cuda_version_text(answer.get("cuda_version", 0)))});
    if (!(found + ".").starts_with(version_ + ".")) {
      return Failed{format("cuDNN {} is loaded, {} is wanted", found, version_),
                    "another copy shadows it: ldconfig -p | grep libcudnn shows all that are found"};
    }
    if (const Value* fault = answer.find("fault")) {
      evidence.push_back({"cuDNN", fault_text(*fault)});
      return cudnn_failure(*fault);
    }
    if (answer.find("wrong")) return judge_result(answer, evidence);
    return without_gpu(answer, host, evidence);
  }

  static Result judge_result(const Value& answer, std::vector<Evidence>& evidence) {
    const std::int64_t wrong = answer.get("wrong", 0);
    const std::string device = printable(answer.get("device", "the GPU"));
    evidence.push_back({device, wrong == 0 ? "a convolution computed what it should"
                                           : format("a convolution computed {} wrong results", wrong)});
    if (wrong == 0) return Passed{};
    return Failed{format("cuDNN computes wrong results on {}", device),
                  "run it again; the GPU or its memory may be faulty"};
  }

  /// The library itself is loaded and of the right version. Whether it computes can only be seen on a GPU.
  static Result without_gpu(const Value& answer, const Host& host, std::vector<Evidence>& evidence) {
    if (!gather_facts(host).has_nvidia_gpu())
      return Skipped{"it was loaded; there is no NVIDIA GPU to compute on"};
    if (const Value* fault = answer.find("driver_fault")) {
      evidence.push_back({"libcuda", fault_text(*fault)});
      return cuda_failure(*fault);
    }
    return Failed{"cuDNN was loaded, but the driver's library cannot be",
                  "the check libcuda tells the reason"};
  }

  static Failed cudnn_failure(const Value& fault) {
    const std::string name = fault.get("name", "");
    const auto says = [&](std::string_view words) { return name.find(words) != std::string::npos; };
    if (says("VERSION_MISMATCH")) {
      return {format("cuDNN's parts are of several versions ({})", name),
              "keep one copy: ldconfig -p | grep libcudnn shows all; install the packages of one version"};
    }
    if (says("ARCH_MISMATCH") || says("NOT_SUPPORTED")) {
      return {format("this cuDNN does not run on this GPU ({})", name),
              "GPUs before Turing need cuDNN 9.10 or older, with CUDA 12"};
    }
    if (says("NOT_INITIALIZED")) {
      return {format("cuDNN cannot be started ({})", name),
              "a part of it or the CUDA libraries that it needs are missing, or the driver is too old for "
              "its CUDA"};
    }
    return {format("cuDNN fails: {}", fault_text(fault)), "the evidence shows which call failed"};
  }

  std::string version_;
  std::string library_;
};

std::string title(const Fields& fields) { return format("cuDNN {} computes", fields.text("version")); }

std::unique_ptr<Check> make(const Step& step, const Attachments&, Complaints& complaints) {
  const std::string version = step.fields.text("version");
  if (!is_version(version)) {
    complaints.push_back({step.fields.place("version"), format("\"{}\" is not a version", printable(version)),
                          "write how much of it matters: \"9\" or \"9.19\""});
  }
  return std::make_unique<Libcudnn>(step.fields);
}

}  // namespace

const Kind& libcudnn_kind() {
  static const Kind kind = {
      .name = "libcudnn",
      .summary =
          "Proves that cuDNN can be loaded, is of the wanted version and, on a GPU, computes a convolution.",
      .sort = Sort::check,
      .example = R"(- libcudnn: {version: "9"}
)",
      .fields =
          {
              {.name = "version",
               .summary = "how much of the version matters: \"9\", \"9.19\"",
               .required = true},
          },
      .hold = Hold::dpkg_shared,
      .reads_only = false,
      .title = title,
      .make_check = make,
  };
  return kind;
}

}  // namespace rigsetup
