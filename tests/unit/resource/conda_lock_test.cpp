// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_lock.hpp"

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;

namespace {

const std::string k_sha256(64, 'a');
const std::string k_md5(32, 'b');

std::string texts(const Complaints& complaints) {
  std::vector<std::string> lines;
  for (const Complaint& complaint : complaints) lines.push_back(complaint.text());
  return join(lines, "\n");
}

}  // namespace

TEST_CASE("an explicit file is read in each form of its hashes") {
  Complaints complaints;
  const std::string text = format(
      "# made by conda\n# platform: linux-64\n@EXPLICIT\n"
      "https://h/conda-forge/linux-64/python-3.12.4-h194c7f8_0_cpython.conda#{}\n"
      "https://h/conda-forge/noarch/typing-extensions-4.12.2-py_0.tar.bz2#sha256:{}\n"
      "file:///srv/linux-64/libz-1.3-0.conda#{}\n",
      k_md5, k_sha256, k_sha256);
  const auto archives = read_conda_lock(text, "env.lock", complaints).archives;
  CHECK(texts(complaints) == "");
  REQUIRE(archives.size() == 3);
  CHECK(archives[0].name == "python");
  CHECK(archives[0].version == "3.12.4");
  CHECK(archives[0].build == "h194c7f8_0_cpython");
  CHECK(archives[0].md5 == k_md5);
  CHECK(archives[0].sha256 == "");
  CHECK(archives[1].name == "typing-extensions");
  CHECK(archives[1].file() == "typing-extensions-4.12.2-py_0.tar.bz2");
  CHECK(archives[1].sha256 == k_sha256);
  CHECK(archives[2].sha256 == k_sha256);
  CHECK(read_conda_lock(explicit_text(archives), "again", complaints).archives.size() == 3);
}

TEST_CASE("a conda-lock.yml gives what is for this platform") {
  Complaints complaints;
  const std::string text = format(R"(version: 1
metadata: {{channels: [{{url: conda-forge}}], platforms: [linux-64, osx-64]}}
package:
  - name: libz
    version: "1.3"
    manager: conda
    platform: linux-64
    dependencies: {{}}
    url: https://h/linux-64/libz-1.3-0.conda
    hash: {{md5: {0}, sha256: {1}}}
    category: main
    optional: false
  - name: libz
    version: "1.3"
    manager: conda
    platform: osx-64
    url: https://h/osx-64/libz-1.3-0.conda
    hash: {{md5: {0}, sha256: {1}}}
  - name: Typing_Extensions
    version: 4.12.2
    manager: pip
    platform: linux-64
    dependencies: {{}}
    url: https://h/typing_extensions-4.12.2-py3-none-any.whl
    hash: {{sha256: {1}}}
    category: main
    optional: false
)",
                                  k_md5, k_sha256);
  const auto [archives, pip] = read_conda_lock(text, "conda-lock.yml", complaints);
  CHECK(texts(complaints) == "");
  REQUIRE(archives.size() == 1);
  CHECK(archives[0].url == "https://h/linux-64/libz-1.3-0.conda");
  CHECK(archives[0].sha256 == k_sha256);
  CHECK(archives[0].md5 == k_md5);
  REQUIRE(pip.size() == 1);
  CHECK(pip[0].version == "4.12.2");
  CHECK(pip[0].requirement() ==
        "typing-extensions @ https://h/typing_extensions-4.12.2-py3-none-any.whl --hash=sha256:" + k_sha256);
}

TEST_CASE("what a lock may not have is complained of at its line") {
  const auto complaint = [](const std::string& text) {
    Complaints complaints;
    read_conda_lock(text, "f", complaints);
    return texts(complaints);
  };
  CHECK(complaint("@EXPLICIT\nhttps://h/libz-1.3-0.conda\n") ==
        "f:2:1: libz-1.3-0.conda has no hash (write the file with `conda list --explicit --sha256`)");
  CHECK(complaint("@EXPLICIT\n\nlibz=1.3\n") ==
        "f:3:1: \"libz=1.3\" is not the URL of a conda package "
        "(https://.../linux-64/numpy-1.26.4-py312_0.conda)");
  CHECK(complaint("@EXPLICIT\nhttps://me:secret@h/libz-1.3-0.conda#" + k_md5 + "\n") ==
        "f:2:1: a password in a URL is kept in clear by every client (leave it out)");
  CHECK(complaint("@EXPLICIT\nhttps://me:secret@h/libz\n").find("secret") == std::string::npos);
  CHECK(complaint("@EXPLICIT\n") == "f:1:1: the lock names no package for linux-64");
  CHECK(complaint(format("@EXPLICIT\nhttps://h/a-1-0.conda#{0}\nhttps://h/a-2-0.conda#{0}\n", k_md5)) ==
        "f:1:1: a is named twice (an environment has one of each)");
  CHECK(complaint("version: 6\n").find("neither a list of URLs") != std::string::npos);
  const auto of_pip = [&](const std::string& url, const std::string& hash) {
    return complaint(
        format("version: 1\npackage:\n  - {{name: flask, version: 1.0, manager: pip, platform: "
               "linux-64, url: \"{}\", hash: {}}}\n",
               url, hash));
  };
  const std::string with_hash = "{sha256: " + k_sha256 + "}";
  CHECK(of_pip("https://h/flask.whl", "{md5: " + k_md5 + "}")
            .starts_with("f:3:5: flask is for pip, and has no sha256 (write the file with `conda-lock`)"));
  CHECK(of_pip("git+https://h/flask", with_hash).starts_with("f:3:5: \"git+https://h/flask\" is not a URL"));
  const std::string secret = of_pip("https://me:secret@h/flask.whl", with_hash);
  CHECK(secret.starts_with("f:3:5: a password in a URL can be read"));
  CHECK(secret.find("me:secret") == std::string::npos);
}

TEST_CASE("a password in a URL is not shown") {
  CHECK(masked_url("https://me:secret@h/c") == "https://***@h/c");
  CHECK(masked_url("https://h/a@b") == "https://h/a@b");
  CHECK(masked_url("conda-forge") == "conda-forge");
}
