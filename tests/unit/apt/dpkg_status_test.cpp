// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/apt/transaction.hpp>
#include <rigsetup/base/error.hpp>
#include <rigsetup/host/tree.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

namespace rigsetup::apt {

using Lines = std::vector<std::string>;

namespace {

struct Target {
  explicit Target(const std::string& status) {
    tree.make_directories("/var/lib/dpkg/updates");
    tree.write("/var/lib/dpkg/status", status);
  }
  DpkgStatus read() const { return DpkgStatus::read(tree); }

  test::TemporaryFolder folder;
  Tree tree{folder.path()};
};

std::string stanza(const std::string& name, const std::string& status, const std::string& version = "1.0",
                   const std::string& architecture = "amd64") {
  return "Package: " + name + "\nStatus: " + status + "\nArchitecture: " + architecture +
         "\nVersion: " + version + "\nDescription: words\n Package: not-a-package\n .\n Status: neither\n\n";
}

const std::string k_dpkg = stanza("dpkg", "install ok installed", "1.21");

Request request(const Lines& install, const Lines& absent = {}, bool hold = false) {
  Request made;
  for (const std::string& text : install) made.install.push_back(parse_package(text).value());
  made.absent = absent;
  made.hold = hold;
  return made;
}

std::string lack(const Request& wanted, const DpkgStatus& status) {
  std::string text;
  for (const Lack& one : lacks(wanted, status)) text += one.have + " -> " + one.want + "\n";
  return text;
}

}  // namespace

TEST_CASE("dpkg's status is read with all that matters of a package") {
  const Target target(k_dpkg + stanza("nginx", "hold ok installed", "1:1.22.1-9"));
  const DpkgStatus status = target.read();
  REQUIRE(status.find("nginx") != nullptr);
  CHECK(status.find("nginx")->version == "1:1.22.1-9");
  CHECK(status.find("nginx")->held());
  CHECK(status.find("nginx")->installed());
  CHECK(status.find("not-a-package") == nullptr);
  CHECK(status.broken().empty());
}

TEST_CASE("of several architectures, a bare name means the native one or all") {
  const std::string both = stanza("libc6", "install ok installed", "2.36", "i386") +
                           stanza("libc6", "install ok installed", "2.35", "amd64") +
                           stanza("base-files", "install ok installed", "12", "all") +
                           stanza("wine32", "install ok installed", "8", "i386");
  for (const bool listed : {false, true}) {
    const Target target(both + k_dpkg);
    if (listed) target.tree.write("/var/lib/dpkg/arch", "amd64\ni386\n");
    const DpkgStatus status = target.read();
    CHECK(status.find("libc6")->version == "2.35");
    CHECK(status.find("libc6:i386")->version == "2.36");
    CHECK(status.find("base-files") != nullptr);
    CHECK(status.find("wine32") == nullptr);
    CHECK(status.find("wine32:i386") != nullptr);
  }
}

TEST_CASE("what an interrupted dpkg leaves is found") {
  const Target target(
      k_dpkg + stanza("a", "install ok unpacked") + stanza("b", "install ok half-configured") +
      stanza("c", "install reinstreq half-installed") + stanza("d", "deinstall ok half-installed") +
      stanza("e", "install ok triggers-pending") + stanza("f", "deinstall ok config-files"));
  target.tree.write("/var/lib/dpkg/updates/tmp.i", "");
  CHECK(target.read().broken() == Lines{"a is unpacked but not configured (unpacked)",
                                        "b is unpacked but not configured (half-configured)",
                                        "c is only half there and must be reinstalled", "d is half-installed",
                                        "e waits for its triggers (triggers-pending)"});
  CHECK(target.read().half_installed() == Lines{"c:amd64"});
  CHECK_FALSE(target.read().journal_left());
  target.tree.write("/var/lib/dpkg/updates/0003", "");
  CHECK(target.read().journal_left());
}

TEST_CASE("a tree without dpkg is said to be unsupported") {
  const test::TemporaryFolder folder;
  CHECK_THROWS_AS(DpkgStatus::read(Tree(folder.path())), Error);
}

TEST_CASE("what a request lacks") {
  const Target target(
      k_dpkg + stanza("nginx", "install ok installed", "1.22") + stanza("kept", "hold ok installed", "1.0") +
      stanza("half", "install ok unpacked", "1.0") + stanza("torn", "install reinstreq installed", "1.0") +
      stanza("gone", "deinstall ok config-files", "1.0"));
  const DpkgStatus status = target.read();
  CHECK(lack(request({"nginx", "nginx=1.22", "nginx (>= 1.20)", "nginx (<< 2)"}, {"gone", "never"}), status)
            .empty());
  CHECK(lack(request({"nginx (>= 1.23)"}), status) == "nginx 1.22 -> nginx (>= 1.23)\n");
  CHECK(lack(request({"gone"}), status) == "gone not installed -> gone\n");
  CHECK(lack(request({"half"}), status) == "half 1.0 (unpacked) -> half\n");
  CHECK(lack(request({"torn"}), status) == "torn 1.0 (installed) -> torn\n");
  CHECK(lack(request({}, {"half", "nginx"}), status) ==
        "half 1.0 (unpacked) -> half absent\nnginx 1.22 -> nginx absent\n");
  CHECK(lack(request({"nginx", "kept"}, {}, true), status) == "nginx not on hold -> nginx on hold\n");
}

TEST_CASE("a transaction survives being written and read") {
  Transaction transaction;
  transaction.steps = {"driver"};
  transaction.hold = {"nvidia-driver"};
  transaction.changes = {
      {Action::upgrade, "nvidia-driver", "amd64", "535", "580", true, 250'000'000, -4096, "NVIDIA:cuda"},
      {Action::remove, "nouveau", "all", "1", "", false, 0, -100, ""}};
  const Transaction back = transaction_from(to_value(transaction));
  CHECK(to_value(back) == to_value(transaction));
  CHECK(back.changes.at(0).disk_bytes == -4096);
  CHECK(back.download_bytes() == 250'000'000);
  CHECK(back.disk_bytes() == -4196);
  for (const Action action :
       {Action::install, Action::upgrade, Action::downgrade, Action::reinstall, Action::remove}) {
    transaction.changes[0].action = action;
    CHECK(transaction_from(to_value(transaction)).changes[0].action == action);
  }
}

}  // namespace rigsetup::apt
