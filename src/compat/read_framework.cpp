// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "compat/read.hpp"

namespace rigsetup::compat {
namespace {

FrameworkBuild read_build(Row& row) {
  FrameworkBuild build;
  row.must_have("cuda");
  build.cuda = row.version("cuda");
  build.oldest_compute = row.version("oldest_compute");
  build.newest_compute = row.version("newest_compute");
  build.basis = row.basis();
  row.sound();
  return build;
}

FrameworkChannel read_channel(Row& row) {
  FrameworkChannel channel;
  row.must_have("name");
  channel.name = row.text("name");
  channel.packages = row.some_words("packages");
  channel.cpu_packages = row.words("cpu_packages");
  channel.for_packages = row.words("for_packages");
  channel.gpu_build = row.text("gpu_build");
  channel.url = row.text("url");
  channel.cpu_url = row.text("cpu_url");
  for (Row& one : row.rows("builds")) channel.builds.push_back(read_build(one));
  channel.basis = row.basis();
  row.sound();
  return channel;
}

}  // namespace

void read_framework(const std::string& key, Row& row, Tables& tables) {
  Framework framework;
  framework.name = key;
  row.must_have("title");
  framework.title = row.text("title");
  framework.module = row.text("module");
  for (Row& one : row.rows("channels")) framework.channels.push_back(read_channel(one));
  framework.basis = row.basis();
  if (row.sound()) tables.frameworks[key] = std::move(framework);
}

}  // namespace rigsetup::compat
