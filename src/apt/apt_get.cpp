// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "apt/apt_get.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "apt/lock.hpp"
#include "apt/status_line.hpp"

namespace rigsetup::apt {

namespace {

constexpr std::chrono::milliseconds k_pause{500};  // before the next attempt at a lock

/// With standard input at /dev/null as well, these leave no program anything to wait for.
const std::vector<std::pair<std::string, std::string>> k_never_ask = {{"DEBIAN_FRONTEND", "noninteractive"},
                                                                      {"DEBIAN_PRIORITY", "critical"},
                                                                      {"DEBCONF_NONINTERACTIVE_SEEN", "true"},
                                                                      {"DEBCONF_NOWARNINGS", "yes"},
                                                                      {"APT_LISTCHANGES_FRONTEND", "none"},
                                                                      {"APT_LISTBUGS_FRONTEND", "none"},
                                                                      {"NEEDRESTART_MODE", "l"},
                                                                      {"NEEDRESTART_SUSPEND", "1"},
                                                                      {"UCF_FORCE_CONFFOLD", "1"},
                                                                      {"PAGER", "cat"}};

}  // namespace

Command apt_get(const std::vector<std::string>& arguments, bool as_job) {
  Command command;
  command.argv = {"apt-get",
                  "-y",
                  "-q",
                  "-o",
                  "Dpkg::Use-Pty=0",
                  "-o",
                  "DPkg::Lock::Timeout=0",
                  "-o",
                  "Dpkg::Options::=--force-confdef",
                  "-o",
                  "Dpkg::Options::=--force-confold",
                  "-o",
                  "APT::Get::AutomaticRemove=false",
                  "-o",
                  "Acquire::Retries=0"};
  if (as_job) command.argv.insert(command.argv.end(), {"-o", "APT::Status-Fd={fd}"});
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.environment = k_never_ask;
  return command;
}

Command dpkg(const std::vector<std::string>& arguments) {
  Command command;
  command.argv = {"dpkg", "--force-confdef", "--force-confold"};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.environment = k_never_ask;
  return command;
}

std::filesystem::path new_job_folder(const Work& work, const std::string& name) {
  std::filesystem::path folder = work.jobs / name;
  std::error_code ignored;
  for (int number = 2; std::filesystem::exists(folder, ignored); ++number) {
    folder = work.jobs / format("{}-{}", name, number);
  }
  return folder;
}

void wait_for_dpkg(const Work& work) {
  wait_until_free({k_frontend_lock, k_dpkg_lock, k_archives_lock},
                  {work.host, work.reporter, work.settings.lock_timeout, work.stop});
}

bool lock_was_taken(const Finished& finished) {
  if (finished.ok() || !package_failures(finished.out).empty())
    return false;  // a package's script may say it too
  // apt-get's two, and dpkg's: "dpkg: error: dpkg frontend lock was locked by another process with pid 7"
  constexpr std::string_view k_words[] = {"E: Could not get lock ", "E: Unable to acquire the dpkg",
                                          " locked by another process"};
  return std::any_of(std::begin(k_words), std::end(k_words),
                     [&](std::string_view words) { return finished.out.find(words) != std::string::npos; });
}

Finished run_when_free(const Work& work, const std::function<Finished()>& run) {
  const auto begin = work.host.clock.now();
  for (;;) {
    wait_for_dpkg(work);
    Finished finished = run();
    const bool late = work.host.clock.now() - begin >= work.settings.lock_timeout;
    if (late || !lock_was_taken(finished)) return finished;
    work.host.clock.sleep(k_pause, work.stop);
  }
}

std::vector<PackageFailure> package_failures(std::string_view output) {
  // SCRIPT'S LAST WORDS
  // dpkg: error processing package NAME (--configure):
  //  installed NAME package post-installation script subprocess returned error exit status 7
  constexpr std::string_view k_start = "dpkg: error processing ";
  std::vector<PackageFailure> failures;
  const std::vector<std::string> lines = split_lines(output);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].starts_with(k_start)) continue;
    const std::vector<std::string> words = split_words(std::string_view(lines[i]).substr(k_start.size()));
    if (words.size() < 2) continue;
    PackageFailure failure;  // "package NAME (--configure):" or "archive FILE (--unpack):"
    failure.package = words[1];
    if (i + 1 < lines.size()) failure.words = trim(lines[i + 1]);
    if (i > 0 && !lines[i - 1].starts_with("Setting up ") && !lines[i - 1].starts_with("Unpacking ") &&
        !lines[i - 1].starts_with(" ")) {
      failure.words += format(" (last it said: {})", trim(lines[i - 1]));
    }
    failures.push_back(std::move(failure));
  }
  return failures;
}

std::vector<std::string> kept_conffiles(std::string_view output) {
  // Configuration file '/etc/NAME'
  //  ==> Modified (by you or by a script) since installation.
  //  ==> Package distributor has shipped an updated version.
  //  ==> Keeping old config file as default.
  constexpr std::string_view k_start = "Configuration file '";
  std::vector<std::string> kept;
  std::string file;
  for (const std::string& line : split_lines(output)) {
    if (line.starts_with(k_start)) {
      file = line.substr(k_start.size(), line.rfind('\'') - k_start.size());
    } else if (line.find("==> Keeping old config file") != std::string::npos && !file.empty()) {
      kept.push_back(file);
    } else if (!line.starts_with(" ==>")) {
      file.clear();
    }
  }
  return kept;
}

namespace {

/// What ucf leaves beside a file of the administrator's that it kept: the package's version, as
/// FILE.ucf-dist.
std::map<std::string, std::pair<std::int64_t, std::uint64_t>> left_by_ucf(const Tree& tree) {
  std::map<std::string, std::pair<std::int64_t, std::uint64_t>> left;
  for (const std::string& line : split_lines(tree.read("/var/lib/ucf/hashfile").value_or(""))) {
    const std::vector<std::string> words = split_words(line);  // MD5 FILE
    if (words.size() != 2 || !words[1].starts_with('/')) continue;
    if (const auto info = tree.info(words[1] + ".ucf-dist")) left[words[1]] = {info->modified_ns, info->size};
  }
  return left;
}

}  // namespace

Finished run_changing_job(const Work& work, const std::string& name, Command command,
                          const std::string& doing) {
  JobWatcher watcher;
  watcher.status = [&](std::string_view line) {
    const auto status = parse_status_line(line);
    if (!status || status->kind != StatusLine::Kind::package) return;
    work.reporter.progress(
        {"", label_of(*status), static_cast<std::uint64_t>(status->percent), 100, "percent", false});
  };
  work.reporter.progress({"", doing, 0, 100, "percent", false});
  const auto left_before = left_by_ucf(work.host.files);
  Finished finished = work.host.programs.run_job(
      {std::move(command), new_job_folder(work, name), work.log, false}, watcher, work.stop);
  std::vector<std::string> kept = kept_conffiles(finished.out);
  for (const auto& [file, state] : left_by_ucf(work.host.files)) {
    const auto before = left_before.find(file);
    if (before == left_before.end() || before->second != state) kept.push_back(file);
  }
  for (const std::string& file : kept) {
    work.reporter.finding(format("kept {} as it was; the package has a new version of it", printable(file)),
                          "compare it with the .dpkg-dist or .ucf-dist beside it");
  }
  return finished;
}

}  // namespace rigsetup::apt
