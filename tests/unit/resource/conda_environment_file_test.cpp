// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_environment_file.hpp"

#include <rigsetup/base/text.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;

namespace {

std::string texts(const Complaints& complaints) {
  std::vector<std::string> lines;
  for (const Complaint& complaint : complaints) lines.push_back(complaint.text());
  return join(lines, "\n");
}

/// Of a list for pip; it begins in line 3.
std::string complaint(const std::string& line) {
  Complaints complaints;
  read_conda_environment_file("dependencies:\n  - pip:\n    - \"" + line + "\"\n", "f", complaints);
  return texts(complaints);
}

}  // namespace

TEST_CASE("an environment.yml gives its channels and its packages") {
  Complaints complaints;
  const auto read = read_conda_environment_file(
      "name: x\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.12\n  - numpy>=1.26\n", "f",
      complaints);
  CHECK(texts(complaints) == "");
  CHECK(join(read.channels, " ") == "conda-forge");
  CHECK(join(read.packages, " ") == "python=3.12 numpy>=1.26");
  CHECK(read.pip.empty());
}

TEST_CASE("an environment.yml gives what it has for pip, and from which index") {
  Complaints complaints;
  const auto read = read_conda_environment_file(
      "dependencies:\n"
      "  - python\n"
      "  - pip\n"
      "  - pip:\n"
      "    - --index-url https://h/simple\n"
      "    - --extra-index-url=https://h/cu126\n"
      "    - \"# a comment\"\n"
      "    - flask[async]>=2,<4\n"
      "    - \"six==1.16.0 --hash=sha256:aa  # why\"\n"
      "    - \"torch @ https://h/torch-2.whl\"\n"
      "    - 'tomli; python_version < \"3.11\"'\n",
      "f", complaints);
  CHECK(texts(complaints) == "");
  CHECK(join(read.packages, " ") == "python pip");
  CHECK(
      join(read.pip.requirements, "|") ==
      "flask[async]>=2,<4|six==1.16.0 --hash=sha256:aa|torch @ https://h/torch-2.whl|tomli; python_version < "
      "\"3.11\"");
  CHECK(read.pip.index_url == "https://h/simple");
  CHECK(join(read.pip.extra_index_urls, " ") == "https://h/cu126");
}

TEST_CASE("what of an environment.yml is not taken is complained of at its place") {
  Complaints complaints;
  read_conda_environment_file(
      "dependencies:\n  - pip\n  - npm:\n    - flask\n  - pip: flask\nvariables: {A: b}\nchanels: []\n", "f",
      complaints);
  CHECK(texts(complaints) ==
        "f:3:5: \"dependencies\" takes names, and a list of pip's (pip: [six])\n"
        "f:5:5: \"pip\" is a list\n"
        "f:6:1: variables of an environment are not set (leave them out)\n"
        "f:7:1: an environment.yml has no \"chanels\" (name, channels, dependencies)");
}

TEST_CASE("a line for pip that would take more than an index to answer says what it is") {
  CHECK(complaint("-r more.txt") ==
        "f:3:7: -r: another file of requirements is not read (write its lines here)");
  CHECK(
      complaint("--requirement=more.txt").starts_with("f:3:7: --requirement: another file of requirements"));
  CHECK(complaint("-e .").starts_with("f:3:7: -e: an editable package is a folder that somebody works in"));
  CHECK(complaint("-c c.txt").starts_with("f:3:7: -c: another file of versions is not read"));
  CHECK(complaint("--find-links /w").starts_with("f:3:7: --find-links: packages come from an index"));
  CHECK(complaint("--pre") ==
        "f:3:7: the option --pre of pip is not taken here (--index-url and "
        "--extra-index-url are)");
  CHECK(complaint("six --no-binary=x").starts_with("f:3:7: six: no option of a requirement but --hash"));
  CHECK(complaint("./six.whl").starts_with("f:3:7: \"./six.whl\" does not tell the name of its package"));
  CHECK(complaint("https://h/six.whl").find("a wheel by its URL is named so: name @ https://...") !=
        std::string::npos);
  CHECK(complaint("six @ git+https://h/six").starts_with("f:3:7: \"git+https://h/six\" is not a URL"));
  CHECK(complaint("--index-url h").starts_with("f:3:7: \"h\" is not a URL"));
  const std::string secret = complaint("--index-url https://me:secret@h/simple");
  CHECK(secret.starts_with("f:3:7: a password in a URL can be read by all who may read the recipe's plan"));
}
