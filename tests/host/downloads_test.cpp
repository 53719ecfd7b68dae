// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <filesystem>
#include <fstream>

#include <sys/mount.h>
#include <unistd.h>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/error.hpp>
#include <rigsetup/data/json.hpp>
#include <rigsetup/fetch/downloads.hpp>

#include "tests/host/small_root.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;
using test::HttpFault;
namespace fs = std::filesystem;

namespace {

/// Hands CurlDownloads' request to the helper with less patience, so that tests need none.
class Impatient final : public Programs {
 public:
  Finished run(const Command& command, std::stop_token stop) override {
    Command hasty = command;
    Value request = parse_json(command.input);
    request.set("pause_ms", 1);
    request.set("stall_s", 1);
    hasty.input = to_json(request);
    return programs_.run(hasty, stop);
  }
  Finished run_job(const Job&, const JobWatcher&, std::stop_token) override { throw Cancelled(); }
  Finished adopt_job(const fs::path&, const JobWatcher&, std::stop_token) override { throw Cancelled(); }

 private:
  RealPrograms programs_{"/", test::k_libexec};
};

std::string many_bytes() {
  std::string bytes(300'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  return bytes;
}

struct Mirror {
  test::TemporaryFolder folder;
  std::string bytes = many_bytes();
  test::HttpServer server{(fs::create_directory(folder / "www"), folder / "www")};
  Impatient programs;
  CurlDownloads downloads{programs};
  Download download{server.url() + "/a", folder / "a", sha256_hex(bytes), 0};
  std::vector<std::pair<std::uint64_t, std::uint64_t>> progress;
  std::vector<std::string> whats;  ///< each once, as long as it is the same

  Mirror() { publish(bytes); }
  void publish(const std::string& content) { std::ofstream(folder / "www/a", std::ios::binary) << content; }
  void fetch() {
    const auto watcher = [this](const Loading& loading) {
      // Before the first byte there is only something to wait for.
      if (loading.done > 0 || loading.total > 0) progress.emplace_back(loading.done, loading.total);
      if (whats.empty() || whats.back() != loading.what) whats.push_back(loading.what);
    };
    downloads.fetch(download, watcher, {});
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
  std::string got() const { return test::contents(folder / "a"); }
  bool left(const std::string& suffix) const { return fs::exists((folder / "a").native() + suffix); }
  /// What an earlier helper leaves that lost its connection and then its patience.
  void leave_part(std::size_t size) {
    server.fail("/a", {.reset_after = size});
    server.fail("/a", {.times = 5, .status = 503});
    failure();
    REQUIRE(fs::file_size(folder / "a.part") == size);
  }
};

}  // namespace

TEST_CASE("a file is fetched, compared, and nothing is left beside it") {
  Mirror m;
  m.fetch();
  CHECK(m.got() == m.bytes);
  CHECK_FALSE(m.left(".part"));
  CHECK_FALSE(m.left(".part.from"));
  CHECK(m.progress.back() == std::make_pair<std::uint64_t, std::uint64_t>(m.bytes.size(), m.bytes.size()));
  m.publish("");
  m.download.sha256 = sha256_hex("");
  m.fetch();
  CHECK(m.got().empty());
}

TEST_CASE("a lost connection is taken up where it broke") {
  Mirror m;
  m.server.fail("/a", {.reset_after = 100'000});
  m.server.fail("/a", {.close_after = 50'000});
  m.fetch();
  CHECK(m.got() == m.bytes);
  const auto seen = m.server.seen();
  REQUIRE(seen.size() == 3);
  CHECK(seen[0].headers.count("range") == 0);
  CHECK(seen[1].headers.at("range") == "bytes=100000-");
  CHECK(seen[1].headers.count("if-range") == 1);
  CHECK(seen[2].headers.at("range") == "bytes=150000-");
}

TEST_CASE("a server that ignores ranges is read again from the start") {
  Mirror m;
  m.server.fail("/a", {.reset_after = 100'000});
  m.server.fail("/a", {.ignore_range = true});
  m.fetch();
  CHECK(m.got() == m.bytes);
}

TEST_CASE("a file that changed meanwhile is not glued together") {
  Mirror m;
  m.server.fail("/a", {.reset_after = 100'000, .other_content = true});
  m.fetch();
  CHECK(m.got() == m.bytes);
}

TEST_CASE("a server without validators cannot be resumed from, and is not") {
  Mirror m;
  int requests = 0;
  test::HttpServer plain([&](const test::HttpRequest& request) {
    CHECK(request.headers.count("range") == 0);
    ++requests;
    return test::HttpReply{200, {}, m.bytes};
  });
  plain.fail("/a", {.reset_after = 100'000});
  m.download.url = plain.url() + "/a";
  m.fetch();
  CHECK(m.got() == m.bytes);
  CHECK(requests == 2);
}

TEST_CASE("a part of an earlier day is gone on with") {
  Mirror m;
  m.leave_part(100'000);
  SECTION("of the same URL") {
    m.fetch();
    CHECK(m.server.seen().back().headers.at("range") == "bytes=100000-");
  }
  SECTION("but not of another") {
    const test::HttpServer other(m.folder / "www");
    m.download.url = other.url() + "/a";
    m.fetch();
    CHECK(other.seen().at(0).headers.count("range") == 0);
  }
  SECTION("but not when the file was changed since") {
    std::string changed = m.bytes;
    changed[5] = static_cast<char>(~changed[5]);
    m.publish(changed + "and longer");
    m.download.sha256 = sha256_hex(changed + "and longer");
    m.fetch();
    m.bytes = changed + "and longer";
  }
  CHECK(m.got() == m.bytes);
}

TEST_CASE("a part that was damaged is found out by its hash and fetched once more") {
  Mirror m;
  m.leave_part(100'000);
  std::fstream(m.folder / "a.part") << "damaged";
  m.fetch();
  CHECK(m.got() == m.bytes);
}

TEST_CASE("a wrong hash names both and leaves nothing to use") {
  Mirror m;
  m.download.sha256 = std::string(64, 'a');
  const Error error = m.failure();
  CHECK(error.code() == Code::conflict);
  CHECK_THAT(error.message(), Catch::Contains(sha256_hex(m.bytes)) && Catch::Contains(m.download.sha256));
  CHECK_FALSE(fs::exists(m.folder / "a"));
  CHECK_FALSE(m.left(".part"));
  CHECK(m.server.requests("/a") == 1);
}

TEST_CASE("an upper-case hash is a hash too") {
  Mirror m;
  for (char& c : m.download.sha256) c = static_cast<char>(std::toupper(c));
  m.fetch();
  CHECK(m.got() == m.bytes);
}

TEST_CASE("what may pass is tried again, what may not is not") {
  Mirror m;
  SECTION("503 and 429 pass") {
    m.server.fail("/a", {.times = 2, .status = 503});
    m.server.fail("/a", {.status = 429, .retry_after = "0"});
    m.fetch();
    CHECK(m.got() == m.bytes);
    CHECK(m.server.requests("/a") == 4);
  }
  SECTION("but not for ever") {
    m.server.fail("/a", {.times = -1, .status = 503});
    const Error error = m.failure();
    CHECK(error.code() == Code::network);
    CHECK_THAT(error.message(), Catch::Contains("says 503 (5 attempts)"));
    CHECK(m.server.requests("/a") == 5);
  }
  SECTION("404 does not pass") {
    m.download.url = m.server.url() + "/none";
    const Error error = m.failure();
    CHECK(error.code() == Code::network);
    CHECK_THAT(error.message(), Catch::Contains(m.download.url) && Catch::Contains("404 (not found)"));
    CHECK(m.server.requests("/none") == 1);
    CHECK_FALSE(fs::exists(m.folder / "a"));
  }
}

TEST_CASE("Retry-After is obeyed") {
  Mirror m;
  m.server.fail("/a", {.status = 429, .retry_after = "1"});
  const auto before = std::chrono::steady_clock::now();
  m.fetch();
  CHECK(std::chrono::steady_clock::now() - before >= std::chrono::seconds(1));
}

TEST_CASE("a server that falls silent is given up and taken up again") {
  Mirror m;
  m.server.fail("/a", {.pause = std::chrono::seconds(3)});
  m.fetch();
  CHECK(m.got() == m.bytes);
  CHECK(m.server.requests("/a") == 2);
}

TEST_CASE("more bytes than expected are refused, announced or not") {
  Mirror m;
  m.download.limit = 299'999;
  CHECK_THAT(m.failure().message(), Catch::Contains("larger than"));
  CHECK_FALSE(m.left(".part"));
  m.download.limit = 300'000;
  m.fetch();
  CHECK(m.got() == m.bytes);
}

TEST_CASE("redirects are followed to http, and nowhere else") {
  Mirror m;
  m.download.url = m.server.url() + "/moved";
  m.server.fail("/moved", {.status = 302, .location = "/a"});
  m.fetch();
  CHECK(m.got() == m.bytes);
  m.server.fail("/moved", {.status = 302, .location = "file:///etc/passwd"});
  CHECK_THAT(m.failure().message(), Catch::Contains("only http, https and file are allowed"));
  m.server.fail("/moved", {.times = -1, .status = 302, .location = "/moved"});
  CHECK_THAT(m.failure().message(), Catch::Contains("redirects"));
}

TEST_CASE("the cause of a failure is told apart") {
  Mirror m;
  {
    const test::HttpServer gone([](const test::HttpRequest&) { return test::HttpReply{}; });
    m.download.url = gone.url() + "/a";
  }
  CHECK_THAT(m.failure().message(), Catch::Contains("Connection refused"));
  m.download.url = "http://rigsetup.invalid/a";
  CHECK_THAT(m.failure().message(), Catch::Contains("cannot resolve rigsetup.invalid"));
  m.download.url = "https" + m.server.url().substr(4) + "/a";
  CHECK_THAT(m.failure().message(), Catch::Contains("TLS"));
  m.download.url = "ftp://127.0.0.1/a";
  CHECK(m.failure().code() == Code::invalid);
  m.download.url = "http://ann:secret@127.0.0.1:" + std::to_string(m.server.port()) + "/none";
  CHECK_THAT(m.failure().message(), !Catch::Contains("secret"));
}

TEST_CASE("a file of the machine is fetched like any other") {
  Mirror m;
  m.download.url = "file://" + (m.folder / "www/a").native();
  m.fetch();
  CHECK(m.got() == m.bytes);
  m.download.url += ".none";
  CHECK(m.failure().code() == Code::not_found);
}

TEST_CASE("a full disk is an error of the disk, and is not kept full") {
  Mirror m;
  const fs::path small = m.folder / "small";
  fs::create_directory(small);
  REQUIRE(::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=64k") == 0);
  m.download.to = small / "a";
  const Error announced = m.failure();
  const bool empty = fs::is_empty(small) || fs::file_size(small / "a.part") == 0;
  ::umount(small.c_str());
  CHECK(announced.code() == Code::io);
  CHECK_THAT(announced.message(), Catch::Contains("free"));
  CHECK(empty);
}

TEST_CASE("a folder that is not there is an error of the disk") {
  Mirror m;
  m.download.to = m.folder / "none/a";
  CHECK_THAT(m.failure().message(), Catch::Contains("none/a.part"));
  CHECK(m.server.requests() == 0);
}

TEST_CASE("a stop leaves the part for the next time") {
  Mirror m;
  m.server.fail("/a", {.times = -1, .pause = std::chrono::milliseconds(50)});
  std::stop_source stop;
  const auto watcher = [&](const Loading& loading) {
    if (loading.done > 0) stop.request_stop();
  };
  CHECK_THROWS_AS(m.downloads.fetch(m.download, watcher, stop.get_token()), Cancelled);
  CHECK(m.left(".part"));
  CHECK_FALSE(fs::exists(m.folder / "a"));
}

TEST_CASE("it is told where a file comes from, and why nothing comes") {
  Mirror m;
  m.server.fail("/a", {.status = 503});
  m.fetch();
  const std::string host = m.server.url().substr(7);
  const auto told = [&](const std::string& what) {
    return std::any_of(m.whats.begin(), m.whats.end(),
                       [&](const std::string& one) { return one.find(what) != std::string::npos; });
  };
  CAPTURE(m.whats);
  CHECK(told("from " + host));
  CHECK(told("trying again in "));
  CHECK(told(" (2 of "));
  CHECK(told(host + " says 503"));
}
