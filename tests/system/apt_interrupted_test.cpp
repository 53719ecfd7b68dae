// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// Others who hold apt's locks, and what a killed dpkg leaves.
#include <csignal>
#include <optional>
#include <stop_token>
#include <thread>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/catch.hpp"
#include "tests/support/shell.hpp"
#include "tests/system/apt_rig.hpp"

namespace rigsetup::test {

using apt::Transaction;
using Catch::Matchers::Contains;

namespace {

/// Another process that holds a lock as apt does, until it is told to go.
class Holder {
 public:
  explicit Holder(const std::filesystem::path& lock) {
    int ready[2];
    if (::pipe(ready) != 0) throw std::runtime_error("pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      const int fd = ::open(lock.c_str(), O_RDWR | O_CREAT, 0640);
      struct flock whole {};
      whole.l_type = F_WRLCK;
      ::fcntl(fd, F_SETLK, &whole);
      (void)!::write(ready[1], "x", 1);
      for (;;) ::pause();
    }
    char byte = 0;
    (void)!::read(ready[0], &byte, 1);
    ::close(ready[0]);
    ::close(ready[1]);
  }
  Holder(const Holder&) = delete;
  ~Holder() { go(); }
  void go() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  bool alive() const { return ::waitpid(pid_, nullptr, WNOHANG) == 0; }
  std::string name() const { return "(" + std::to_string(pid_) + ")"; }

 private:
  pid_t pid_ = -1;
};

/// Sleeps in its postinst the first time, long enough to be killed there; a file in /run tells that it has
/// begun.
Deb slow(const std::string& name) {
  Deb made;
  made.name = name;
  made.scripts["postinst"] =
      "test -e /var/cache/once && exit 0; touch /var/cache/once; touch /run/begun; exec sleep 600";
  return made;
}

struct LockRig : AptRig {
  LockRig() {
    Deb app;
    app.name = "app";
    archive.add(app);
    archive.add(slow("slow"));
    archive.publish();
    configure(source());
  }

