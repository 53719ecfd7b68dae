// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// Environments come while dpkg works: neither waits for the other.
#include <algorithm>

#include <rigsetup/base/format.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/conda_channel.hpp"
#include "tests/system/conda_bench.hpp"

namespace rigsetup::test {

using Catch::Matchers::EndsWith;

TEST_CASE("a conda environment is downloaded and made while dpkg is in the middle of a package") {
  const Shop shop;
  Machine machine(shop);
  const TemporaryFolder folder;
  const HttpServer server(folder / "served");
  offer_clients(machine.bed, folder / "served", server);
  write_conda_channel(folder / "served/channel", {{.name = "six", .files = {{"lib/six.py", "x = 1\n"}}}});
  machine.start();
  machine.want(
      format("  - id: slow\n"
             "    apt_packages: {{packages: [slow]}}\n"
             "  - id: rig\n"
             "    conda_env: {{name: rig, packages: [six], channels: [\"{}/channel\"]}}\n",
             server.url()));
  Client apply(machine.bed.socket, machine.apply_words());
  REQUIRE(eventually([&] { return machine.slow_has_begun(); }));
  CHECK(eventually([&] {
    const auto done = machine.steps_that("changed");
    return std::find(done.begin(), done.end(), "rig.packages") != done.end();
  }));
  // The account that it belongs to was made beside dpkg as well.
  CHECK(machine.root.run("stat -c %U:%G /opt/rigsetup/envs/rig/lib/six.py") ==
        "_rigsetup-env:_rigsetup-env\n");
  CHECK_THAT(machine.root.run("getent passwd _rigsetup-env"), EndsWith(":/nonexistent:/usr/sbin/nologin\n"));
  CHECK(machine.version("slow") != "1.0");
  machine.let_slow_go();
  const Said said = apply.wait();
  INFO(shown(said));
  CHECK(said.status == 0);
  CHECK(machine.version("slow") == "1.0");
}

}  // namespace rigsetup::test
