// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/wheel_index.hpp"

#include <algorithm>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>

#include "tests/support/shell.hpp"

namespace rigsetup::test {

void WheelIndex::add(const Wheel& wheel) {
  const std::string name = make_wheel(folder_ / "files", wheel).filename();
  std::string project = wheel.name;
  std::replace(project.begin(), project.end(), '_', '-');
  std::string& links = pages_[project];
  links += format("<a href=\"/files/{0}\">{0}</a><br>\n", name);
  write_text(folder_ / (page(project).substr(1) + "index.html"),
             "<!DOCTYPE html><html><body>" + links + "</body></html>");
}

std::string WheelIndex::hash(const std::string& name) const {
  return sha256_hex(file_text(folder_ / file(name).substr(1)));
}

HttpReply WheelIndex::answer(const HttpRequest& request) const {
  const bool is_page = request.path.ends_with('/');
  const auto wanted = folder_ / (request.path.substr(1) + (is_page ? "index.html" : ""));
  if (!std::filesystem::is_regular_file(wanted)) return {404, {}, ""};
  return {200, {{"Content-Type", is_page ? "text/html" : "application/zip"}}, file_text(wanted)};
}

}  // namespace rigsetup::test
