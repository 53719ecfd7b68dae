// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// What is wrong, as the daemon and the client tell it.
#include <fstream>

#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "tests/daemon/client_bed.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;
using namespace rigsetup::test;
using Catch::Matchers::Contains;

namespace {

constexpr uid_t k_stranger = 12345;
const std::filesystem::path k_rigs = RIGSETUP_SOURCE_DIR "/tests/rigs";

/// A described machine on which something can be wrong.
struct Patient {
  explicit Patient(const std::string& rig) {
    std::filesystem::copy(
        k_rigs / rig, folder.path(),
        std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
  }
  void file(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((folder.path() / path).parent_path());
    std::ofstream(folder.path() / path) << text;
  }
  std::string target() const { return "/v1/doctor?rig=" + folder.path().string(); }
  TemporaryFolder folder;
};

std::vector<std::string> names(const Value& reply) {
  std::vector<std::string> names;
  for (const auto& one : reply.at("findings").as_list()) names.push_back(one.at("name").as_string());
  return names;
}

}  // namespace

TEST_CASE("a described machine is examined by its facts and its kernel log") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const Patient patient("two-gpus-jammy");
  auto reply = post(bed.socket, patient.target(), Value::map()).json();
  CHECK(names(reply).empty());
  CHECK(reply.at("os").as_string() == "Ubuntu 22.04.5 LTS");
  CHECK(reply.at("rig").as_string() == patient.folder.path().string());
  CHECK_THAT(join(reply.get_strings("looked_at"), "; "), Contains("2 NVIDIA GPUs") && Contains("580.159.03"));

  patient.file("kmsg", "NVRM: Xid (PCI:0000:02:00): 79, pid=1, GPU has fallen off the bus.\n");
  patient.file("sys/module/nvidia/version", "570.133.07\n");
  patient.file("proc/driver/nvidia/version",
               "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.133.07  Release Build\n");
  reply = post(bed.socket, patient.target(), Value::map()).json();
  CHECK(names(reply) == std::vector<std::string>{"xid-79", "driver-library-mismatch"});
  const auto& proof = reply.at("findings").as_list()[0].at("evidence").as_list()[0];
  CHECK(proof.at("what").as_string() == "/kmsg");
  CHECK_THAT(proof.at("seen").as_string(), Contains("fallen off the bus"));
}

TEST_CASE("what only the caller knows is judged against the machine") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const Patient patient("two-gpus-jammy");
  const auto torch = Value::map({{"name", "torch"}, {"version", "2.7.1+cpu"}});
  const auto caller = Value::map({{"visible_devices", ""},
                                  {"python", "/home/ada/venv/bin/python"},
                                  {"frameworks", Value::list({torch})}});
  const auto reply = post(bed.socket, patient.target(), Value::map({{"caller", caller}})).json();
  CHECK(names(reply) == std::vector<std::string>{"gpu-hidden", "framework-without-cuda"});
  CHECK(post(bed.socket, patient.target(), Value::map({{"caller", 7}})).status == 422);
}

TEST_CASE("what the latest run failed of is told, and recognised where it is known") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto run = [&](const std::string& words) {
    const auto steps =
        "  - command: {argv: [sh, -c, \"echo '" + words + "' >&2; exit 1\"], check: [test, -e, /tmp/none]}\n";
    const auto plan = post(bed.socket, "/v1/plans", inline_recipe(bed, steps)).json();
    const auto started =
        post(bed.socket, "/v1/runs", Value::map({{"plan", plan.at("id")}, {"digest", plan.at("digest")}}));
    follow(bed, started.json().at("run").as_int());
    return post(bed.socket, "/v1/doctor?root=" + bed.root.string(), Value::map()).json();
  };
  const auto unknown = run("something that nobody has seen before");
  REQUIRE(names(unknown) == std::vector<std::string>{"run-failed"});
  CHECK(unknown.at("findings").as_list()[0].at("command").as_string() == "rigsetup show 1");
  const auto known = run("E: Could not get lock /var/lib/dpkg/lock-frontend.");
  REQUIRE(names(known) == std::vector<std::string>{"apt-locked"});
  CHECK(known.at("findings").as_list()[0].at("evidence").as_list()[0].at("what").as_string() ==
        "run 2, step command");
  const auto state = get(bed.socket, "/v1/runs/2").json();
  CHECK_THAT(to_json(state), Contains("never kill apt"));
}

