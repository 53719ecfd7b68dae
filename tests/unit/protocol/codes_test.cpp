// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/protocol/messages.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::protocol;

TEST_CASE("each kind of error has its HTTP status and its exit code") {
  struct Row {
    Code code;
    int http;
    int exit;
  };
  const std::vector<Row> rows = {{Code::invalid, 422, 2},     {Code::not_found, 404, 1},
                                 {Code::denied, 403, 5},      {Code::busy, 409, 8},
                                 {Code::conflict, 409, 2},    {Code::io, 500, 1},
                                 {Code::network, 502, 1},     {Code::program, 500, 1},
                                 {Code::unsupported, 422, 2}, {Code::internal, 500, 1}};
  for (const Row& row : rows) {
    INFO(to_string(row.code));
    CHECK(http_status(row.code) == row.http);
    CHECK(exit_code(row.code) == row.exit);
  }
}
