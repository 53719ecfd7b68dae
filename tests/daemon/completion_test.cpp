// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// Completion as the shells do it: their own functions, with the files that are installed.

#include <fstream>

#include <signal.h>
#include <unistd.h>

#include "tests/daemon/client_bed.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::test;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;

namespace {

const std::string k_files = RIGSETUP_SOURCE_DIR "/src/cli/completion";

/// Tests of a shell that is not installed are skipped where everybody sees it.
bool has(const std::string& shell) {
  if (access(("/usr/bin/" + shell).c_str(), X_OK) == 0 || access(("/bin/" + shell).c_str(), X_OK) == 0)
    return true;
  WARN("SKIPPED: there is no " << shell << " here");
  return false;
}

std::string complete(const ClientBed& bed, const std::string& words) {
  const auto called = call("rigsetup complete -- " + words, {{"RIGSETUP_SOCKET", bed.socket}});
  CHECK(called.status == 0);
  CHECK(called.errors.empty());
  return called.out;
}

/// A daemon that has done a run of two steps.
struct Rig {
  Rig() { follow(bed, start_run(bed, many_files(2))); }
  ClientBed bed;
  RunningDaemon daemon{bed};
};

/// What bash would offer for a line, its words as bash breaks them; the last one is being typed.
std::string in_bash(const ClientBed& bed, const std::string& words) {
  const auto called =
      call("source '" + k_files + "/rigsetup.bash'\ncd '" + bed.folder.path().string() +
               "'\nCOMP_WORDS=(rigsetup " + words +
               ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_rigsetup\nprintf '%s\\n' \"${COMPREPLY[@]}\"",
           {{"RIGSETUP_SOCKET", bed.socket}});
  CHECK(called.errors.empty());
  return called.out;
}

std::string in_fish(const ClientBed& bed, const std::string& line) {
  const auto called =
      call("cd '" + bed.folder.path().string() + "'; HOME=$PWD exec fish --no-config -c 'source " + k_files +
               "/rigsetup.fish; complete -C \"" + line + "\"'",
           {{"RIGSETUP_SOCKET", bed.socket}});
  return called.out;
}

/// What a zsh on a terminal makes of keys that were typed.
struct Zsh {
  explicit Zsh(const ClientBed& bed)
      : shell({"zsh", "-f", "-i"},
              {.columns = 100,
               .variables = {
                   {"TERM", "dumb"}, {"LANG", "C.UTF-8"}, {"PS1", "> "}, {"RIGSETUP_SOCKET", bed.socket}}}) {
    const auto folder = bed.folder.path().string();
    shell.type("cd " + folder + "; fpath=(" + k_files + " $fpath); autoload -Uz compinit; compinit -u -d " +
               folder + "/dump; echo re''ady\r");
  }
  OnTerminal shell;
};

}  // namespace

TEST_CASE("what can be typed next is told with what it is") {
  const Rig rig;
  CHECK_THAT(complete(rig.bed, "''"), Contains("plan\twhat would change") && !Contains("complete"));
  CHECK_THAT(complete(rig.bed, ""), Contains("status\t"));
  CHECK_THAT(complete(rig.bed, "res"), Equals("resume\tgo on with a run that ended early, and follow it\n"));
  CHECK_THAT(complete(rig.bed, "--js"), Contains("--json\t"));
  CHECK_THAT(complete(rig.bed, "wait --f"), Contains("--for\t") && !Contains("--json"));
  CHECK_THAT(complete(rig.bed, "apply --"), Contains("--detach\t") && !Contains("--limit"));
  CHECK_THAT(complete(rig.bed, "wait --for ''"), Equals("ready\nidle\n"));
  CHECK_THAT(complete(rig.bed, "wait --for=i"), Equals("--for=idle\n"));
  CHECK_THAT(complete(rig.bed, "--json apply gr"), Equals("greeting\ta file that greets\n:files\n"));
  CHECK_THAT(complete(rig.bed, "plan --root ''"), Equals(":folders\n"));
  CHECK_THAT(complete(rig.bed, "kinds apt_p"), Contains("apt_packages\tPackages that are"));
  CHECK_THAT(complete(rig.bed, "show ''"), Contains("1\ttest, done, "));
  CHECK_THAT(complete(rig.bed, "log 1 --step f"), Equals("f0\tfile /etc/f0\nf1\tfile /etc/f1\n"));
  CHECK_THAT(complete(rig.bed, "help val"), Contains("validate\t"));
  CHECK(complete(rig.bed, "runs ''").empty());
  CHECK(complete(rig.bed, "there-is-no-such-verb ''") == complete(rig.bed, "''"));
}

