// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the rigsetup authors
//
// This program, and it alone in rigsetup, links libapt-pkg (GPL-2.0-or-later) and is GPL-3.0-or-later for
// that reason. The rest of rigsetup is Apache-2.0 and talks to it over pipes: one JSON request in, lines of
// JSON out.
#include <iostream>
#include <iterator>
#include <string>

#include <rigsetup/data/json.hpp>

#include "apt/resolve/aptlib.hpp"
#include "apt/resolve/lists.hpp"
#include "apt/resolve/offers.hpp"
#include "apt/resolve/stages.hpp"

namespace rigsetup::resolve {
namespace {

Value answer(const Value& request) {
  configure(request.at("options"));
  const std::string& operation = request.at("operation").as_string();
  if (operation == "update") return update_lists();
  if (operation == "lists") return describe_lists();
  if (operation == "offers") return describe_offers(request);
  if (operation == "resolve") return resolve_stages(request);
  throw Error(Code::internal, "cannot do '" + operation + "': no such operation");
}

}  // namespace

int run() {
  Value last;
  try {
    const std::string request{std::istreambuf_iterator<char>(std::cin), {}};
    last.set("result", answer(parse_json(request, "the request")));
  } catch (const Error& error) {
    last.set("error",
             Value::map(
                 {{"code", to_string(error.code())}, {"message", error.message()}, {"hint", error.hint()}}));
  }
  std::cout << to_json(last) << "\n";
  return std::cout.flush() ? 0 : 1;
}

}  // namespace rigsetup::resolve

int main() { return rigsetup::resolve::run(); }
