// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/framework_parts.hpp"

#include <algorithm>
#include <array>

namespace rigsetup {
namespace {

/// A check that computes with a framework, and what Python imports of it.
struct Proof {
  std::string_view kind;
  std::string_view module;
};
constexpr std::array<Proof, 3> k_proofs{
    {{"torch_cuda", "torch"}, {"tensorflow_gpu", "tensorflow"}, {"jax_gpu", "jax"}}};

const Proof* find_proof(const std::string& word) {
  const auto found =
      std::find_if(k_proofs.begin(), k_proofs.end(), [&](const Proof& one) { return one.kind == word; });
  return found != k_proofs.end() ? &*found : nullptr;
}

}  // namespace

FieldSpec proofs_field() {
  return {.name = "checks",
          .type = FieldType::texts,
          .summary = "what proves it: torch_cuda, tensorflow_gpu, jax_gpu, or modules to import"};
}

void add_proofs(const std::vector<std::string>& words, const std::string& path, bool for_gpu,
                Expansion& expansion) {
  const std::string python = path + "/bin/python";
  std::vector<std::string> modules;
  for (const std::string& word : words) {
    const Proof* proof = find_proof(word);
    if (proof == nullptr || !for_gpu) {
      modules.push_back(proof == nullptr ? word : std::string(proof->module));
      continue;
    }
    Expansion::Part check;
    check.name = word;
    check.kind = word;
    check.fields = Value::map({{"python", python}});
    check.late = true;  // it needs the driver loaded
    expansion.parts.push_back(std::move(check));
  }
  if (modules.empty()) return;
  Expansion::Part imports;
  imports.name = "imports";
  imports.kind = "python_import";
  imports.fields = Value::map({{"python", python}, {"modules", Value::strings(modules)}});
  expansion.parts.push_back(std::move(imports));
}

}  // namespace rigsetup
