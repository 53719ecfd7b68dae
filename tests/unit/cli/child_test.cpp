// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/child.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include "cli/caller_side.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;
using namespace rigsetup::cli;

namespace {

using protocol::DoctorRequest;

constexpr std::chrono::seconds k_long{60};
constexpr const char* k_python = "/usr/bin/python3";

/// A folder that everybody may read: a child of root's is not root.
struct PublicFolder : rigsetup::test::TemporaryFolder {
  PublicFolder() { std::filesystem::permissions(path(), std::filesystem::perms(0755)); }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path() / name).parent_path());
    std::ofstream(path() / name) << text;
  }
};

/// A framework as far as the probe asks it.
void install_torch(const PublicFolder& folder) {
  folder.write("torch/__init__.py", R"(
print("a framework that talks while it is imported")
from torch import _C, cuda, version
__version__ = "2.7.1+cu126"
)");
  folder.write("torch/_C.py", "def _cuda_getArchFlags():\n  return 'sm_80 sm_90 compute_90'\n");
  folder.write("torch/version.py", "cuda = '12.6'\n");
  folder.write("torch/cuda.py", "def is_available():\n  return False\n");
}

DoctorRequest::Caller asked(const std::string& python, bool may_wake_gpu) {
  DoctorRequest::Caller caller;
  ask_python(python, may_wake_gpu, caller);
  return caller;
}

}  // namespace

TEST_CASE("a child answers, fails, is too slow, prints without end, or is not there") {
  CHECK(ask_child({"/bin/echo", "hello"}, k_long).out == "hello\n");
  CHECK(ask_child({"/bin/echo", "hello"}, k_long).problem.empty());
  CHECK(ask_child({"/bin/sh", "-c", "exit 3"}, k_long).problem == "exit status 3");
  CHECK(ask_child({"/bin/sh", "-c", "kill -9 $$"}, k_long).problem == "killed by signal 9");
  CHECK(ask_child({"/bin/sleep", "600"}, std::chrono::seconds(1)).problem == "no answer in 1.0 s");
  CHECK(ask_child({"/usr/bin/yes"}, k_long).problem == "it prints without end");
  CHECK(ask_child({"/there/is/none"}, k_long).problem == "it cannot be run");
}

TEST_CASE("a child of root's is never root") {
  if (geteuid() != 0) return rigsetup::test::skip("it is only root whose children are others");
  CHECK(ask_child({"/usr/bin/id", "-u"}, k_long).out == "65534\n");
  setenv("SUDO_UID", "1", 1);
  CHECK(ask_child({"/usr/bin/id", "-u"}, k_long).out == "1\n");
  unsetenv("SUDO_UID");
  const PublicFolder folder;
  const auto mine = folder.path() / "python";
  std::filesystem::create_symlink("/usr/bin/id", mine);
  REQUIRE(lchown(mine.c_str(), 12345, 12345) == 0);
  CHECK(ask_child({mine.string(), "-u"}, k_long).out == "12345\n");
}

TEST_CASE("a child of root's has nothing of root's terminal, and of the environment what it needs") {
  CHECK(ask_child({"/bin/sh", "-c", "test $(cut -d' ' -f6 /proc/$$/stat) = $$"}, k_long).problem.empty());
  if (geteuid() != 0) return rigsetup::test::skip("it is only root whose children are others");
  setenv("RIGSETUP_TEST_SECRET", "root's", 1);
  setenv("CUDA_VISIBLE_DEVICES", "1", 1);
  const auto variables = ask_child({"/usr/bin/env"}, k_long).out;
  unsetenv("RIGSETUP_TEST_SECRET");
  unsetenv("CUDA_VISIBLE_DEVICES");
  CHECK(variables.find("RIGSETUP_TEST_SECRET") == std::string::npos);
  CHECK(variables.find("CUDA_VISIBLE_DEVICES=1\n") != std::string::npos);
  CHECK(variables.find("HOME=/nonexistent\n") != std::string::npos);
  CHECK(variables.find("TERM=") == std::string::npos);
}

