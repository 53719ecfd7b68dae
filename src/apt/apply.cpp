// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/apt/archive.hpp>
#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "apt/apt_get.hpp"
#include "apt/fault.hpp"
#include "apt/marks.hpp"
#include "apt/simulation.hpp"
#include "apt/status_line.hpp"

namespace rigsetup::apt {

namespace {

constexpr std::string_view k_plan_anew = "run it again to plan anew";

/// One transaction on its way; each function is a part of apply() below.
class Applying {
 public:
  Applying(const Transaction& transaction, Archive& archive, const Work& work)
      : transaction_(transaction), archive_(archive), work_(work) {
    look();
  }

  /// Reads what is installed now, and so what is left to do.
  void look() {
    status_ = DpkgStatus::read(work_.host.files);
    const Installed* dpkg_itself = status_.find("dpkg");
    native_ = dpkg_itself == nullptr ? "" : dpkg_itself->architecture;
    left_.clear();
    std::copy_if(transaction_.changes.begin(), transaction_.changes.end(), std::back_inserter(left_),
                 [&](const Change& change) { return !is_done(change); });
  }

  bool done() const { return left_.empty(); }
  void require_whole() const;
  void publish() { archive_.publish(work_.reporter, work_.stop); }
  void require_unmoved() const;
  void download() const;
  void install();

 private:
  bool is_done(const Change& change) const;
  std::vector<std::string> arguments(const std::vector<std::string>& options) const;
  Finished download_once(Progress& now, std::chrono::system_clock::time_point begin) const;
  [[noreturn]] void throw_failed(const Finished& finished, const std::vector<PackageFailure>& failures) const;

