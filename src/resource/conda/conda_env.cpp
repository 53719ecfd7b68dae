// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "resource/conda/conda_asked.hpp"
#include "resource/conda/conda_cuda.hpp"
#include "resource/conda/conda_engine.hpp"
#include "resource/conda/conda_wish.hpp"
#include "resource/nvidia/cuda_choice.hpp"
#include "resource/python/environment_owner.hpp"
#include "resource/python/framework_parts.hpp"

namespace rigsetup {
namespace {

using Part = Expansion::Part;

void complain_of_mixture(const Step& step, Complaints& complaints) {
  const Fields& fields = step.fields;
  const bool has_specs = fields.has("packages") || fields.has("file") || fields.has("pip");
  if (!has_specs && !fields.has("lock")) {
    complaints.push_back({step.place, "it has no packages, no file and no lock", "packages: [python=3.12]"});
  }
  if (has_specs && fields.has("lock")) {
    complaints.push_back({fields.place("lock"), "a lock names every package already",
                          "leave packages, file and pip out, or the lock"});
  }
  complain_of_cuda(fields, complaints);
  complain_of_owner(fields, complaints);
  const std::string name = fields.text("name");
  const bool is_name = !name.empty() && name.front() != '.' && name.front() != '-' && name != "base" &&
                       name.find_first_of("/ \t:#") == std::string::npos && name == printable(name);
  if (!is_name) {
    complaints.push_back({fields.place("name"), format("\"{}\" is no name for an environment", excerpt(name)),
                          "letters, digits, - and _; base is conda's own"});
  }
}

void look_at_channels(const Step& step, const CondaAsked& asked, Expansion& expansion,
                      Complaints& complaints) {
  for (const std::string& channel : asked.channels) {
    if (channel == "pytorch") {
      complaints.push_back({step.fields.place("channels"), "the channel pytorch ended with PyTorch 2.5",
                            "conda-forge has what came after it"});
    }
    const bool is_commercial = channel == "defaults" || channel == "main" || channel == "r" ||
                               channel == "anaconda" ||
                               channel.find("repo.anaconda.com") != std::string::npos;
    if (is_commercial) {
      expansion.notes.push_back(
          format("The channel {} has terms of its own, and organisations above 200 people pay for it: "
                 "rigsetup accepts nothing for you.",
                 channel));
    }
  }
}

/// A lock that has packages for pip must have pip as well: nothing else is put there.
void complain_of_lock_without_pip(const Step& step, const CondaAsked& asked, Complaints& complaints) {
  const auto is_pip = [](const CondaArchive& archive) { return archive.name == "pip"; };
  const auto& archives = asked.lock.archives;
  if (asked.lock.pip.empty() || std::any_of(archives.begin(), archives.end(), is_pip)) return;
  complaints.push_back({step.fields.place("lock"),
                        format("the lock has {} for pip, and no pip", asked.lock.pip.front().name),
                        "make it from an environment with pip among its dependencies"});
}

/// A lock says itself for which CUDA it was made.
void complain_of_lock(const Step& step, const CondaAsked& asked, const CudaChoice& choice,
                      Complaints& complaints) {
  const compat::CudaCeiling& ceiling = choice.ceiling;
  for (const CondaArchive& archive : asked.lock.archives) {
    if (archive.name != "cuda-version" || ceiling.cuda.empty()) continue;
    const std::string major = archive.version.substr(0, archive.version.find('.'));
    if (compare_conda(major, ceiling.major()) <= 0) continue;
    complaints.push_back({step.fields.place("lock"),
                          format("the lock is made for CUDA {}, and {}", archive.version, ceiling.reason),
                          "make it with `cuda-version=" + ceiling.major() + "`"});
  }
}

Part packages_part(const Step& step, const std::string& path, const std::string& engine,
                   const std::vector<CondaSpec>& specs, const CondaAsked& asked, const std::string& cuda) {
  Part part;
  part.name = "packages";
  part.kind = "conda_packages";
  part.fields = Value::map({{"path", path},
                            {"engine", engine},
                            {"channels", Value::strings(asked.channels)},
                            {"owner", step.fields.text("owner")},
                            {"exact", step.fields.boolean("exact")}});
  if (!cuda.empty()) part.fields.set("cuda", cuda);
  if (step.fields.has("lock")) {
    part.fields.set("lock", step.fields.text("lock"));
  } else {
    std::vector<std::string> texts;
    for (const CondaSpec& spec : specs) texts.push_back(spec.text);
    part.fields.set("packages", Value::strings(texts));
  }
  return part;
}

/// What pip adds once conda's packages are there. Where the environment is to be exact it takes away, too,
/// what nobody asks of it any more.
std::optional<Part> pip_part(const Step& step, const std::string& path, const CondaAsked& asked) {
  const bool from_lock = !asked.lock.pip.empty();
  if (asked.pip.empty() && !from_lock && !step.fields.boolean("exact")) return std::nullopt;
  Part part;
  part.name = "pip";
  part.kind = "conda_pip";
  part.fields = Value::map(
      {{"path", path}, {"owner", step.fields.text("owner")}, {"exact", step.fields.boolean("exact")}});
  if (from_lock) part.fields.set("lock", step.fields.text("lock"));
  if (!asked.pip.empty()) part.fields.set("packages", Value::strings(asked.pip.requirements));
  if (!asked.pip.index_url.empty()) part.fields.set("index_url", asked.pip.index_url);
  if (!asked.pip.extra_index_urls.empty())
    part.fields.set("extra_index_urls", Value::strings(asked.pip.extra_index_urls));
  return part;
}

Expansion expand(const Step& step, const Recipe& recipe, const Surroundings& around, Complaints& complaints) {
  const std::size_t before = complaints.size();
  complain_of_mixture(step, complaints);
  const CondaAsked asked = read_conda_asked(step, recipe, complaints);
  Expansion expansion;
  look_at_channels(step, asked, expansion, complaints);
  complain_of_lock_without_pip(step, asked, complaints);
  if (complaints.size() > before) return {};
  const bool for_gpu = wants_gpu(asked.specs, around.compat);
  const auto cuda = choose_cuda(step.fields.text("cuda"), for_gpu, recipe, around, step.place, complaints);
  if (!cuda) return {};
  std::vector<std::string> reasons;
  std::vector<CondaSpec> specs = asked.specs;
  if (cuda->for_gpu()) {
    specs = demand_gpu_builds(asked.specs, asked.places, around, cuda->ceiling, reasons, complaints);
    complain_of_lock(step, asked, *cuda, complaints);
  }
  const auto engine = engine_for(step, recipe, around, complaints);
  if (!engine || complaints.size() > before) return {};
  const std::string path = step.fields.has("path")
                               ? step.fields.text("path")
                               : format("{}/{}", k_conda_environments, step.fields.text("name"));
  expansion.choice = choice_text(*cuda, reasons);
  add_account(step.fields, expansion);
  if (engine->part) expansion.parts.push_back(*engine->part);
  expansion.parts.push_back(
      packages_part(step, path, engine_path(engine->version).string(), specs, asked, cuda->ceiling.cuda));
  if (auto pip = pip_part(step, path, asked)) expansion.parts.push_back(std::move(*pip));
  add_proofs(step.fields.texts("checks"), path, cuda->for_gpu(), expansion);
  return expansion;
}

std::string title(const Fields& fields) { return "conda environment " + fields.text("name"); }

}  // namespace

const Kind& conda_env_kind() {
  static const Kind kind = {
      .name = "conda_env",
      .summary =
          "A conda environment with these packages, in the builds that fit the GPU and the driver. It is "
          "made, and its code is run, by its owner only.",
      .sort = Sort::composite,
      .example = R"yaml(- conda_env:
    name: torch
    packages: [python=3.12, pytorch]
    cuda: "12.9"
)yaml",
      .fields =
          {
              {.name = "name", .summary = "what it is called", .required = true},
              {.name = "path",
               .type = FieldType::path,
               .summary = "where it lies; without one it is /opt/rigsetup/envs/NAME"},
              {.name = "packages",
               .type = FieldType::texts,
               .summary = "as conda names them: numpy, numpy=1.26, \"numpy>=1.26,<2\""},
              {.name = "file",
               .type = FieldType::attachment,
               .summary = "an environment.yml beside the recipe, with its list for pip"},
              {.name = "pip",
               .type = FieldType::texts,
               .summary =
                   "what pip adds to conda's packages, which stay as they are: lines of a requirements "
                   "file, as \"six==1.16.0\" and \"--index-url https://...\""},
              {.name = "lock",
               .type = FieldType::attachment,
               .summary = "instead: a file that names every package with its hash, as `conda list --explicit "
                          "--sha256` or conda-lock write it"},
              {.name = "channels",
               .type = FieldType::texts,
               .summary =
                   "where packages come from, the first before the others; names, or addresses of mirrors",
               .fallback = "[conda-forge]"},
              owner_field(),
              {.name = "exact",
               .type = FieldType::boolean,
               .summary = "take away what none of these packages needs",
               .fallback = "false"},
              cuda_field(),
              proofs_field(),
          },
      .title = title,
      .expand = expand,
  };
  return kind;
}

}  // namespace rigsetup
