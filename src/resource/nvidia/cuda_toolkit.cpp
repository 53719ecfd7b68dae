// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/base/version.hpp>

#include "resource/nvidia/nvidia_origin.hpp"

namespace rigsetup {
namespace {

using Part = Expansion::Part;

/// Programs that were started by none of the shells that read /etc/profile.d find nvcc as well.
constexpr std::string_view k_nvcc =
    "#!/bin/sh\n"
    "# Written by rigsetup: nvcc for shells that are no login shells, services and cron.\n"
    "exec /usr/local/cuda/bin/nvcc \"$@\"\n";

constexpr std::string_view k_profile =
    "# Written by rigsetup. No LD_LIBRARY_PATH: it would hide the libraries that conda and pip environments "
    "bring.\n"
    "case \":$PATH:\" in\n"
    "  *:/usr/local/cuda/bin:*) ;;\n"
    "  *) PATH=/usr/local/cuda/bin:$PATH ;;\n"
    "esac\n";

Part file(std::string name, std::string_view path, std::string_view content, std::string_view mode) {
  Part part;
  part.name = std::move(name);
  part.kind = "file";
  part.fields = Value::map({{"path", path}, {"content", content}, {"mode", mode}});
  part.shared = true;
  return part;
}

/// NVIDIA's toolkits lie side by side below /usr/local; one of them is /usr/local/cuda. Their packages tell
/// the dynamic linker of it themselves (cuda-toolkit-config-common).
void add_environment(const std::string& release, Expansion& expansion) {
  const std::string folder = "/usr/local/cuda-" + release;
  Part chosen;
  chosen.name = "default";
  chosen.kind = "command";
  chosen.fields = Value::map({{"argv", Value::strings({"update-alternatives", "--set", "cuda", folder})},
                              {"check", Value::strings({"test", "/usr/local/cuda", "-ef", folder})}});
  expansion.parts.push_back(std::move(chosen));
  expansion.parts.push_back(file("cuda.profile", "/etc/profile.d/rigsetup-cuda.sh", k_profile, "0644"));
  expansion.parts.push_back(file("cuda.nvcc", "/usr/local/bin/nvcc", k_nvcc, "0755"));
}

/// One toolkit is the default: the one that says so, else the first that does not say no.
bool is_default(const Step& step, const std::vector<const Step*>& toolkits) {
  const bool says_no = step.fields.has("default") && !step.fields.boolean("default");
  return toolkits.front() == &step && !says_no;
}

void complain_of_second_default(const Step& step, const std::vector<const Step*>& toolkits,
                                Complaints& complaints) {
  if (!step.fields.boolean("default") || toolkits.front()->id == step.id) return;
  complaints.push_back({step.fields.place("default"),
                        format("only one toolkit can be the default, and {} is", toolkits.front()->id),
                        "remove one of the two"});
}

/// "12.9" of "12.9.1": toolkits of one release lie in one place.
std::string release_of(const std::string& version) {
  return version.substr(0, version.find('.', version.find('.') + 1));
}

/// The distribution's own, or the newest that this release accepts where that is older.
std::string host_compiler(const Surroundings& around, const std::string& release) {
  const auto cuda = around.compat.cuda.find(release);
  const auto platform = around.compat.platforms.find(around.facts.platform());
  if (cuda == around.compat.cuda.end() || platform == around.compat.platforms.end()) return "g++";
  const std::string& newest = cuda->second.newest_gcc;
  const bool too_new = !newest.empty() && compare_debian(platform->second.compiler, newest) > 0;
  return too_new ? "g++-" + newest : "g++";
}

Expansion expand(const Step& composite, const Recipe& recipe, const Surroundings& around,
                 Complaints& complaints) {
  const std::vector<const Step*> toolkits = toolkits_of(recipe, around.facts);
  const auto own = std::find_if(toolkits.begin(), toolkits.end(),
                                [&](const Step* step) { return step->id == composite.id; });
  const Step& step = **own;
  complain_of_second_default(step, toolkits, complaints);
  const auto fit = choose_for(step, recipe, around, complaints);
  if (!fit) return {};
  const compat::Choice& choice = fit->stack.cuda.at(static_cast<std::size_t>(own - toolkits.begin()));
  Expansion expansion;
  const bool is_kept = installed_toolkit(step, recipe, around.facts) == choice.value;
  expansion.choice =
      is_kept ? format("CUDA {} is installed, and \"{}\" keeps it", choice.value, step.fields.text("version"))
              : choice.reason;
  expansion.notes = fit->stack.warnings;
  if (auto repository = repository_part(fit->stack.library_repository, recipe, around)) {
    expansion.parts.push_back(std::move(*repository));
  }
  const bool of_nvidia = fit->stack.library_repository == "nvidia";
  if (of_nvidia) expansion.parts.push_back(one_origin_part(*fit, around.facts));
  std::vector<std::string> packages;
  for (compat::Package package : choice.packages) {
    if (is_kept) package.version.clear();  // whichever version of it is there
    packages.push_back(package_text(package));
  }
  const std::string release = release_of(choice.value);
  const std::string compiler = host_compiler(around, release);
  packages.push_back(compiler);
  Part toolkit;
  toolkit.name = "packages";
  toolkit.kind = "apt_packages";
  toolkit.fields = Value::map({{"packages", Value::strings(packages)}, {"recommends", false}});
  expansion.parts.push_back(std::move(toolkit));
  if (of_nvidia && is_default(step, toolkits)) add_environment(release, expansion);
  Part check;
  check.name = "compiles";
  check.kind = "nvcc_compiles";
  check.fields = Value::map({});
  if (of_nvidia) check.fields.set("nvcc", format("/usr/local/cuda-{}/bin/nvcc", release));
  if (compiler != "g++") check.fields.set("host_compiler", compiler);
  expansion.parts.push_back(std::move(check));
  return expansion;
}

std::string title(const Fields& fields) { return "CUDA toolkit " + fields.text("version"); }

}  // namespace

const Kind& cuda_toolkit_kind() {
  static const Kind kind = {
      .name = "cuda_toolkit",
      .summary =
          "A CUDA toolkit that fits the GPU and its driver, without the driver; proved by compiling with it.",
      .sort = Sort::composite,
      .example = R"(- cuda_toolkit: {version: "12"}
)",
      .fields =
          {
              {.name = "version",
               .summary =
                   "how far it may move: \"latest\" that fits, \"12\", \"12.9\" or \"12.9.1\"; what is "
                   "installed and within it stays",
               .fallback = "latest"},
              {.name = "default",
               .type = FieldType::boolean,
               .summary = "is it /usr/local/cuda, with its nvcc in the PATH? Of several, the first one is"},
          },
      .title = title,
      .expand = expand,
  };
  return kind;
}

}  // namespace rigsetup
