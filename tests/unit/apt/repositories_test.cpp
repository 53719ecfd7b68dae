// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/apt/package.hpp>
#include <rigsetup/apt/repositories.hpp>
#include <rigsetup/base/text.hpp>

#include "apt/apt_options.hpp"
#include "apt/key.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

namespace rigsetup::apt {

using Lines = std::vector<std::string>;

TEST_CASE("a source is one deb822 stanza") {
  Source source;
  source.name = "nvidia-cuda";
  source.uris = {"https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64/"};
  source.suites = {"/"};
  source.key = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n";
  CHECK(source.file_path() == "/etc/apt/sources.list.d/nvidia-cuda.sources");
  CHECK(source.deb822() ==
        "Types: deb\n"
        "URIs: https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64/\n"
        "Suites: /\n"
        "Signed-By: /etc/apt/keyrings/nvidia-cuda.asc\n");
  source.key = "\x99\x01";
  source.components = {"main", "contrib"};
  source.architectures = {"amd64"};
  CHECK(source.key_path() == "/etc/apt/keyrings/nvidia-cuda.gpg");
  CHECK_THAT(source.deb822(), Catch::Matchers::Contains("Components: main contrib\nArchitectures: amd64\n"));
  source.installed_key = "/usr/share/keyrings/x.gpg";
  CHECK_THAT(source.deb822(), Catch::Matchers::EndsWith("Signed-By: /usr/share/keyrings/x.gpg\n"));
}

TEST_CASE("the one-line style means the same as deb822") {
  const auto lines = parse_one_line_style(
      "# deb http://off.example stable main\n"
      "deb [arch=amd64,arm64 signed-by=/k.gpg trusted=yes] http://a.example/debian stable main contrib # "
      "why\n"
      "deb-src http://a.example/debian stable main\n"
      "deb http://flat.example ./\n"
      "nonsense\n");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].text() ==
        "Architectures: amd64 arm64\nsigned-by: /k.gpg\ntrusted: yes\nTypes: deb\nURIs: "
        "http://a.example/debian\n"
        "Suites: stable\nComponents: main contrib\n");
  CHECK(lines[0].get("Signed-By") == "/k.gpg");
  CHECK(lines[1].places() == Lines{"http://flat.example/ ./"});
}

TEST_CASE("deb822 files: several stanzas, comments, continued lines, what is off") {
  const auto stanzas = parse_deb822(
      "Types: deb deb-src\nURIs: http://a.example\n http://b.example/\n# a comment\nSuites: one two\n"
      "Components: main\nSigned-By:\n -----BEGIN PGP\n .\n abc\n\n\n"
      "Types: deb-src\nURIs: http://src.example\nSuites: one\n\n"
      "Enabled: no\nTypes: deb\nURIs: http://off.example\nSuites: one\n");
  REQUIRE(stanzas.size() == 1);
  CHECK(stanzas[0].get("types") == "deb");
  CHECK(stanzas[0].places() == Lines{"http://a.example/ one", "http://a.example/ two",
                                     "http://b.example/ one", "http://b.example/ two"});
  CHECK(stanzas[0].get("Signed-By") == "\n -----BEGIN PGP\n .\n abc");
  CHECK(parse_deb822("").empty());
  CHECK(parse_deb822(stanzas[0].text()).at(0).text() == stanzas[0].text());
}

TEST_CASE("the target's files are read in apt's order, others are left out") {
  const test::TemporaryFolder folder;
  const Tree tree(folder.path());
  tree.make_directories("/etc/apt/sources.list.d");
  tree.write("/etc/apt/sources.list", "deb http://main.example stable main\n");
  tree.write("/etc/apt/sources.list.d/b.list", "deb http://b.example stable main\n");
  tree.write("/etc/apt/sources.list.d/a.sources", "Types: deb\nURIs: http://a.example\nSuites: /\n");
  tree.write("/etc/apt/sources.list.d/c.list.save", "deb http://c.example stable main\n");
  Lines names;
  for (const RepositoryFile& file : read_repositories(tree)) {
    names.push_back(file.name + " " + file.repositories.at(0).get("URIs"));
  }
  CHECK(names ==
        Lines{"sources.list http://main.example", "a.sources http://a.example", "b.list http://b.example"});
}

TEST_CASE("lists are named as apt names them") {
  CHECK(list_name("http://deb.debian.org/debian/dists/bookworm/InRelease") ==
        "deb.debian.org_debian_dists_bookworm_InRelease");
  CHECK(list_name("http://me:secret@127.0.0.1:8081/a_b~c/") == "127.0.0.1:8081_a%5fb%7ec_");
  CHECK(list_name("file:/srv/repo/") == "_srv_repo_");
  CHECK(release_address("http://a/ stable") == "http://a/dists/stable/");
  CHECK(release_address("http://a/ /") == "http://a/");
  CHECK(release_address("http://a/ ./") == "http://a/./");
}

TEST_CASE("of a target's apt configuration only what is harmless is heeded") {
  const Options options = heeded_options(
      "APT \"\";\nAPT::Architecture \"amd64\";\nAPT::Architectures:: \"i386\";\n"
      "Acquire::http::Proxy \"http://proxy:3128\";\nAcquire::http::Proxy::deb.example \"DIRECT\";\n"
      "Acquire::http::Proxy-Auto-Detect \"/evil\";\nDir::Bin::dpkg \"/evil\";\nDir::Bin::methods \"/evil\";\n"
      "DPkg::Pre-Invoke:: \"/evil\";\nAPT::Solver \"/evil\";\nAcquire::AllowInsecureRepositories \"true\";\n"
      "acquire::check-valid-until \"false\";\nAcquire::https::Verify-Peer \"false\";\n");
  CHECK(options == Options{{"APT::Architecture", "amd64"},
                           {"APT::Architectures::", "i386"},
                           {"Acquire::http::Proxy", "http://proxy:3128"},
                           {"Acquire::http::Proxy::deb.example", "DIRECT"},
                           {"acquire::check-valid-until", "false"}});
}

TEST_CASE("an armored key becomes a binary one") {
  const std::string bytes = "\x99\x01some key";
  const std::string armored = "-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: 1\n\n" + to_base64(bytes) +
                              "\n=AbCd\n-----END PGP PUBLIC KEY BLOCK-----\n";
  CHECK(dearmored(armored) == bytes);
  CHECK(dearmored("words before\n" + armored + armored) != bytes);
  CHECK(dearmored(armored + armored) == bytes + bytes);
  CHECK(dearmored(bytes) == bytes);
}

}  // namespace rigsetup::apt
