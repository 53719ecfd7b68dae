// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <rigsetup/apt/archive.hpp>
#include <rigsetup/event/event.hpp>
#include <rigsetup/event/reporter.hpp>
#include <rigsetup/fetch/downloads.hpp>
#include <rigsetup/host/host.hpp>
#include <rigsetup/recipe/recipe.hpp>

namespace rigsetup {

// What looking at a step's target found.
struct AsWanted {
  std::string have;  ///< what is there, for `status`: "nginx 1.22.1-9"
};
struct Differs {
  std::string have;
  std::string want;
};
struct Pending {
  std::string why;  ///< cannot be seen before an earlier step: "python3 is not installed yet"
};
struct Unknown {
  std::string why;  ///< cannot be seen at all
};
using Inspection = std::variant<AsWanted, Differs, Pending, Unknown>;

// How an application ended (an Error is thrown).
struct Done {};
struct RebootRequired {
  std::string why;
};
struct RetryLater {
  std::chrono::milliseconds after;
  std::string why;
};
using Applied = std::variant<Done, RebootRequired, RetryLater>;

// How a check ended.
struct Passed {};
struct Failed {
  std::string cause;
  std::string hint;
};
struct Skipped {
  std::string reason;
};
struct Deferred {
  std::string reason;  ///< must wait for the first boot of the image
};
struct Checked {
  std::variant<Passed, Failed, Skipped, Deferred> result;
  std::vector<Evidence> evidence;
};

/// What a step may use while it acts.
struct Context {
  const Host& host;
  Reporter& reporter;
  Downloads& downloads;
  apt::Archive& archive;
  const apt::Settings& apt_settings;
  std::filesystem::path work;  ///< folder of this step on the machine, exists; job folders go below it
  std::filesystem::path log;   ///< what programs print goes to the end of this file
  std::stop_token stop;
  /// Runs a program that changes the machine, as a job named `name`; its output goes to the log.
  Finished run_job(const std::string& name, Command command, bool may_cut,
                   const JobWatcher& watcher = {}) const;
};

/// A step made able to act. Const and stateless between calls: what it knows it reads from the host each
/// time.
class Resource {
 public:
  virtual ~Resource() = default;
  /// Looks, never changes, takes no lock. Throws Error only when looking itself fails.
  virtual Inspection inspect(const Host& host, std::stop_token stop) const = 0;
  /// Makes it as wanted in one call, from any state, also from its own half-done one.
  virtual Applied apply(const Context& context) const = 0;

  // Ownership: things are known by kind and natural name, whatever the step is called.
  /// All that this step makes, whether it is there or not.
  virtual std::vector<Thing> things() const { return {}; }
  /// Those that applying it now would make or replace, with what taking them away again must know. What was
  /// there before, and cannot be brought back, is not among them.
  virtual std::vector<Thing> would_make(const Host&, std::stop_token) const { return {}; }
  /// Things that applying it took away: they are nobody's any more.
  virtual std::vector<Thing> removed(const Host&) const { return {}; }

  /// What applying it now would do to what others have brought.
  virtual std::vector<Consent> consents(const Host&) const { return {}; }

  // What planning must know of a step before it is applied. Most steps have none of these.
  virtual std::optional<apt::Source> source(const Host&, Downloads&,
                                            const std::filesystem::path& /*folder for a key by URL*/,
                                            std::stop_token) const {
    return std::nullopt;
  }
  virtual std::optional<apt::Request> packages() const {
    return std::nullopt;
  }  ///< then apply() is never called
  virtual std::optional<std::pair<std::string, std::string>> apt_preferences() const { return std::nullopt; }
};

/// A step that proves and never changes.
class Check {
 public:
  virtual ~Check() = default;
  virtual Checked check(const Context& context) const = 0;
};

}  // namespace rigsetup
