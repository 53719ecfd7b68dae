// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_meta.hpp"

#include <fstream>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;

namespace {

/// An environment at /env of a throw-away root.
struct Bed {
  Bed() : tree(folder.path()) {}

  void put(const std::string& path, std::string_view bytes) const {
    const std::filesystem::path at = std::filesystem::path("/env") / path;
    tree.make_directories(at.parent_path());
    tree.write(at, bytes);
  }
  CondaEnvironment read() const { return read_conda_environment(tree, "/env"); }
  std::string damage() const {
    std::vector<std::string> texts;
    for (const auto& [name, what] : damaged_packages(tree, "/env", read()))
      texts.push_back(name + ": " + what);
    return join(texts, "; ");
  }

  test::TemporaryFolder folder;
  Tree tree;
};

constexpr std::string_view k_python = R"({"name": "python", "version": "3.12.4", "build": "h1_0_cpython",
 "url": "https://h/linux-64/python-3.12.4-h1_0_cpython.conda", "md5": "m", "sha256": "s", "requested_spec": "",
 "depends": ["libz >=1.3,<2", "__glibc >=2.17"],
 "paths_data": {"paths_version": 1, "paths": [
  {"_path": "bin/python3.12", "path_type": "hardlink", "sha256": "a", "sha256_in_prefix": "a", "size_in_bytes": 3},
  {"_path": "bin/python", "path_type": "softlink", "sha256": "a", "sha256_in_prefix": "a", "size_in_bytes": 3},
  {"_path": "bin/idle", "path_type": "hardlink", "sha256": "a", "sha256_in_prefix": "b", "size_in_bytes": 99},
  {"_path": "lib/python3.12/__pycache__/os.pyc", "path_type": "pyc_file"}]}})";

// As conda notes it: the paths of the archive.
constexpr std::string_view k_six =
    R"({"name": "six", "version": "1.16.0", "build": "pyh6_0", "noarch": "python",
 "url": "https://h/noarch/six-1.16.0-pyh6_0.conda", "requested_spec": "six", "depends": ["python"],
 "paths_data": {"paths_version": 1, "paths": [
  {"_path": "site-packages/six.py", "path_type": "hardlink", "sha256": "a", "sha256_in_prefix": "a",
   "size_in_bytes": 4},
  {"_path": "python-scripts/six", "path_type": "hardlink"}]}})";

void make_environment(const Bed& bed) {
  bed.put("conda-meta/history", "");
  bed.put("conda-meta/python-3.12.4-h1_0_cpython.json", k_python);
  bed.put("conda-meta/six-1.16.0-pyh6_0.json", k_six);
  bed.put("bin/python3.12", "abc");
  bed.tree.make_link("/env/bin/python", "python3.12");
  bed.put("bin/idle", "relocated");
  bed.put("lib/python3.12/site-packages/six.py", "abcd");
  bed.put("bin/six", "x");
}

}  // namespace

TEST_CASE("what is no environment is told from one that is begun and one that is made") {
  const Bed bed;
  CHECK_FALSE(bed.read().exists);
  bed.tree.make_directories("/env");
  CHECK(bed.read().exists);
  CHECK(bed.read().is_empty);
  CHECK_FALSE(bed.read().made);
  make_environment(bed);
  const CondaEnvironment environment = bed.read();
  CHECK(environment.made);
  REQUIRE(environment.packages.size() == 2);
  const CondaPackage& python = environment.packages.at("python");
  CHECK(python.version == "3.12.4");
  CHECK(python.build == "h1_0_cpython");
  CHECK(python.sha256 == "s");
  CHECK(join(python.depends, " ") == "libz");
  CHECK(python.requested.empty());
  CHECK(environment.packages.at("six").requested == "six");
  CHECK(bed.damage() == "");
}

TEST_CASE("files that are gone or of another size are found, whichever client noted them") {
  const Bed bed;
  make_environment(bed);
  SECTION("missing, by the path that it has in the archive") {
    bed.tree.remove("/env/lib/python3.12/site-packages/six.py");
    CHECK(bed.damage() == "six: lib/python3.12/site-packages/six.py is missing");
  }
  SECTION("a script that is missing") {
    bed.tree.remove("/env/bin/six");
    CHECK(bed.damage() == "six: bin/six is missing");
  }
  SECTION("cut off") {
    bed.put("bin/python3.12", "");
    CHECK(bed.damage() == "python: bin/python3.12 has another size");
  }
  SECTION("not what another package put over it") {
    bed.put("conda-meta/other-1-0.json",
            R"({"name": "other", "version": "1", "build": "0", "paths_data": {"paths": [
      {"_path": "bin/python3.12", "path_type": "hardlink", "sha256": "c", "sha256_in_prefix": "c",
       "size_in_bytes": 7}]}})");
    CHECK(bed.damage() == "");
    bed.tree.remove("/env/bin/python3.12");
    CHECK(bed.damage() == "other: bin/python3.12 is missing; python: bin/python3.12 is missing");
  }
}

TEST_CASE("conda-meta itself can be damaged") {
  const Bed bed;
  make_environment(bed);
  SECTION("a file without content") {
    bed.put("conda-meta/six-1.16.0-pyh6_0.json", "");
    CHECK(join(bed.read().faults, "; ") == "conda-meta/six-1.16.0-pyh6_0.json is damaged");
    CHECK(join(bed.read().broken, "; ") == "six-1.16.0-pyh6_0.json");
  }
  SECTION("two of one package") {
    bed.put("conda-meta/six-1.17.0-pyh6_0.json",
            R"({"name": "six", "version": "1.17.0", "build": "pyh6_0"})");
    CHECK(join(bed.read().faults, "; ") == "six is there twice");
  }
}

TEST_CASE("a note of what was read counts for what has not changed since, and for nothing else") {
  const Bed bed;
  make_environment(bed);
  const CondaEnvironment first = bed.read();
  remember(bed.tree, "/env", first);
  const std::string note = bed.tree.read("/env/.rigsetup-conda-meta").value();
  // What the note says is what is found, so a record that is unchanged is not read again.
  std::string other = note;
  other.replace(other.find("version 3.12.4"), 14, "version 3.12.9");
  bed.tree.write("/env/.rigsetup-conda-meta", other);
  CHECK(bed.read().packages.at("python").version == "3.12.9");
  bed.put("conda-meta/python-3.12.4-h1_0_cpython.json", k_python);
  CHECK(bed.read().packages.at("python").version == "3.12.4");
  CHECK(bed.read().packages.at("six").files.size() == first.packages.at("six").files.size());
  CHECK(bed.damage() == "");
  for (const std::string& broken : {std::string("x"), note.substr(0, note.size() - 3), std::string("\n\n")}) {
    bed.tree.write("/env/.rigsetup-conda-meta", broken);
    CHECK(bed.read().packages.size() == 2);
    CHECK(bed.read().packages.at("python").version == "3.12.4");
  }
}

TEST_CASE("packages that nothing needs any more are found by what the others depend on") {
  const Bed bed;
  make_environment(bed);
  bed.put("conda-meta/libz-1.3-0.json", R"({"name": "libz", "version": "1.3", "build": "0"})");
  bed.put("conda-meta/tool-1-0.json",
          R"({"name": "tool", "version": "1", "build": "0", "depends": ["libz"]})");
  CHECK(join(unneeded_packages(bed.read(), {"six"}), " ") == "tool");
  CHECK(join(unneeded_packages(bed.read(), {"tool"}), " ") == "python six");
  CHECK(join(unneeded_packages(bed.read(), {"six", "tool"}), " ") == "");
}
