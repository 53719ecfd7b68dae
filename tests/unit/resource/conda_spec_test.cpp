// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_spec.hpp"

#include <rigsetup/base/text.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;

TEST_CASE("versions are in conda's order") {
  // As conda's own documentation of VersionOrder lists them, oldest first; "=" before one that is the same.
  const std::string table =
      "0.4 =0.4.0 0.4.1.rc =0.4.1.RC 0.4.1 0.5a1 0.5b3 0.5C1 0.5 0.9.6 0.960923 1.0 1.1dev1 1.1a1 1.1.0dev1 "
      "=1.1.dev1 1.1.a1 1.1.0rc1 1.1.0 =1.1 1.1.0post1 =1.1.post1 1.1post1 1996.07.12 1!0.4.1 1!3.1.1.6 "
      "2!0.4.1";
  const std::vector<std::string> words = split_words(table);
  for (std::size_t i = 1; i < words.size(); ++i) {
    const bool same = words[i].front() == '=';
    const std::string before = words[i - 1].front() == '=' ? words[i - 1].substr(1) : words[i - 1];
    const std::string after = same ? words[i].substr(1) : words[i];
    INFO(before << " and " << after);
    CHECK((compare_conda(before, after) == 0) == same);
    CHECK(compare_conda(before, after) <= 0);
    CHECK(compare_conda(after, before) >= 0);
  }
  CHECK(compare_conda("2.10", "2.9") > 0);
  CHECK(compare_conda("1.0", "1.0+1") < 0);
}

TEST_CASE("a spec is taken apart as clients do") {
  struct Row {
    const char* text;
    const char* name;
    const char* version;
    const char* build;
    const char* written;
  };
  const Row table[] = {
      {"numpy", "numpy", "", "", "numpy"},
      {" NumPy ", "numpy", "", "", "numpy"},
      {"numpy=1.26", "numpy", "1.26.*", "", "numpy=1.26.*"},
      {"numpy=1.26.*", "numpy", "1.26.*", "", "numpy=1.26.*"},
      {"numpy==1.26.4", "numpy", "1.26.4", "", "numpy==1.26.4"},
      {"numpy 1.26.4", "numpy", "1.26.4", "", "numpy==1.26.4"},
      {"numpy 1.26.4 py312_0", "numpy", "1.26.4", "py312_0", "numpy=1.26.4=py312_0"},
      {"numpy>=1.26,<2", "numpy", ">=1.26,<2", "", "numpy>=1.26,<2"},
      {"numpy >=1.26, <2", "numpy", ">=1.26,<2", "", "numpy>=1.26,<2"},
      {"numpy=1.24|=1.26", "numpy", "=1.24|=1.26", "", "numpy=1.24|=1.26"},
      {"pytorch >=2.6, <3 *cuda*", "pytorch", ">=2.6,<3", "*cuda*", "pytorch >=2.6,<3 *cuda*"},
      {"pytorch=*=cuda*", "pytorch", "*", "cuda*", "pytorch=*=cuda*"},
      {"pytorch=2.7=cuda126*", "pytorch", "2.7", "cuda126*", "pytorch=2.7=cuda126*"},
  };
  for (const Row& row : table) {
    INFO(row.text);
    const auto spec = parse_conda_spec(row.text);
    REQUIRE(spec);
    CHECK(spec->name == row.name);
    CHECK(spec->version == row.version);
    CHECK(spec->build == row.build);
    CHECK(spec->text == row.written);
    CHECK_FALSE(spec->opaque);
    // What is written means the same.
    CHECK(parse_conda_spec(spec->text)->text == spec->text);
  }
  CHECK(parse_conda_spec("conda-forge::numpy=1.26")->text == "conda-forge::numpy=1.26.*");
  CHECK(parse_conda_spec("conda-forge::numpy")->opaque);
  CHECK(parse_conda_spec("numpy[version='>=1, <2']")->text == "numpy[version='>=1,<2']");
  CHECK(parse_conda_spec("numpy[version='>=1']")->opaque);
  for (const char* text : {"", "--yes", "-c evil", "=1", "num py[", "a/b", "x\ny", "[x]"}) {
    INFO(text);
    CHECK_FALSE(parse_conda_spec(text).has_value());
  }
}

TEST_CASE("what can be judged without a client is") {
  struct Row {
    const char* spec;
    const char* version;
    const char* build;
    SpecMatch match;
  };
  using enum SpecMatch;
  const Row table[] = {
      {"numpy", "1.26.4", "py312_0", yes},
      {"numpy=1.26", "1.26.4", "py312_0", yes},
      {"numpy=1.26", "1.26", "py312_0", yes},
      {"numpy=1.2", "1.26.4", "py312_0", no},
      {"numpy==1.26", "1.26.4", "py312_0", no},
      {"numpy==1.26", "1.26.0", "py312_0", yes},
      {"numpy>=1.26,<2", "1.26.4", "py312_0", yes},
      {"numpy>=1.26,<2", "2.0.1", "py312_0", no},
      {"numpy>1.26,!=1.27", "1.27", "py312_0", no},
      {"numpy=1.24|=1.26", "1.26.1", "py312_0", yes},
      {"numpy~=1.26", "1.26.4", "py312_0", unknown},
      {"pytorch=*=cuda*", "2.7.0", "cuda126_generic_py312_h1_200", yes},
      {"pytorch=*=cuda*", "2.7.0", "cpu_generic_py312_h1_0", no},
      {"jaxlib=*=*cuda*", "0.9.2", "cuda129_py312h_200", yes},
      {"conda-forge::numpy", "1.26", "py312_0", unknown},
      {"conda-forge::numpy=2", "1.26", "py312_0", no},
  };
  for (const Row& row : table) {
    INFO(row.spec << " and " << row.version << " " << row.build);
    const auto spec = parse_conda_spec(row.spec);
    REQUIRE(spec);
    CHECK(match(*spec, row.version, row.build) == row.match);
  }
}
