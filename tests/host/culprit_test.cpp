// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <filesystem>
#include <fstream>

#include <sys/stat.h>

#include <rigsetup/host/programs.hpp>

#include "tests/host/small_root.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;
namespace fs = std::filesystem;

TEST_CASE("a job that says nothing is seen at work: its maintainer script, then the module that it builds") {
  const test::TemporaryFolder folder;
  const fs::path scripts = folder / "var/lib/dpkg/info";
  const fs::path module = folder / "var/lib/dkms/nvidia-current/535.309.01/build";
  fs::create_directories(scripts);
  fs::create_directories(module);
  fs::copy_file(fs::canonical("/bin/sleep"), module / "cc1");
  // Waits for the first gate without any program, then with a compiler for the second.
  std::ofstream(scripts / "nvidia-kernel-dkms.postinst")
      << "read line <" << (folder / "gate1").native() << "\ncd " << module.native() << "\n./cc1 "
      << test::unique_sleep() << " & compiler=$!\nread line <" << (folder / "gate2").native()
      << "\nkill $compiler\n";
  // One each: whoever opens a gate whose writer is just leaving reads its end and goes through.
  for (const char* gate : {"gate1", "gate2"}) REQUIRE(::mkfifo((folder / gate).c_str(), 0600) == 0);

  std::vector<std::string> seen;
  JobWatcher watcher;
  watcher.busy = [&](const std::string& what, std::chrono::seconds) {
    if (!seen.empty() && seen.back() == what) return;
    seen.push_back(what);
    std::ofstream(folder / ("gate" + std::to_string(seen.size()))) << "go\n";
  };
  Job job;
  job.command.argv = {"sh", "-c", "sh \"$1\"; exit 0", "sh", scripts / "nvidia-kernel-dkms.postinst"};
  job.folder = folder / "job";
  job.log = folder / "log";
  RealPrograms programs("/", test::k_libexec);
  CHECK(programs.run_job(job, watcher, {}).ok());
  CHECK(seen == std::vector<std::string>{"postinst of nvidia-kernel-dkms",
                                         "building the module nvidia-current/535.309.01 (cc1)"});
}
