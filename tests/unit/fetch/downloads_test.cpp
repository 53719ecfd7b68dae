// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/error.hpp>
#include <rigsetup/data/json.hpp>
#include <rigsetup/fetch/downloads.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/fake_programs.hpp"

using namespace rigsetup;
using test::FakePrograms;

namespace {

struct Seam {
  FakePrograms programs;
  CurlDownloads downloads{programs};
  std::vector<std::pair<std::uint64_t, std::uint64_t>> progress;
  std::vector<std::string> whats;
  void fetch(std::stop_token stop = {}) {
    const auto watcher = [this](const Loading& loading) {
      progress.emplace_back(loading.done, loading.total);
      whats.push_back(loading.what);
    };
    downloads.fetch({"https://example.org/a", "/var/a", "abc", 7}, watcher, stop);
  }
  Error failure() {
    try {
      fetch();
    } catch (const Error& error) {
      return error;
    }
    FAIL("no error");
    return Error(Code::internal, "");
  }
};

}  // namespace

TEST_CASE("the helper gets the request, and its progress is told") {
  Seam seam;
  seam.programs.on("fetch", [](const Command& command) {
    const Value request = parse_json(command.input);
    CHECK(request.get("url", "") == "https://example.org/a");
    CHECK(request.get("to", "") == "/var/a");
    CHECK(request.get("sha256", "") == "abc");
    CHECK(request.get("limit", 0) == 7);
    CHECK(command.helper);
    // In pieces that end anywhere.
    command.on_output("{\"done\":1,\"total\":0,\"what\":\"connecting to example.org\"}\n{\"do");
    command.on_output("ne\":2,\"total\":5}\n");
    return FakePrograms::finished(0, "{\"ok\":true}\n");
  });
  seam.fetch();
  CHECK(seam.progress == std::vector<std::pair<std::uint64_t, std::uint64_t>>{{1, 0}, {2, 5}});
  CHECK(seam.whats == std::vector<std::string>{"connecting to example.org", ""});
}

TEST_CASE("an error of the helper keeps its code and its hint") {
  Seam seam;
  seam.programs.on("fetch", [](const Command&) {
    return FakePrograms::finished(
        1, "{\"error\":{\"code\":\"conflict\",\"message\":\"cannot use it\",\"hint\":\"do that\"}}\n");
  });
  CHECK(seam.failure().code() == Code::conflict);
  CHECK(seam.failure().message() == "cannot use it");
  CHECK(seam.failure().hint() == "do that");
}

TEST_CASE("a helper that crashed is named as the cause") {
  Seam seam;
  seam.programs.on("fetch", [](const Command&) {
    Finished crashed;
    crashed.signal = 11;
    return crashed;
  });
  CHECK(seam.failure().code() == Code::internal);
  CHECK_THAT(seam.failure().message(), Catch::Contains("killed by signal 11"));
}

TEST_CASE("a stop is no error") {
  Seam seam;
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(seam.fetch(stop.get_token()), Cancelled);
}
