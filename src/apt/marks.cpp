// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "apt/marks.hpp"

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

namespace rigsetup::apt {

namespace {

/// One file a transaction: the next one starts from the marks that this one leaves.
std::string file_of(const Transaction& transaction) {
  return "/auto-marks-" + sha256_hex(to_json(to_value(transaction))).substr(0, 12) + ".json";
}

/// extended_states knows a package of architecture "all" under the native architecture.
std::string state_name(const Change& change, const std::string& native) {
  return change.name + ":" + (change.architecture == "all" ? native : change.architecture);
}

std::string native_architecture(const Tree& tree) {
  const DpkgStatus status = DpkgStatus::read(tree);
  const Installed* dpkg = status.find("dpkg");
  return dpkg == nullptr ? "" : dpkg->architecture;
}

void apt_mark(const std::string& mark, const std::vector<std::string>& names, const Work& work) {
  if (names.empty()) return;
  Command command;
  command.argv = {"apt-mark", mark};
  command.argv.insert(command.argv.end(), names.begin(), names.end());
  // What has begun is finished: a stop request is heeded before and after.
  const Finished finished = work.host.programs.run(command, {});
  if (finished.ok()) return;
  throw Error(Code::program, format("cannot mark {} as {}: {}", join(names, ", "), mark,
                                    printable(last_lines(finished.err, 2))));
}

}  // namespace

std::set<std::string> read_auto_marks(const Tree& tree) {
  std::set<std::string> marks;
  std::string name;
  std::string architecture;
  for (const std::string& line : split_lines(tree.read("/var/lib/apt/extended_states").value_or(""))) {
    if (line.starts_with("Package: ")) name = line.substr(9);
    if (line.starts_with("Architecture: ")) architecture = line.substr(14);
    if (line == "Auto-Installed: 1") marks.insert(name + ":" + architecture);
  }
  return marks;
}

AutoMarks::AutoMarks(const Transaction& transaction, const Work& work)
    : transaction_(transaction), work_(work) {
  const Tree jobs(work.jobs);
  const std::string file = file_of(transaction);
  if (const auto text = jobs.read(file)) {
    const std::vector<std::string> names = parse_json(*text, file).as_strings();
    before_ = {names.begin(), names.end()};
  } else {
    before_ = read_auto_marks(work.host.files);
    jobs.write(file, to_json(Value::strings({before_.begin(), before_.end()})), 0600);
  }
}

void AutoMarks::restore() const {
  const std::string native = native_architecture(work_.host.files);
  const std::set<std::string> now = read_auto_marks(work_.host.files);
  std::vector<std::string> by_itself;
  std::vector<std::string> by_user;
  for (const Change& change : transaction_.changes) {
    if (change.action == Action::remove) continue;
    const std::string name = state_name(change, native);
    const bool is_users = change.requested && !change.automatic;
    const bool automatic = !is_users && (change.action == Action::install || before_.contains(name));
    if (automatic != now.contains(name)) (automatic ? by_itself : by_user).push_back(name);
  }
  apt_mark("auto", by_itself, work_);
  apt_mark("manual", by_user, work_);
}

void set_holds(const Transaction& transaction, const Work& work) {
  const DpkgStatus status = DpkgStatus::read(work.host.files);
  std::vector<std::string> names;
  for (const std::string& name : transaction.hold) {
    const Installed* package = status.find(name);
    if (package == nullptr || !package->held()) names.push_back(name);
  }
  apt_mark("hold", names, work);
}

}  // namespace rigsetup::apt
