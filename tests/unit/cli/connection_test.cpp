// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/connection.hpp"

#include <thread>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;
using namespace rigsetup::cli;

namespace {

/// A real unix socket that answers one request with the bytes it was given, piece by piece, and closes.
class OneAnswer {
 public:
  explicit OneAnswer(std::vector<std::string> pieces) : path_((folder_ / "s").string()) {
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, 1) != 0)
      throw std::runtime_error("cannot listen on " + path_);
    thread_ = std::thread([this, given = std::move(pieces)] { answer(given); });
  }
  OneAnswer(const OneAnswer&) = delete;
  ~OneAnswer() {
    thread_.join();
    ::close(listener_);
  }
  const std::string& path() const { return path_; }
  /// What it was asked; after the reply was read.
  std::string request() {
    thread_.join();
    thread_ = std::thread([] {});
    return request_;
  }

 private:
  void answer(const std::vector<std::string>& pieces) {
    const int client = ::accept(listener_, nullptr, nullptr);
    char bytes[4096];
    while (request_.find("\r\n\r\n") == std::string::npos) {
      const ssize_t count = ::recv(client, bytes, sizeof bytes, 0);
      if (count <= 0) break;
      request_.append(bytes, static_cast<std::size_t>(count));
    }
    for (const std::string& piece : pieces) {
      ::send(client, piece.data(), piece.size(), MSG_NOSIGNAL);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));  // so that they arrive one by one
    }
    ::shutdown(client, SHUT_WR);
    while (::recv(client, bytes, sizeof bytes, 0) > 0) {
    }
    ::close(client);
  }

  rigsetup::test::TemporaryFolder folder_;
  std::string path_;
  int listener_ = -1;
  std::string request_;
  std::thread thread_;
};

Refused refusal_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Refused& refused) {
    return refused;
  }
  FAIL("it was not refused");
  return {};
}

std::vector<std::string> all_lines(LineStream stream) {
  std::vector<std::string> lines;
  while (stream.read(lines)) {
    pollfd wanted{stream.descriptor(), POLLIN, 0};
    REQUIRE(::poll(&wanted, 1, 60'000) == 1);
  }
  return lines;
}

}  // namespace

TEST_CASE("a reply is read whole, however it is cut") {
  OneAnswer server({"HTTP/1.1 200 OK\r\nContent-Le", "ngth: 10\r\n\r", "\n{\"a\":", "\"bc\"}"});
  CHECK(Daemon(server.path()).get("/v1/status?root=/srv") == "{\"a\":\"bc\"}");
  CHECK(server.request().starts_with("GET /v1/status?root=/srv HTTP/1.1\r\nHost: rigsetup\r\n"));
}

TEST_CASE("a body travels with its length") {
  OneAnswer server({"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{\"run\":3}\n"});
  const Value body = Value::map({{"plan", "p"}});
  CHECK(Daemon(server.path()).post("/v1/runs", body).starts_with("{\"run\":3}"));
  const std::string request = server.request();
  CHECK(request.starts_with("POST /v1/runs HTTP/1.1\r\n"));
  CHECK(request.find("Content-Length: 12\r\n") != std::string::npos);
  CHECK(request.ends_with("\r\n\r\n{\"plan\":\"p\"}"));
}

TEST_CASE("what the daemon refuses keeps its words and gets its exit code") {
  const std::string body = R"({"code":"busy","message":"cannot start: run 12 is going on","run":12})";
  OneAnswer server(
      {"HTTP/1.1 409 Conflict\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body});
  const Refused refused = refusal_of([&] { Daemon(server.path()).post("/v1/runs", Value::map()); });
  CHECK(refused.exit == 8);
  CHECK(refused.problem.run == 12);
  CHECK(refused.problem.message == "cannot start: run 12 is going on");
}

TEST_CASE("an answer that is not ours is said to be none") {
  OneAnswer server({"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 5\r\n\r\n<html"});
  const Refused refused = refusal_of([&] { Daemon(server.path()).get("/v1/version"); });
  CHECK(refused.problem.message == "cannot understand the reply of rigsetupd (HTTP 502)");
}

TEST_CASE("a connection that ends too early is no reply") {
  OneAnswer server({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"});
  CHECK(refusal_of([&] { Daemon(server.path()).get("/v1/version"); }).exit == 6);
}

TEST_CASE("no socket and nobody behind it mean that there is no daemon") {
  const rigsetup::test::TemporaryFolder folder;
  const std::string path = (folder / "s").string();
  CHECK(refusal_of([&] { Daemon(path).get("/v1/version"); }).exit == 6);
  const int file = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(file, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(file);
  const Refused refused = refusal_of([&] { Daemon(path).get("/v1/version"); });
  CHECK(refused.exit == 6);
  CHECK(refused.problem.hint.find("--socket") != std::string::npos);
  CHECK(refusal_of([] { Daemon(std::string(200, 'x')).get("/v1/version"); }).exit == 6);
}

TEST_CASE("a stream gives whole lines as they come, however they are cut") {
  OneAnswer server({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "6\r\n{\"a\":1\r\n",
                    "3\r\n}\n{\r\n", "6\r\n\"b\":2}\r\n1\r\n\n\r\n", "0\r\n\r\n"});
  CHECK(all_lines(Daemon(server.path()).lines("/v1/runs/1/events?after=0&follow=1")) ==
        std::vector<std::string>{"{\"a\":1}", "{\"b\":2}"});
}

TEST_CASE("a stream that breaks off gives the lines it had, and no half one") {
  OneAnswer server(
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"a\":1}\n\r\n7\r\n{\"half\"\r\n"});
  CHECK(all_lines(Daemon(server.path()).lines("/v1/runs/1/events")) == std::vector<std::string>{"{\"a\":1}"});
}

TEST_CASE("lines that came with the head of the reply are there before any wait") {
  OneAnswer server({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"a\":1}\n\r\n"});
  LineStream stream = Daemon(server.path()).lines("/v1/runs/1/events");
  std::vector<std::string> lines;
  stream.read(lines);
  CHECK(lines == std::vector<std::string>{"{\"a\":1}"});
}

TEST_CASE("a stream may be refused") {
  const std::string body = R"({"code":"not_found","message":"cannot find run 99"})";
  OneAnswer server(
      {"HTTP/1.1 404 Not Found\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n", body});
  const Refused refused = refusal_of([&] { Daemon(server.path()).lines("/v1/runs/99/events"); });
  CHECK(refused.problem.message == "cannot find run 99");
}

TEST_CASE("a target is encoded so that the daemon reads what was meant") {
  CHECK(url_encoded("/srv/my image") == "/srv/my%20image");
  CHECK(url_encoded("a&b=c?d#e%") == "a%26b%3Dc%3Fd%23e%25");
  CHECK(url_encoded("\u00e9") == "%C3%A9");
}
