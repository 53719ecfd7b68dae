// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// The JSON Schema of a recipe, for editors that complete and check while one types. The parser is stricter:
// it knows the places and the reasons.

#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/catalog.hpp>

namespace rigsetup {
namespace {

Value object(Value properties) {
  return Value::map(
      {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}});
}

/// A scalar is taken as it was written, so 12.9 and true serve as texts too.
Value scalar() { return Value::map({{"type", Value::strings({"string", "number", "boolean"})}}); }

Value list_of(Value items) { return Value::map({{"type", "array"}, {"items", std::move(items)}}); }

Value texts() { return Value::map({{"anyOf", Value::list({scalar(), list_of(scalar())})}}); }

Value type_schema(const FieldSpec& field) {
  if (field.secret) {
    Value file = object(Value::map({{"file", Value::map({{"type", "string"}})}}));
    file.set("required", Value::strings({"file"}));
    return file;
  }
  switch (field.type) {
    case FieldType::text:
      return scalar();
    case FieldType::path:
      return Value::map({{"type", "string"}, {"pattern", "^/"}});
    case FieldType::boolean:
      return Value::map({{"type", "boolean"}});
    case FieldType::integer:
      return Value::map({{"type", "integer"}});
    case FieldType::mode:
      return Value::map({{"type", "string"}, {"pattern", "^[0-7]{3,4}$"}});
    case FieldType::choice:
      return Value::map({{"enum", Value::strings({field.choices.begin(), field.choices.end()})}});
    case FieldType::duration:
      return Value::map({{"type", Value::strings({"string", "integer"})}});
    case FieldType::texts:
      return texts();
    case FieldType::argv: {
      Value words = list_of(scalar());
      words.set("minItems", 1);
      return words;
    }
    case FieldType::text_map:
      return Value::map({{"type", "object"}, {"additionalProperties", scalar()}});
    case FieldType::attachment:
      return Value::map({{"type", "string"}});
  }
  throw Error(Code::internal, "cannot describe a field: its type has no schema");
}

Value default_of(const FieldSpec& field) {
  if (field.type == FieldType::boolean) return Value(field.fallback == "true");
  if (field.type == FieldType::integer)
    return Value(static_cast<std::int64_t>(std::stoll(std::string(field.fallback))));
  return Value(field.fallback);
}

Value field_schema(const FieldSpec& field) {
  Value schema = type_schema(field);
  schema.set("description", field.summary);
  if (!field.fallback.empty()) schema.set("default", default_of(field));
  return schema;
}

Value kind_schema(const Kind& kind) {
  Value properties = Value::map();
  std::vector<std::string> required;
  for (const auto& field : kind.fields) {
    properties.set(field.name, field_schema(field));
    if (field.required) required.emplace_back(field.name);
  }
  Value schema = object(std::move(properties));
  schema.set("description", kind.summary);
  if (required.empty()) {
    schema.set("type", Value::strings({"object", "null"}));  // "- nvidia_gpu:" says enough
  } else {
    schema.set("required", Value::strings(required));
  }
  return schema;
}

Value when_schema() {
  return object(Value::map(
      {{"gpu", Value::map({{"enum", Value::strings({"nvidia", "none"})}})}, {"platform", texts()}}));
}

Value policy_schema() {
  const Value words = Value::strings({std::begin(k_consents), std::end(k_consents)});
  return object(Value::map({{"allow", list_of(Value::map({{"enum", words}}))}}));
}

Value described(Value schema, const char* description) {
  schema.set("description", description);
  return schema;
}

Value step_schema() {
  Value properties = Value::map();
  properties.set("id", described(scalar(), "the step's name; without one, that of its kind"));
  properties.set("needs",
                 described(list_of(scalar()), "ids of steps that come first, instead of all steps above"));
  properties.set("when", described(when_schema(), "only on such machines"));
  Value one_kind = Value::list();
  for (const Kind* kind : catalog()) {
    properties.set(kind->name, kind_schema(*kind));
    one_kind.push_back(Value::map({{"required", Value::strings({std::string(kind->name)})}}));
  }
  Value step = object(std::move(properties));
  step.set("oneOf", std::move(one_kind));
  return step;
}

}  // namespace

Value recipe_schema() {
  Value properties = Value::map();
  properties.set("rigsetup",
                 described(Value::map({{"const", k_recipe_format}}), "version of the recipe format"));
  properties.set("name", described(scalar(), "short name of the recipe"));
  properties.set("summary", described(scalar(), "one line on what it is for"));
  properties.set("policy", described(policy_schema(), "what may be done beyond what the steps say"));
  properties.set("steps", described(list_of(step_schema()), "what should be, in order"));
  Value schema =
      Value::map({{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "rigsetup recipe"}});
  const Value recipe = object(std::move(properties));
  for (const auto& member : recipe.as_map()) schema.set(member.key, member.value);
  schema.set("required", Value::strings({"rigsetup", "name", "steps"}));
  return schema;
}

}  // namespace rigsetup
