// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/base/error.hpp>
#include <rigsetup/data/value.hpp>

/// What travels over the socket, as plain structs. Each has to_value (what is sent) and from(Value) (what was
/// received; unknown members are ignored, a missing or wrong one is Error(invalid)). Knows no domain type but
/// records (rigsetup/event), which travel as they are. Field names in JSON are the names here.
namespace rigsetup::protocol {

constexpr int k_api = 1;  ///< the "v1" of the paths
constexpr std::string_view k_socket = "/run/rigsetup/rigsetup.sock";

/// The body of every reply that is not 2xx.
struct Problem {
  Code code = Code::internal;
  std::string message;
  std::string hint;
  std::string place;                     ///< "file:line:column"
  std::vector<Complaint> complaints;     ///< of an invalid recipe, all of them
  std::vector<std::string> attachments;  ///< files the recipe needs and the request did not bring
  std::int64_t run = 0;                  ///< of a busy daemon: the run that is going on
  Value to_value() const;
  static Problem from(const Value& value);
};
int http_status(Code code);

/// Which recipe: a shipped one by name, the active one of the root, or one that travels along.
struct RecipeRef {
  std::string shipped;  ///< name of a shipped recipe
  std::string file;     ///< as the caller names it, for complaints
  std::string text;
  std::map<std::string, std::string> attachments;  ///< name -> bytes (base64 in JSON)
  bool active = false;                             ///< the active one
  bool travels() const { return shipped.empty() && !active; }
  Value to_value() const;
  static RecipeRef from(const Value& value);
};

/// POST /v1/validate -> ValidateReply. POST /v1/plans -> PlanReply. POST /v1/checks -> ChecksReply.
struct RecipeRequest {
  RecipeRef recipe;
  std::string root;    ///< empty: the machine
  std::string step;    ///< of checks, this one; of plans, only this and what it needs; empty: all
  std::string token;   ///< chosen by the client: GET /v1/activity/TOKEN tells what the daemon is at meanwhile
  bool once = false;   ///< plans: leave the active recipe as it is
  bool prune = false;  ///< plans: take away what rigsetup made and the recipe does not name any more
  std::string rig = {};  ///< a folder that describes the machine; without `root` it is the target, too
  Value to_value() const;
  static RecipeRequest from(const Value& value);
};

struct ValidateReply {
  std::string name;
  std::vector<Complaint> complaints;     ///< empty: valid
  std::vector<std::string> attachments;  ///< files beside the recipe that planning will need
  Value to_value() const;
  static ValidateReply from(const Value& value);
};

struct PlanReply {
  struct Step {
    std::string id, kind, title, verdict, have, want, reason;
    int transaction = -1;
  };
  struct Change {
    std::string action, name, from, to, origin;
    bool requested = false;
    std::int64_t download_bytes = 0, disk_bytes = 0;
  };
  struct Transaction {
    std::vector<std::string> steps, hold;
    std::vector<Change> changes;
    std::int64_t download_bytes = 0, disk_bytes = 0;
  };
  /// What rigsetup made and the recipe does not name any more.
  struct Leftover {
    std::string kind, noun, name;
    bool operator==(const Leftover&) const = default;
  };
  /// What goes beyond the recipe, and the word that agrees to it.
  struct Consent {
    std::string word, text;
    bool operator==(const Consent&) const = default;
  };
  std::string id;      ///< names the plan in POST /v1/runs while the daemon remembers it
  std::string digest;  ///< what is agreed to
  std::string recipe, root;
  bool empty = false;
  std::vector<std::string> repair;  ///< why dpkg must be repaired first; empty: it need not
  std::vector<Step> steps;
  std::vector<Transaction> transactions;
  bool prune = false;
  std::vector<Leftover> leftovers;  ///< kept; taken away with `prune`
  std::vector<Consent> consents;    ///< that are not given yet
  std::vector<std::string> notes;
  std::int64_t download_bytes = 0, disk_bytes = 0, free_bytes = 0;
  std::string rig = {};  ///< the folder that describes the machine
  Value to_value() const;
  static PlanReply from(const Value& value);
};

/// POST /v1/runs -> RunReply (201). `allow`: words of consent. `wait`: when another run goes on, wait for it
/// instead of 409.
struct RunRequest {
  std::string plan;
  std::string digest;
  bool wait = false;
  std::vector<std::string> allow = {};
  Value to_value() const;
  static RunRequest from(const Value& value);
};
/// POST /v1/runs/ID/resume -> RunReply. `allow`: words of consent beside those that were given before.
struct ResumeRequest {
  std::vector<std::string> allow;
  Value to_value() const;
  static ResumeRequest from(const Value& value);
};
struct RunReply {
  std::int64_t run = 0;
  Value to_value() const;
  static RunReply from(const Value& value);
};

/// GET /v1/runs -> {"runs": [RunLine...]}, newest first.
struct RunLine {
  std::int64_t run = 0;
  std::string started, ended;  ///< UTC; ended empty while it goes on
  std::string recipe, root, user, outcome;
  Value to_value() const;
  static RunLine from(const Value& value);
};

/// One check's result: POST /v1/checks -> {"checks": [...]}; in status the latest known with its time.
struct CheckLine {
  std::string step, kind, outcome;  ///< "passed", "failed", "skipped", "deferred", "unknown"
  std::string reason;               ///< cause, or why it was skipped or deferred
  std::string hint;
  std::string time;  ///< UTC, when it was looked at; empty: never
  struct Proof {
    std::string what, seen;
  };
  std::vector<Proof> evidence;
  Value to_value() const;
  static CheckLine from(const Value& value);
};

/// GET /v1/status?root=DIR
struct StatusReply {
  struct Step {
    std::string id, kind, title;
    std::string state;  ///< "as-wanted", "differs", "pending", "unknown", "skipped"
    std::string have, want, reason;
  };
  std::string version, root, os;
  std::string recipe;          ///< name of the active recipe; empty: there is none
  std::string recipe_file;     ///< where it is
  std::string problem, hint;   ///< why nothing can be said of it: it is not valid
  std::int64_t run = 0;        ///< the latest on this root; 0: none yet
  std::string outcome, ended;  ///< of that run
  std::int64_t running = 0;    ///< the run that goes on now, on any root; 0: none
  bool reboot_required = false;
  std::vector<Step> steps;
  std::vector<CheckLine> checks;
  std::vector<std::string> repair;  ///< dpkg's half states
  std::string run_problem = {};     ///< why that run failed as a whole, or what it waits for
  std::string run_hint = {};        ///< what to do about it
  std::string trouble = {};         ///< the first of what is wrong by facts alone: `doctor` tells all
  bool as_wanted() const;           ///< nothing differs, no check failed, nothing to repair
  Value to_value() const;
  static StatusReply from(const Value& value);
};

/// GET /v1/init?recipe=NAME&root=DIR -> InitReply: a shipped recipe fitted to that root. POST: the same, made
/// the active one.
struct InitRequest {
  std::string recipe;    ///< a shipped one's name; empty: the one that is for everybody
  std::string root;      ///< empty: the machine
  bool replace = false;  ///< also when there is one already, which is kept
  Value to_value() const;
  static InitRequest from(const Value& value);
};
struct InitReply {
  std::string file;  ///< where it was written; empty: nowhere
  std::string text;
  Value to_value() const;
  static InitReply from(const Value& value);
};

/// GET /v1/why?name=THING&root=DIR: who brought a package or a path; without a name, all that rigsetup made.
struct WhyReply {
  /// The line of the active recipe that names it.
  struct Claim {
    std::string noun, name, step, place;
  };
  /// The run that made it.
  struct Origin {
    std::string noun, name, step, recipe, place, user, time;
    std::int64_t run = 0;
    bool along = false;  ///< it came along with what the step names
  };
  std::string name, root;
  std::string have;     ///< what is there now: "nginx 1.22.1-9", "a file"; empty: nothing
  std::string package;  ///< of a path: the package that brought it; empty: none
  std::vector<Claim> claims;
  std::vector<Origin> origins;
  Value to_value() const;
  static WhyReply from(const Value& value);
};

/// GET /v1/version
struct VersionReply {
  std::string version;
  int api = k_api;
  std::int64_t pid = 0;
  Value to_value() const;
  static VersionReply from(const Value& value);
};

/// GET /v1/recipes -> {"recipes": [RecipeLine...]}
struct RecipeLine {
  std::string name, summary, path;
  Value to_value() const;
  static RecipeLine from(const Value& value);
};

/// Fixed for good; see the README.
enum Exit {
  k_exit_as_wanted = 0,
  k_exit_failed = 1,
  k_exit_usage = 2,
  k_exit_changes_needed = 3,
  k_exit_reboot_needed = 4,
  k_exit_denied = 5,
  k_exit_no_daemon = 6,
  k_exit_cancelled = 7,
  k_exit_busy = 8
};
int exit_code(Code code);

}  // namespace rigsetup::protocol
