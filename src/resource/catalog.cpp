// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/resource/catalog.hpp>

namespace rigsetup {

// A kind's file defines `const Kind& NAME_kind()`; this declares that function and calls it, so that the list
// below is the only place that names all kinds. (Objects that registered themselves would be dropped from a
// static library.)
#define KIND(name)             \
  [] {                         \
    const Kind& name##_kind(); \
    return name##_kind();      \
  }()

static std::vector<Kind> declared_kinds() {
  return {
      KIND(nvidia_driver),        //
      KIND(cuda_toolkit),         //
      KIND(cudnn),                //
      KIND(conda),                //
      KIND(conda_env),            //
      KIND(virtualenv),           //
      KIND(apt_repository),       //
      KIND(apt_packages),         //
      KIND(file),                 //
      KIND(service),              //
      KIND(system_account),       //
      KIND(nvidia_runfile),       //
      KIND(virtualenv_packages),  //
      KIND(conda_engine),         //
      KIND(conda_packages),       //
      KIND(conda_pip),            //
      KIND(conda_installation),   //
      KIND(shell_startup),        //
      KIND(nvidia_modules),       //
      KIND(mok_enrolment),        //
      KIND(nvidia_loaded),        //
      KIND(command),              //
      KIND(nvcc_compiles),        //
      KIND(python_import),        //
      KIND(torch_cuda),           //
      KIND(tensorflow_gpu),       //
      KIND(jax_gpu),              //
      KIND(nvidia_gpu),           //
      KIND(libcuda),              //
      KIND(libcudnn),             //
  };
}

#undef KIND

namespace {

/// A check changes nothing, and what a composite changes its parts do: no step stands on either by default.
void leave_to_parts(std::vector<Kind>& kinds) {
  for (const Kind& idle : kinds) {
    if (idle.sort == Sort::primitive) continue;
    for (Kind& kind : kinds) kind.independent_of.push_back(idle.name);
  }
}

}  // namespace

const std::vector<const Kind*>& catalog() {
  static const auto kinds = [] {
    auto made = declared_kinds();
    leave_to_parts(made);
    return made;
  }();
  static const auto shown = [] {
    std::vector<const Kind*> pointers;
    for (const Kind& kind : kinds) pointers.push_back(&kind);
    return pointers;
  }();
  return shown;
}

const Kind* find_kind(std::string_view name) {
  const auto& kinds = catalog();
  const auto found =
      std::find_if(kinds.begin(), kinds.end(), [&](const Kind* kind) { return kind->name == name; });
  return found == kinds.end() ? nullptr : *found;
}

std::span<const KindShape> kind_shapes() {
  static const auto shapes = [] {
    std::vector<KindShape> made;
    for (const Kind* kind : catalog()) made.push_back({kind->name, &kind->fields});
    return made;
  }();
  return shapes;
}

std::string_view to_string(Sort sort) {
  switch (sort) {
    case Sort::primitive:
      return "primitive";
    case Sort::composite:
      return "composite";
    case Sort::check:
      return "check";
  }
  return "primitive";
}

Value to_value(const Kind& kind) {
  Value fields = Value::list();
  for (const auto& field : kind.fields) {
    Value entry =
        Value::map({{"name", field.name}, {"type", to_string(field.type)}, {"summary", field.summary}});
    if (field.required) entry.set("required", true);
    if (!field.fallback.empty()) entry.set("default", field.fallback);
    if (!field.choices.empty()) {
      entry.set("choices", Value::strings({field.choices.begin(), field.choices.end()}));
    }
    if (field.secret) entry.set("secret", true);
    fields.push_back(std::move(entry));
  }
  return Value::map({{"name", kind.name},
                     {"sort", to_string(kind.sort)},
                     {"summary", kind.summary},
                     {"fields", std::move(fields)},
                     {"example", kind.example}});
}

static Recipe parsed(const RecipeInput& input, Complaints& complaints) {
  Recipe recipe = parse_recipe(input.text, input.file, kind_shapes(), complaints);
  attach(recipe, input.attachments, kind_shapes(), complaints);
  return recipe;
}

BuiltRecipe read_recipe(const RecipeInput& input, const LookAround& look, Complaints& complaints) {
  return build(parsed(input, complaints), look, complaints);
}

BuiltRecipe read_expanded(const RecipeInput& input, const Expansions& expansions, Complaints& complaints) {
  return build_expanded(parsed(input, complaints), expansions, complaints);
}

}  // namespace rigsetup
