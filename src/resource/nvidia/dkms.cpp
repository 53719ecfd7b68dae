// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/nvidia/dkms.hpp"

#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "resource/change.hpp"
#include "resource/program_file.hpp"

namespace rigsetup {
namespace {

const std::filesystem::path k_dkms = "/var/lib/dkms";

/// "nvidia", Ubuntu's "nvidia-srv", Debian's "nvidia-current-open"; not what only goes with the driver, as
/// nvidia-fs does: that has other numbers.
bool is_driver(const DkmsModule& module) {
  return (module.name == "nvidia" || module.name.starts_with("nvidia-")) &&
         driver_version(module.version) == module.version;
}

enum class Sort { compiler, kernel, disk, memory };
struct Sign {
  std::string_view words;
  Sort sort;
  bool warning = false;  ///< builds that go well say it too: it counts where nothing is called an error
};
constexpr Sign k_signs[] = {
    {"No space left on device", Sort::disk},
    {"Killed signal terminated program", Sort::memory},
    {"-ftrivial-auto-var-init", Sort::compiler},
    {"Compiler version check failed", Sort::compiler},
    {"implicit declaration of function", Sort::kernel},
    {"has no member named", Sort::kernel},
    {"incompatible pointer type", Sort::kernel},
    {"too few arguments to function", Sort::kernel},
    {"too many arguments to function", Sort::kernel},
    {"the compiler differs from the one used to build the kernel", Sort::compiler, true},
};

/// "gcc-12" for "gcc 12.3.0".
std::string compiler_package(std::string_view compiler) {
  const auto words = split_words(compiler);
  if (words.size() != 2) return "the compiler that built the kernel";
  return format("{}-{}", words[0], words[1].substr(0, words[1].find('.')));
}

BuildFailure told(Sort sort, std::string_view compiler) {
  switch (sort) {
    case Sort::compiler:
      return {format("the kernel was built by another compiler{}{}", compiler.empty() ? "" : ": ", compiler),
              format("install {}, which DKMS then takes", compiler_package(compiler))};
    case Sort::kernel:
      return {"this driver does not know a kernel as new as that",
              "choose a newer driver, or boot an older kernel and remove this one"};
    case Sort::disk:
      return {"the disk is full", "free some space below /var and /lib/modules; building takes about 1 GB"};
    case Sort::memory:
      return {"the machine ran out of memory", "stop what uses much memory while it builds"};
  }
  return {};
}

std::string line_with(std::string_view text, std::string_view words) {
  for (const auto& line : split_lines(text)) {
    if (line.find(words) != std::string::npos) return line;
  }
  return "";
}

/// The first error of a compiler, which the others often follow from; else what make gave up at.
std::string telling_line(std::string_view make_log) {
  const std::string error = line_with(make_log, "error:");
  return error.empty() ? line_with(make_log, "***") : error;
}

/// An interrupted build leaves a folder without modules, and DKMS refuses to build where there is one. What
/// an earlier one left to build in has a log that tells of that one.
void remove_leftovers(const Tree& files, const DkmsSource& source, const std::string& kernel) {
  files.remove_all(k_dkms / source.name / source.version / "build");
  const auto folder = k_dkms / source.name / source.version / kernel;
  for (const auto& architecture : files.list(folder)) {
    if (files.list(folder / architecture / "module").empty()) files.remove_all(folder / architecture);
  }
}

std::string state_for(const Facts& facts, const DkmsSource& source, const std::string& kernel) {
  for (const DkmsModule& module : facts.dkms) {
    if (module.name == source.name && module.version == source.version && module.kernel == kernel) {
      return module.state;
    }
  }
  return "";
}

Error cannot_build(const DkmsSource& source, const std::string& kernel, const std::string& cause,
                   const std::string& hint, Code code = Code::program) {
  return Error(code,
               format("cannot build the NVIDIA modules {} for kernel {}: {}", source.version, kernel, cause),
               hint);
}

Error dkms_failed(const Tree& files, const DkmsSource& source, const InstalledKernel& kernel,
                  const std::string& verb, const Finished& finished) {
  const auto folder = k_dkms / source.name / source.version / "build";
  const auto log = files.read(folder / "make.log").value_or("");
  const BuildFailure failure = build_failure(log, kernel.compiler);
  std::string line = telling_line(log);
  if (const auto at = line.find(folder.string() + "/"); at != std::string::npos) {
    line.erase(at, folder.string().size() + 1);
  }
  if (line.empty()) line = line_with(finished.out, "Error!");
  if (line.empty()) line = last_lines(finished.out, 1);
  return cannot_build(source, kernel.release,
                      format("{}{}{} (dkms {}: {})", failure.cause, failure.cause.empty() ? "" : "; ",
                             excerpt(line, 200), verb, finished.text()),
                      failure.hint);
}

void require_tools(const Context& context, const Facts& facts, const DkmsSource& source,
                   const InstalledKernel& kernel) {
  if (!find_program(context.host.files, "dkms")) {
    throw cannot_build(source, kernel.release, "dkms is not installed", "install dkms", Code::not_found);
  }
  if (kernel.headers) return;
  const auto& flavour = facts.kernels.flavour;
  throw cannot_build(
      source, kernel.release, "its headers are not installed",
      format("install linux-headers-{}{}; or remove that kernel", kernel.release,
             flavour.empty() ? "" : format(" (linux-headers-{} brings those of new kernels too)", flavour)),
      Code::not_found);
}

}  // namespace

std::optional<DkmsSource> nvidia_source(const Facts& facts, std::string_view version) {
  for (const DkmsModule& module : facts.dkms) {
    if (is_driver(module) && module.version == version) return DkmsSource{module.name, module.version};
  }
  return std::nullopt;
}

std::string dkms_version_for(const Facts& facts, std::string_view kernel) {
  for (const DkmsModule& module : facts.dkms) {
    if (is_driver(module) && module.kernel == kernel && module.state == "installed") return module.version;
  }
  return "";
}

void build_by_dkms(const Context& context, const Facts& facts, const DkmsSource& source,
                   const InstalledKernel& kernel, bool must_sign) {
  require_tools(context, facts, source, kernel);
  const Tree& files = context.host.files;
  remove_leftovers(files, source, kernel.release);
  const auto dkms = [&](const std::string& verb, const std::string& label, bool force) {
    std::vector<std::string> argv = {"dkms", verb, source.name + "/" + source.version, "-k", kernel.release};
    if (force) argv.emplace_back("--force");
    const Finished finished = change(context, label, std::move(argv), true);
    if (!finished.ok()) throw dkms_failed(files, source, kernel, verb, finished);
    return finished;
  };
  // DKMS does not look whether what it installed is still there, nor whether what it built is signed.
  const std::string state = state_for(facts, source, kernel.release);
  if (state == "installed" || (state == "built" && must_sign)) {
    dkms("remove", format("taking away the old modules for {}", kernel.release), false);
  }
  // Forced: DKMS would keep a module of a higher version, where a lower one is wanted.
  const Finished built =
      dkms("install", format("compiling {} {} for {}", source.name, source.version, kernel.release), true);
  if (const auto line = line_with(built.out, "won't be signed"); must_sign && !line.empty()) {
    throw cannot_build(source, kernel.release,
                       format("Secure Boot is on, and dkms says: {}", printable(line)),
                       "install openssl, on Ubuntu shim-signed, with which dkms makes a key to sign with");
  }
}

BuildFailure build_failure(std::string_view make_log, std::string_view compiler) {
  const bool has_error = make_log.find("error:") != std::string_view::npos;
  for (const Sign& sign : k_signs) {
    if (sign.warning && has_error) continue;
    if (make_log.find(sign.words) != std::string_view::npos) return told(sign.sort, compiler);
  }
  return {"", "the whole output is in the step's log, and in DKMS's make.log"};
}

}  // namespace rigsetup
