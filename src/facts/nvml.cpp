// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>
#include <rigsetup/facts/nvml.hpp>
#include <rigsetup/host/host.hpp>

namespace rigsetup {
namespace {

constexpr const char* k_described = "/nvml.json";
constexpr std::chrono::seconds k_limit{20};  // without persistence each GPU is started first: 2 s and more

NvmlAnswer described_answer(const Tree& machine) {
  if (const auto text = machine.read(k_described)) return nvml_answer_from(parse_json(*text, k_described));
  NvmlAnswer answer;
  answer.error =
      NvmlError{12, std::string(nvml_error_name(12)), "the machine is described without nvml.json"};
  return answer;
}

}  // namespace

NvmlAnswer ask_nvml(const Host& host, std::stop_token stop) {
  if (host.described) return described_answer(*host.machine);
  Command command;
  command.argv = {"nvml-probe", std::to_string(k_limit.count())};
  command.helper = true;
  command.timeout =
      k_limit + std::chrono::seconds(10);  // it keeps its own limit; this is for a starved machine
  const Finished finished = host.programs.run(command, stop);
  if (finished.exit_code == 0 || finished.exit_code == 1) {
    return nvml_answer_from(parse_json(finished.out, "the answer of nvml-probe"));
  }
  NvmlAnswer answer;
  answer.error = NvmlError{
      -2, "NOT_ASKED", format("nvml-probe: {} {}", finished.text(), printable(last_lines(finished.err, 1)))};
  return answer;
}

}  // namespace rigsetup
