// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/host/programs.hpp>

#include "tests/host/small_root.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;
namespace fs = std::filesystem;

namespace {

struct Image {
  test::TemporaryFolder folder;
  fs::path root = folder / "root";
  std::string mounts_before = test::contents("/proc/self/mountinfo");
  Image() {
    fs::permissions(folder.path(), fs::perms(0755));
    test::make_small_root(root);
  }
  ~Image() {
    CHECK(test::contents("/proc/self/mountinfo") == mounts_before);
    for (const char* name : {"proc", "dev", "sys", "run"}) CHECK(fs::is_empty(root / name));
  }
  Finished run(const std::string& script, std::stop_token stop = {}) const {
    return RealPrograms(root, test::k_libexec).run(shell(script), stop);
  }
  static Command shell(const std::string& script) {
    Command command;
    command.argv = {"sh", "-c", script};
    return command;
  }
  /// The helper itself, as its own process; descriptor 7 of the program is `fd`.
  pid_t start(const std::string& script, int fd = -1) const {
    const pid_t child = ::fork();
    if (child == 0) {
      if (fd >= 0) ::dup2(fd, 7);
      const std::string inside = test::k_libexec / "inside";
      ::execl(inside.c_str(), inside.c_str(), root.c_str(), "--", "sh", "-c", script.c_str(), nullptr);
      ::_exit(99);
    }
    return child;
  }
};

int status_of(pid_t process) {
  int status = 0;
  ::waitpid(process, &status, 0);
  return status;
}

}  // namespace

TEST_CASE("a program inside sees the tree as /, and only its own processes") {
  const Image image;
  std::ofstream(image.root / "marker") << "of the tree\n";
  const Finished finished = image.run("cat /marker; ls /proc | grep -c '^[0-9]' 2>/dev/null; echo $PPID");
  INFO(finished.err);
  CHECK(split_lines(finished.out).front() == "of the tree");
  CHECK(split_lines(finished.out).back() == "1");
  const Finished processes = image.run("cd /proc; for p in [0-9]*; do echo $p; done");
  CHECK(split_lines(processes.out).size() == 2);  // init and the shell
}

TEST_CASE("/proc, /dev, /sys and /run are there and belong to the run alone") {
  const Image image;
  fs::create_directories(image.root / "run/lock");
  fs::create_directories(image.root / "run/sshd");
  fs::permissions(image.root / "run/sshd", fs::perms(0700));
  const Finished finished = image.run(
      "echo x >/dev/null && echo null; read x </dev/zero & echo /dev/stdin; : >/run/a && : >/run/lock/b && "
      "echo run; "
      ": >/dev/shm/c && echo shm; ls -ld /run/sshd; ls -d /proc/self/mounts; cat /proc/mounts");
  INFO(finished.err << finished.out);
  const auto lines = split_lines(finished.out);
  CHECK(lines[0] == "null");
  CHECK(std::count(lines.begin(), lines.end(), "run") == 1);
  CHECK(std::count(lines.begin(), lines.end(), "shm") == 1);
  CHECK(finished.out.find("drwx------") != std::string::npos);
  CHECK(finished.out.find(" / ") != std::string::npos);
  CHECK(fs::is_empty(image.root / "run/lock"));
  fs::remove_all(image.root / "run/lock");
  fs::remove_all(image.root / "run/sshd");
}

TEST_CASE("what a program does to its devices does not reach the machine's") {
  const Image image;
  struct stat before {};
  REQUIRE(::stat("/dev/null", &before) == 0);
  CHECK(image.run("chmod 0600 /dev/null && ls -l /dev/null").out.rfind("crw-------", 0) == 0);
  struct stat after {};
  REQUIRE(::stat("/dev/null", &after) == 0);
  CHECK(after.st_mode == before.st_mode);
}

TEST_CASE("exit codes and signals pass through") {
  const Image image;
  CHECK(image.run("exit 7").exit_code == 7);
  CHECK(image.run("exit 127").exit_code == 127);
  CHECK(image.run("kill -9 $$").signal == SIGKILL);
  CHECK(image.run("kill -TERM $$").signal == SIGTERM);
}

TEST_CASE("a program that is not in the tree does not exist, though the machine has it") {
  const Image image;
  Command command;
  command.argv = {"env"};
  RealPrograms programs(image.root, test::k_libexec);
  CHECK_THROWS_WITH(programs.run(command, {}),
                    Catch::Contains("cannot run env: there is no such program in"));
  command.inside = false;
  CHECK(programs.run(command, {}).ok());
  image.run("true");
}

TEST_CASE("a program inside runs as a user of the tree") {
  const Image image;
  fs::create_directories(image.root / "srv");
  Command command = Image::shell("id -u; id -G; pwd");
  command.as = Owner{12345, 12346};
  command.directory = "/srv";
  CHECK(RealPrograms(image.root, test::k_libexec).run(command, {}).out == "12345\n12346\n/srv\n");
}