  const Transaction& transaction_;
  Archive& archive_;
  const Work& work_;
  DpkgStatus status_;
  std::string native_;
  std::vector<Change> left_;
};

bool Applying::is_done(const Change& change) const {
  const Installed* package = status_.find(change.name + ":" + change.architecture);
  // A version may move from one architecture to "all".
  if (package == nullptr) package = status_.find(apt_name(change, native_));
  if (change.action == Action::remove) {
    return package == nullptr || package->status == "not-installed" || package->status == "config-files";
  }
  return package != nullptr && package->installed() && package->flag == "ok" && package->version == change.to;
}

void Applying::require_whole() const {
  const std::vector<std::string> broken = status_.broken();
  if (broken.empty() && !status_.journal_left()) return;
  throw Error(Code::conflict,
              format("cannot change packages: an earlier dpkg was interrupted{}{}",
                     broken.empty() ? "" : ": ", join(broken, "; ")),
              "run it again: the plan will begin with the repair");
}

std::vector<std::string> Applying::arguments(const std::vector<std::string>& options) const {
  std::vector<std::string> words = options;
  words.emplace_back("--no-install-recommends");  // those that are wanted are in the list
  const auto any = [&](const auto& test) { return std::any_of(left_.begin(), left_.end(), test); };
  if (any([](const Change& c) { return c.action == Action::downgrade; }))
    words.emplace_back("--allow-downgrades");
  if (any([](const Change& c) { return c.action == Action::reinstall; })) words.emplace_back("--reinstall");
  const bool held = any([&](const Change& c) {
    const Installed* package = status_.find(apt_name(c, native_));
    return package != nullptr && package->held();
  });
  if (held) words.emplace_back("--allow-change-held-packages");  // the plan was made knowing it
  words.emplace_back("install");
  for (const Change& change : left_) words.push_back(apt_argument(change, native_));
  return words;
}

void Applying::require_unmoved() const {
  Progress progress;
  progress.label = "asking apt for a simulation";
  work_.reporter.progress(std::move(progress));
  const Finished finished = work_.host.programs.run(apt_get(arguments({"-s"}), false), work_.stop);
  if (!finished.ok()) {
    std::string cause;
    for (const std::string& line : split_lines(finished.out + "\n" + finished.err)) {
      if (line.starts_with("E: ") || line.starts_with(" "))
        cause += (cause.empty() ? "" : "; ") + std::string(trim(line));
    }
    throw Error(
        Code::conflict,
        "cannot do what the plan says any more: " + printable(cause.empty() ? finished.text() : cause),
        std::string(k_plan_anew));
  }
  const std::vector<std::string> moved =
      differences(versions_of(left_, native_), versions_of_simulation(finished.out, native_));
  if (moved.empty()) return;
  throw Error(Code::conflict, "cannot do what the plan says any more: " + join(moved, "; "),
              std::string(k_plan_anew));
}

Finished Applying::download_once(Progress& now, std::chrono::system_clock::time_point begin) const {
  const auto show = [&](double percent) {
    now.done = static_cast<std::uint64_t>(static_cast<double>(now.total) * percent / 100);
    work_.reporter.progress(now);
  };
  now.at.clear();
  show(0);
  std::vector<std::string> hosts;  // of this try
  JobWatcher watcher;
  watcher.output = [&](std::string_view text) {
    for (const std::string& host : hosts_in(text)) {
      if (std::find(hosts.begin(), hosts.end(), host) == hosts.end()) hosts.push_back(host);
    }
    now.at = from_any(hosts);
  };
  watcher.status = [&](std::string_view line) {
    const auto status = parse_status_line(line);
    if (status && status->kind == StatusLine::Kind::download) show(status->percent);
  };
  Finished finished = work_.host.programs.run_job(
      {apt_get(arguments({"--download-only"}), true), new_job_folder(work_, "download"), work_.log, true},
      watcher, work_.stop);
  if (finished.ok()) {
    work_.reporter.phase_ended(
        "downloading", std::chrono::duration_cast<std::chrono::milliseconds>(work_.host.clock.now() - begin),
        now.total, "bytes");
  }
  return finished;
}

/// What apt said went wrong: its lines that begin with "E:", with what follows indented.
std::string complaints_in(std::string_view output) {
  std::string text;
  bool inside = false;
  for (const std::string& line : split_lines(output)) {
    inside = line.starts_with("E: ") || (inside && line.starts_with(" "));
    if (inside && line.find("Unable to fetch some archives") == std::string::npos) text += line + "\n";
  }
  return text.empty() ? last_lines(output, 3) : text;
}

void Applying::download() const {
  const auto begin = work_.host.clock.now();
  Progress now{"", "downloading", 0, 0, "bytes", true};
  for (const Change& change : left_) now.total += change.download_bytes;
  for (int attempt = 1;; ++attempt) {
    const Finished finished = run_when_free(work_, [&] { return download_once(now, begin); });
    if (finished.ok()) return;
    const std::string complaints = complaints_in(finished.out);
    if (lock_was_taken(finished)) {
      throw Error(Code::busy, "cannot download packages: " + printable(trim(complaints)),
                  "wait until that is done");
    }
    const Judgement judgement = judge(complaints);
    if (!judgement.passing || attempt >= work_.settings.tries) {
      throw Error(judgement.code, "cannot download packages: " + printable(trim(complaints)), judgement.hint);
    }
    now.at = trying_again(attempt + 1, work_.settings.tries, complaints);
    work_.reporter.progress(now);
    work_.host.clock.sleep(pause_before(attempt + 1), work_.stop);
  }
}

void Applying::install() {
  const auto begin = work_.host.clock.now();
  const Finished finished = run_when_free(work_, [&] {
    require_unmoved();
    return run_changing_job(work_, "install", apt_get(arguments({"--no-download"}), true), "installing");
  });
  const std::size_t count = left_.size();
  // apt's word is not taken for it: what dpkg has on record counts.
  look();
  if (!done() || !status_.broken().empty()) throw_failed(finished, package_failures(finished.out));
  work_.reporter.phase_ended(
      "installing", std::chrono::duration_cast<std::chrono::milliseconds>(work_.host.clock.now() - begin),
      count, "packages");
  if (!finished.ok()) {
    work_.reporter.finding("apt-get ended with " + finished.text() + ", though every package is in place: " +
                               printable(last_lines(finished.out, 2)),
                           "something that runs after apt failed");
  }
}

void Applying::throw_failed(const Finished& finished, const std::vector<PackageFailure>& failures) const {
  if (!failures.empty()) {
    const PackageFailure& first = failures.front();
    throw Error(Code::program, format("cannot install {}: {}", first.package, printable(first.words)),
                "see the step's log; once its cause is gone, run it again");
  }
  const std::string complaints = complaints_in(finished.out);
  const bool locked = lock_was_taken(finished);
  std::vector<std::string> wrong = status_.broken();
  for (const Change& change : left_) wrong.push_back(apt_argument(change, native_));
  throw Error(locked ? Code::busy : Code::program,
              format("cannot change packages: apt-get ended with {}, and these are not as planned: {}: {}",
                     finished.text(), join(wrong, ", "), printable(trim(complaints))),
              locked ? "wait until that is done, then run it again" : "see the step's log");
}

}  // namespace

void apply(const Transaction& transaction, Archive& archive, const Work& work) {
  const AutoMarks marks(transaction, work);
  Applying applying(transaction, archive, work);
  if (!applying.done()) {
    wait_for_dpkg(work);
    applying.look();  // whoever held the lock may have done some of it
    applying.require_whole();
  }
  if (!applying.done()) {
    applying.publish();
    applying.require_unmoved();
    applying.download();
    applying.install();
  }
  marks.restore();
  set_holds(transaction, work);
}

}  // namespace rigsetup::apt
