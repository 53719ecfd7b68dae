// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/text.hpp>
#include <rigsetup/facts/facts.hpp>

#include "facts/machine.hpp"

namespace rigsetup {
namespace {

std::string without_quotes(std::string_view text) {
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front()) {
    text = text.substr(1, text.size() - 2);
  }
  return std::string(text);
}

/// os-release(5).
void read_os_release(const Tree& files, Facts& facts) {
  auto text = files.read("/etc/os-release", 1 << 16);
  if (!text) text = files.read("/usr/lib/os-release", 1 << 16);
  for (const auto& line : split_lines(text.value_or(""))) {
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    const auto key = trim(std::string_view(line).substr(0, equals));
    const auto value = without_quotes(trim(std::string_view(line).substr(equals + 1)));
    if (key == "ID") facts.os_id = value;
    if (key == "VERSION_ID") facts.os_version = value;
    if (key == "VERSION_CODENAME") facts.os_codename = value;
    if (key == "PRETTY_NAME") facts.os_name = value;
  }
}

/// The first line of /var/lib/dpkg/arch, which exists only where foreign architectures were added; otherwise
/// what the package dpkg itself was built for.
std::string dpkg_architecture(const Tree& files) {
  if (const auto text = files.read("/var/lib/dpkg/arch", 1 << 12)) {
    const auto words = split_words(*text);
    if (!words.empty()) return words.front();
  }
  const auto status = files.read("/var/lib/dpkg/status");
  bool is_dpkg = false;
  for (const auto& line : split_lines(status.value_or(""))) {
    if (line.empty()) is_dpkg = false;
    if (line == "Package: dpkg") is_dpkg = true;
    if (is_dpkg && line.starts_with("Architecture: ")) return line.substr(14);
  }
  return "";
}

}  // namespace

bool Facts::has_nvidia_gpu() const {
  return machine && std::any_of(machine->gpus.begin(), machine->gpus.end(),
                                [](const Gpu& gpu) { return gpu.vendor == "nvidia"; });
}

Facts gather_facts(const Host& host) {
  Facts facts;
  facts.root = host.files.root().string();
  read_os_release(host.files, facts);
  facts.architecture = dpkg_architecture(host.files);
  if (host.machine) {
    facts.has_systemd = host.machine->info("/run/systemd/system").has_value();
    facts.machine = read_machine(*host.machine);
  }
  return facts;
}

Value to_value(const Facts& facts) {
  Value value = Value::map();
  value.set("root", facts.root);
  value.set("platform", facts.platform());
  value.set("os", Value::map({{"id", facts.os_id},
                              {"version", facts.os_version},
                              {"codename", facts.os_codename},
                              {"name", facts.os_name}}));
  value.set("architecture", facts.architecture);
  value.set("systemd", facts.has_systemd);
  if (facts.machine) value.set("machine", to_value(*facts.machine));
  return value;
}

}  // namespace rigsetup
