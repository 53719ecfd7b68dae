// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <filesystem>
#include <fstream>
#include <thread>

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/host/programs.hpp>

#include "host/job_folder.hpp"
#include "tests/host/small_root.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// Where jobs are done, and a shell script to be one.
struct Workshop {
  test::TemporaryFolder folder;
  RealPrograms programs{"/", test::k_libexec};
  std::vector<std::string> status;
  std::string output;
  JobWatcher watcher{[this](std::string_view line) { status.emplace_back(line); },
                     [this](std::string_view text) { output += text; },
                     {}};

  fs::path runs() const { return folder / "runs/7"; }
  fs::path log() const { return folder / "logs/7/step.log"; }
  fs::path gate() const { return folder / "gate"; }
  void open_gate() const { std::ofstream(gate()).flush(); }
  std::string wait_for_gate() const {
    return "while [ ! -e " + gate().native() + " ]; do sleep 0.01; done; ";
  }
  Job job(const std::string& script, bool may_cut = true) const {
    Job job;
    job.command.argv = {"sh", "-c", script, "sh", "{fd}"};
    job.folder = runs() / "step/job-1";
    job.log = log();
    job.may_cut = may_cut;
    return job;
  }
  Finished run(const std::string& script) { return programs.run_job(job(script), watcher, {}); }

  /// A daemon that starts a job and is killed as soon as the program runs.
  void start_in_killed_daemon(const Job& job) {
    const pid_t daemon = ::fork();
    if (daemon == 0) {
      programs.run_job(job, {}, {});
      ::_exit(0);
    }
    test::wait_until([&] { return test::contents(log()).find("begun") != std::string::npos; });
    ::kill(daemon, SIGKILL);
    ::waitpid(daemon, nullptr, 0);
  }
};

}  // namespace

TEST_CASE("a job's status lines, output and exit code are seen and kept") {
  Workshop shop;
  const Finished finished =
      shop.run("echo out; echo one >&$1; echo err >&2; echo two >&$1; printf unfinished >&$1; exit 3");
  CHECK(finished.exit_code == 3);
  CHECK(finished.out == "out\nerr\n");
  CHECK(shop.status == std::vector<std::string>{"one", "two"});
  CHECK(shop.output == "out\nerr\n");
  CHECK(test::contents(shop.log()) == "out\nerr\n");
  CHECK(fs::status(shop.runs() / "step/job-1").permissions() == fs::perms(0700));
  CHECK(open_jobs(shop.runs()).empty());
}

TEST_CASE("a log is appended to, and a job tells only its own part") {
  Workshop shop;
  fs::create_directories(shop.log().parent_path());
  std::ofstream(shop.log()) << "before\n";
  CHECK(shop.run("echo mine").out == "mine\n");
  CHECK(test::contents(shop.log()) == "before\nmine\n");
}

TEST_CASE("the end of a long log is kept, all of it is shown") {
  Workshop shop;
  const Finished finished = shop.run("head -c 3000000 /dev/zero; echo; echo end");
  CHECK(finished.out.size() == 64 << 10);
  CHECK(finished.out.substr(finished.out.size() - 5) == "\nend\n");
  CHECK(shop.output.size() == 3000005);
}

TEST_CASE("a job gets its environment and input, and no descriptor but its status") {
  Workshop shop;
  Job job = shop.job("cat; echo $A; ls /proc/self/fd | wc -l");
  job.command.environment = {{"A", "b"}};
  job.command.input = "input\n";
  const Finished finished = shop.programs.run_job(job, shop.watcher, {});
  CHECK(finished.out == "input\nb\n5\n");  // 0, 1, 2, the status, and what ls opens
}

TEST_CASE("a signal that ended a job is told") {
  Workshop shop;
  CHECK(shop.run("kill -SEGV $$").signal == SIGSEGV);
}

