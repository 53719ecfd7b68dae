// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/system/provision_rig.hpp"

#include <utility>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rigsetup/apt/package.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/host/tree.hpp>

#include "tests/support/shell.hpp"

namespace rigsetup::test {

namespace fs = std::filesystem;

namespace {

Deb deb(const std::string& name, const std::string& version, const std::string& depends = {}) {
  Deb made;
  made.name = name;
  made.version = version;
  if (!depends.empty()) made.fields.emplace_back("Depends", depends);
  return made;
}

}  // namespace

Shop::Shop() {
  archive_.add(deb("lib", "1.0"));
  archive_.add(deb("app", "2.0", "lib (>= 1.0)"));
  archive_.add(deb("tool", "1.5"));
  Deb slow = deb("slow", "1.0", "lib");
  slow.scripts["postinst"] =
      "echo slow begins; touch /var/cache/slow-began\n"
      "until test -e /var/cache/slow-may-go; do sleep 0.05; done; echo slow ends";
  archive_.add(slow);
  Deb big = deb("big", "1.0");
  big.size = 1 << 20;
  archive_.add(big);
  const Deb stalling = deb("stalling", "1.0");
  archive_.add(stalling);
  Deb dozing = deb("dozing", "1.0");
  dozing.scripts["postinst"] = "until test -e /var/cache/dozing-may-go; do sleep 0.05; done";
  archive_.add(dozing);
  Deb module = deb("module", "1.0", "dozing");
  module.scripts["postinst"] =
      "mkdir -p /var/lib/dkms/rig/1.0/build; cd /var/lib/dkms/rig/1.0/build; cp /bin/sleep cc1\n"
      "./cc1 1000 & compiler=$!\n"
      "until test -e /var/cache/module-may-go; do sleep 0.05; done; kill $compiler; rm cc1";
  archive_.add(module);
  Deb rival = deb("rival", "1.0");
  rival.fields.emplace_back("Conflicts", "tool");
  archive_.add(rival);
  archive_.publish();
  server_.fail("/" + archive_.path_of(big), HttpFault{.times = 1, .pause = std::chrono::milliseconds(60)});
  server_.fail("/" + archive_.path_of(stalling), HttpFault{.times = 1, .pause = std::chrono::seconds(8)});
}

void Shop::renew_app(const std::string& version, const std::string& conflicts) {
  archive_.remove(deb("app", app_, "lib (>= 1.0)"));
  app_ = version;
  Deb app = deb("app", app_, "lib (>= 1.0)");
  if (!conflicts.empty()) app.fields.emplace_back("Conflicts", conflicts);
  archive_.add(app);
  archive_.publish();
}

void Shop::offer(const Deb& deb) {
  archive_.add(deb);
  archive_.publish();
}

void Shop::withdraw(const Deb& deb) {
  archive_.remove(deb);
  archive_.publish();
}

void Shop::offer_elsewhere(const Deb& deb) {
  archive_.add_flat(deb, "elsewhere");
  archive_.publish();
}

std::string Shop::other_repository_step() const {
  return format(
      "  - id: elsewhere\n    apt_repository:\n      uris: [\"{}/elsewhere/\"]\n      suites: [/]\n"
      "      key: shop.asc\n      fingerprint: {}\n",
      server_.url(), archive_.fingerprint());
}

std::string Shop::repository_step() const {
  return format(
      "  - id: shop\n    apt_repository:\n      uris: [\"{}\"]\n      suites: [stable]\n"
      "      components: [main]\n      key: shop.asc\n      fingerprint: {}\n",
      server_.url(), archive_.fingerprint());
}

void Shop::write_key(const fs::path& folder) const { write_text(folder / "shop.asc", archive_.key()); }

std::string shown(const Said& said) {
  return "exit " + std::to_string(said.status) + "\n" + said.out + said.errors;
}

Client::Client(const fs::path& socket, std::vector<std::string> words) {
  words.insert(words.begin(), {RIGSETUP_BUILD_DIR "/rigsetup", "--socket", socket});
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  dup2(open((folder_ / "out").c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
  dup2(open((folder_ / "errors").c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
  execv(argv[0], argv.data());
  _exit(127);
}

Client::~Client() {
  if (pid_ > 0) kill();
}

Said Client::wait() {
  int status = 0;
  waitpid(std::exchange(pid_, -1), &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, file_text(folder_ / "out"),
          file_text(folder_ / "errors")};
}

void Client::kill() {
  ::kill(pid_, SIGKILL);
  wait();
}

Machine::Machine(const Shop& offers, const std::vector<std::string>& packages)
    : shop(offers), root(packages) {
  shop.write_key(bed.folder.path());
}

void Machine::want(const std::string& steps, const std::string& policy) const {
  write_text(recipe(), "rigsetup: 1\nname: rig\nsummary: of a test\n" + policy + "steps:\n" +
                           shop.repository_step() + steps);
}

Said Machine::on(const std::string& verb, std::vector<std::string> more) const {
  more.insert(more.begin(), {verb, "--root", root.path()});
  return rigsetup(std::move(more));
}

Said Machine::rigsetup(std::vector<std::string> words) const {
  return Client(bed.socket, std::move(words)).wait();
}

std::string Machine::version(const std::string& name) const {
  const apt::DpkgStatus status = apt::DpkgStatus::read(Tree(root.path()));
  const apt::Installed* package = status.find(name);
  if (package == nullptr || package->status == "not-installed" || package->status == "config-files")
    return {};
  return package->status == "installed" ? package->version : package->status;
}

void Machine::let_slow_go() const { write_text(root / "var/cache/slow-may-go", ""); }

std::string Machine::content() const {
  // Logs tell times; caches and lists may be fetched twice; dpkg keeps its status of one change before.
  return shell(
      root.path(),
      "find . -xdev \\( -path ./var/log -o -path ./var/cache -o -path ./var/lib/apt/lists -o -path ./tmp \\) "
      "-prune -o ! -name '*-old' -printf '%p %y %m %U %G %l\\n' | sort; "
      "find etc opt usr/share/rigsetup-test var/lib/dpkg var/lib/apt/extended_states -type f "
      "! -name '*-old' | sort | xargs sha256sum");
}

std::string Machine::listing_with_times() const {
  return shell(root.path(), "find . -xdev -printf '%p %y %m %U %G %s %T@ %C@ %l\\n' | sort");
}

std::vector<std::string> Machine::steps_that(const std::string& outcome) const {
  std::vector<std::string> ids;
  const Value run = get(bed.socket, "/v1/runs/latest").json();
  for (const Value& step : run.at("steps").as_list()) {
    if (step.get("outcome", "") == outcome) ids.push_back(step.at("id").as_string());
  }
  return ids;
}

std::string Machine::latest_outcome() const {
  return get(bed.socket, "/v1/runs/latest").json().at("outcome").as_string();
}

std::vector<pid_t> Machine::job_processes() const { return test::job_processes(bed); }

Said Bench::apply(std::vector<std::string> more) const {
  more.insert(more.begin(), "-y");
  return on_recipe("apply", std::move(more));
}

Said Bench::on_recipe(const std::string& verb, std::vector<std::string> more) const {
  more.insert(more.begin(), machine.recipe());
  return machine.on(verb, more);
}

}  // namespace rigsetup::test
