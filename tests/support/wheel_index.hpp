// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <map>
#include <string>

#include "tests/support/http_server.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/wheel.hpp"

namespace rigsetup::test {

/// An index of wheels in the form of PyPI's, on the loopback.
class WheelIndex {
 public:
  /// `path`: of its pages; that of PyTorch's indexes is "whl/cu126".
  explicit WheelIndex(std::string path = "simple") : path_(std::move(path)) {}
  void add(const Wheel& wheel);
  /// "six-1.0": the SHA-256 of that wheel, and its address.
  std::string hash(const std::string& name) const;
  std::string url(const std::string& name) const { return server.url() + file(name); }
  /// As the server names that wheel, and the page of a project.
  static std::string file(const std::string& name) { return "/files/" + name + "-py3-none-any.whl"; }
  std::string page(const std::string& project) const { return "/" + path_ + "/" + project + "/"; }
  std::string address() const { return server.url() + "/" + path_; }

 private:
  HttpReply answer(const HttpRequest& request) const;

  TemporaryFolder folder_;
  std::string path_;
  std::map<std::string, std::string> pages_;

 public:
  HttpServer server{[this](const HttpRequest& request) { return answer(request); }};
};

}  // namespace rigsetup::test
