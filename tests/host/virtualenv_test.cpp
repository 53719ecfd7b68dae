// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// The kind virtualenv with a real Python, a real pip and an index on the loopback that fails when it is told
// to.

#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <rigsetup/base/text.hpp>

#include "tests/host/home_rig.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/shell.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/wheel_index.hpp"

using namespace rigsetup;

namespace {

/// With what these tests install.
struct Index : test::WheelIndex {
  Index() {
    add({"six", "1.0", {{"six.py", "version = 1\n"}}});
    add({"six", "1.1", {{"six.py", "version = 1.1\n"}}});
    add({"numbers_x", "1.0", {{"numbers_x/__init__.py", "import six\n"}}, {"six<1.1"}});
    add({"needs_new", "1.0", {{"needs_new.py", ""}}, {"six>=1.1"}});
    std::map<std::string, std::string> many;
    for (int i = 0; i < 400; ++i)
      many["many/part" + std::to_string(i) + ".py"] = std::string(20000, '#') + "\n";
    add({"many", "1.0", many});
  }
  std::string fields() const { return "index_url: \"" + address() + "\""; }
};

struct RealRig : test::HomeRig {
  BuiltRecipe recipe(const std::string& fields, Attachments attachments = {}) const {
    return read(
        "- virtualenv: {path: " + path() + ", owner: nobody, python: /usr/bin/python3, " + fields + "}\n",
        std::move(attachments));
  }
};

bool contains(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("an environment from an index, made and mended by a real pip as its owner") {
  Index index;
  RealRig rig;
  const auto recipe = rig.recipe("packages: [numbers_x, many], " + index.fields());
  REQUIRE(rig.apply(recipe) == "");
  CHECK(rig.look(recipe).starts_with("as wanted: numbers-x 1.0, many 1.0"));
  CHECK(rig.owners() == "");
  CHECK(std::filesystem::exists(rig.site() / "six-1.0.dist-info"));  // what numbers_x allows, not the newest

  // Files that are gone or cut short come back, and other packages stay as they are.
  test::shell(rig.site(), "rm -r many; : > six.py; touch -d @1 numbers_x/__init__.py");
  CHECK(rig.look(recipe) == "many is damaged, six is damaged");
  REQUIRE(rig.apply(recipe) == "");
  CHECK(rig.look(recipe).starts_with("as wanted"));
  CHECK(std::filesystem::exists(rig.site() / "many/part399.py"));
  CHECK(test::file_text(rig.site() / "six.py") == "version = 1\n");
  struct stat info {};
  REQUIRE(::stat((rig.site() / "numbers_x/__init__.py").c_str(), &info) == 0);
  CHECK(info.st_mtime == 1);

  // Without its RECORD a package is not taken for whole.
  test::shell(rig.site(), "rm many-1.0.dist-info/RECORD many/part7.py");
  CHECK(rig.look(recipe) == "no many");
  REQUIRE(rig.apply(recipe) == "");
  CHECK(std::filesystem::exists(rig.site() / "many/part7.py"));

  // A pip of which files are gone is brought back first.
  test::shell(rig.site(), "rm -r pip/_internal");
  test::shell(rig.site(), "rm -r many");
  REQUIRE(rig.apply(recipe) == "");
  CHECK(rig.look(recipe).starts_with("as wanted"));

  // Exact removes what is not needed, and keeps what is needed by others.
  const auto exact = rig.recipe("packages: [numbers_x], exact: true, " + index.fields());
  REQUIRE(rig.apply(exact) == "");
  CHECK(rig.look(exact).starts_with("as wanted"));
  CHECK_FALSE(std::filesystem::exists(rig.site() / "many"));
  CHECK(std::filesystem::exists(rig.site() / "six.py"));
  CHECK(std::filesystem::exists(rig.site() / "pip"));

  // What cannot be had leaves what is there in use.
  const auto none = rig.recipe("packages: [numbers_x, no-such], " + index.fields());
  CHECK(contains(rig.apply(none), "the package index has nothing for no-such (look at its spelling"));
  const auto old = rig.recipe("packages: [\"six==7\"], " + index.fields());
  CHECK(contains(rig.apply(old), "no version of the package index fits six==7; it has 1.0, 1.1"));
  const auto both = rig.recipe("packages: [numbers_x, needs_new], " + index.fields());
  CHECK(contains(rig.apply(both), "cannot be had together"));
  CHECK(contains(rig.apply(both), "six"));
  test::shell(rig.folder.path(), rig.path() + "/bin/python -I -B -c 'import numbers_x'");
  REQUIRE(rig.apply(recipe) == "");
  CHECK(rig.look(recipe).starts_with("as wanted"));
  CHECK(rig.owners() == "");
}

TEST_CASE("hashes are held to, and a lock is installed as it stands") {
  Index index;
  RealRig rig;
  const std::string wrong(64, 'a');
  const auto hashed = [&](const std::string& hash) {
    return rig.recipe("requirements: r.txt, " + index.fields(),
                      {{"r.txt", "six==1.0 --hash=sha256:" + hash + "\n"}});
  };
  CHECK(contains(
      rig.apply(hashed(wrong)),
      "what was downloaded for six==1.0 has another hash than the requirements demand (the index has "));
  CHECK_FALSE(std::filesystem::exists(rig.site() / "six.py"));
  const auto short_of_one =
      rig.recipe("requirements: r.txt, " + index.fields(),
                 {{"r.txt", "numbers_x==1.0 --hash=sha256:" + index.hash("numbers_x-1.0") + "\n"}});
  CHECK(contains(rig.apply(short_of_one), "a package that is needed has no hash, and all must have one"));
  CHECK(rig.apply(hashed(index.hash("six-1.0"))) == "");

  const auto lock = [&](const std::string& hash, const std::string& more = {}) {
    return "lock-version = \"1.0\"\ncreated-by = \"a test\"\n" + more +
           "[[packages]]\nname = \"six\"\nversion = \"1.1\"\n[[packages.wheels]]\nurl = \"" +
           index.url("six-1.1") + "\"\nhashes = {sha256 = \"" + hash +
           "\"}\n[[packages]]\nname = \"only-elsewhere\"\nversion = \"1.0\"\nmarker = \"sys_platform == "
           "'win32'\"\n";
  };
  const auto locked = [&](const std::string& text, const std::string& more = {}) {
    return rig.recipe("pylock: pylock.toml" + more, {{"pylock.toml", text}});
  };
  CHECK(contains(rig.apply(locked(lock(wrong))), "has another hash"));
  CHECK(contains(rig.apply(locked("lock-version = \"9.0\"\n")),
                 "the lock cannot be used: it is of lock-version 9.0"));
  CHECK(contains(rig.apply(locked("lock-version = ")), "the lock cannot be used: TOMLDecodeError"));
  CHECK(contains(rig.apply(locked(lock(index.hash("six-1.1"), "requires-python = \">=3.99\"\n"))),
                 "it is for Python >=3.99"));
  REQUIRE(rig.apply(locked(lock(index.hash("six-1.1")))) == "");
  CHECK(test::file_text(rig.site() / "six.py") == "version = 1.1\n");
  CHECK(rig.look(locked(lock(index.hash("six-1.1")))).starts_with("as wanted"));
  // From a mirror, by the lock's hashes.
  const auto mirrored = locked(lock(index.hash("six-1.1")), ", exact: true, " + index.fields());
  REQUIRE(rig.apply(mirrored) == "");
  CHECK(rig.look(mirrored).starts_with("as wanted"));
  CHECK(rig.owners() == "");
}

TEST_CASE("a framework's packages come from its index and no other, whoever needs them") {
  Index plain;
  plain.add({"torch", "3.0", {{"torch/__init__.py", "build = 'newest'\n"}}});
  plain.add({"torchvision", "0.5", {{"torchvision.py", "build = 'newest'\n"}}, {"torch==2.0"}});
  plain.add({"tool", "1.0", {{"tool.py", ""}}, {"torch", "torchvision"}});
  const auto of_build = [](test::WheelIndex& index, const std::string& build) {
    index.add({"torch", "2.0+" + build, {{"torch/__init__.py", "build = '" + build + "'\n"}}, {"six"}});
    index.add(
        {"torchvision", "0.5+" + build, {{"torchvision.py", "build = '" + build + "'\n"}}, {"torch==2.0"}});
    index.add({"six", "0.9", {{"six.py", "version = 0.9\n"}}});
    index.add({"tool", "9.0", {{"tool.py", "raise SystemExit('the framework has it, too')\n"}}});
  };
  test::WheelIndex cu126("whl/cu126");
  of_build(cu126, "cu126");
  RealRig rig;
  const auto recipe_for = [&](const test::WheelIndex& index, const std::string& packages,
                              const std::string& more = "") {
    return rig.read("- virtualenv_packages: {path: " + rig.path() +
                    ", owner: nobody, python: /usr/bin/python3, " + "packages: [" + packages +
                    "], framework_packages: [torch, torchvision], framework_index_url: \"" + index.address() +
                    "\", " + plain.fields() + more + "}\n");
  };
  const auto has = [&](const std::string& info) {
    return std::filesystem::exists(rig.site() / (info + ".dist-info"));
  };
  // From the other index at first, as if nobody had chosen.
  REQUIRE(rig.apply(rig.recipe("packages: [torch], " + plain.fields())) == "");
  CHECK(has("torch-3.0"));

  const auto recipe = recipe_for(cu126, "six>=1, torch, tool");
  CHECK(contains(rig.look(recipe), "torch 3.0 instead of cu126"));
  REQUIRE(rig.apply(recipe) == "");
  CHECK(rig.look(recipe).starts_with("as wanted: six 1.1, torch 2.0+cu126, tool 1.0"));
  CHECK(has("torchvision-0.5+cu126"));  // which only the tool needs
  CHECK(test::file_text(rig.site() / "torchvision.py") == "build = 'cu126'\n");

  // Files that are gone come from where they came from.
  test::shell(rig.site(), "rm -r torch torchvision.py tool.py");
  REQUIRE(rig.apply(recipe) == "");
  CHECK(rig.look(recipe).starts_with("as wanted"));
  CHECK(test::file_text(rig.site() / "torch/__init__.py") == "build = 'cu126'\n");
  CHECK(test::file_text(rig.site() / "tool.py") == "");

  // Another GPU, another build.
  test::WheelIndex cpu("whl/cpu");
  of_build(cpu, "cpu");
  const auto other = recipe_for(cpu, "six>=1, torch, tool", ", exact: true");
  REQUIRE(rig.apply(other) == "");
  CHECK(rig.look(other).starts_with("as wanted: six 1.1, torch 2.0+cpu, tool 1.0"));
  CHECK(test::file_text(rig.site() / "torchvision.py") == "build = 'cpu'\n");
  const auto fewer = recipe_for(cpu, "torch", ", exact: true");
  REQUIRE(rig.apply(fewer) == "");
  CHECK(rig.look(fewer).starts_with("as wanted: torch 2.0+cpu"));
  CHECK_FALSE(has("torchvision-0.5+cpu"));
  CHECK_FALSE(has("tool-1.0"));

  // A version that only the other index has is none.
  CHECK(
      contains(rig.apply(recipe_for(cpu, "torch==3.0")), "no version of the package index fits torch==3.0"));
  test::shell(rig.folder.path(), rig.path() + "/bin/python -I -B -c 'import torch'");
  CHECK(rig.owners() == "");
}

TEST_CASE("a download that breaks off is tried again") {
  Index index;
  RealRig rig;
  const auto recipe = rig.recipe("packages: [many], " + index.fields());
  const std::string wheel = test::WheelIndex::file("many-1.0");
  index.server.fail(wheel, {.times = 2, .reset_after = 100'000});
  CHECK(rig.apply(recipe) == "");
  CHECK(rig.look(recipe).starts_with("as wanted"));
  CHECK(index.server.requests(wheel) >= 3);
}

TEST_CASE("an index that cannot be reached is told for what it is") {
  RealRig rig;
  const auto recipe = rig.recipe("packages: [six], index_url: \"http://127.0.0.1:9/simple\"");
  CHECK(contains(rig.apply(recipe),
                 "pip cannot reach the package index (NewConnectionError) (look at the network"));
}

TEST_CASE("an environment that sees the system's packages has a pip of its own") {
  Index index;
  RealRig rig;
  const auto recipe = rig.recipe("packages: [six], system_site_packages: true, " + index.fields());
  REQUIRE(rig.apply(recipe) == "");
  CHECK(std::filesystem::exists(rig.site() / "pip"));
  CHECK(contains(test::file_text(rig.path() + "/pyvenv.cfg"), "include-system-site-packages = true"));
  CHECK(rig.look(recipe).starts_with("as wanted"));  // with its own six, or the system's
}

TEST_CASE("a full disk is told of, and the environment serves as before") {
  Index index;
  RealRig rig;
  const auto home = rig.folder / "home";
  const int nothing = 0;
  if (::mount("none", home.c_str(), "tmpfs", 0, "size=48m,mode=755,uid=65534,gid=65534") != 0)
    return test::skip("no tmpfs can be mounted");
  const std::shared_ptr<const int> unmounted(&nothing,
                                             [&](const int*) { ::umount2(home.c_str(), MNT_DETACH); });
  const auto leave_free = [&](int megabytes) {
    test::shell(home, "rm -f ballast; head -c $(($(df --output=avail -B1 . | tail -n 1) - " +
                          std::to_string(megabytes) + "000000)) /dev/zero > ballast; chown nobody ballast");
  };
  const auto six = rig.recipe("packages: [six], " + index.fields());
  const auto is_told = [&](const BuiltRecipe& recipe) {
    CHECK(contains(rig.apply(recipe),
                   "cannot make the Python environment " + rig.path() + ": the disk is full"));
    CHECK_FALSE(std::filesystem::exists(rig.folder / "home/e/.rigsetup-work"));
  };
  leave_free(3);  // not even pip fits
  is_told(six);
  test::shell(home, "rm ballast");
  REQUIRE(rig.apply(six) == "");
  leave_free(3);
  const auto many = rig.recipe("packages: [six, many], " + index.fields());
  is_told(many);
  test::shell(rig.folder.path(), rig.path() + "/bin/python -I -B -c 'import six'");
  CHECK(rig.owners() == "");
  test::shell(home, "rm ballast");
  CHECK(rig.apply(many) == "");
  CHECK(rig.look(many).starts_with("as wanted"));
}

TEST_CASE("an installation that was killed is found and made whole") {
  Index index;
  RealRig rig;
  REQUIRE(rig.apply(rig.recipe("packages: [six==1.0], " + index.fields())) == "");
  const auto recipe = rig.recipe("packages: [six==1.0, many], " + index.fields());
  // pip is killed while it writes the files of "many".
  std::thread killer([&] {
    test::wait_until([&] { return std::filesystem::exists(rig.site() / "many/part0.py"); });
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const auto line = test::contents(entry.path() / "cmdline");
      if (line.find(rig.path() + "/bin/python") != std::string::npos &&
          line.find(std::string_view("\0install\0", 9)) != std::string::npos)
        ::kill(std::stoi(entry.path().filename()), SIGKILL);
    }
  });
  const auto said = rig.apply(recipe);
  killer.join();
  INFO(said);
  if (!said.empty()) CHECK(rig.look(recipe) == "an unfinished environment");
  REQUIRE(rig.apply(recipe) == "");
  CHECK(rig.look(recipe).starts_with("as wanted"));
  CHECK(test::shell(rig.site(), "ls many | grep -c part | tr -d '\\n'") == "400");
  CHECK(rig.owners() == "");
}
