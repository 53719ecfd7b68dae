// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/description.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>
#include <rigsetup/data/yaml.hpp>

#include "tests/support/json_schema.hpp"
#include "tests/support/running_daemon.hpp"

namespace rigsetup::test {

Description::Description() {
  Complaints complaints;
  document_ =
      parse_yaml(read_file(RIGSETUP_SOURCE_DIR "/src/server/openapi.yaml"), "openapi.yaml", complaints);
  if (!complaints.empty()) throw std::runtime_error(complaints.front().text());
  for (const auto& path : document_.at("paths").as_map()) {
    for (const auto& [method, value, mark] : path.value.as_map()) {
      auto name = method;
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
      operations_.push_back({name, path.key, &value, &document_});
    }
  }
}

std::set<std::string> Description::Operation::parameters(const std::string& in) const {
  std::set<std::string> names;
  const auto* list = value->find("parameters");
  if (list == nullptr) return names;
  for (const auto& item : list->as_list()) {
    const auto& parameter = resolved(*document, item);
    if (parameter.at("in").as_string() == in) names.insert(parameter.at("name").as_string());
  }
  return names;
}

std::map<int, const Value*> Description::Operation::statuses() const {
  std::map<int, const Value*> found;
  for (const auto& [status, response, mark] : value->at("responses").as_map()) {
    const auto& described = resolved(*document, response);
    if (status != "default") {
      found[std::stoi(status)] = &described;
      continue;
    }
    for (const auto& each : described.at("x-status").as_list()) {
      found.emplace(static_cast<int>(each.as_int()), &described);
    }
  }
  return found;
}

const Value* Description::Operation::body() const {
  const auto* request = value->find("requestBody");
  if (request == nullptr) return nullptr;
  return &resolved(*document,
                   resolved(*document, *request).at("content").at("application/json").at("schema"));
}

bool Description::Operation::needs_body() const {
  const auto* request = value->find("requestBody");
  return request != nullptr && resolved(*document, *request).get("required", false);
}

std::vector<std::string> Description::Operation::departures(const HttpAnswer& answer) const {
  const auto described = statuses();
  const auto found = described.find(answer.status);
  if (found == described.end()) {
    return {"it answered " + std::to_string(answer.status) +
            ", which is not described: " + excerpt(answer.body, 300)};
  }
  const auto& content = found->second->at("content").as_map().front();
  const auto type = answer.headers.find("content-type");
  if (type == answer.headers.end() || type->second != content.key)
    return {"it is not of type " + content.key};
  const auto& schema = content.value.at("schema");
  if (content.key == "application/json") return test::departures(answer.json(), schema, *document);
  std::vector<std::string> faults;
  if (content.key != "application/x-ndjson") return faults;
  for (const auto& line : split_lines(answer.body)) {
    const auto more = test::departures(parse_json(line), schema, *document);
    faults.insert(faults.end(), more.begin(), more.end());
  }
  return faults;
}

}  // namespace rigsetup::test