TEST_CASE("a child that has answered and lives on is not waited for") {
  const auto answer = ask_child({"/bin/sh", "-c", "echo hello; exec /bin/sleep 600 >&-"}, k_long);
  CHECK(answer.out == "hello\n");
  CHECK(answer.problem == "it answered and did not end");
}

TEST_CASE("a Python tells of its frameworks, and is not asked for GPUs that sleep") {
  const PublicFolder folder;
  install_torch(folder);
  folder.write("bin/python",
               "#!/bin/sh\nPYTHONPATH=" + folder.path().string() + " exec " + k_python + " \"$@\"\n");
  const auto python = (folder.path() / "bin/python").string();
  std::filesystem::permissions(python, std::filesystem::perms(0755));
  const auto awake = asked(python, true);
  const auto asleep = asked(python, false);
  folder.write("torch/cuda.py", "raise ImportError('libcudnn.so.9: cannot open shared object file')\n");
  const auto broken = asked(python, true);

  CHECK(awake.python == python);
  CHECK(awake.python_problem.empty());
  REQUIRE(awake.frameworks.size() == 1);
  const auto& torch = awake.frameworks[0];
  CHECK(torch.name == "torch");
  CHECK(torch.version == "2.7.1+cu126");
  CHECK(torch.cuda == "12.6");
  CHECK(torch.architectures == std::vector<std::string>{"sm_80", "sm_90", "compute_90"});
  CHECK(torch.sees_gpu == false);
  REQUIRE(asleep.frameworks.size() == 1);
  CHECK_FALSE(asleep.frameworks[0].sees_gpu);
  REQUIRE(broken.frameworks.size() == 1);
  CHECK(broken.frameworks[0].error == "ImportError: libcudnn.so.9: cannot open shared object file");
}

TEST_CASE("what is no Python is said to have given no answer") {
  DoctorRequest::Caller caller;
  ask_python("/bin/echo", true, caller);
  CHECK(caller.python_problem.find("cannot") != std::string::npos);
  ask_python("/bin/false", true, caller);
  CHECK(caller.python_problem == "exit status 1");
}

TEST_CASE("of another root or rig only a Python that was named is asked") {
  const Environment none = [](const char*) { return std::string(); };
  Options options;
  options.rig = "/some/rig";
  CHECK_FALSE(caller_side(options, none));
  options.python = k_python;
  const auto caller = caller_side(options, none);
  REQUIRE(caller);
  CHECK(caller->python == k_python);
  CHECK(caller->nvcc.empty());
}

TEST_CASE("the terminal's environment: what is before the driver's libraries, and which nvcc is first") {
  const PublicFolder folder;
  folder.write("old/libcuda.so.1", "");
  folder.write("old/libz.so.1", "");
  folder.write("plain/libz.so.1", "");
  folder.write("bin/nvcc", "#!/bin/sh\necho 'Cuda compilation tools, release 11.5, V11.5.119'\n");
  folder.write("bin/python", "#!/bin/sh\nexit 1\n");
  for (const char* name : {"bin/nvcc", "bin/python"}) {
    std::filesystem::permissions(folder.path() / name, std::filesystem::perms(0755));
  }
  const auto path = [&](const char* name) { return (folder.path() / name).string(); };
  const Environment variables = [&](const char* name) {
    const std::string_view asked = name;
    if (asked == "LD_LIBRARY_PATH") return path("plain") + "::" + path("old");
    return asked == "PATH" ? path("bin") : std::string();
  };
  setenv("CUDA_VISIBLE_DEVICES", "", 1);
  const auto caller = caller_side({}, variables);
  unsetenv("CUDA_VISIBLE_DEVICES");
  REQUIRE(caller);
  CHECK(caller->visible_devices == "");
  REQUIRE(caller->folders.size() == 1);
  CHECK(caller->folders[0].path == path("old"));
  CHECK(caller->folders[0].libraries == std::vector<std::string>{"libcuda.so.1"});
  CHECK(caller->nvcc == path("bin/nvcc"));
  CHECK(caller->nvcc_version == "11.5");
  CHECK(caller->python == path("bin/python"));
  CHECK(caller->python_problem == "exit status 1");
  CHECK_FALSE(caller_side({}, variables)->visible_devices);
}