TEST_CASE("a job that cannot be started is an error") {
  Workshop shop;
  Job job = shop.job("");
  job.command.argv = {"rigsetup-no-such-program"};
  CHECK_THROWS_WITH(shop.programs.run_job(job, {}, {}), Catch::Contains("there is no such program"));
  CHECK_FALSE(fs::exists(job.folder));
  std::ofstream(shop.folder / "plain") << "x";
  job.command.argv = {shop.folder / "plain"};
  CHECK_THROWS_WITH(shop.programs.run_job(job, {}, {}), Catch::Contains("cannot run " + job.command.argv[0]));
  CHECK(open_jobs(shop.runs()).empty());
}

TEST_CASE("a folder is used for one job only") {
  Workshop shop;
  shop.run("true");
  CHECK_THROWS_WITH(shop.run("true"), Catch::Contains("job-1"));
}

TEST_CASE("a job goes on when the daemon is killed, and is adopted with nothing lost") {
  Workshop shop;
  const Job job =
      shop.job("echo begun; echo one >&$1; " + shop.wait_for_gate() + "echo ended; echo two >&$1; exit 3");
  shop.start_in_killed_daemon(job);
  CHECK(open_jobs(shop.runs()) == std::vector<fs::path>{job.folder});
  Finished finished;
  SECTION("while it runs") {
    std::jthread opener([&] { shop.open_gate(); });
    finished = shop.programs.adopt_job(job.folder, shop.watcher, {});
  }
  SECTION("after it ended") {
    shop.open_gate();
    test::wait_until([&] { return fs::exists(job.folder / "exit"); });
    CHECK(open_jobs(shop.runs()).size() == 1);
    finished = shop.programs.adopt_job(job.folder, shop.watcher, {});
  }
  CHECK(finished.exit_code == 3);
  CHECK(finished.out == "begun\nended\n");
  CHECK(shop.status == std::vector<std::string>{"one", "two"});
  CHECK(test::contents(shop.log()) == "begun\nended\n");
  CHECK(open_jobs(shop.runs()).empty());
}

TEST_CASE("signals to the daemon's group do not reach a job") {
  Workshop shop;
  const Job job = shop.job("echo begun; " + shop.wait_for_gate());
  shop.start_in_killed_daemon(job);
  const auto processes = read_processes(Tree(job.folder));
  REQUIRE(processes);
  CHECK(::getsid(processes->supervisor.pid) == processes->supervisor.pid);
  CHECK(::getsid(processes->program.pid) == processes->program.pid);
  for (int number : {SIGHUP, SIGINT, SIGTERM}) ::kill(processes->supervisor.pid, number);
  shop.open_gate();
  CHECK(shop.programs.adopt_job(job.folder, {}, {}).ok());
}

TEST_CASE("a job whose supervisor was killed ends first, and its exit is unknown") {
  Workshop shop;
  const Job job = shop.job("echo begun; " + shop.wait_for_gate() + "echo ended");
  shop.start_in_killed_daemon(job);
  const auto processes = read_processes(Tree(job.folder));
  REQUIRE(processes);
  ::kill(processes->supervisor.pid, SIGKILL);
  std::jthread opener([&] { shop.open_gate(); });
  const Finished finished = shop.programs.adopt_job(job.folder, shop.watcher, {});
  CHECK(finished.signal == SIGKILL);
  CHECK(finished.err == "its supervisor was killed: how it ended is not known");
  CHECK(finished.out == "begun\nended\n");
  CHECK(open_jobs(shop.runs()).empty());
}

TEST_CASE("a job that was never started says so") {
  Workshop shop;
  fs::create_directories(shop.runs() / "step/job-1");
  const Tree folder(shop.runs() / "step/job-1");
  write_note(folder, {shop.log(), 0, true, "apt-get"});
  CHECK(open_jobs(shop.runs()).size() == 1);
  const Finished finished = shop.programs.adopt_job(folder.root(), {}, {});
  CHECK(finished.signal == SIGKILL);
  CHECK(finished.err == "it was never started");
}

