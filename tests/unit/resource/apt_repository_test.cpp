// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/archive_lists.hpp"
#include "resource/distribution_archive.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/resource/look.hpp"

using namespace rigsetup;
using test::complaints;
using test::Rig;

namespace {

constexpr const char* k_fingerprint = "EB69 3B30 35CD 5710 E231  E123 A4B4 6996 3BF8 63CC";
constexpr const char* k_distribution =
    "- apt_repository: {name: nonfree, uris: [distribution], suites: [distribution], components: [contrib, "
    "non-free]}\n";

apt::Source source_of(Rig& rig, const BuiltRecipe& recipe) {
  const auto source =
      recipe.steps.front().resource->source(rig.host(), rig.downloads, rig.folder / "work", {});
  REQUIRE(source);
  return *source;
}

}  // namespace

TEST_CASE("a repository is trusted by a key and its fingerprint, or by a keyring of the target") {
  const Rig rig;
  const auto with = [&](const std::string& rest, Attachments attachments = {}) {
    return complaints(
        rig,
        "- apt_repository: {uris: [\"http://a.example\"], suites: [s], components: [main]" + rest + "}\n",
        std::move(attachments));
  };
  const std::string fingerprint = std::string(", fingerprint: ") + k_fingerprint;
  CHECK(with(", key: k.asc" + fingerprint, {{"k.asc", "key"}}).empty());
  CHECK(with(", key_url: \"https://a.example/k\"" + fingerprint).empty());
  CHECK(with(", key_file: /usr/share/keyrings/k.gpg").empty());

  CHECK(with("").find("a repository needs a key") != std::string::npos);
  CHECK(with(fingerprint).find("a repository needs a key") != std::string::npos);
  CHECK(with(", key_url: \"https://a.example/k\"").find("40 hex digits") != std::string::npos);
  CHECK(with(", key_url: \"https://a.example/k\", fingerprint: 3BF863CC").find("40 hex digits") !=
        std::string::npos);
  CHECK(with(", key_url: \"https://a.example/k\", key_file: /k" + fingerprint).find("takes one key") !=
        std::string::npos);
  CHECK(with(", key_file: /k" + fingerprint).find("takes no fingerprint") != std::string::npos);
  CHECK(with(", key: k.asc" + fingerprint, {{"k.asc", ""}}).find("k.asc is empty") != std::string::npos);
}

TEST_CASE("what would be another field of the file is refused") {
  const Rig rig;
  CHECK(complaints(rig,
                   "- apt_repository: {uris: [\"http://a.example\"], suites: [\"s\\nTrusted: yes\"], "
                   "components: [main], key_file: /k}\n")
            .find("is not one word") != std::string::npos);
  CHECK(complaints(rig,
                   "- apt_repository: {name: ../x, uris: [\"http://a.example\"], suites: [s], components: "
                   "[main], key_file: /k}\n")
            .find("cannot be the name") != std::string::npos);
  CHECK(complaints(rig,
                   "- apt_repository: {uris: [a.example], suites: [s], components: [main], key_file: /k}\n")
            .find("is not a URL") != std::string::npos);
  CHECK(
      complaints(
          rig,
          "- apt_repository: {uris: [\"http://a.example\"], suites: [/], components: [main], key_file: /k}\n")
          .find("a flat repository has no components") != std::string::npos);
  CHECK(complaints(rig, "- apt_repository: {uris: [\"http://a.example\"], suites: [s], key_file: /k}\n")
            .find("a repository needs components") != std::string::npos);
  CHECK(complaints(rig,
                   "- apt_repository: {uris: [\"http://a.example\"], suites: [distribution], components: "
                   "[main], key_file: /k}\n")
            .find("goes with uris: [distribution] only") != std::string::npos);
}

