// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/facts/facts.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/probe.hpp"

namespace rigsetup {
namespace {

class Libcuda final : public Check {
 public:
  Checked check(const Context& context) const override {
    if (!can_ask_machine(context.host)) return {Deferred{"the GPU computes on the first boot"}, {}};
    Progress progress;
    progress.label = "computing on the GPU";
    context.reporter.progress(progress);
    const auto answer = ask_probe(context, {"cuda-probe"}, "libcuda");
    if (const auto* failed = std::get_if<Failed>(&answer)) return {*failed, {}};
    Checked checked;
    checked.result = judge(std::get<Value>(answer), context.host, checked.evidence);
    return checked;
  }

 private:
  using Result = decltype(Checked::result);

  static Result judge(const Value& answer, const Host& host, std::vector<Evidence>& evidence) {
    if (const Value* why = answer.find("not_loaded")) {
      evidence.push_back({"libcuda.so.1", printable(why->text())});
      return Failed{"the driver's library libcuda.so.1 cannot be loaded",
                    "the driver's user-space packages bring it: libnvidia-compute-*, or libcuda1 on Debian"};
    }
    evidence.push_back(
        {answer.get("library", "libcuda.so.1"), format("the driver's library, for CUDA up to {}",
                                                       cuda_version_text(answer.get("cuda_version", 0)))});
    if (const Value* fault = answer.find("fault")) {
      evidence.push_back({"libcuda", fault_text(*fault)});
      return without_device(*fault, host);
    }
    const Value::List& devices = answer.at("devices").as_list();
    if (devices.empty())
      return Failed{"the driver's library sees no GPU", "the check nvidia_gpu tells the reason"};
    Result result = Passed{};
    for (const Value& device : devices) {
      Result of_device = judge_device(device, evidence);
      if (std::holds_alternative<Passed>(result)) result = std::move(of_device);
    }
    return result;
  }

  /// Without any NVIDIA GPU there is nothing that could compute, and nothing is wrong.
  static Result without_device(const Value& fault, const Host& host) {
    constexpr std::int64_t k_no_device = 100;
    if (fault.get("code", 0) == k_no_device && !gather_facts(host).has_nvidia_gpu()) {
      return Skipped{"there is no NVIDIA GPU on the PCI bus"};
    }
    return cuda_failure(fault);
  }

  static Result judge_device(const Value& device, std::vector<Evidence>& evidence) {
    const std::string name = printable(device.get("name", "a GPU"));
    const std::string what = format("{} at {}", name, device.get("pci", "an unknown address"));
    if (const Value* fault = device.find("fault")) {
      evidence.push_back({what, fault_text(*fault)});
      Failed failed = cuda_failure(*fault);
      failed.cause = format("{}: {}", name, failed.cause);
      return failed;
    }
    const std::int64_t wrong = device.get("wrong", 0);
    evidence.push_back(
        {what, format("compute capability {}, {}; a kernel computed {}", device.get("compute", "unknown"),
                      human_bytes(static_cast<std::uint64_t>(device.get("memory_bytes", 0))),
                      wrong == 0 ? "what it should" : format("{} wrong results", wrong))});
    if (wrong == 0) return Passed{};
    return Failed{format("{} computes wrong results", name),
                  "run it again; the GPU or its memory may be faulty"};
  }
};

std::string title(const Fields&) { return "the GPU computes"; }

std::unique_ptr<Check> make(const Step&, const Attachments&, Complaints&) {
  return std::make_unique<Libcuda>();
}

}  // namespace

const Kind& libcuda_kind() {
  static const Kind kind = {
      .name = "libcuda",
      .summary =
          "Proves that the driver's libcuda starts, copies and computes on every GPU; no toolkit is needed.",
      .sort = Sort::check,
      .example = "- libcuda:\n",
      .fields = {},
      .reads_only = false,
      .title = title,
      .make_check = make,
  };
  return kind;
}

}  // namespace rigsetup
