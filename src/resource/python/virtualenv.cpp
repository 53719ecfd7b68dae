// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/virtualenv.hpp"

#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/nvidia/cuda_choice.hpp"
#include "resource/nvidia/nvidia_stack.hpp"
#include "resource/python/environment_owner.hpp"
#include "resource/python/framework_parts.hpp"
#include "resource/python/python_environment.hpp"

namespace rigsetup {
namespace {

/// Whose indexes have builds for one CUDA each.
constexpr std::string_view k_channel = "pytorch-wheels";

/// A package whose build the GPU decides.
struct Wanted {
  compat::FrameworkPackage package;
  Place place;
};

struct Asked {
  std::vector<Wanted> frameworks;
  bool says_build = false;  ///< the author names the build himself, or the file
};

void look_at(const PythonRequirement& requirement, const Place& place, const compat::Tables& tables,
             Asked& asked) {
  const auto package = compat::framework_of(tables, k_channel, requirement.name);
  if (package.framework == nullptr) return;
  asked.frameworks.push_back({package, place});
  if (requirement.names_build()) asked.says_build = true;
}

Asked read_asked(const Fields& fields, const VirtualenvWish& wish, const compat::Tables& tables) {
  Asked asked;
  for (std::size_t i = 0; i < wish.packages.size(); ++i)
    look_at(parse_python_requirement(wish.packages[i]), fields.place_of_item("packages", i), tables, asked);
  for (const PythonRequirement& requirement : parse_requirements_file(wish.requirements_file))
    look_at(requirement, {fields.text("requirements")}, tables, asked);
  const bool extra_builds = std::any_of(wish.extra_index_urls.begin(), wish.extra_index_urls.end(),
                                        [](const std::string& url) { return !build_of_index(url).empty(); });
  // Hashes are those of one index's files.
  if (!wish.index_url.empty() || !wish.wheels.empty() || !wish.lock.empty() || wish.require_hashes ||
      extra_builds || names_an_index(wish.requirements_file)) {
    asked.says_build = true;
  }
  return asked;
}

/// The index of the build that fits. Nothing, and a complaint at the package's place, where none does.
std::optional<compat::BuildChoice> choose_index(const Wanted& wanted, const CudaChoice& cuda,
                                                const Surroundings& around, Complaints& complaints) {
  if (!cuda.for_gpu()) return compat::BuildChoice{{}, wanted.package.channel->cpu_url, cuda.reason};
  const auto build = compat::choose_build(around.compat, wanted.package.framework->name,
                                          std::string(k_channel), gpus_of(around.facts), cuda.ceiling);
  if (const auto* refusal = std::get_if<compat::BuildRefusal>(&build)) {
    complaints.push_back({wanted.place, refusal->reason, refusal->hint});
    return std::nullopt;
  }
  return std::get<compat::BuildChoice>(build);
}

/// What the author wrote but for what only the composite knows.
Expansion::Part packages_part(const Fields& fields) {
  Expansion::Part part;
  part.name = "packages";
  part.kind = "virtualenv_packages";
  part.fields = Value::map();
  for (const Member& member : fields.values().as_map()) {
    if (member.key != "cuda" && member.key != "checks") part.fields.set(member.key, member.value);
  }
  return part;
}

Expansion expand(const Step& step, const Recipe& recipe, const Surroundings& around, Complaints& complaints) {
  const std::size_t before = complaints.size();
  const Fields& fields = step.fields;
  complain_of_cuda(fields, complaints);
  const VirtualenvWish wish = read_virtualenv_wish(fields, recipe.attachments, complaints);
  if (complaints.size() > before) return {};
  const Asked asked = read_asked(fields, wish, around.compat);
  const bool is_ours = !asked.frameworks.empty() && !asked.says_build;
  const auto cuda = choose_cuda(fields.text("cuda"), is_ours, recipe, around, step.place, complaints);
  if (!cuda) return {};
  Expansion expansion;
  Expansion::Part packages = packages_part(fields);
  if (is_ours) {
    const Wanted& first = asked.frameworks.front();
    const auto index = choose_index(first, *cuda, around, complaints);
    if (!index) return {};
    packages.fields.set("framework_packages", Value::strings(first.package.channel->packages));
    packages.fields.set("framework_index_url", index->url);
    expansion.choice = format("{}, from {}", index->reason, index->url);
  } else {
    expansion.choice = asked.frameworks.empty() ? "none of its packages is chosen by the GPU"
                                                : "the recipe says which build it is";
  }
  add_account(fields, expansion);
  expansion.parts.push_back(std::move(packages));
  add_proofs(fields.texts("checks"), wish.path, cuda->for_gpu(), expansion);
  return expansion;
}

std::vector<FieldSpec> fields() {
  std::vector<FieldSpec> fields = virtualenv_fields();
  fields.push_back(cuda_field());
  fields.push_back(proofs_field());
  return fields;
}

std::string title(const Fields& fields) { return "Python environment " + fields.text("path"); }

}  // namespace

const Kind& virtualenv_kind() {
  static const Kind kind = {
      .name = "virtualenv",
      .summary =
          "A Python environment with these packages, PyTorch's in the build that fits the GPU and the "
          "driver. It is made, and its code is run, by its owner only.",
      .sort = Sort::composite,
      .example = R"yaml(- virtualenv:
    path: /opt/notebook
    packages: [jupyterlab, "numpy>=1.26", torch]
    cuda: "12.6"
)yaml",
      .fields = fields(),
      .title = title,
      .expand = expand,
  };
  return kind;
}

}  // namespace rigsetup
