// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// What apt and dpkg print, as they really did (apt 2.6, dpkg 1.21), and what is read out of it.
#include "apt/apt_get.hpp"
#include "apt/fault.hpp"
#include "apt/simulation.hpp"
#include "apt/status_line.hpp"
#include "tests/support/catch.hpp"

namespace rigsetup::apt {

using Lines = std::vector<std::string>;
using Kind = StatusLine::Kind;

TEST_CASE("status lines") {
  const auto download = parse_status_line("dlstatus:2:82.0834:Retrieving file 2 of 2");
  REQUIRE(download);
  CHECK(download->kind == Kind::download);
  CHECK(download->percent == Approx(82.0834));

  const auto unpacking = parse_status_line("pmstatus:tb-big:33.3333:Unpacking tb-big (amd64)");
  REQUIRE(unpacking);
  CHECK(unpacking->subject == "tb-big");
  CHECK(label_of(*unpacking) == "unpacking tb-big");

  const auto foreign = parse_status_line("pmstatus:libc6:i386:10.0:Configuring libc6:i386 (i386)");
  REQUIRE(foreign);
  CHECK(foreign->subject == "libc6:i386");
  CHECK(label_of(*foreign) == "configuring libc6:i386");

  const auto error = parse_status_line(
      "pmerror:tb-fail:60.0000:installed tb-fail package post-installation script subprocess returned error "
      "exit status 7");
  REQUIRE(error);
  CHECK(error->kind == Kind::error);
  for (const char* other : {"", "hello", "pmstatus:", "pmstatus:x:y:z", "media-change: x:y"}) {
    CHECK_FALSE(parse_status_line(other));
  }
}

TEST_CASE("what apt-get -s would do") {
  const std::string output =
      "NOTE: This is only a simulation!\n"
      "Remv old [1.0]\n"
      "Inst tb-small [1.0] (2.0 tb:stable [amd64]) []\n"
      "Inst data (3.0-1 tb:stable, Debian:12.9/stable [all])\n"
      "Inst libc6:i386 (2.36-9+deb12u9 Debian:12.9/stable [i386])\n"
      "Conf tb-small (2.0 tb:stable [amd64])\n"
      "Purg older [0.1]\n";
  CHECK(versions_of_simulation(output, "amd64") == Versions{{"data", "3.0-1"},
                                                            {"libc6:i386", "2.36-9+deb12u9"},
                                                            {"old", ""},
                                                            {"older", ""},
                                                            {"tb-small", "2.0"}});
}

TEST_CASE("the plan and what apt would do now are compared package by package") {
  const Versions planned = {{"app", "1.0"}, {"lib", "1.0"}, {"old", ""}};
  CHECK(differences(planned, planned).empty());
  CHECK(differences(planned, {{"app", "1.0"}, {"lib", "1.1"}, {"extra", "5"}}) ==
        Lines{"lib: the plan says install 1.0, apt would now install 1.1",
              "old: the plan says remove it, apt would now leave it alone",
              "extra: the plan does not touch it, apt would now install 5"});
}

TEST_CASE("changes are said to apt-get so that nothing is left to it") {
  Change change{Action::install, "libc6", "i386", "", "2.36", false, 0, 0, ""};
  CHECK(apt_argument(change, "amd64") == "libc6:i386=2.36");
  CHECK(apt_argument(change, "i386") == "libc6=2.36");
  change.architecture = "all";
  CHECK(apt_argument(change, "amd64") == "libc6=2.36");
  change.action = Action::remove;
  CHECK(apt_argument(change, "amd64") == "libc6-");
}

TEST_CASE("a failing package in dpkg's output") {
  const auto failures = package_failures(
      "Setting up tb-fail (1.0) ...\n"
      "cannot download blob\n"
      "dpkg: error processing package tb-fail (--configure):\n"
      " installed tb-fail package post-installation script subprocess returned error exit status 7\n"
      "dpkg: dependency problems prevent configuration of app:\n"
      " app depends on tb-fail; however:\n"
      "  Package tb-fail is not configured yet.\n"
      "\n"
      "dpkg: error processing archive /var/cache/apt/archives/x_1_all.deb (--unpack):\n"
      " trying to overwrite '/usr/bin/x', which is also in package y 1.0\n");
  REQUIRE(failures.size() == 2);
  CHECK(failures[0].package == "tb-fail");
  CHECK(failures[0].words ==
        "installed tb-fail package post-installation script subprocess returned error exit status 7 "
        "(last it said: cannot download blob)");
  CHECK(failures[1].package == "/var/cache/apt/archives/x_1_all.deb");
  CHECK_THAT(failures[1].words, Catch::Matchers::StartsWith("trying to overwrite '/usr/bin/x'"));
}

TEST_CASE("a lock that another program held, and what only looks so") {
  Finished finished;
  const auto taken = [&](int exit_code, const std::string& output) {
    finished.exit_code = exit_code;
    finished.out = output;
    return lock_was_taken(finished);
  };
  const std::string apt_says =
      "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 7 (apt-get)\n"
      "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using "
      "it?\n";
  CHECK(taken(100, apt_says));
  CHECK(taken(100, "E: Could not get lock /var/cache/apt/archives/lock. It is held by process 0\n"));
  CHECK(taken(2, "dpkg: error: dpkg frontend lock was locked by another process with pid 7\n"));
  CHECK_FALSE(taken(0, apt_says));
  CHECK_FALSE(taken(100, "Setting up bad (1.0) ...\n" + apt_says +
                             "dpkg: error processing package bad (--configure):\n"
                             " installed bad package post-installation script subprocess returned error exit "
                             "status 100\n"));
}

TEST_CASE("conffiles that dpkg kept") {
  CHECK(kept_conffiles("Setting up app (2.0) ...\n"
                       "\n"
                       "Configuration file '/etc/app.conf'\n"
                       " ==> Modified (by you or by a script) since installation.\n"
                       " ==> Package distributor has shipped an updated version.\n"
                       " ==> Keeping old config file as default.\n"
                       "Configuration file '/etc/new.conf'\n"
                       " ==> Using new file as default.\n") == Lines{"/etc/app.conf"});
}

TEST_CASE("apt's complaints: what passes, and what is about trust") {
  struct Row {
    const char* complaint;
    bool passing;
    Code code;
  };
  for (const Row& row : {
           Row{"Failed to fetch http://a/x.deb  Hash Sum mismatch", true, Code::network},
           Row{"Failed to fetch http://a/Packages.gz  File has unexpected size (11 != 10). Mirror sync in "
               "progress?",
               true, Code::network},
           Row{"Failed to fetch http://a/InRelease  503  Service Unavailable [IP: 127.0.0.1 80]", true,
               Code::network},
           Row{"Failed to fetch http://a/InRelease  Connection timed out", true, Code::network},
           Row{"Failed to fetch http://a/InRelease  Could not connect to 127.0.0.1:9 (127.0.0.1). - connect "
               "(111: Connection "
               "refused)",
               false, Code::network},
           Row{"Failed to fetch http://a/x.deb  404  Not Found", false, Code::network},
           Row{"GPG error: http://a stable InRelease: The following signatures couldn't be verified because "
               "the public key is "
               "not available: NO_PUBKEY DE1B6F682EA864F2",
               false, Code::conflict},
           Row{"An error occurred during the signature verification. GPG error: http://a stable InRelease: "
               "The following "
               "signatures were invalid: BADSIG 1 x",
               false, Code::conflict},
           Row{"Release file for http://a/dists/stable/InRelease is expired (invalid since 3962d). Updates "
               "for this "
               "repository will not be applied.",
               false, Code::conflict},
           Row{"The repository 'http://a nosuch Release' does not have a Release file.", false,
               Code::network},
       }) {
    INFO(row.complaint);
    CHECK(judge(row.complaint).passing == row.passing);
    CHECK(judge(row.complaint).code == row.code);
    CHECK_FALSE(judge(row.complaint).hint.empty());
  }
  CHECK(pause_before(2) == std::chrono::seconds(1));
  CHECK(pause_before(4) == std::chrono::seconds(4));
  CHECK(pause_before(100) == std::chrono::seconds(64));
}

TEST_CASE("where apt-get gets an archive from is read from its output") {
  struct Row {
    const char* output;
    std::vector<std::string> hosts;
  };
  for (const Row& row : {
           Row{"Get:1 http://deb.debian.org/debian bookworm/main amd64 nginx amd64 1.22 [527 kB]\n",
               {"deb.debian.org"}},
           Row{"Get:1 http://a.org/x y\nGet:2 https://alice:secret@b.org:8443/x y z [1 kB]\n"
               "Get:3 http://a.org/z y\n",
               {"a.org", "b.org:8443"}},
           Row{"Reading package lists...\nBuilding dependency tree...\n", {}},
           Row{"Get:1 http://deb.deb", {}},  // the rest is still to come
           Row{"Get:1 http://127.0.0.1:80 stable/main amd64 x amd64 1.0 [20 kB]\n", {"127.0.0.1:80"}},
           Row{"Get:1 file:/srv/mirror x y\n", {}},
           Row{"Get:1 file:///srv/mirror x y\n", {}},
           Row{"", {}},
       }) {
    CAPTURE(row.output);
    CHECK(hosts_in(row.output) == row.hosts);
  }
}

TEST_CASE("of several hosts that archives come from, each is named as one that may keep it") {
  CHECK(from_any({}).empty());
  CHECK(from_any({"a"}) == "from a");
  CHECK(from_any({"a", "b"}) == "from a or b");
  CHECK(from_any({"a", "b", "c"}) == "from a or b or c");
  CHECK(from_any({"a", "b", "c", "d"}) == "from a, b, c or another host");
}

TEST_CASE("a try that is to come is told with its number and the cause of the last failure") {
  CHECK(trying_again(3, 4, "E: 503  Service Unavailable\n") ==
        "trying again in 2.0 s (3 of 4): E: 503  Service Unavailable");
}

TEST_CASE("apt-get is told everything that could be asked") {
  const Command command = apt_get({"install", "x=1"}, true);
  const auto has = [&](const std::string& name, const std::string& value) {
    for (const auto& [its_name, its_value] : command.environment) {
      if (its_name == name) return its_value == value;
    }
    return false;
  };
  CHECK(has("DEBIAN_FRONTEND", "noninteractive"));
  CHECK(has("NEEDRESTART_MODE", "l"));
  CHECK(has("UCF_FORCE_CONFFOLD", "1"));
  CHECK(has("APT_LISTCHANGES_FRONTEND", "none"));
  const auto& argv = command.argv;
  for (const char* word :
       {"-y", "Dpkg::Options::=--force-confold", "Dpkg::Use-Pty=0", "APT::Status-Fd={fd}"}) {
    CHECK(std::find(argv.begin(), argv.end(), word) != argv.end());
  }
  CHECK(command.input.empty());
}

}  // namespace rigsetup::apt
