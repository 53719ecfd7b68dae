// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <charconv>
#include <filesystem>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/base/version.hpp>
#include <rigsetup/compat/architectures.hpp>
#include <rigsetup/diagnosis/caller.hpp>

namespace rigsetup::diagnosis {
namespace {

constexpr const char* k_visible = "CUDA_VISIBLE_DEVICES";

Diagnosis at_their_side(std::string name, std::string what, Evidence evidence) {
  Diagnosis found;
  found.name = std::move(name);
  found.what = std::move(what);
  found.evidence.push_back(std::move(evidence));
  found.cure = Cure::hands;
  return found;
}

std::optional<std::size_t> number_in(std::string_view text) {
  std::size_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Why CUDA does not take this word of the list, and with it none behind it; empty: it does. UUIDs may be cut
/// short; those of a GPU's slices (MIG) are not known here.
std::string why_not_taken(const std::string& word, const Signs& signs) {
  const auto cards = signs.cards();
  if (const auto number = number_in(word)) {
    return *number < cards.size() ? "" : format("there is no GPU {}: there are {}", word, cards.size());
  }
  if (word.starts_with("MIG-")) return "";
  if (!word.starts_with("GPU-")) return format("\"{}\" names no GPU", printable(word));
  const auto knows = [](const Signs::Card& card) { return !card.gpu.uuid.empty(); };
  if (!std::ranges::all_of(cards, knows)) return "";
  const bool there =
      std::ranges::any_of(cards, [&](const Signs::Card& card) { return card.gpu.uuid.starts_with(word); });
  return there ? "" : format("there is no GPU {}", printable(word));
}

void judge_visible_devices(const CallerSide& caller, const Signs& signs, std::vector<Diagnosis>& found) {
  if (!caller.visible_devices || signs.cards().empty()) return;
  const auto value = std::string(trim(*caller.visible_devices));
  const Evidence evidence{k_visible, excerpt(value.empty() ? "(set, and empty)" : value)};
  std::string why;
  bool all_hidden = value.empty();
  const auto words = split(value, ',');
  for (std::size_t i = 0; i < words.size() && why.empty() && !value.empty(); ++i) {
    why = why_not_taken(std::string(trim(words[i])), signs);
    all_hidden = i == 0 && !why.empty();
  }
  if (!all_hidden && why.empty()) return;
  auto one = at_their_side("gpu-hidden",
                           all_hidden ? "CUDA_VISIBLE_DEVICES hides every GPU from programs started here"
                                      : "CUDA_VISIBLE_DEVICES hides some GPUs from programs started here",
                           evidence);
  one.why = why.empty() ? "an empty list is a list of no GPU" : why + "; CUDA ends the list there";
  one.fix = "unset it, or name GPUs that there are";
  one.command = "unset CUDA_VISIBLE_DEVICES";
  one.cure = Cure::command;
  found.push_back(std::move(one));
}

/// Where the dynamic linker looks anyway, or finds the driver's libraries: nothing is put before anything.
bool is_the_systems(const std::filesystem::path& folder, const Signs& signs) {
  const auto path = (folder / "").lexically_normal().parent_path();
  if (path == "/usr/lib" || path.parent_path() == "/usr/lib" || path == "/lib" ||
      path.parent_path() == "/lib") {
    return true;
  }
  return std::ranges::any_of(signs.facts.nvidia.libraries, [&](const NvidiaLibrary& library) {
    return std::filesystem::path(library.path).parent_path() == path;
  });
}

void judge_libraries(const CallerSide& caller, const Signs& signs, std::vector<Diagnosis>& found) {
  for (const auto& folder : caller.folders) {
    if (is_the_systems(folder.path, signs)) continue;
    const auto has = [&](std::string_view start) {
      return std::ranges::any_of(folder.libraries,
                                 [&](const std::string& name) { return name.starts_with(start); });
    };
    const bool stubs = folder.path.ends_with("/stubs") || folder.path.ends_with("/stubs/");
    const bool drivers = has("libcuda.so") || has("libnvidia-ml.so");
    if (!drivers && !has("libcudnn")) continue;
    auto one =
        at_their_side("library-shadowed",
                      stubs     ? "LD_LIBRARY_PATH puts stubs in the place of the driver's libraries"
                      : drivers ? "LD_LIBRARY_PATH puts other libraries in the place of the driver's"
                                : "LD_LIBRARY_PATH puts another cuDNN in the place of a framework's own",
                      {printable(folder.path), excerpt(join(folder.libraries, ", "))});
    one.note = !drivers;
    one.why =
        stubs ? "stubs are there for linking only: they know no GPU"
        : drivers
            ? "the driver's libraries must be those of the module that runs, which the system finds by itself"
            : "frameworks from pip and conda bring the cuDNN that they were built for, and the folder comes "
              "before it";
    one.fix = "take the folder out of LD_LIBRARY_PATH, and out of the profile that puts it there";
    found.push_back(std::move(one));
  }
}

/// The newest toolkit of NVIDIA's that is installed.
std::string newest_toolkit(const Signs& signs) {
  std::string newest;
  for (const auto& package : signs.facts.nvidia.packages) {
    const auto release = toolkit_release(package.name);
    if (package.state != "installed" || release.empty()) continue;
    if (newest.empty() || compare_debian(release, newest) > 0) newest = release;
  }
  return newest;
}

void judge_nvcc(const CallerSide& caller, const Signs& signs, std::vector<Diagnosis>& found) {
  const auto newest = newest_toolkit(signs);
  if (newest.empty()) return;
  if (caller.nvcc.empty()) {
    auto one = at_their_side("nvcc-not-in-path", "the shell does not find nvcc", {"PATH", "no nvcc"});
    one.note = true;
    one.why = format("CUDA {} is installed, and its folder bin is not in PATH", newest);
    one.fix = "log in anew, or add it";
    one.command = "export PATH=/usr/local/cuda/bin:$PATH";
    one.cure = Cure::command;
    found.push_back(std::move(one));
    return;
  }
  // One below /usr/local/cuda-X.Y is a choice.
  if (caller.nvcc_version.empty() || caller.nvcc_version == newest ||
      caller.nvcc.starts_with("/usr/local/cuda")) {
    return;
  }
  auto one = at_their_side("nvcc-shadowed", "the first nvcc in PATH is not that of the installed toolkit",
                           {printable(caller.nvcc), "CUDA " + printable(caller.nvcc_version)});
  one.why = format("CUDA {} is installed; {} comes before it", newest, printable(caller.nvcc));
  one.fix = caller.nvcc == "/usr/bin/nvcc" ? "remove the distribution's nvidia-cuda-toolkit"
                                           : "put /usr/local/cuda/bin first in PATH";
  one.command = caller.nvcc == "/usr/bin/nvcc" ? "sudo apt-get purge nvidia-cuda-toolkit"
                                               : "export PATH=/usr/local/cuda/bin:$PATH";
  one.cure = Cure::command;
  found.push_back(std::move(one));
}

void judge_devices(const CallerSide& caller, std::vector<Diagnosis>& found) {
  if (caller.closed_devices.empty()) return;
  auto one = at_their_side("devices-closed", "you may not open the device files of the GPU",
                           {"may not be opened", excerpt(join(caller.closed_devices, ", "))});
  one.why = "they belong to a group that you are not in, or were made without rights for others";
  one.fix = "ask for membership of the group that ls shows, and log in anew";
  one.command = format("ls -l {}", printable(caller.closed_devices.front()));
  found.push_back(std::move(one));
}

std::string python_of(const CallerSide& caller) { return printable(caller.python); }

/// What is wrong with the build, whatever the machine's state is.
void judge_build(const CallerSide& caller, const CallerSide::Framework& framework, const Signs& signs,
                 std::vector<Diagnosis>& found) {
  const auto name = printable(framework.name);
  const Evidence evidence{python_of(caller),
                          format("{} {}{}", name, printable(framework.version),
                                 framework.cuda.empty() ? "" : ", CUDA " + printable(framework.cuda))};
  if (framework.cuda.empty()) {
    auto one = at_their_side("framework-without-cuda", format("{} is built without CUDA", name), evidence);
    one.why =
        "it is a build for processors only: that is what pip, conda or a mirror of theirs had for this "
        "platform or version of Python";
    one.fix = format("install a build of {} for CUDA in that environment", name);
    found.push_back(std::move(one));
    return;
  }
  const auto& machine = signs.facts.machine;
  const auto driver = machine && machine->nvidia ? machine->nvidia->version : "";
  const auto major = signs.tables.cuda_majors.find(framework.cuda.substr(0, framework.cuda.find('.')));
  if (!driver.empty() && major != signs.tables.cuda_majors.end() &&
      compare_debian(driver, major->second.minimum_driver) < 0) {
    auto one = at_their_side("driver-too-old-for-cuda",
                             format("the driver is older than the CUDA of {} needs", name), evidence);
    one.why = format("CUDA {} needs driver {}; {} runs", printable(framework.cuda),
                     major->second.minimum_driver, driver);
    one.fix = format("install a newer driver, or a build of {} for an older CUDA", name);
    one.cure = Cure::plan;
    found.push_back(std::move(one));
  }
  for (const auto& card : signs.cards()) {
    if (compat::have_code_for(framework.architectures, card.device.compute)) continue;
    auto one =
        at_their_side("no-kernel-image", format("{} has no code for {}", name, card.device.text()), evidence);
    one.evidence.push_back({"built for", excerpt(join(framework.architectures, " "))});
    one.why = format("the GPU has compute capability {}, and the build is for others", card.device.compute);
    one.fix = format(
        "install a build of {} for this GPU: for a new card one of a newer CUDA, for an old one an older",
        name);
    found.push_back(std::move(one));
  }
}

void judge_framework(const CallerSide& caller, const CallerSide::Framework& framework, const Signs& signs,
                     std::vector<Diagnosis>& found) {
  if (framework.version.empty() && framework.error.empty()) return;
  if (!framework.error.empty()) {
    auto one = at_their_side("framework-broken", format("{} cannot be imported", printable(framework.name)),
                             {python_of(caller), excerpt(framework.error, 300)});
    const auto* row = recognise(framework.error);
    one.why = row ? row->why : std::string_view("the message says what it lacks");
    one.fix = row ? row->fix : std::string_view("install it anew in that environment");
    found.push_back(std::move(one));
    return;
  }
  const auto before = found.size();
  judge_build(caller, framework, signs, found);
  if (found.size() > before || framework.sees_gpu.value_or(true)) return;
  auto one = at_their_side(
      "framework-sees-no-gpu", format("{} is built for CUDA and sees no GPU", printable(framework.name)),
      {python_of(caller), format("{} {}, CUDA {}", printable(framework.name), printable(framework.version),
                                 printable(framework.cuda))});
  one.why = "the driver does not answer it: what else is found here is the reason";
  one.fix = "mend that first; without anything else, prove the driver";
  one.command = "sudo rigsetup check";
  found.push_back(std::move(one));
}

}  // namespace

std::vector<Diagnosis> judge(const CallerSide& caller, const Signs& signs) {
  std::vector<Diagnosis> found;
  judge_visible_devices(caller, signs, found);
  judge_devices(caller, found);
  judge_libraries(caller, signs, found);
  judge_nvcc(caller, signs, found);
  if (signs.cards().empty()) return found;  // what a framework could use is not there
  if (!caller.python_problem.empty()) {
    auto one = at_their_side("python-silent", "the Python did not answer",
                             {python_of(caller), excerpt(caller.python_problem, 300)});
    one.note = true;
    one.why = "what it has installed was not looked at";
    one.fix = "name another one with --python";
    found.push_back(std::move(one));
  }
  for (const auto& framework : caller.frameworks) judge_framework(caller, framework, signs, found);
  return found;
}

}  // namespace rigsetup::diagnosis