TEST_CASE("a number that now belongs to another process is not taken for the job's") {
  ProcessMark mark = ProcessMark::of(::getpid());
  CHECK(mark.alive());
  mark.started += 1;
  CHECK_FALSE(mark.alive());
  mark = ProcessMark::of(::getpid());
  mark.boot = "another";
  CHECK_FALSE(mark.alive());
}

TEST_CASE("a job that may be cut is interrupted, and ends before Cancelled comes") {
  Workshop shop;
  std::stop_source stop;
  shop.watcher.output = [&](std::string_view) { stop.request_stop(); };
  const Job job = shop.job("trap 'echo interrupted; exit 1' INT; echo begun; while :; do sleep 0.01; done");
  CHECK_THROWS_AS(shop.programs.run_job(job, shop.watcher, stop.get_token()), Cancelled);
  CHECK(test::contents(shop.log()) == "begun\ninterrupted\n");
  CHECK(read_exit(Tree(job.folder))->number == 1);
  CHECK(open_jobs(shop.runs()).empty());
}

TEST_CASE("a job that may not be cut is followed to its end") {
  Workshop shop;
  std::stop_source stop;
  shop.watcher.output = [&](std::string_view) {
    stop.request_stop();
    shop.open_gate();
  };
  const Job job = shop.job("echo begun; " + shop.wait_for_gate() + "echo ended", false);
  CHECK(shop.programs.run_job(job, shop.watcher, stop.get_token()).out == "begun\nended\n");
}

TEST_CASE("an abandoned job goes on and is adopted by another daemon") {
  Workshop shop;
  std::stop_source stop;
  shop.watcher.output = [&](std::string_view) {
    stop.request_stop();
    shop.programs.abandon();
  };
  const Job job =
      shop.job("trap 'echo interrupted' INT; echo begun; " + shop.wait_for_gate() + "echo ended; exit 4");
  CHECK_THROWS_AS(shop.programs.run_job(job, shop.watcher, stop.get_token()), Abandoned);
  CHECK_THROWS_AS(shop.programs.adopt_job(job.folder, {}, {}), Abandoned);
  shop.open_gate();
  RealPrograms next("/", test::k_libexec);
  const Finished finished = next.adopt_job(job.folder, {}, {});
  CHECK(finished.exit_code == 4);
  CHECK(finished.out == "begun\nended\n");
}

TEST_CASE("a job that takes too long is ended by its supervisor") {
  Workshop shop;
  Job job = shop.job("echo begun; sleep 1000");
  job.command.timeout = 200ms;
  const Finished finished = shop.programs.run_job(job, shop.watcher, {});
  CHECK(finished.timed_out);
  CHECK(finished.signal == SIGTERM);
}

TEST_CASE("a job in another root has its status descriptor, and leaves nothing") {
  Workshop shop;
  const fs::path root = shop.folder / "root";
  test::make_small_root(root);
  const std::string mounts = test::contents("/proc/self/mountinfo");
  const std::string sleep = test::unique_sleep();
  RealPrograms inside(root, test::k_libexec);
  const Job job = shop.job("sleep " + sleep + " & echo one >&$1; echo $PPID; exit 5");
  const Finished finished = inside.run_job(job, shop.watcher, {});
  CHECK(finished.exit_code == 5);
  CHECK(finished.out == "1\n");
  CHECK(shop.status == std::vector<std::string>{"one"});
  CHECK(test::processes_with(sleep).empty());
  CHECK(test::contents("/proc/self/mountinfo") == mounts);
}

TEST_CASE("no process stays behind a job") {
  Workshop shop;
  const Job job = shop.job("true");
  shop.programs.run_job(job, {}, {});
  const auto processes = read_processes(Tree(job.folder));
  REQUIRE(processes);
  test::wait_until([&] { return !processes->supervisor.alive() && !processes->program.alive(); });
  CHECK((::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD));
}
