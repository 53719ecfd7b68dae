// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// The contract of kinds_test.cpp for apt_repository: with a real signed archive, gpg and libapt-pkg, because
// a stand-in for what they refuse would prove nothing.

#include <rigsetup/base/format.hpp>

#include "tests/contract/rig.hpp"
#include "tests/support/apt_archive.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/http_server.hpp"

using namespace rigsetup;
using test::AptArchive;
using test::FakePrograms;
using test::HttpServer;
using test::Rig;

namespace {

/// In the target there is nothing but apt's configuration; gpg and the helper program are those of the
/// machine.
class SplitPrograms final : public Programs {
 public:
  explicit SplitPrograms(FakePrograms& inside) : inside_(inside) {}
  Finished run(const Command& command, std::stop_token stop) override {
    return of(command).run(command, stop);
  }
  Finished run_job(const Job& job, const JobWatcher& watcher, std::stop_token stop) override {
    return of(job.command).run_job(job, watcher, stop);
  }
  Finished adopt_job(const std::filesystem::path& folder, const JobWatcher& watcher,
                     std::stop_token stop) override {
    return outside_.adopt_job(folder, watcher, stop);
  }

 private:
  Programs& of(const Command& command) {
    return command.inside && !command.helper ? static_cast<Programs&>(inside_) : outside_;
  }
  FakePrograms& inside_;
  RealPrograms outside_{"/", std::filesystem::path(RIGSETUP_BUILD_DIR) / "libexec"};
};

struct RepositoryRig : Rig {
  RepositoryRig() {
    programs_in_use = &split;
    add_program("/usr/bin/apt-config");
    programs.on("apt-config", [](const Command&) {
      return FakePrograms::finished(0, "APT::Architecture \"amd64\";\nAPT::Architectures:: \"amd64\";\n");
    });
    test::Deb deb;
    deb.name = "hello";
    archive.add(deb);
    archive.publish();
  }
  std::string steps(const std::string& key) const {
    return format(
        "- apt_repository:\n    name: test\n    uris: [\"{}\"]\n    suites: [stable]\n    components: "
        "[main]\n{}",
        server.url(), key);
  }
  BuiltRecipe by_attachment(const std::string& fingerprint) const {
    return read(steps("    key: test.asc\n    fingerprint: " + fingerprint + "\n"),
                {{"test.asc", archive.key()}});
  }

  SplitPrograms split{programs};
  AptArchive archive{folder / "repository"};
  HttpServer server{folder / "repository"};
};

template <class Kind>
bool holds(const Inspection& inspection) {
  if (const auto* differs = std::get_if<Differs>(&inspection))
    UNSCOPED_INFO(differs->have << " -> " << differs->want);
  return std::holds_alternative<Kind>(inspection);
}

}  // namespace

TEST_CASE("a repository is as wanted once it was applied, and drift of each part is seen and undone") {
  RepositoryRig rig;
  const auto recipe = rig.by_attachment(rig.archive.fingerprint());
  const Resource& resource = *recipe.steps.front().resource;
  CHECK(holds<Differs>(rig.inspect(resource)));
  rig.apply(resource);
  CHECK(holds<AsWanted>(rig.inspect(resource)));
  CHECK(rig.text("/etc/apt/keyrings/test.asc") == rig.archive.key());

  const auto once = rig.listing(false);
  rig.apply(resource);
  CHECK(rig.listing(false) == once);

  SECTION("the key was exchanged") { rig.add_file("/etc/apt/keyrings/test.asc", rig.archive.other_key()); }
  SECTION("the source was edited") {
    rig.add_file("/etc/apt/sources.list.d/test.sources",
                 rig.text("/etc/apt/sources.list.d/test.sources") + "Trusted: yes\n");
  }
  SECTION("the lists were removed") { rig.root.remove_all("/var/lib/apt/lists"); }
  CHECK(holds<Differs>(rig.inspect(resource)));
  rig.apply(resource);
  CHECK(holds<AsWanted>(rig.inspect(resource)));
}

TEST_CASE("a key that is not the one the recipe names is refused, and nothing is written") {
  RepositoryRig rig;
  const auto recipe = rig.by_attachment(rig.archive.other_fingerprint());
  const auto before = rig.listing(true);
  CHECK_THROWS_WITH(
      rig.apply(*recipe.steps.front().resource),
      Catch::Contains(rig.archive.fingerprint()) && Catch::Contains(rig.archive.other_fingerprint()));
  CHECK(rig.listing(true) == before);
}

TEST_CASE("a key by URL is fetched once, and later judged by the files alone") {
  RepositoryRig rig;
  const std::string url = "https://keys.example/test.asc";
  rig.downloads.serve(url, rig.archive.key());
  const auto recipe =
      rig.read(rig.steps("    key_url: " + url + "\n    fingerprint: " + rig.archive.fingerprint() + "\n"));
  const Resource& resource = *recipe.steps.front().resource;
  CHECK(holds<Differs>(rig.inspect(resource)));
  CHECK(rig.downloads.fetched().empty());

  rig.apply(resource);
  CHECK(holds<AsWanted>(rig.inspect(resource)));
  const auto source = resource.source(rig.host(), rig.downloads, rig.folder / "work", {});
  REQUIRE(source);
  CHECK(source->key == rig.archive.key());
  CHECK(rig.downloads.fetched() == std::vector<std::string>{url});

  // With another fingerprint the key in place is not the one any more.
  const auto other = rig.read(
      rig.steps("    key_url: " + url + "\n    fingerprint: " + rig.archive.other_fingerprint() + "\n"));
  CHECK(holds<Differs>(rig.inspect(*other.steps.front().resource)));
  CHECK_THROWS_AS(rig.apply(*other.steps.front().resource), Error);
  CHECK(rig.downloads.fetched().size() == 2);
}

TEST_CASE("a stop while the archive is asked ends in Cancelled") {
  RepositoryRig rig;
  const auto recipe = rig.by_attachment(rig.archive.fingerprint());
  rig.programs.on("apt-config", [&](const Command&) {
    rig.stop.request_stop();
    return FakePrograms::finished(0);
  });
  CHECK_THROWS_AS(rig.apply(*recipe.steps.front().resource), Cancelled);
}