TEST_CASE("the machine's name servers are lent, and the tree's file stays as it is") {
  const Image image;
  const std::string machines = test::contents("/etc/resolv.conf");
  SECTION("over a file") {
    std::ofstream(image.root / "etc/resolv.conf") << "the tree's";
    CHECK(image.run("cat /etc/resolv.conf").out == machines);
    CHECK(test::contents(image.root / "etc/resolv.conf") == "the tree's");
  }
  SECTION("behind the link of systemd-resolved") {
    fs::create_symlink("../run/systemd/resolve/stub-resolv.conf", image.root / "etc/resolv.conf");
    CHECK(image.run("cat /etc/resolv.conf").out == machines);
  }
  SECTION("not where there is neither") {
    CHECK_FALSE(image.run("cat /etc/resolv.conf").ok());
    CHECK_FALSE(fs::exists(image.root / "etc/resolv.conf"));
  }
}

TEST_CASE("what is left in the background ends with the program") {
  const Image image;
  const std::string sleep = test::unique_sleep();
  const Finished finished = image.run("sleep " + sleep + " & (sleep " + sleep + " &) ; echo started");
  CHECK(finished.out == "started\n");
  CHECK(test::processes_with(sleep).empty());
}

TEST_CASE("a stop ends everything inside") {
  const Image image;
  const std::string sleep = test::unique_sleep();
  std::stop_source stop;
  Command command = Image::shell("sleep " + sleep + " & echo ready; sleep " + sleep);
  command.on_output = [&](std::string_view) { stop.request_stop(); };
  CHECK_THROWS_AS(RealPrograms(image.root, test::k_libexec).run(command, stop.get_token()), Cancelled);
  test::wait_until([&] { return test::processes_with(sleep).empty(); });
}

TEST_CASE("SIGKILL of the helper leaves no process and no mount") {
  const Image image;
  const std::string sleep = test::unique_sleep();
  const pid_t helper = image.start("sleep " + sleep + " & sleep " + sleep);
  test::wait_until([&] { return test::processes_with(sleep).size() >= 2; });
  ::kill(helper, SIGKILL);
  CHECK(WTERMSIG(status_of(helper)) == SIGKILL);
  test::wait_until([&] { return test::processes_with(sleep).empty(); });
}

TEST_CASE("a signal to the helper reaches the program once") {
  const Image image;
  const fs::path out = image.folder / "out";
  const int fd = ::open(out.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  const pid_t helper = image.start(
      "trap 'echo int >&7; n=$((n+1))' INT; trap 'exit $n' TERM; echo ready >&7; while :; do sleep 0.01; "
      "done",
      fd);
  test::wait_until([&] { return test::contents(out) == "ready\n"; });
  ::kill(helper, SIGINT);
  test::wait_until([&] { return test::contents(out) == "ready\nint\n"; });
  ::kill(helper, SIGTERM);
  const int status = status_of(helper);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 1);
  ::close(fd);
}

TEST_CASE("from within a bare chroot no mount is left around it, though mounts are shared there") {
  const test::TemporaryFolder folder;
  const fs::path outer = folder / "outer";  // as / of a machine that systemd booted: shared
  const fs::path host = outer / "host";     // a chroot that is no mount
  fs::create_directories(outer);
  // In a child with mounts of its own, so that none is left whatever happens.
  const pid_t child = ::fork();
  if (child == 0) {
    const auto bind = [&](const fs::path& from, const fs::path& to) {
      fs::create_directories(to);
      return ::mount(from.c_str(), to.c_str(), nullptr, MS_BIND | MS_REC, nullptr) == 0;
    };
    bool ready = ::unshare(CLONE_NEWNS) == 0 &&
                 ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                 ::mount("tmpfs", outer.c_str(), "tmpfs", 0, nullptr) == 0 &&
                 ::mount("", outer.c_str(), nullptr, MS_SHARED, nullptr) == 0;
    for (const char* name : {"bin", "lib", "lib64", "usr", "proc"}) {
      if (fs::exists(fs::path("/") / name)) ready = ready && bind(fs::path("/") / name, host / name);
    }
    if (!ready || !bind(test::k_libexec, host / "libexec")) ::_exit(2);
    test::make_small_root(host / "tree");
    const std::string before = test::contents("/proc/self/mountinfo");
    const pid_t helper = ::fork();
    if (helper == 0) {
      if (::chroot(host.c_str()) == 0 && ::chdir("/") == 0)
        ::execl("/libexec/inside", "inside", "/tree", "--", "sh", "-c", "echo ran >/tmp/ran", nullptr);
      ::_exit(99);
    }
    if (status_of(helper) != 0 || test::contents(host / "tree/tmp/ran") != "ran\n") ::_exit(3);
    ::_exit(test::contents("/proc/self/mountinfo") == before ? 0 : 1);
  }
  CHECK(WEXITSTATUS(status_of(child)) == 0);
}

TEST_CASE("a link of the tree cannot lead a mount onto the machine") {
  const Image image;
  fs::create_directories(image.folder / "elsewhere");
  fs::create_directories(image.root / (image.folder / "elsewhere").relative_path());
  fs::create_directory_symlink(image.folder / "elsewhere", image.root / "run");
  CHECK(image.run(": > /run/x && echo made").out == "made\n");
  CHECK(fs::is_empty(image.folder / "elsewhere"));
  fs::remove(image.root / "run");
  fs::create_directory(image.root / "run");
}
