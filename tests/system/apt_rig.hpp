// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <rigsetup/apt/archive.hpp>
#include <rigsetup/base/error.hpp>
#include <rigsetup/event/reporter.hpp>
#include <rigsetup/host/programs.hpp>

#include "tests/support/apt_archive.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_root.hpp"

namespace rigsetup::test {

/// Remembers what it is told; calls `on_progress` with each label.
class Listener final : public Reporter {
 public:
  void progress(Progress progress) override {
    labels.push_back(progress.label);
    if (on_progress) on_progress(progress);
  }
  void phase_ended(const std::string& label, std::chrono::milliseconds, std::uint64_t,
                   const std::string&) override {
    phases.push_back(label);
  }
  void finding(const std::string& message, const std::string&) override { findings.push_back(message); }
  bool said(const std::string& part) const;  ///< in a label

  std::vector<std::string> labels;
  std::vector<std::string> phases;
  std::vector<std::string> findings;
  std::function<void(const Progress&)> on_progress;
};

/// The machine's time, but nobody waits long: back-off and polls take a hundredth of what they should.
class HastyClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() override { return real_.now(); }
  void sleep(std::chrono::milliseconds time, std::stop_token stop) override {
    slept += time;
    real_.sleep(time / 100, stop);
  }
  std::string boot_id() override { return real_.boot_id(); }
  std::chrono::milliseconds slept{0};

 private:
  RealClock real_;
};

/// A real root with real apt and dpkg, a real signed archive on a loopback server, and the product's apt
/// module on both.
class AptRig {
 public:
  AptRig();

  apt::Source source() const { return archive.source(server.url()); }
  /// Adds the source to the root as apt_repository would.
  void configure(const apt::Source& source) const;
  apt::Archive packages() const { return apt::Archive(host, settings); }
  /// Fetches lists and resolves one stage that brings `sources`.
  apt::Transaction plan(const apt::Request& request, const std::vector<apt::Source>& sources = {});
  void apply(const apt::Transaction& transaction, std::stop_token stop = {});
  void repair();
  apt::Work work(std::stop_token stop = {}) const;
  /// Configures the archive, plans and applies.
  void install(const apt::Request& request);
  /// "1.0", or the dpkg status when it is not "installed"; empty when absent.
  std::string version(const std::string& name) const;

  TestRoot root;
  TemporaryFolder folder;
  mutable AptArchive archive{folder / "repository"};
  HttpServer server{folder / "repository"};
  Tree tree{root.path()};
  mutable RealPrograms programs{root.path(), std::filesystem::path(RIGSETUP_BUILD_DIR) / "libexec"};
  mutable HastyClock clock;
  Host host{tree, programs, clock, nullptr};
  apt::Settings settings;
  mutable Listener listener;
};

/// "name", "name=1.0" or "name (>= 1.0)" each.
apt::Request request(const std::vector<std::string>& install, const std::vector<std::string>& absent = {},
                     const std::string& step = "packages");

/// "install app 1.0", "upgrade lib 1.0 -> 2.0", "remove x 1.0": the changes as lines.
std::vector<std::string> lines_of(const apt::Transaction& transaction);

/// What `work` throws, as "code: message (hint)"; empty when it throws nothing.
std::string error_of(const std::function<void()>& work);

}  // namespace rigsetup::test
