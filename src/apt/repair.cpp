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
  // The order that converges: `dpkg --configure -a` leaves a package that must be unpacked anew, apt-get
  // refuses to start before it ran, and `apt-get -f install` only configures one that was there before it was
  // half removed.
  std::vector<PackageFailure> failures;
  for (int round = 1; round <= k_rounds; ++round) {
    failures.clear();
    const auto run = [&](const std::string& name, const Command& command, const std::string& doing) {
      const Finished finished =
          run_when_free(work, [&] { return run_changing_job(work, name, command, doing); });
      const std::vector<PackageFailure> found = package_failures(finished.out);
      failures.insert(failures.end(), found.begin(), found.end());
    };
    run("repair-configure", dpkg({"--configure", "-a"}), "finishing what dpkg began");
    run("repair-fix", apt_get({"-f", "install"}, true), "repairing packages");
    std::vector<std::string> again = DpkgStatus::read(work.host.files).half_installed();
    if (!again.empty()) {
      again.insert(again.begin(), {"--reinstall", "--allow-change-held-packages", "install"});
      run("repair-reinstall", apt_get(again, true), "unpacking anew what is half there");
    }
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
