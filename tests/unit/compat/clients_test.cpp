// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/compat/load.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/compat/shipped.hpp"

using namespace rigsetup;
using test::shipped;

namespace {

Complaints read_clients(const std::string& rows, compat::Tables& tables) {
  Complaints complaints;
  compat::read("rigsetup-tables: 1\n" + rows, "local.yaml", tables, complaints);
  return complaints;
}

}  // namespace

TEST_CASE("every client's file is the one of its release, with its digest") {
  struct Row {
    std::string version, sha256;
  };
  const Row micromamba[] = {{"2.9.0-0", "366cd9cd8be14df1ab8ed50352a82111082a36686b2d389fdb79a92c3fafb3e3"},
                            {"2.8.1-0", "9689782d863c05a1bf5d2d371ba527104e7a4eb4310c1637d8653b751aed9c82"},
                            {"1.5.12-0", "d7f10cdd291e12f8ea32c81315af487a1191468f7475cf7f52b827d13abf48fc"}};
  const compat::Clients& clients = shipped().clients;
  CHECK(clients.micromamba.size() == std::size(micromamba));
  for (const Row& row : micromamba) {
    INFO(row.version);
    const compat::ClientRelease& release = clients.micromamba.at(row.version);
    CHECK(release.sha256 == row.sha256);
    CHECK(release.url == "https://github.com/mamba-org/micromamba-releases/releases/download/" + row.version +
                             "/micromamba-linux-64");
  }
  const Row miniforge[] = {{"26.7.2-0", "281b0ac7d550802efc81af633225a5e6116d29ae72f3ab4eae7168c3931a4c05"},
                           {"26.3.2-3", "848194851a98903134187fbb4ab50efe87b003e0c0f808f97644b7524a62bf2c"}};
  CHECK(clients.miniforge.size() == std::size(miniforge));
  for (const Row& row : miniforge) {
    INFO(row.version);
    const compat::ClientRelease& release = clients.miniforge.at(row.version);
    CHECK(release.sha256 == row.sha256);
    CHECK(release.url == "https://github.com/conda-forge/miniforge/releases/download/" + row.version +
                             "/Miniforge3-" + row.version + "-Linux-x86_64.sh");
  }
}

TEST_CASE("the newest client that may be used is chosen, by version and not by letters") {
  compat::Tables tables = shipped();
  CHECK(compat::newest_usable(tables.clients.micromamba)->version == "2.9.0-0");
  const std::string row = "    url: https://example.com/m\n    source: s\n    as_of: 2026-11-26\n";
  CHECK(read_clients("micromamba_releases:\n  2.11.0-0:\n" + row + "    confirmed: false\n", tables).empty());
  CHECK(compat::newest_usable(tables.clients.micromamba)->version == "2.9.0-0");
  CHECK(tables.clients.micromamba.contains("2.11.0-0"));
  CHECK(
      read_clients("micromamba_releases:\n  2.10.0-0:\n" + row + "    sha256: " + std::string(64, 'a') + "\n",
                   tables)
          .empty());
  CHECK(compat::newest_usable(tables.clients.micromamba)->version == "2.10.0-0");
  CHECK(compat::newest_usable({}) == nullptr);
}

TEST_CASE("a client without a digest, or with what is none, is complained of and left out") {
  compat::Tables tables;
  const std::string row = "    url: https://example.com/m\n    source: s\n    as_of: 2026-11-26\n";
  const Complaints without = read_clients("miniforge_releases:\n  1.0-0:\n" + row, tables);
  REQUIRE(without.size() == 1);
  CHECK(without[0].message.find("without \"sha256\"") != std::string::npos);
  const Complaints wrong = read_clients(
      "miniforge_releases:\n  1.0-0:\n" + row + "    sha256: " + std::string(64, 'X') + "\n", tables);
  REQUIRE(wrong.size() == 1);
  CHECK(wrong[0].message.find("is no SHA-256") != std::string::npos);
  CHECK(tables.clients.miniforge.empty());
}
