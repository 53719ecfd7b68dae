// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <rigsetup/apt/archive.hpp>
#include <rigsetup/host/programs.hpp>

namespace rigsetup::apt {

/// apt-get inside the target so that it can never ask: no debconf, no conffile prompt (the administrator's
/// file stays), no needrestart, nothing that pages. Status lines go to the job's descriptor when `as_job`.
Command apt_get(const std::vector<std::string>& arguments, bool as_job);
/// `dpkg` likewise.
Command dpkg(const std::vector<std::string>& arguments);

/// A folder below work.jobs that does not exist yet: NAME, NAME-2, ...
std::filesystem::path new_job_folder(const Work& work, const std::string& name);

/// Waits until nobody holds dpkg's or the archive folder's lock.
void wait_for_dpkg(const Work& work);

/// Runs a job of apt-get's or dpkg's once nobody holds a lock, and again when another program took one in the
/// last moment: they do not wait themselves, so that a stop request ends the waiting and the holder is named.
/// After `lock_timeout` the failed attempt is returned.
Finished run_when_free(const Work& work, const std::function<Finished()>& run);
/// Did it fail because another program held a lock? Then it has changed nothing.
bool lock_was_taken(const Finished& finished);

/// What a package's failure looks like: the package and dpkg's own words, with what its script printed last.
struct PackageFailure {
  std::string package;
  std::string words;
};
/// The failures among dpkg's output.
std::vector<PackageFailure> package_failures(std::string_view output);
/// Files of the administrator's that dpkg kept although the package has a new version of them.
std::vector<std::string> kept_conffiles(std::string_view output);

/// Runs a job that may not be cut, shows dpkg's progress and tells which conffiles were kept.
Finished run_changing_job(const Work& work, const std::string& name, Command command,
                          const std::string& doing);

}  // namespace rigsetup::apt
