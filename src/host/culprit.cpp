// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "host/culprit.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup {
namespace {

constexpr std::size_t k_longest_name = 60;
constexpr std::uint64_t k_lifeless_seconds = 60;

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// What these are doing is what they are called, whatever they start.
constexpr std::array<std::string_view, 17> k_tools{"update-initramfs",
                                                   "mkinitramfs",
                                                   "dracut",
                                                   "ldconfig",
                                                   "depmod",
                                                   "modprobe",
                                                   "mandb",
                                                   "fc-cache",
                                                   "update-grub",
                                                   "grub-mkconfig",
                                                   "needrestart",
                                                   "py3compile",
                                                   "locale-gen",
                                                   "systemctl",
                                                   "pip",
                                                   "update-ca-certificates",
                                                   "update-mime-database"};
constexpr std::array<std::string_view, 9> k_compilers{"cc1",   "cc1plus", "cicc", "ptxas", "cudafe++",
                                                      "rustc", "clang",   "gcc",  "g++"};
constexpr std::array<std::string_view, 5> k_linkers{"ld", "ld.bfd", "ld.gold", "ld.lld", "collect2"};
constexpr std::array<std::string_view, 5> k_interpreters{"sh", "bash", "dash", "perl", "python"};
constexpr std::array<std::string_view, 4> k_scripts{"preinst", "postinst", "prerm", "postrm"};
constexpr std::array<std::string_view, 2> k_own{"inside", "supervisor"};

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_interpreter(std::string_view name) {
  return is_one_of(k_interpreters, name) || name.starts_with("python3");
}

/// The program, or the script that an interpreter runs. Never anything of its other arguments: they may be
/// secret, and what is told here is for everybody.
std::string program_of(const RunningProcess& process) {
  if (process.argv.empty() || process.argv[0].empty()) return process.name;
  const std::string name(file_name(process.argv[0]));
  if (!is_interpreter(name)) return name;
  for (std::size_t i = 1; i < process.argv.size(); ++i) {
    const std::string& word = process.argv[i];
    if (word == "-c") return name;
    if (word == "-m") return i + 1 < process.argv.size() ? process.argv[i + 1] : name;
    if (!word.starts_with('-')) return std::string(file_name(word));
  }
  return name;
}

std::string shown(std::string_view name) { return printable(name.substr(0, k_longest_name)); }

/// "postinst of foo" for /var/lib/dpkg/info/foo:amd64.postinst; empty for what is no maintainer script.
std::string script_of(const RunningProcess& process) {
  const std::string program = program_of(process);
  const std::size_t dot = program.rfind('.');
  const std::string_view kind = std::string_view(program).substr(dot == std::string::npos ? 0 : dot + 1);
  if (!is_one_of(k_scripts, kind)) return {};
  std::string package = dot == std::string::npos ? process.package : program.substr(0, dot);
  package.resize(std::min(package.size(), package.find(':')));
  if (package.empty()) return {};
  return format("{} of {}", kind, shown(package));
}

/// NAME/VERSION behind /var/lib/dkms/ in a path; empty when it has none.
std::string module_in(std::string_view text) {
  constexpr std::string_view k_place = "/var/lib/dkms/";
  const std::size_t at = text.find(k_place);
  if (at == std::string_view::npos) return {};
  const std::vector<std::string> parts = split(text.substr(at + k_place.size()), '/');
  if (parts.size() < 2 || parts[0].empty() || parts[1].empty()) return {};
  return shown(parts[0] + "/" + parts[1]);
}

/// The kernel module that a process works for: "nvidia-current/535.309.01".
std::string module_of(const RunningProcess& process) {
  if (program_of(process) == "dkms") {
    std::string name;
    std::string version;
    for (std::size_t i = 0; i + 1 < process.argv.size(); ++i) {
      if (process.argv[i] == "-m") name = process.argv[i + 1];
      if (process.argv[i] == "-v") version = process.argv[i + 1];
    }
    if (!name.empty()) return shown(version.empty() ? name : name + "/" + version);
  }
  for (const std::string& word : process.argv) {
    if (std::string module = module_in(word); !module.empty()) return module;
  }
  return module_in(process.folder);
}

/// The process that is at work now: a compiler before others, else the youngest without children.
const RunningProcess& at_work(const std::vector<RunningProcess>& processes) {
  const auto is_parent = [&](const RunningProcess& one) {
    return std::any_of(processes.begin(), processes.end(),
                       [&](const RunningProcess& other) { return other.parent == one.pid; });
  };
  const RunningProcess* best = &processes.front();
  int best_rank = -1;
  for (const RunningProcess& process : processes) {
    if (is_parent(process)) continue;
    const int rank = is_one_of(k_compilers, program_of(process)) ? 1 : 0;
    if (rank < best_rank || (rank == best_rank && process.started < best->started)) continue;
    best = &process;
    best_rank = rank;
  }
  return *best;
}

std::string doing(const std::string& program) {
  if (is_one_of(k_compilers, program)) return format("compiling ({})", program);
  if (is_one_of(k_linkers, program)) return format("linking ({})", program);
  return shown(program);
}

Culprit named(const RunningProcess& process, std::string what, const std::string& inner) {
  if (inner != program_of(process)) what += format(" ({})", shown(inner));
  return {std::move(what), process.started};
}

}  // namespace

std::optional<Culprit> culprit_of(const std::vector<RunningProcess>& processes) {
  if (processes.empty()) return std::nullopt;
  const RunningProcess& worker = at_work(processes);
  const std::string program = program_of(worker);
  if (is_one_of(k_own, program)) return std::nullopt;

  const RunningProcess* tool = nullptr;
  const RunningProcess* script = nullptr;
  for (const RunningProcess& process : processes) {  // from the outermost to the innermost
    if (const std::string module = module_of(process); !module.empty()) {
      return named(process, format("building the module {}", module), program);
    }
    if (!tool && is_one_of(k_tools, program_of(process))) tool = &process;
    if (!script_of(process).empty()) script = &process;
  }
  const std::string inner = tool ? program_of(*tool) : program;
  if (script) return named(*script, script_of(*script), inner);
  return Culprit{doing(inner), tool ? tool->started : worker.started};
}

std::optional<Pulse::Beat> Pulse::take(const std::vector<RunningProcess>& processes, std::uint64_t now,
                                       std::uint64_t ticks_a_second) {
  std::uint64_t signs = processes.size();
  for (const RunningProcess& process : processes) {
    signs = signs * 31 + process.cpu + process.started * 17 + static_cast<std::uint64_t>(process.pid);
  }
  if (last_sign_ == 0 || signs != signs_) last_sign_ = now;
  signs_ = signs;
  const std::optional<Culprit> culprit = culprit_of(processes);
  if (!culprit) return std::nullopt;
  const auto seconds = [&](std::uint64_t since) { return since < now ? (now - since) / ticks_a_second : 0; };
  Beat beat{culprit->what, std::chrono::seconds(seconds(culprit->started))};
  if (seconds(last_sign_) >= k_lifeless_seconds) {
    beat.what = format("no sign of life for {} min: {}", seconds(last_sign_) / 60, beat.what);
  }
  return beat;
}

}  // namespace rigsetup
