// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <rigsetup/recipe/recipe.hpp>

namespace rigsetup::test {

/// Kinds of the tests' own, with a field of every type. The real ones have their own tests.
inline std::span<const KindShape> kinds() {
  static const std::vector<FieldSpec> file{
      {.name = "path", .type = FieldType::path, .summary = "where it lies", .required = true},
      {.name = "content", .type = FieldType::text, .summary = "what stands in it"},
      {.name = "source", .type = FieldType::attachment, .summary = "a file beside the recipe"},
      {.name = "mode", .type = FieldType::mode, .summary = "permission bits", .fallback = "0644"},
  };
  static const std::vector<FieldSpec> command{
      {.name = "argv", .type = FieldType::argv, .summary = "what runs", .required = true},
      {.name = "environment", .type = FieldType::text_map, .summary = "variables"},
      {.name = "timeout", .type = FieldType::duration, .summary = "how long", .fallback = "10min"},
      {.name = "retries", .type = FieldType::integer, .summary = "how often", .fallback = "3"},
      {.name = "wait", .type = FieldType::boolean, .summary = "for the end", .fallback = "true"},
      {.name = "words", .type = FieldType::texts, .summary = "some words", .fallback = "[a, b]"},
      {.name = "when_busy", .type = FieldType::choice, .summary = "what then", .choices = {"wait", "refuse"}},
      {.name = "password", .type = FieldType::text, .summary = "of the proxy", .secret = true},
  };
  static const std::vector<FieldSpec> gpu;
  static const std::vector<KindShape> all{{"file", &file}, {"command", &command}, {"gpu_check", &gpu}};
  return all;
}

inline std::vector<std::string> texts_of(const Complaints& complaints) {
  std::vector<std::string> texts;
  for (const Complaint& complaint : complaints) texts.push_back(complaint.text());
  return texts;
}

}  // namespace rigsetup::test