TEST_CASE("what a run failed of is past when all is as wanted now") {
  const ClientBed bed;
  const RunningDaemon daemon(bed);
  std::filesystem::create_directories(bed.root / "etc/motd");
  REQUIRE(call(shell_line(bed.apply("  - file: {path: /etc/motd, content: \"1\\n\"}\n"))).status == 1);
  const auto ask = [&] {
    return names(post(bed.socket, "/v1/doctor?root=" + bed.root.string(), Value::map()).json());
  };
  CHECK(ask() == std::vector<std::string>{"run-failed"});
  std::filesystem::remove(bed.root / "etc/motd");
  std::ofstream(bed.root / "etc/motd") << "1\n";
  CHECK(ask().empty());
}

TEST_CASE("strangers may ask of the machine itself, and are not shown what was written") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto ask = [&](const std::string& target) {
    return request_as(k_stranger, {}, bed.socket, "POST", target, "{}");
  };
  CHECK(ask("/v1/doctor").status == 200);
  CHECK(ask(Patient("two-gpus-jammy").target()).status == 403);
  CHECK(ask("/v1/doctor?root=" + bed.root.string()).status == 403);
}

TEST_CASE("the client says what is wrong and what to type, and its exit status says whether") {
  const ClientBed bed;
  const RunningDaemon daemon(bed);
  const Patient patient("two-gpus-jammy");
  const auto rig = patient.folder.path().string();
  auto called = call(shell_line(bed.client({"doctor", "--rig", rig})));
  CHECK(called.status == 0);
  CHECK_THAT(called.out, Contains("nothing is wrong") && Contains("Looked at 2 NVIDIA GPUs"));

  patient.file("kmsg", "NVRM: BAR1 is 0M @ 0x0 (PCI:0000:02:00.0)\n");
  called = call(shell_line(bed.client({"doctor", "--rig", rig})));
  CHECK(called.status == 1);
  CHECK_THAT(called.out,
             Contains("1 thing is wrong") && Contains("1.  the firmware gave the GPU no address") &&
                 Contains("seen  /kmsg: NVRM: BAR1 is 0M") && !Contains("type") && !Contains("Next:"));
  called = call(shell_line(bed.client({"doctor", "--rig", rig, "--json"})));
  CHECK(called.status == 1);
  CHECK(names(parse_json(called.out, "the reply")) == std::vector<std::string>{"gpu-without-address-space"});
  called = call(shell_line(bed.client({"doctor", "--rig", rig, "--fix"})));
  CHECK(called.status == 1);
  CHECK_THAT(called.out, Contains("No plan mends:") && Contains("no active recipe"));
}

TEST_CASE("doctor --fix shows and applies the plan of the active recipe") {
  const ClientBed bed;
  const RunningDaemon daemon(bed);
  const auto applied = call(shell_line(bed.apply("  - file: {path: /etc/motd, content: \"1\\n\"}\n")));
  REQUIRE(applied.status == 0);
  std::filesystem::remove(bed.root / "etc/motd");
  const auto dpkg = bed.root / "var/lib/dpkg/status";
  const auto before = bed.root / "status-before";
  std::filesystem::copy_file(dpkg, before);
  const std::string package = "Status: install ok installed\nArchitecture: amd64\n";
  std::ofstream(dpkg)
      << "Package: libnvidia-compute-580\n"
      << package
      << "Maintainer: Ubuntu Core Developers <a@lists.ubuntu.com>\nVersion: 580.159.03-0ubuntu0.22.04.1\n\n"
      << "Package: libnvidia-compute\n"
      << package << "Maintainer: NVIDIA <cudatools@nvidia.com>\nVersion: 580.159.03-0ubuntu1\n\n";
  const auto other = call(shell_line(bed.client({"doctor", "--fix", "--root", bed.root.string()})));
  CHECK(other.status == 1);
  CHECK_THAT(other.out, Contains("different origins") && Contains("active recipe has nothing to do with it"));
  std::filesystem::rename(before, dpkg);
  std::filesystem::create_directories(bed.root / "var/lib/dpkg/updates");
  std::ofstream(bed.root / "var/lib/dpkg/updates/0001") << "";
  const auto status = call(shell_line(bed.client({"status", "--root", bed.root.string()})));
  CHECK_THAT(status.out, Contains("Wrong: an earlier change of packages was interrupted. rigsetup doctor"));
  const auto refused = call(shell_line(bed.client({"doctor", "--fix", "--root", bed.root.string()})));
  CHECK(refused.status == 2);  // nobody was asked
  CHECK_THAT(refused.out, Contains("an earlier change of packages was interrupted") && Contains("Plan for"));
}