TEST_CASE("completion is silent where no daemon answers, and knows the rest still") {
  const ClientBed bed;
  CHECK(complete(bed, "show ''").empty());
  CHECK_THAT(complete(bed, "apply ''"), Equals(":files\n"));
  CHECK_THAT(complete(bed, "che"), Contains("check\t"));
  const RunningDaemon daemon(bed);
  REQUIRE(::kill(daemon.pid(), SIGSTOP) == 0);
  CHECK(complete(bed, "show ''").empty());
  REQUIRE(::kill(daemon.pid(), SIGCONT) == 0);
}

TEST_CASE("completion in bash") {
  if (!has("bash")) return;
  const Rig rig;
  std::filesystem::create_directory(rig.bed.folder / "image");
  std::ofstream(rig.bed.folder / "greens.yaml") << "";
  CHECK(in_bash(rig.bed, "pla") == "plan\n");
  CHECK(in_bash(rig.bed, "apply gree") == "greeting\ngreens.yaml\n");
  CHECK(in_bash(rig.bed, "log 1 --step f") == "f0\nf1\n");
  CHECK(in_bash(rig.bed, "wait --for = r") == "ready\n");
  CHECK(in_bash(rig.bed, "wait --for =") == "ready\nidle\n");
  CHECK(in_bash(rig.bed, "status --root im") == "image\n");
  CHECK(in_bash(rig.bed, "status --root = im") == "image\n");
  CHECK_THAT(in_bash(rig.bed, "''"), Contains("status\n"));
}

TEST_CASE("completion in fish") {
  if (!has("fish")) return;
  const Rig rig;
  std::ofstream(rig.bed.folder / "greens.yaml") << "";
  CHECK_THAT(in_fish(rig.bed, "rigsetup pla"), Contains("plan\twhat would change"));
  CHECK_THAT(in_fish(rig.bed, "rigsetup apply gree"),
             Contains("greeting\ta file that greets") && Contains("greens.yaml"));
  CHECK_THAT(in_fish(rig.bed, "rigsetup log 1 --step "), Contains("f0\tfile /etc/f0") && !Contains("greens"));
  CHECK_THAT(in_fish(rig.bed, "rigsetup wait --for "), Contains("ready") && Contains("idle"));
  CHECK_THAT(in_fish(rig.bed, "rigsetup wait --for=i"), Contains("--for=idle"));
}

TEST_CASE("completion in zsh") {
  if (!has("zsh")) return;
  const Rig rig;
  Zsh zsh(rig.bed);
  REQUIRE(zsh.shell.shows("\nready"));
  const auto typed = [&](const std::string& keys, const std::string& wanted) {
    zsh.shell.type(keys + "\t");
    CAPTURE(keys);
    CHECK(zsh.shell.shows(wanted));
    INFO(zsh.shell.picture().text());
    zsh.shell.type("\x15");  // Ctrl-U
  };
  typed("rigsetup pla", "rigsetup plan");
  typed("rigsetup apply gree", "rigsetup apply greeting");
  typed("rigsetup wait --for i", "rigsetup wait --for idle");
  typed("rigsetup wait --for=r", "rigsetup wait --for=ready");
  typed("rigsetup log --step \t", "file /etc/f1");  // the first inserts what is common, the second lists
  zsh.shell.hang_up();
}
