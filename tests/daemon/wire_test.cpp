// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// Bytes that no decent client sends: each is answered by what HTTP has for it, and costs the daemon nothing.

#include <memory>
#include <thread>

#include <sys/socket.h>

#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/running_daemon.hpp"

using namespace rigsetup;
using namespace rigsetup::test;

namespace {

using namespace std::string_literals;

const std::string k_version = "GET /v1/version HTTP/1.1\r\nHost: x\r\n";

}  // namespace

TEST_CASE("odd bytes are refused by the status that HTTP has for them, in a reply that can be read") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto descriptors = settled_descriptors(daemon.pid());
  const std::pair<std::string, int> tries[] = {
      {"GET /v1/ver\0sion HTTP/1.1\r\nHost: x\r\n\r\n"s, 400},
      {"GET /v1/version%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /v1/version%0 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET /v1/\xff\xfe\xc3\x28 HTTP/1.1\r\nHost: x\r\n\r\n", 404},
      {"GET /v1/runs/%ff%c3%28%1b%5b2J HTTP/1.1\r\nHost: x\r\n\r\n", 404},
      {"PUT /v1/runs/%ff%c3%28%1b%5b2J HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"GET /v1/status?root=%ff%fe%0a HTTP/1.1\r\nHost: x\r\n\r\n", 422},
      {"GET /v1/version?%ff=1 HTTP/1.1\r\nHost: x\r\n\r\n", 422},
      {"GET * HTTP/1.1\r\nHost: x\r\n\r\n", 404},
      {"GET /v1/version\nHost: x\n\n", 400},
      {k_version + "A\0b: c\r\n\r\n"s, 400},
      {k_version + "A b: c\r\n\r\n", 400},
      {k_version + "A: \x01\r\n\r\n", 400},
      {k_version + ": c\r\n\r\n", 400},
      {k_version + "Content-Length: 0x2\r\n\r\n{}", 400},
      {k_version + "Content-Length: +2\r\n\r\n{}", 400},
      {k_version + "Content-Length: 2, 3\r\n\r\n{}", 400},
      {k_version + "Content-Length: 99999999999999999999999\r\n\r\n", 400},
      {k_version + "Content-Length: 18446744073709551615\r\n\r\n", 413},
      {k_version + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {k_version + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", 411},
      {k_version + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 411},
      {std::string(8000, '\n') + k_version + "\r\n", 400},
      {"POST /v1/validate HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n\xff\xfe\0\x01"s, 422},
  };
  for (const auto& [bytes, status] : tries) {
    INFO(excerpt(bytes));
    HttpClient client(bed.socket);
    client.send(bytes);
    const auto answer = client.read_reply();
    CHECK(answer.status == status);
    const auto problem = answer.json();
    CHECK(problem.at("message").as_string().starts_with("cannot "));
    CHECK(is_utf8(answer.body));
    for (const char c : problem.at("message").as_string())
      CHECK((static_cast<unsigned char>(c) >= ' ' && c != '\x7f'));
  }
  CHECK(eventually([&] { return open_descriptors(daemon.pid()) == descriptors; }));
}

TEST_CASE("many small headers, a folded one and an upgrade are no reason not to answer") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "A" + std::to_string(i) + ": b\r\n";
  for (const std::string& headers :
       {many, "A: b\r\n c\r\n"s, "Connection: Upgrade\r\nUpgrade: websocket\r\n"s,
        "Content-Length: 0\r\n"s}) {
    INFO(excerpt(headers));
    HttpClient client(bed.socket);
    client.send(k_version + headers + "\r\n");
    CHECK(client.read_reply().status == 200);
  }
}

TEST_CASE("a body that is longer than was said is another request, and one that is shorter is none") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto descriptors = settled_descriptors(daemon.pid());
  {
    HttpClient longer(bed.socket);
    longer.send(
        "POST /v1/validate HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}{\"and\": \"more\"}\r\n\r\n");
    CHECK(longer.read_reply().status == 422);
    CHECK(longer.read_reply().status == 400);
    CHECK(longer.closed_by_peer());
    HttpClient shorter(bed.socket);
    shorter.send("POST /v1/validate HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n{}");
    shutdown(shorter.descriptor(), SHUT_WR);
    CHECK(shorter.closed_by_peer());
  }
  CHECK(eventually([&] { return open_descriptors(daemon.pid()) == descriptors; }));
}

TEST_CASE("the answer to HEAD has no body, so that the next answer is found") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  HttpClient client(bed.socket);
  client.send("HEAD /v1/version HTTP/1.1\r\nHost: x\r\n\r\n" + k_version + "\r\n");
  const auto head = client.read_head();
  CHECK(head.status == 405);
  CHECK(head.headers.at("allow") == "GET");
  CHECK(client.read_reply().status == 200);
}

TEST_CASE("who sends a byte now and then is not waited for") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto descriptors = settled_descriptors(daemon.pid());
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<HttpClient>(bed.socket));
    clients.back()->send(i % 2 == 0 ? k_version + "A: "
                                    : "POST /v1/validate HTTP/1.1\r\nContent-Length: 999\r\n\r\n");
  }
  const bool all_cut = eventually([&] {
    std::erase_if(clients, [](const auto& client) { return !client->send("x"); });
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    return clients.empty();
  });
  CHECK(all_cut);
  CHECK(get(bed.socket, "/v1/version").status == 200);
  CHECK(eventually([&] { return open_descriptors(daemon.pid()) == descriptors; }));
}
