// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/apt/archive.hpp>
#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "apt/apt_get.hpp"

namespace rigsetup::apt {

namespace {

constexpr int k_rounds =
    3;  // one has always been enough; a script that succeeds at the second call needs two

std::string audit(const Work& work) {
  const Finished finished = work.host.programs.run(dpkg({"--audit"}), work.stop);
  return std::string(trim(finished.out + finished.err));
}

}  // namespace

void repair(const Work& work) {
  // The order that converges: `dpkg --configure -a` leaves a package that must be reinstalled, and apt-get
  // refuses to start before it ran.
  std::vector<PackageFailure> failures;
  for (int round = 1; round <= k_rounds; ++round) {
    wait_for_dpkg(work);
    Finished finished =
        run_changing_job(work, "repair-configure", dpkg({"--configure", "-a"}), "finishing what dpkg began");
    failures = package_failures(finished.out);
    wait_for_dpkg(work);
    finished = run_changing_job(work, "repair-fix", apt_get({"-f", "install"}, work.settings, true),
                                "repairing packages");
    if (!find_repair(work.host.files).needed() && audit(work).empty()) return;
  }
  const Repair left = find_repair(work.host.files);
  std::string what = join(left.broken, "; ");
  if (what.empty()) what = printable(audit(work));
  if (!failures.empty())
    what += format(": {}: {}", failures.front().package, printable(failures.front().words));
  throw Error(Code::program, "cannot repair dpkg: " + what,
              "see the step's log for what the packages' scripts said");
}

}  // namespace rigsetup::apt
