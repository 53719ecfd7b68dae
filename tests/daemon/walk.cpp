// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/daemon/walk.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "tests/support/json_schema.hpp"

namespace rigsetup::test {
namespace {

/// What is put for {NAME} of a path, by the path's beginning.
const std::map<std::string, std::string> k_names = {{"/v1/kinds/", "file"},
                                                    {"/v1/recipes/", "greeting"},
                                                    {"/v1/plans/", "0123456789abcdef"},
                                                    {"/v1/runs/", "latest"},
                                                    {"/v1/activity/", "0123456789abcdef"}};

/// These change the run that goes on, for those who may: the test does so when it is time.
const std::set<std::string> k_changing = {"POST /v1/runs/{id}/cancel", "POST /v1/runs/{id}/resume"};

const std::string k_steps = "  - file: {path: /etc/walked, content: \"1\\n\"}\n  - nvidia_gpu: {}\n";

std::string filled(const std::string& path, const std::string& name) {
  const auto open = path.find('{');
  if (open == std::string::npos) return path;
  return path.substr(0, open) + name + path.substr(path.find('}') + 1);
}

/// A value that a schema does not allow.
Value wrong_for(const Value& schema) {
  return schema.get("type", "") == "string" ? Value(7) : Value("wrong");
}

/// The right value with one thing wrong, for each thing that can be.
std::vector<Value> wrong_ones(const Value& right, const Value& reference, const Value& document) {
  const auto& schema = resolved(document, reference);
  std::vector<Value> wrong;
  for (const auto& name : schema.get_strings("required")) {
    Value::Map members = right.as_map();
    std::erase_if(members, [&](const Member& member) { return member.key == name; });
    wrong.push_back(Value::map(std::move(members)));
  }
  const auto put = [&](const std::string& name, Value value) {
    Value other = right;
    other.set(name, std::move(value));
    wrong.push_back(std::move(other));
  };
  if (const auto* others = schema.find("additionalProperties"); others != nullptr && others->is_map()) {
    put("other", wrong_for(*others));
  }
  const auto* properties = schema.find("properties");
  if (properties == nullptr) return wrong;
  for (const auto& property : properties->as_map()) {
    const auto& inner = resolved(document, property.value);
    put(property.key, wrong_for(inner));
    if (inner.get("type", "") != "object") continue;
    const auto* there = right.find(property.key);
    for (auto& each : wrong_ones(there == nullptr ? Value::map() : *there, inner, document)) {
      put(property.key, std::move(each));
    }
  }
  return wrong;
}

}  // namespace

Walk::Walk(const Bed& bed, const Description& description) : bed_(bed), description_(description) {}

void Walk::expect(bool so, const std::string& otherwise) {
  if (!so) faults_.push_back(otherwise);
}

const Walk::Operation& Walk::find(const std::string& name) const {
  const auto found = std::ranges::find_if(description_.operations(),
                                          [&](const Operation& each) { return each.name() == name; });
  if (found == description_.operations().end())
    throw std::runtime_error("src/server/openapi.yaml lacks " + name);
  return *found;
}

std::string Walk::ordinary_target(const Operation& operation) const {
  for (const auto& [beginning, name] : k_names) {
    if (operation.path.starts_with(beginning)) return filled(operation.path, name);
  }
  if (operation.path.find('{') == std::string::npos) return operation.path;
  throw std::runtime_error("say in tests/daemon/walk.cpp what to put into " + operation.path);
}

std::string Walk::ordinary_body(const Operation& operation) {
  if (operation.body() == nullptr) return {};
  if (operation.path.ends_with("/resume")) return "{}";
  if (operation.path == "/v1/runs") return R"({"plan":"0123456789abcdef","digest":"0"})";
  if (operation.path == "/v1/doctor") return R"({"caller":{"visible_devices":"0"}})";
  if (operation.path == "/v1/init")
    return to_json(Value::map({{"recipe", "greeting"}, {"root", bed_.root.string()}, {"replace", true}}));
  if (operation.body()->at("properties").find("recipe") != nullptr)
    return to_json(inline_recipe(bed_, k_steps));
  throw std::runtime_error("say in tests/daemon/walk.cpp what to send to " + operation.path);
}

void Walk::hold(const Operation& operation, const std::string& doing, const HttpAnswer& answer) {
  seen_.insert(operation.name() + " " + std::to_string(answer.status));
  for (const auto& fault : operation.departures(answer)) faults_.push_back(doing + ": " + fault);
  if (answer.status == 405) {
    std::set<std::string> methods;
    for (const auto& each : description_.operations()) {
      if (each.path == operation.path) methods.insert(each.method);
    }
    const auto allow = answer.headers.find("allow");
    const auto said = allow == answer.headers.end() ? std::vector<std::string>{} : split(allow->second, ',');
    std::set<std::string> allowed;
    for (const auto& word : said) allowed.insert(std::string(trim(word)));
    expect(allowed == methods, doing + ": Allow is not what the path has");
  }
}

HttpAnswer Walk::ask(const Who& who, const std::string& operation, const std::string& target,
                     const std::string& body) {
  const auto& described = find(operation);
  auto client = connect_as(who.uid, who.groups, bed_.socket);
  auto answer = client.request(described.method, target, body);
  hold(described, described.method + " " + target + " " + excerpt(body) + " as " + who.name, answer);
  return answer;
}

void Walk::ask_all(const std::string& state) {
  for (const auto& operation : description_.operations()) {
    for (const auto& who : {k_root, k_member, k_stranger}) {
      if (who.trusted && k_changing.contains(operation.name())) continue;
      const auto answer = ask(who, operation.name(), ordinary_target(operation), ordinary_body(operation));
      const auto access = operation.value->at("x-access").as_string();
      const bool refused = !who.trusted && (access == "trusted" || access == "by-recipe");
      expect((answer.status == 403) == refused,
             operation.name() + " as " + who.name + ", " + state + ": " + std::to_string(answer.status));
    }
  }
}

void Walk::ask_for_status(int status, const Operation& operation, const std::string& target,
                          const std::string& body) {
  const auto answer = ask(k_root, operation.name(), target, body);
  expect(answer.status == status, operation.method + " " + target + " " + excerpt(body) + ": not " +
                                      std::to_string(status) + " but " + std::to_string(answer.status) + " " +
                                      excerpt(answer.body));
}

void Walk::ask_wrongly() {
  for (const auto& operation : description_.operations()) {
    ask_with_wrong_query(operation);
    ask_with_wrong_path(operation);
    if (operation.body() != nullptr) ask_with_wrong_body(operation);
  }
}

void Walk::ask_with_wrong_query(const Operation& operation) {
  const auto target = ordinary_target(operation);
  ask_for_status(422, operation, target + "?nonsense=1", ordinary_body(operation));
  if (operation.value->find("parameters") == nullptr) return;
  for (const auto& item : operation.value->at("parameters").as_list()) {
    const auto& parameter = resolved(description_.document(), item);
    if (parameter.at("in").as_string() != "query") continue;
    const auto name = parameter.at("name").as_string();
    const bool any_text = parameter.at("schema").get("type", "") == "string";
    for (const char* value : {"x", "-1", "1e3", "0x10", "99999999999999999999", "%00", "%FF"}) {
      const auto answer = ask(k_root, operation.name(), target + "?" + name + "=" + value);
      expect(any_text || answer.status / 100 == 4, name + "=" + value + " is taken by " + operation.name());
    }
    ask_for_status(400, operation, target + "?" + name + "=1&" + name + "=2");
  }
  if (!operation.parameters("query").contains("root")) return;
  ask_for_status(422, operation, target + "?root=relative");
  ask_for_status(404, operation, target + "?root=/there/is/none");
  ask_for_status(422, operation, target + "?root=" + bed_.data.string());  // a folder, but no Debian
  const auto answer = ask(k_stranger, operation.name(), target + "?root=" + bed_.root.string());
  expect(answer.status == 403, "a stranger may look at another root by " + operation.name());
}

void Walk::ask_with_wrong_path(const Operation& operation) {
  if (operation.path.find('{') == std::string::npos) return;
  for (const char* name : {"no-such", "999999", "-1", "99999999999999999999", "%2e%2e", "a%2Fb", "%01%FF"}) {
    ask_for_status(404, operation, filled(operation.path, name));
  }
  ask_for_status(400, operation, filled(operation.path, "%zz"));
  ask_for_status(400, operation, filled(operation.path, "%00"));
}

void Walk::ask_with_wrong_body(const Operation& operation) {
  const auto target = ordinary_target(operation);
  if (operation.needs_body()) ask_for_status(422, operation, target, "");
  for (const std::string text : {"{", "[]", "7", "null", "{} {}", "{\"\xff\":1}", "\xef\xbb\xbf"}) {
    ask_for_status(422, operation, target, text);
  }
  ask_for_status(422, operation, target, std::string(100'000, '['));
  const auto right = parse_json(ordinary_body(operation));
  for (const auto& wrong : wrong_ones(right, *operation.body(), description_.document())) {
    ask_for_status(422, operation, target, to_json(wrong));
  }
}

void Walk::ask_unspeakably() {
  for (const auto& operation : description_.operations()) {
    const auto start = operation.method + " " + ordinary_target(operation);
    send_raw(400, operation, start + "%zz HTTP/1.1\r\nHost: x\r\n\r\n");
    send_raw(400, operation,
             start + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx");
    send_raw(405, operation, "DELETE " + ordinary_target(operation) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    send_raw(411, operation,
             start + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
    send_raw(413, operation, start + " HTTP/1.1\r\nHost: x\r\nContent-Length: 4194305\r\n\r\n");
    send_raw(431, operation, start + " HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
    send_raw(505, operation, start + " HTTP/1.0\r\nHost: x\r\n\r\n");
  }
}

void Walk::send_raw(int status, const Operation& operation, const std::string& bytes) {
  HttpClient client(bed_.socket);
  client.send(bytes);
  const auto answer = client.read_reply();
  hold(operation, excerpt(bytes), answer);
  expect(answer.status == status,
         excerpt(bytes) + ": not " + std::to_string(status) + " but " + std::to_string(answer.status));
}

std::vector<std::string> Walk::unseen() const {
  std::vector<std::string> names;
  for (const auto& operation : description_.operations()) {
    for (const auto& [status, described] : operation.statuses()) {
      const auto name = operation.name() + " " + std::to_string(status);
      if (!seen_.contains(name)) names.push_back(name);
    }
  }
  return names;
}

}  // namespace rigsetup::test
