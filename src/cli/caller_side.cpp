// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/caller_side.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <rigsetup/base/text.hpp>

#include "cli/child.hpp"

namespace rigsetup::cli {
namespace {

using Caller = protocol::DoctorRequest::Caller;
namespace fs = std::filesystem;

constexpr std::size_t k_most_folders = 64;
constexpr std::size_t k_most_names = 16;
constexpr std::chrono::seconds k_nvcc_limit{10};

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
    names.push_back(entry->path().filename());
  }
  std::ranges::sort(names);
  return names;
}

std::string first_word(const fs::path& file) {
  std::string word;
  std::ifstream(file) >> word;
  return word;
}

/// Asking a card that sleeps wakes it.
bool a_gpu_sleeps() {
  const fs::path devices = "/sys/bus/pci/devices";
  return std::ranges::any_of(names_in(devices), [&](const std::string& address) {
    return first_word(devices / address / "vendor") == "0x10de" &&
           first_word(devices / address / "class").starts_with("0x03") &&
           first_word(devices / address / "power/runtime_status").starts_with("suspend");
  });
}

std::string in_path(const std::string& program, const std::string& path) {
  for (const auto& folder : split(path, ':')) {
    if (!folder.starts_with('/')) continue;
    const auto file = fs::path(folder) / program;
    std::error_code failed;
    if (fs::is_regular_file(file, failed) && access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

/// The one that `python` means: of the active environment, else the first in PATH.
std::string python_in_use(const Environment& variables) {
  for (const char* variable : {"VIRTUAL_ENV", "CONDA_PREFIX"}) {
    const auto prefix = variables(variable);
    if (!prefix.starts_with('/')) continue;
    if (auto python = in_path("python", prefix + "/bin"); !python.empty()) return python;
  }
  auto python = in_path("python", variables("PATH"));
  return python.empty() ? in_path("python3", variables("PATH")) : python;
}

bool is_of_the_stack(const std::string& name) {
  return name.starts_with("libcuda.so") || name.starts_with("libnvidia-ml.so") ||
         name.starts_with("libcudnn");
}

std::vector<Caller::Folder> shadowing_folders(const std::string& library_path) {
  std::vector<Caller::Folder> folders;
  for (const auto& path : split(library_path, ':')) {
    if (path.empty() || folders.size() == k_most_folders) continue;
    Caller::Folder folder{path, {}};
    for (const auto& name : names_in(path)) {
      if (is_of_the_stack(name) && folder.libraries.size() < k_most_names) folder.libraries.push_back(name);
    }
    if (!folder.libraries.empty()) folders.push_back(std::move(folder));
  }
  return folders;
}

/// "Cuda compilation tools, release 11.5, V11.5.119"
std::string release_in(const std::string& words) {
  constexpr std::string_view k_release = "release ";
  const auto at = words.find(k_release);
  if (at == std::string::npos) return {};
  const auto from = words.substr(at + k_release.size());
  return from.substr(0, from.find_first_not_of("0123456789."));
}

std::vector<std::string> closed_devices() {
  std::vector<std::string> closed;
  for (const auto& name : names_in("/dev")) {
    const bool card =
        name.starts_with("nvidia") && name.find_first_not_of("0123456789", 6) == std::string::npos;
    if (!card && name != "nvidiactl" && name != "nvidia-uvm") continue;
    const auto path = "/dev/" + name;
    if (fs::is_character_file(path) && access(path.c_str(), R_OK | W_OK) != 0) closed.push_back(path);
  }
  return closed;
}

void look_at_terminal(const Environment& variables, Caller& caller) {
  // Set and empty is another thing than not set.
  if (const char* visible = std::getenv("CUDA_VISIBLE_DEVICES")) caller.visible_devices = visible;
  caller.folders = shadowing_folders(variables("LD_LIBRARY_PATH"));
  caller.closed_devices = closed_devices();
  caller.nvcc = in_path("nvcc", variables("PATH"));
  if (!caller.nvcc.empty()) {
    caller.nvcc_version = release_in(ask_child({caller.nvcc, "--version"}, k_nvcc_limit).out);
  }
}

}  // namespace

bool environment_is_sudos(const Environment& variables) {
  return geteuid() == 0 && !variables("SUDO_UID").empty();
}

std::optional<Caller> caller_side(const Options& options, const Environment& variables) {
  const bool elsewhere = !options.root.empty() || !options.rig.empty();
  if (elsewhere && options.python.empty()) return std::nullopt;
  Caller caller;
  if (!elsewhere && !environment_is_sudos(variables)) look_at_terminal(variables, caller);
  const auto python = options.python.empty() ? python_in_use(variables) : options.python;
  if (!python.empty()) ask_python(python, !elsewhere && !a_gpu_sleeps(), caller);
  return caller;
}

}  // namespace rigsetup::cli
