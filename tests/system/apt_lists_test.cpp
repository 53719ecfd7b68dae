// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// Which lists are fetched, from whom they are taken, and how they come to apt.
#include "tests/support/catch.hpp"
#include "tests/support/shell.hpp"
#include "tests/system/apt_rig.hpp"

namespace rigsetup::test {

using Catch::Matchers::Contains;

namespace {

constexpr const char* k_release = "/dists/stable/InRelease";

Deb deb(const std::string& name, const std::string& version = "1.0") {
  Deb made;
  made.name = name;
  made.version = version;
  return made;
}

struct ListsRig : AptRig {
  ListsRig() {
    archive.add(deb("app"));
    archive.publish();
  }
  std::string refusal(const std::vector<apt::Source>& sources = {}) {
    return error_of([&] { packages().prepare(sources, listener, {}); });
  }
};

}  // namespace

TEST_CASE_METHOD(ListsRig, "lists are fetched once, and again only when they are old") {
  plan(request({"app"}), {source()});
  const int first = server.requests();
  plan(request({"app"}), {source()});
  CHECK(server.requests() == first);

  // The same repository, now in the target: nothing new to fetch, not for apt either.
  configure(source());
  packages().publish(listener, {});
  CHECK(packages().published(source()));
  CHECK(server.requests() == first);
  root.run("apt-get install -y app");
  CHECK(version("app") == "1.0");
  const int before_update = server.requests();
  root.run("apt-get -o APT::Update::Error-Mode=any update");
  CHECK(server.requests() == before_update + 1);
  CHECK(server.seen().back().path == k_release);

  settings.lists_max_age = std::chrono::seconds(0);
  const int before_old = server.requests();
  plan(request({"app"}));
  CHECK(server.requests() == before_old + 1);  // "304 Not Modified"
}

TEST_CASE_METHOD(ListsRig, "lists that the target has already are a start") {
  configure(source());
  root.run("apt-get update");
  const int before = server.requests();
  plan(request({"app"}));
  CHECK(server.requests() == before + 1);
  CHECK(server.seen().back().path == k_release);
}

TEST_CASE_METHOD(ListsRig, "apt gets what it does not have, and keeps what is newer") {
  plan(request({"app"}), {source()});
  configure(source());
  archive.add(deb("app", "2.0"));
  archive.publish();
  root.run("apt-get update");
  packages().publish(listener, {});
  CHECK_THAT(root.run("apt-cache policy app"), Contains("Candidate: 2.0"));
}

TEST_CASE_METHOD(ListsRig, "an untrusted repository is refused, though apt-get update ends with 0") {
  SECTION("a broken signature") {
    archive.break_signature();
    CHECK_THAT(refusal({source()}), Contains("conflict: ") && Contains("BADSIG"));
  }
  SECTION("signed by another key") {
    archive.sign_with_other_key();
    archive.publish();
    CHECK_THAT(refusal({source()}), Contains("conflict: ") && Contains("NO_PUBKEY"));
  }
  SECTION("in the target already") {
    configure(source());
    CHECK(refusal().empty());
    packages().publish(listener, {});
    archive.sign_with_other_key();
    archive.publish();
    root.run("apt-get update");  // a warning only
    settings.lists_max_age = std::chrono::seconds(0);
    CHECK_THAT(refusal(), Contains("conflict: ") && Contains("NO_PUBKEY"));
  }
  SECTION("expired") {
    archive.set_expired(true);
    archive.publish();
    CHECK_THAT(refusal({source()}), Contains("conflict: ") && Contains("expired"));
  }
  CHECK(version("app").empty());
}

TEST_CASE_METHOD(ListsRig, "lists are not trusted any more when the key changes") {
  plan(request({"app"}), {source()});
  apt::Source changed = source();
  changed.key = archive.other_key();
  changed.fingerprint = archive.other_fingerprint();
  CHECK_THAT(refusal({changed}), Contains("NO_PUBKEY"));
  CHECK_THAT(error_of([&] {
               packages().resolve({{{changed}, {}, {request({"app"})}}}, false, {});
             }),
             Contains("cannot find a package named app"));
  // Lists that lie in apt's place already would be trusted by apt: they are not put there.
  configure(changed);
  CHECK_THAT(error_of([&] { packages().publish(listener, {}); }), Contains("NO_PUBKEY"));
  CHECK_FALSE(packages().published(changed));
}

TEST_CASE_METHOD(ListsRig, "scratch lists that were changed behind our back are not published") {
  plan(request({"app"}), {source()});
  configure(source());
  shell(settings.scratch, "for f in */lists/*_Packages; do echo >>\"$f\"; done");
  CHECK_THAT(error_of([&] { packages().publish(listener, {}); }),
             Contains("not what its signed release file says"));
  CHECK_FALSE(packages().published(source()));
}

TEST_CASE_METHOD(ListsRig, "the key must be the one that the recipe names") {
  apt::Source wrong = source();
  wrong.fingerprint = archive.other_fingerprint();
  const std::string error = refusal({wrong});
  CHECK_THAT(error, Contains("conflict: ") && Contains(archive.fingerprint()) && Contains(wrong.fingerprint));
  CHECK(server.requests() == 0);

  apt::Source two = source();
  two.key += archive.other_key();
  CHECK_THAT(refusal({two}), Contains("there are 2"));
  apt::Source none = source();
  none.key = "no key";
  CHECK_THAT(refusal({none}), Contains("cannot read the key of test"));
  apt::Source short_id = source();
  short_id.fingerprint = short_id.fingerprint.substr(24);
  CHECK_THAT(refusal({short_id}), Contains("not a whole fingerprint"));
  apt::Source spaced = source();
  spaced.fingerprint.insert(20, "  ");
  for (char& c : spaced.fingerprint) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  CHECK(refusal({spaced}).empty());
}

TEST_CASE_METHOD(ListsRig, "a server that is dead or has nothing is an error that names it") {
  apt::Source dead = source();
  dead.uris = {"http://127.0.0.1:9"};
  CHECK_THAT(refusal({dead}), Contains("network: ") && Contains("127.0.0.1:9"));
  apt::Source wrong = source();
  wrong.suites = {"nosuch"};
  CHECK_THAT(refusal({wrong}), Contains("network: ") && Contains("does not have a Release file"));
  CHECK(clock.slept == std::chrono::milliseconds(0));
}

TEST_CASE_METHOD(ListsRig, "what passes is tried again, with growing pauses") {
  const std::string packages_file = "/dists/stable/main/binary-amd64/Packages.gz";
  HttpFault fault;
  SECTION("the server has a problem") { fault.status = 503; }
  SECTION("the connection is reset") { fault.reset_after = 10; }
  fault.times = 2;
  server.fail(k_release, fault);
  CHECK(refusal({source()}).empty());
  CHECK(clock.slept == std::chrono::seconds(1 + 2));
}

TEST_CASE_METHOD(ListsRig, "a list that is not what the release file says is tried again, then refused") {
  shell(archive.folder(), "for f in dists/stable/main/binary-*/Packages*; do echo >>\"$f\"; done");
  const std::string error = refusal({source()});
  CHECK_THAT(error, Contains("network: ") && Contains("mirror may be in the middle of an update"));
  CHECK(clock.slept == std::chrono::seconds(1 + 2 + 4));
}

TEST_CASE_METHOD(ListsRig, "a repository that the target has with another key file is not added twice") {
  configure(source());
  apt::Source again = source();
  again.name = "again";
  CHECK_THAT(refusal({again}), Contains("test.sources has") && Contains("another Signed-By"));
}

TEST_CASE_METHOD(ListsRig, "the tree's own apt configuration runs nothing on the machine") {
  const auto trap = folder / "trapped";
  write_text(root / "etc/apt/apt.conf.d/99trap", "Dir::Bin::dpkg \"" + (folder / "trap").string() +
                                                     "\";\n"
                                                     "Dir::Bin::methods \"" +
                                                     folder.path().string() +
                                                     "\";\n"
                                                     "APT::Update::Pre-Invoke {\"touch " +
                                                     trap.string() +
                                                     "\";};\n"
                                                     "Acquire::http::Proxy-Auto-Detect \"" +
                                                     (folder / "trap").string() + "\";\n");
  write_text(folder / "trap", "#!/bin/sh\ntouch " + trap.string() + "\n");
  shell(folder.path(), "chmod 755 trap");
  CHECK(plan(request({"app"}), {source()}).changes.size() == 1);
  CHECK_FALSE(std::filesystem::exists(trap));
}

TEST_CASE_METHOD(ListsRig, "the lists' lock is waited for and its holder named") {
  plan(request({"app"}), {source()});
  configure(source());
  const auto done = folder / "done";
  shell("/",
        "flock --version >/dev/null; (python3 -c 'import fcntl,os,time\n"
        "f=open(\"" +
            (root / "var/lib/apt/lists/lock").string() +
            "\",\"w\")\n"
            "fcntl.lockf(f,fcntl.LOCK_EX)\n"
            "open(\"" +
            (folder / "held").string() +
            "\",\"w\")\n"
            "[time.sleep(0.01) for _ in iter(lambda: os.path.exists(\"" +
            done.string() +
            "\"), True)]'"
            " >/dev/null 2>&1 &); while [ ! -e '" +
            (folder / "held").string() + "' ]; do sleep 0.01; done");
  listener.on_progress = [&](const Progress& progress) {
    if (progress.label.starts_with("waiting")) write_text(done, "");
  };
  packages().publish(listener, {});
  CHECK(listener.said("waiting for the lock on apt's lists held by python3 ("));
  CHECK(packages().published(source()));
}

}  // namespace rigsetup::test
