// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <filesystem>
#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/compat/shipped.hpp"

using namespace rigsetup;
using Texts = std::vector<std::string>;

namespace {

const std::string k_basis = "source: a page, as_of: 2027-01-15";

Texts complaints_of(const std::string& text, compat::Tables tables = {}) {
  Complaints complaints;
  compat::read(text, "t.yaml", tables, complaints);
  Texts texts;
  for (const Complaint& complaint : complaints) texts.push_back(complaint.text());
  return texts;
}

/// Of one table; its first row is line 3.
Texts complaints_of_table(const std::string& table, const std::string& rows) {
  return complaints_of("rigsetup-tables: 1\n" + table + ":\n" + rows);
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

}  // namespace

TEST_CASE("a file that is no tables gets one clear complaint") {
  struct Row {
    std::string text;
    Texts complaints;
  };
  const Row table[] = {
      {"", {"t.yaml: a file of tables is a map (begin it with \"rigsetup-tables: 1\")"}},
      {"- a\n", {"t.yaml:1:1: a file of tables is a map (begin it with \"rigsetup-tables: 1\")"}},
      {"branches: {}\n",
       {"t.yaml:1:1: the file does not say its format (begin it with \"rigsetup-tables: 1\")"}},
      {"rigsetup-tables: 2\nbranches: {}\n",
       {"t.yaml:1:18: tables of format 2 cannot be read (this rigsetup reads format 1)"}},
      {"rigsetup-tables: 1\nbranchs: {}\n",
       {"t.yaml:2:1: there is no table \"branchs\" (did you mean \"branches\"?)"}},
      {"rigsetup-tables: 1\nbranches: [a]\n",
       {"t.yaml:2:11: \"branches\" takes rows by their keys, not a list"}},
      {"a: [1\n",
       {"t.yaml:1:4: the '[' that opens here is not closed (']' or ',' is missing in line 1 or before)"}},
      {std::string(2'000'000, '\n'),
       {"t.yaml: cannot read t.yaml: it is too large (2.0 MB) (at most 1.0 MB are read)"}},
  };
  for (const Row& row : table) {
    INFO(row.text.substr(0, 100));
    CHECK(complaints_of(row.text) == row.complaints);
  }
}

TEST_CASE("what is wrong in a row is said with its place, and the row is left out") {
  struct Row {
    std::string table, rows;
    Texts complaints;
  };
  const Row table[] = {
      {"branches",
       "  620: {type: lts}\n",
       {"t.yaml:3:8: \"620\" of \"branches\" lacks \"source\" (say where it was read)",
        "t.yaml:3:8: \"620\" of \"branches\" lacks \"as_of\" (say when it was read)"}},
      {"branches", "  620: {" + k_basis + "}\n", {"t.yaml:3:8: \"620\" of \"branches\" lacks \"type\""}},
      {"branches",
       "  620: {type: beta, " + k_basis + "}\n",
       {"t.yaml:3:15: \"type\" cannot be \"beta\" (it is one of: lts, production, new-feature, legacy)"}},
      {"branches",
       "  620: {type: lts, last_sean: 620.1.2, " + k_basis + "}\n",
       {"t.yaml:3:20: \"620\" of \"branches\" has no \"last_sean\" (did you mean \"last_seen\"?)"}},
      {"branches",
       "  620: {type: lts, end_of_life: soon, " + k_basis + "}\n",
       {"t.yaml:3:33: \"soon\" is no date (write 2026-08-03, 2026-08 or 2026)"}},
      {"branches",
       "  620: {type: lts, last_seen: new, " + k_basis + "}\n",
       {"t.yaml:3:31: \"new\" is no version (digits and dots, as 580.178.04)"}},
      {"branches", "  620: lts\n", {"t.yaml:3:8: \"620\" of \"branches\" is a map, not text"}},
      {"branches",
       "  620: {type: [lts], " + k_basis + "}\n",
       {"t.yaml:3:15: \"type\" takes a text, not a list"}},
      {"branches",
       "  620: {type: lts, source: a, as_of: 2027-01-15, confirmed: maybe}\n",
       {"t.yaml:3:61: \"confirmed\" is true or false"}},
      {"branch_words",
       "  safest: {types: [older], " + k_basis + "}\n",
       {"t.yaml:3:11: \"safest\" of \"branch_words\": there is no type of branch \"older\""}},
      {"modules",
       "  both: {ids: 1E02, " + k_basis + "}\n",
       {"t.yaml:3:9: \"both\" of \"modules\": there is no such rule (they are: legacy, proprietary-only, "
        "either, "
        "open-only, unlisted)"}},
      {"modules",
       "  either: {ids: 1E02 1G00, " + k_basis + "}\n",
       {"t.yaml:3:17: \"1G00\" is no device id (ids are hex and apart by spaces: 1E02 2340-237F)"}},
      {"modules",
       "  either: {ids: 2000-1000, " + k_basis + "}\n",
       {"t.yaml:3:17: \"2000-1000\" is no device id (ids are hex and apart by spaces: 1E02 2340-237F)"}},
      {"modules",
       "  either: {ids: 1-2-3, " + k_basis + "}\n",
       {"t.yaml:3:17: \"1-2-3\" is no device id (ids are hex and apart by spaces: 1E02 2340-237F)"}},
      {"device_names",
       "  mine: {names: {Card: 12345}, " + k_basis + "}\n",
       {"t.yaml:3:9: \"mine\" of \"device_names\": the ids of \"Card\" hold \"12345\" (ids are hex and apart "
        "by spaces)"}},
      {"cuda_releases",
       "  14.0: {branch: 620, drivers: [a], " + k_basis + "}\n",
       {"t.yaml:3:32: \"drivers\" takes names with texts, not a list"}},
      {"cudnn_lines",
       "  10.0: {releases: {a: b}, cuda: {14: 620.1}, " + k_basis + "}\n",
       {"t.yaml:3:20: \"releases\" takes a list of texts, not a map"}},
      {"cudnn_lines",
       "  10.0: {releases: [], cuda: {14: 620.1}, " + k_basis + "}\n",
       {"t.yaml:3:20: \"releases\" is empty"}},
      {"platforms",
       "  ubuntu-26.04: {title: U, compiler: 15, architectures: [amd64], headers: h, origins: [{name: ubuntu, title: U, "
       "packages: [{modules: "
       "shut, driver: [a], " +
           k_basis + "}], " + k_basis + "}], " + k_basis + "}\n",
       {"t.yaml:3:134: \"modules\" cannot be \"shut\" (it is one of: open, proprietary)"}},
  };
  for (const Row& row : table) {
    INFO(row.table << "\n" << row.rows);
    CHECK(complaints_of_table(row.table, row.rows) == row.complaints);
  }
}

TEST_CASE("a newer table replaces rows by their keys and adds others") {
  test::TemporaryFolder folder;
  write(folder.path() / "10-new.yaml",
        "rigsetup-tables: 1\n"
        "branches:\n"
        "  620: {type: lts, last_seen: 620.10.01, end_of_life: 2030-06, " +
            k_basis +
            "}\n"
            "  580: {type: lts, last_seen: 580.300.01, end_of_life: 2026-01, " +
            k_basis +
            "}\n"
            "modules:\n"
            "  open-only: {ids: \"4000\", " +
            k_basis +
            "}\n"
            "  either: {ids: 2B85, " +
            k_basis +
            "}\n"
            "device_names:\n"
            "  mine: {names: {GeForce RTX 6090: \"4000\"}, " +
            k_basis + "}\n");
  write(folder.path() / "20-newer.yaml",
        "rigsetup-tables: 1\n"
        "compute_capabilities:\n"
        "  13.0: {architecture: Rubin, ids: 4000-40FF, first_cuda: 13.4, " +
            k_basis + "}\n");
  write(folder.path() / "notes.txt", "not a table");
  write(folder.path() / ".hidden.yaml", "not a table");
  Complaints complaints;
  const compat::Tables tables = compat::load(
      compat::table_folders(std::string(RIGSETUP_SOURCE_DIR) + "/recipes", folder.path()), complaints);
  for (const Complaint& complaint : complaints) FAIL_CHECK(complaint.text());

  CHECK(tables.branches.at("620").last_seen == "620.10.01");
  CHECK(tables.branches.at("580").last_seen == "580.300.01");
  CHECK(tables.branches.at("595").last_seen == test::shipped().branches.at("595").last_seen);
  CHECK(tables.device("4000").text() == "the GeForce RTX 6090 (Rubin)");
  CHECK(tables.device("4000").modules == compat::ModuleRule::open_only);
  CHECK(tables.device("2B85").modules == compat::ModuleRule::either);
  CHECK(tables.device("2684").text() == test::shipped().device("2684").text());

  // 580 is over by the new table, so that a word means the next best.
  CHECK(test::fit(test::jammy({"2684"}), tables).branch.value == "595");
  compat::Wishes wishes = test::jammy({"4000"});
  wishes.cuda = {"12"};
  CHECK(test::refusal(wishes, tables).reason ==
        "CUDA 12 does not support the GeForce RTX 6090 (Rubin): 13.4 is the first release that does");
}

TEST_CASE("a row that is wrong leaves the shipped one in place") {
  compat::Tables tables = test::shipped();
  CHECK(complaints_of_table("branches", "  580: {type: lts, last_seen: oops, " + k_basis + "}\n").size() ==
        1);
  Complaints complaints;
  compat::read("rigsetup-tables: 1\nbranches:\n  580: {type: lts, last_seen: oops, " + k_basis +
                   "}\n  595: {type: legacy, " + k_basis + "}\n",
               "t.yaml", tables, complaints);
  CHECK(complaints.size() == 1);
  CHECK(tables.branches.at("580").last_seen == "580.178.04");
  CHECK(tables.branches.at("595").type == "legacy");
}

TEST_CASE("a folder that is absent is none; what cannot be read is said") {
  test::TemporaryFolder folder;
  Complaints complaints;
  compat::load({folder.path() / "absent"}, complaints);
  CHECK(complaints.empty());

  std::filesystem::create_directories(folder.path() / "folder.yaml");
  compat::load({folder.path()}, complaints);
  REQUIRE(complaints.size() == 1);
  CHECK(complaints[0].message == "cannot read the file");

  complaints.clear();
  std::filesystem::remove_all(folder.path() / "folder.yaml");
  for (int i = 0; i < 101; ++i) write(folder.path() / (std::to_string(i) + ".yaml"), "rigsetup-tables: 1\n");
  compat::load({folder.path()}, complaints);
  REQUIRE(complaints.size() == 1);
  CHECK(complaints[0].message == "more than 100 files of tables");
}
