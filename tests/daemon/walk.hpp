// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "tests/support/description.hpp"
#include "tests/support/running_daemon.hpp"

namespace rigsetup::test {

struct Who {
  std::string name;
  uid_t uid;
  std::vector<gid_t> groups;
  bool trusted;
};
inline const Who k_root{"root", 0, {}, true};
inline const Who k_member{"a member of the group", 12346, {60}, true};  // "games", which every Debian has
inline const Who k_stranger{"a stranger", 12345, {}, false};

/// Asks a daemon what its description says that can be asked, and holds each answer to the description.
/// Faults are kept, so that all are shown at once.
class Walk {
 public:
  Walk(const Bed& bed, const Description& description);

  /// Asks for an operation, "GET /v1/runs/{id}", by a target of it.
  HttpAnswer ask(const Who& who, const std::string& operation, const std::string& target,
                 const std::string& body = {});
  /// Every operation with ordinary arguments, as everybody. What changes a run is left to ask().
  void ask_all(const std::string& state);
  /// Every operation with arguments that are not right, each in every way that its description allows to
  /// think of.
  void ask_wrongly();
  /// Every operation by what HTTP does not allow or the daemon does not take.
  void ask_unspeakably();

  void expect(bool so, const std::string& otherwise);
  const std::vector<std::string>& faults() const { return faults_; }
  /// "GET /v1/status 409": described, and no answer had it.
  std::vector<std::string> unseen() const;

 private:
  using Operation = Description::Operation;
  const Operation& find(const std::string& name) const;
  std::string ordinary_target(const Operation& operation) const;
  std::string ordinary_body(const Operation& operation);
  void hold(const Operation& operation, const std::string& doing, const HttpAnswer& answer);
  void ask_for_status(int status, const Operation& operation, const std::string& target,
                      const std::string& body = {});
  void ask_with_wrong_query(const Operation& operation);
  void ask_with_wrong_path(const Operation& operation);
  void ask_with_wrong_body(const Operation& operation);
  void send_raw(int status, const Operation& operation, const std::string& bytes);

  const Bed& bed_;
  const Description& description_;
  std::set<std::string> seen_;
  std::vector<std::string> faults_;
};

}  // namespace rigsetup::test