  /// Runs apt-get in the root and kills all of it while the package's script runs.
  void kill_while_installing(const std::string& name) {
    const std::string inside =
        "chroot '" + root.path().string() + "' /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin ";
    root.run("apt-get update");
    shell("/", "setsid " + inside + "apt-get install -y " + name + " >/dev/null 2>&1 & echo $! >'" +
                   (folder / "leader").string() + "'; while [ ! -e '" + (root / "run/begun").string() +
                   "' ]; do kill -0 $!; sleep 0.01; done");
    const std::string leader = file_text(folder / "leader");
    ::kill(-std::stoi(leader), SIGKILL);
    // Until the last of the group has let go of its locks.
    while (::kill(-std::stoi(leader), 0) == 0) std::this_thread::yield();
  }
};

}  // namespace

TEST_CASE_METHOD(LockRig, "a lock held by somebody is waited for, and he is named") {
  const Transaction planned = plan(request({"app"}));
  for (const char* lock :
       {"var/lib/dpkg/lock-frontend", "var/lib/dpkg/lock", "var/cache/apt/archives/lock"}) {
    Holder holder(root / lock);
    std::string label;
    listener.on_progress = [&](const Progress& progress) {
      if (progress.label.find(holder.name()) == std::string::npos) return;
      label = progress.label;
      CHECK(holder.alive());
      holder.go();
    };
    apply(planned);
    listener.on_progress = nullptr;
    INFO(lock);
    CHECK_THAT(label, Contains("waiting for the ") && Contains("lock") && Contains("test_system_apt"));
    CHECK(version("app") == "1.0");
    root.run("apt-get purge -y app");
  }
}

TEST_CASE_METHOD(LockRig, "waiting ends after the time that is set, and nobody is killed") {
  const Transaction planned = plan(request({"app"}));
  settings.lock_timeout = std::chrono::seconds(1);
  Holder holder(root / "var/lib/dpkg/lock-frontend");
  CHECK_THAT(error_of([&] { apply(planned); }), Contains("busy: ") && Contains(holder.name()));
  CHECK(holder.alive());
  CHECK(version("app").empty());
}

TEST_CASE_METHOD(LockRig, "a stop request ends the waiting") {
  const Transaction planned = plan(request({"app"}));
  Holder holder(root / "var/lib/dpkg/lock");
  std::stop_source stop;
  listener.on_progress = [&](const Progress&) { stop.request_stop(); };
  CHECK_THROWS_AS(apply(planned, stop.get_token()), Cancelled);
  CHECK(version("app").empty());
}

TEST_CASE_METHOD(LockRig, "a lock that is taken in the last moment is waited for as well") {
  const Transaction planned = plan(request({"app"}));
  const auto [moment, lock] = GENERATE(table<const char*, const char*>(
      {{"downloading", "var/cache/apt/archives/lock"}, {"installing", "var/lib/dpkg/lock-frontend"}}));
  INFO(moment);
  std::optional<Holder> holder;
  std::string label;
  listener.on_progress = [&](const Progress& progress) {
    if (progress.label == moment && !holder) holder.emplace(root / lock);
    if (!progress.label.starts_with("waiting for ")) return;
    label = progress.label;
    holder->go();
  };
  apply(planned);
  CHECK_THAT(label, Contains("lock"));
  CHECK(version("app") == "1.0");
}

TEST_CASE_METHOD(LockRig, "a stop request ends the waiting for a lock that was taken in the last moment") {
  const Transaction planned = plan(request({"app"}));
  std::optional<Holder> holder;
  listener.on_progress = [&](const Progress& progress) {
    if (progress.label == "installing" && !holder) holder.emplace(root / "var/lib/dpkg/lock-frontend");
  };
  std::stop_source stop;
  const std::jthread user([&](const std::stop_token& ended) {
    while (!ended.stop_requested() &&
           file_text(folder / "step.log").find("lock-frontend") == std::string::npos)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    stop.request_stop();
  });
  CHECK_THROWS_AS(apply(planned, stop.get_token()), Cancelled);
  CHECK(holder->alive());
  CHECK(version("app").empty());
}

TEST_CASE_METHOD(LockRig, "planning waits for nobody") {
  Holder holder(root / "var/lib/dpkg/lock-frontend");
  Holder lists(root / "var/lib/apt/lists/lock");
  CHECK(plan(request({"app"})).changes.size() == 1);
}

TEST_CASE_METHOD(LockRig, "what a killed dpkg left is found, planned as repaired, and repaired") {
  kill_while_installing("slow");
  const apt::Repair found = apt::find_repair(tree);
  REQUIRE(found.needed());
  CHECK_THAT(found.broken.at(0), Contains("slow is unpacked but not configured"));
  CHECK_FALSE(apt::lacks(request({"slow"}), apt::DpkgStatus::read(tree)).empty());

  apt::Archive offers = packages();
  offers.prepare({}, listener, {});
  apt::Stage stage;
  stage.requests = {request({"app", "slow"})};
  CHECK(error_of([&] { offers.resolve({stage}, false, {}); }).find("interrupted") != std::string::npos);
  const Transaction planned = offers.resolve({stage}, true, {}).at(0);
  CHECK(lines_of(planned) == std::vector<std::string>{"install app 1.0"});
  CHECK_THAT(error_of([&] { apply(planned); }), Contains("conflict: ") && Contains("interrupted"));

  repair();
  CHECK_FALSE(apt::find_repair(tree).needed());
  CHECK(root.run("dpkg --audit").empty());
  CHECK(version("slow") == "1.0");
  apply(planned);
  CHECK(version("app") == "1.0");
}

TEST_CASE_METHOD(LockRig, "a package that is only half there is reinstalled, and dpkg's journal is merged") {
  install(request({"app"}));
  // As a power cut leaves it (testing that itself takes a machine): reinst-required, and a journal not merged
  // yet.
  shell(root.path(),
        "sed -i '/^Package: app$/,/^$/s/^Status: .*/Status: install reinstreq half-installed/' "
        "var/lib/dpkg/status; rm usr/share/rigsetup-test/app");
  shell(root.path(),
        "sed -n '/^Package: slow$/,/^$/p;/^Package: base-files$/,/^$/p' var/lib/dpkg/status "
        ">var/lib/dpkg/updates/0001");
  CHECK(apt::find_repair(tree).journal_left);
  CHECK(apt::find_repair(tree).broken.size() == 1);
  repair();
  CHECK_FALSE(apt::find_repair(tree).needed());
  CHECK(file_text(root / "usr/share/rigsetup-test/app") == "1.0");
}

TEST_CASE_METHOD(LockRig, "of a transaction that was cut short, the rest is done") {
  const Transaction planned = plan(request({"app", "slow"}));
  kill_while_installing("app slow");
  repair();
  apply(planned);
  CHECK(version("app") == "1.0");
  CHECK(version("slow") == "1.0");
}

}  // namespace rigsetup::test
