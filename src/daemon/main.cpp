// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <csignal>
#include <iostream>

#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/log.hpp>
#include <rigsetup/journal/journal.hpp>
#include <rigsetup/run/run_thread.hpp>
#include <rigsetup/server/server.hpp>

#include "daemon/options.hpp"
#include "daemon/release.hpp"
#include "daemon/state_folder.hpp"

namespace rigsetup {
namespace {

void prepare_process() {
  std::signal(SIGPIPE, SIG_IGN);  // a client that left is an error code, not an end
  std::signal(SIGHUP, SIG_IGN);   // a terminal that closes cancels nothing
  umask(022);  // what programs make, packages included, must not depend on who started the daemon
  // One arena, and freed memory goes back: the daemon is idle nearly always, and then small.
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TRIM_THRESHOLD, 128 << 10);
  mallopt(M_MMAP_THRESHOLD, 64 << 10);
}

void serve(const Options& options) {
  set_log_level(options.foreground ? LogLevel::info : LogLevel::warning);
  if (geteuid() != 0) log(LogLevel::warning, "not running as root: little of a machine can be changed");
  const StateFolder folder(options.settings);
  Journal journal(options.settings.state / "journal.db");
  RunThread runs(journal, options.settings);
  Server server(options.settings, journal, runs);
  runs.resume_unfinished();
  server.serve();
}

int run(int argc, char** argv) {
  const auto options = read_options(argc, argv);
  switch (options.action) {
    case Options::Action::help:
      std::cout << daemon_help();
      break;
    case Options::Action::version:
      std::cout << "rigsetupd " RIGSETUP_VERSION "\n";
      break;
    case Options::Action::release:
      release(options.root, options.settings);
      break;
    case Options::Action::serve:
      serve(options);
  }
  return 0;
}

}  // namespace
}  // namespace rigsetup

int main(int argc, char** argv) {
  rigsetup::prepare_process();
  try {
    return rigsetup::run(argc, argv);
  } catch (const rigsetup::Error& error) {
    std::cerr << "rigsetupd: " << error.message() << "\n";
    if (!error.hint().empty()) std::cerr << "  " << error.hint() << "\n";
    return error.code() == rigsetup::Code::invalid ? 2 : 1;
  }
}
