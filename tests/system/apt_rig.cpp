// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/system/apt_rig.hpp"

#include <algorithm>

#include <rigsetup/base/format.hpp>

namespace rigsetup::test {

bool Listener::said(const std::string& part) const {
  return std::any_of(labels.begin(), labels.end(),
                     [&](const std::string& label) { return label.find(part) != std::string::npos; });
}

AptRig::AptRig() {
  settings.scratch = folder / "scratch";
  settings.lock_timeout = std::chrono::seconds(20);
  std::filesystem::create_directories(folder / "jobs");
}

void AptRig::configure(const apt::Source& source) const {
  tree.make_directories("/etc/apt/keyrings");
  tree.write(source.key_path(), source.key);
  tree.write(source.file_path(), source.deb822());
}

apt::Transaction AptRig::plan(const apt::Request& request, const std::vector<apt::Source>& sources) {
  apt::Archive offers = packages();
  offers.prepare(sources, listener, {});
  apt::Stage stage;
  stage.sources = sources;
  stage.requests = {request};
  return offers.resolve({stage}, false, {}).at(0);
}

apt::Work AptRig::work(std::stop_token stop) const {
  return {host, settings, listener, folder / "jobs", folder / "step.log", stop};
}

void AptRig::apply(const apt::Transaction& transaction, std::stop_token stop) {
  apt::Archive offers = packages();
  apt::apply(transaction, offers, work(stop));
}

void AptRig::repair() { apt::repair(work()); }

void AptRig::install(const apt::Request& request) {
  configure(source());
  apply(plan(request));
}

std::string AptRig::version(const std::string& name) const {
  const apt::DpkgStatus status = apt::DpkgStatus::read(tree);
  const apt::Installed* package = status.find(name);
  if (package == nullptr || package->status == "not-installed" || package->status == "config-files")
    return {};
  return package->status == "installed" ? package->version : package->status;
}

apt::Request request(const std::vector<std::string>& install, const std::vector<std::string>& absent,
                     const std::string& step) {
  apt::Request request;
  request.step = step;
  for (const std::string& text : install) request.install.push_back(parse_package(text).value());
  request.absent = absent;
  return request;
}

std::vector<std::string> lines_of(const apt::Transaction& transaction) {
  std::vector<std::string> lines;
  for (const apt::Change& change : transaction.changes) {
    const std::string versions =
        change.from.empty() || change.to.empty() ? change.from + change.to : change.from + " -> " + change.to;
    lines.push_back(format("{} {} {}", to_string(change.action), change.name, versions));
  }
  return lines;
}

std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return format("{}: {} ({})", to_string(error.code()), error.message(), error.hint());
  }
  return {};
}

}  // namespace rigsetup::test
