// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_python.hpp"

#include "tests/contract/behaviours.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;
using test::Rig;

TEST_CASE("a version is compared with what a requirement says, as far as that is plain") {
  struct Row {
    const char* version;
    const char* condition;
    std::optional<bool> meets;
  };
  const Row table[] = {
      {"1.26.4", "", true},
      {"1.26.4", ">=1.26,<2", true},
      {"2.1.0", ">=1.26,<2", false},
      {"1.26", "==1.26.0", true},
      {"1.26.4", "==1.26.*", true},
      {"1.26.4", "== 1.2.*", false},
      {"1", "==1.0.*", true},
      {"1.26.4", "!=1.26.*", false},
      {"1.26.4", "~=1.26.1", true},
      {"1.27.0", "~=1.26.1", false},
      {"1.26.4", "(>=1.26)", true},
      {"2.7.0+cu126", "==2.7.0", true},
      {"2.7.0+cu126", "==2.7.0+cu126", true},
      {"2.7.0+cpu", "==2.7.0+cu126", false},
      {"2.7.0+cpu", "<=2.7", true},
      {"2.0rc1", "<2.0", std::nullopt},  // a rule of its own
      {"2.9.0.post0", "==2.9.0.post0", true},
      {"2.9.0.post0", "==2.9.0", false},
      {"1.0", "===1.0", std::nullopt},
      {"2.1.0", ">=1a1,<2", false},
  };
  for (const Row& row : table) {
    INFO(row.version << " " << row.condition);
    CHECK(meets_python_version(row.version, row.condition) == row.meets);
  }
}

TEST_CASE("packages are conda's where conda-meta or their INSTALLER says so, all others pip's") {
  Rig rig;
  const std::filesystem::path prefix = "/opt/e";
  test::add_conda_python(rig, prefix);
  const auto site = prefix / "lib/python3.11/site-packages";
  const auto add = [&](const std::string& info, const std::string& installer) {
    rig.add_file(site / info / "METADATA");
    rig.add_file(site / info / "RECORD");
    rig.add_file(site / info / "INSTALLER", installer);
  };
  add("six-1.16.0.dist-info", "pip\n");
  add("Typing_Extensions-4.12.2.dist-info", "conda\n");
  rig.add_file(site / "half-1.0.dist-info/METADATA");
  rig.add_file("/opt/e/conda-meta/old-2.0-0.json",
               R"({"name": "old", "version": "2.0", "build": "0",
                   "files": ["lib/python3.11/site-packages/old-2.0-py3.11.egg-info/PKG-INFO"]})");
  rig.add_file(site / "old-2.0-py3.11.egg-info/PKG-INFO");
  rig.add_file("/opt/e/lib/python3.10/site-packages/dead-1.0.dist-info/METADATA");
  rig.add_file("/opt/e/lib/python3.10/site-packages/dead-1.0.dist-info/RECORD");

  const CondaPython found = read_conda_python(rig.root, prefix);
  using Versions = std::map<std::string, std::string>;
  CHECK(found.by_pip.packages == Versions{{"six", "1.16.0"}});
  CHECK(found.by_conda == Versions{{"old", "2.0"}, {"pip", "1.0"}, {"typing-extensions", "4.12.2"}});
  CHECK(found.in_the_way.empty());
}
