// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "apt/resolver.hpp"

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

namespace rigsetup::apt {

Value Resolver::ask(std::string_view operation, const Options& options, Value request, const Watcher& watcher,
                    std::stop_token stop) const {
  Value keys = Value::list();
  for (const auto& [key, value] : options) keys.push_back(Value::strings({key, value}));
  request.set("operation", operation).set("options", std::move(keys));

  std::string line;
  Value last;
  Command command;
  command.argv = {"apt-resolve"};
  command.input = to_json(request);
  command.helper = true;
  command.on_output = [&](std::string_view piece) {
    for (const char c : piece) {
      if (c != '\n') {
        line += c;
        continue;
      }
      Value said = parse_json(line, "the answer of apt-resolve");
      line.clear();
      if (const Value* progress = said.find("progress"); progress == nullptr) {
        last = std::move(said);
      } else if (watcher) {
        watcher(static_cast<std::uint64_t>(progress->get("done", 0)),
                static_cast<std::uint64_t>(progress->get("total", 0)), progress->get("what", ""));
      }
    }
  };
  const Finished finished = host_.programs.run(command, stop);
  if (const Value* error = last.find("error")) {
    throw Error(code_from(error->get("code", "")), error->get("message", ""), error->get("hint", ""));
  }
  if (const Value* result = last.find("result"); result != nullptr && finished.ok()) return *result;
  throw Error(Code::internal, format("cannot ask apt-resolve: {}: {}", finished.text(),
                                     printable(last_lines(finished.err, 3))));
}

}  // namespace rigsetup::apt