TEST_CASE("the target's own archive is taken with its suites and its trust") {
  Rig rig;
  const auto recipe = rig.read(k_distribution);
  CHECK(test::look(rig, recipe) == "pending: the target has no archive of its own for distribution");
  CHECK_THROWS_AS(source_of(rig, recipe), Error);

  SECTION("in the style of one line, without a key") {
    rig.add_file("/etc/apt/sources.list",
                 "# deb http://old.example/debian bookworm main\n"
                 "deb-src http://src.example/debian bookworm main\n"
                 "deb cdrom:[Debian]/ bookworm main\n"
                 "deb http://mirror.example/debian bookworm main # here\n"
                 "deb http://mirror.example/debian bookworm-updates main\n"
                 "deb http://security.example/debian bookworm-security main\n");
    const auto source = source_of(rig, recipe);
    CHECK(source.uris == std::vector<std::string>{"http://mirror.example/debian"});
    CHECK(source.suites == std::vector<std::string>{"bookworm", "bookworm-updates"});
    CHECK(source.common_trust);
    CHECK(source.deb822() ==
          "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\n"
          "Components: contrib non-free\n\n"
          "Types: deb\nURIs: http://security.example/debian\nSuites: bookworm-security\n"
          "Components: contrib non-free\n");
  }
  SECTION("in stanzas, with a key") {
    rig.add_file(
        "/etc/apt/sources.list.d/debian.sources",
        "Types: deb\nEnabled: no\nURIs: http://off.example\nSuites: bookworm\nComponents: main\n\n"
        "Types: deb deb-src\n# a remark\nURIs: http://mirror.example/debian\n"
        "Suites: bookworm\n bookworm-updates\nComponents: main\nSigned-By: /usr/share/keyrings/d.gpg\n\n"
        "Types: deb\nURIs: http://security.example/debian\nSuites: bookworm-security\nComponents: main\n"
        "Signed-By: /usr/share/keyrings/s.gpg\n\n"
        "Types: deb\nURIs: http://other.example/debian\nSuites: bookworm\nComponents: stable\n"
        "Signed-By: /usr/share/keyrings/o.gpg\n");
    const auto source = source_of(rig, recipe);
    CHECK(source.uris == std::vector<std::string>{"http://mirror.example/debian"});
    CHECK(source.suites == std::vector<std::string>{"bookworm", "bookworm-updates"});
    CHECK(source.installed_key == "/usr/share/keyrings/d.gpg");
    CHECK(source.key_path() == "/usr/share/keyrings/d.gpg");
    CHECK_FALSE(source.common_trust);
    REQUIRE(source.elsewhere.size() == 1);
    CHECK(source.elsewhere[0].uris == std::vector<std::string>{"http://security.example/debian"});
    CHECK(source.elsewhere[0].suites == std::vector<std::string>{"bookworm-security"});
    CHECK(source.elsewhere[0].installed_key == "/usr/share/keyrings/s.gpg");
  }
  SECTION("with its key in the entry") {
    rig.add_file("/etc/apt/sources.list.d/debian.sources",
                 "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\n"
                 "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQ==\n");
    CHECK_THROWS_WITH(source_of(rig, recipe), Catch::Contains("has its key in its entry"));
  }
}

TEST_CASE("what was written from the target's archive does not decide what it is") {
  Rig rig;
  rig.add_file("/etc/apt/sources.list", "deb http://mirror.example/debian bookworm main\n");
  rig.add_file("/etc/apt/sources.list.d/nonfree.sources",
               "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm "
               "bookworm-updates\nComponents: contrib\n");
  CHECK(source_of(rig, rig.read(k_distribution)).suites == std::vector<std::string>{"bookworm"});
}

TEST_CASE("suites that are named choose the entry") {
  Rig rig;
  rig.add_file("/etc/apt/sources.list",
               "deb http://mirror.example/debian bookworm main\ndeb http://security.example/debian "
               "bookworm-security main\n");
  const auto security = find_distribution_archives(rig.root, {"bookworm-security"}, "");
  REQUIRE(security.size() == 1);
  CHECK(security[0].uris == std::vector<std::string>{"http://security.example/debian"});
  CHECK(security[0].suites == std::vector<std::string>{"bookworm-security"});
  const auto added = find_distribution_archives(rig.root, {"bookworm-backports", "bookworm"}, "");
  REQUIRE(added.size() == 1);
  CHECK(added[0].suites == std::vector<std::string>{"bookworm", "bookworm-backports"});
  CHECK(find_distribution_archives(rig.root, {"trixie"}, "").empty());
}

TEST_CASE("lists are looked for under the names that apt gives them") {
  Rig rig;
  apt::Source source;
  source.uris = {"https://developer.example/cuda/debian12/x86_64"};
  source.suites = {"/"};
  CHECK(missing_list(source, rig.root) == "https://developer.example/cuda/debian12/x86_64/");
  rig.add_file("/var/lib/apt/lists/developer.example_cuda_debian12_x86%5f64_InRelease");
  CHECK(missing_list(source, rig.root).empty());

  source.uris = {"http://deb.example/debian/"};
  source.suites = {"bookworm", "bookworm-updates"};
  rig.add_file("/var/lib/apt/lists/deb.example_debian_dists_bookworm_InRelease");
  CHECK(missing_list(source, rig.root) == "http://deb.example/debian/dists/bookworm-updates/");
  rig.add_file("/var/lib/apt/lists/deb.example_debian_dists_bookworm-updates_Release");
  CHECK(missing_list(source, rig.root).empty());

  source.uris = {"file:/srv/flat"};
  source.suites = {"./"};
  rig.add_file("/var/lib/apt/lists/_srv_flat_._InRelease");
  CHECK(missing_list(source, rig.root).empty());
}
