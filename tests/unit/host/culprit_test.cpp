// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "host/culprit.hpp"

#include "tests/support/catch.hpp"

using namespace rigsetup;

namespace {

using Processes = std::vector<RunningProcess>;

/// A chain, each started by the one before, a second later.
Processes chain(const std::vector<std::vector<std::string>>& commands) {
  Processes processes;
  for (const auto& argv : commands) {
    RunningProcess process;
    process.pid = 100 + static_cast<pid_t>(processes.size());
    process.parent = process.pid - 1;
    process.started = 1000 + 100 * processes.size();
    process.name = "kernel's name";
    process.argv = argv;
    processes.push_back(process);
  }
  return processes;
}

std::string what(const Processes& processes) {
  const auto culprit = culprit_of(processes);
  return culprit ? culprit->what : "nobody";
}

const std::vector<std::string> k_inside{"/usr/libexec/rigsetup/inside", "--chdir", "/", "/srv/image", "--"};
const std::vector<std::string> k_apt{"apt-get", "-y", "install"};
const std::vector<std::string> k_dpkg{"/usr/bin/dpkg", "--status-fd", "21", "--configure", "--pending"};
const std::vector<std::string> k_postinst{"/bin/sh", "/var/lib/dpkg/info/nvidia-kernel-dkms.postinst",
                                          "configure"};

}  // namespace

TEST_CASE("what a tree of processes is at is named as people know it") {
  const std::vector<std::pair<std::string, std::vector<std::vector<std::string>>>> table{
      {"nobody", {}},
      {"nobody", {k_inside, k_inside}},
      {"dpkg", {k_inside, k_apt, k_dpkg}},
      {"postinst of nvidia-kernel-dkms", {k_inside, k_apt, k_dpkg, k_postinst}},
      {"postinst of nvidia-kernel-dkms (sleep)", {k_apt, k_dpkg, k_postinst, {"sleep", "600"}}},
      {"postinst of nvidia-kernel-dkms",
       {k_dpkg, {"/usr/bin/perl", "-w", "/usr/share/debconf/frontend", k_postinst[1]}, k_postinst}},
      {"postrm of libc6", {k_dpkg, {"/bin/sh", "/var/lib/dpkg/info/libc6:amd64.postrm", "remove"}}},
      {"postinst of linux-image-amd64 (update-initramfs)",
       {{"/bin/sh", "/var/lib/dpkg/info/linux-image-amd64.postinst", "configure"},
        {"/bin/sh", "/usr/sbin/update-initramfs", "-c"},
        {"/bin/sh", "/usr/sbin/mkinitramfs"},
        {"xz", "-9"}}},
      {"update-initramfs", {{"/bin/sh", "/usr/sbin/update-initramfs", "-u"}, {"gzip"}}},
      {"building the module nvidia-current/535.309.01 (cc1)",
       {k_dpkg,
        k_postinst,
        {"/bin/bash", "/usr/sbin/dkms", "build", "-m", "nvidia-current", "-v", "535.309.01"},
        {"make", "-j2"},
        {"/usr/lib/gcc/x86_64-linux-gnu/12/cc1", "-quiet", "x.c"}}},
      {"building the module zfs/2.1.11 (sh)",
       {k_postinst, {"make", "M=/srv/image/var/lib/dkms/zfs/2.1.11/build"}, {"sh", "-c", "secret"}}},
      {"compiling (cc1plus)", {{"make"}, {"g++", "-c", "x.cpp"}, {"/usr/lib/gcc/cc1plus", "x.cpp"}}},
      {"linking (ld.gold)", {{"make"}, {"collect2"}, {"/usr/bin/ld.gold"}}},
      {"ldconfig", {{"/sbin/ldconfig.real"}, {"/sbin/ldconfig"}}},
      {"pip",
       {{"/opt/venv/bin/python", "-I", "-m", "pip", "install", "--index-url", "https://user:word@x/"}}},
      {"python3", {{"/usr/bin/python3", "-c", "print('secret')"}}},
      {"rigs.py", {{"/usr/bin/python3.11", "-u", "/srv/rigs.py", "--password", "secret"}}},
      {"kernel's name", {{}}},
      {"a?b",
       {{"/tmp/a\x1b"
         "b"}}},
  };
  for (const auto& [wanted, commands] : table) {
    CAPTURE(wanted);
    const std::string found = what(chain(commands));
    if (wanted == "a?b")
      CHECK(found.find('\x1b') == std::string::npos);
    else
      CHECK(found == wanted);
  }
}

TEST_CASE("a script that dpkg keeps aside while it unpacks is known by its environment") {
  Processes processes = chain({k_dpkg, {"/bin/sh", "/var/lib/dpkg/tmp.ci/preinst", "install"}});
  CHECK(what(processes) == "preinst");
  processes[1].package = "cuda-drivers";
  CHECK(what(processes) == "preinst of cuda-drivers");
}

TEST_CASE("of several that work side by side, a compiler is named first") {
  Processes processes = chain({{"make", "-j2"}, {"/usr/lib/gcc/cc1"}, {"sleep", "1"}});
  processes[2].parent = processes[0].pid;
  CHECK(what(processes) == "compiling (cc1)");
}

TEST_CASE("the time is that of the process that has the name") {
  const Processes processes = chain({k_dpkg, k_postinst, {"sleep", "600"}});
  Pulse pulse;
  const auto beat = pulse.take(processes, 2100, 100);
  REQUIRE(beat);
  CHECK(beat->what == "postinst of nvidia-kernel-dkms (sleep)");
  CHECK(beat->time == std::chrono::seconds(10));
}

TEST_CASE("what does not live is said, and any sign of life is seen") {
  Processes processes = chain({k_postinst, {"sleep", "600"}});
  const auto said = [](const std::optional<Pulse::Beat>& beat) { return beat.value().what; };
  Pulse pulse;
  pulse.take(processes, 2000, 100);
  CHECK(said(pulse.take(processes, 7900, 100)) == "postinst of nvidia-kernel-dkms (sleep)");
  CHECK(said(pulse.take(processes, 8000, 100)) ==
        "no sign of life for 1 min: postinst of nvidia-kernel-dkms (sleep)");
  processes[1].cpu = 1;
  CHECK(said(pulse.take(processes, 8200, 100)) == "postinst of nvidia-kernel-dkms (sleep)");
  CHECK(said(pulse.take(processes, 14200, 100)) ==
        "no sign of life for 1 min: postinst of nvidia-kernel-dkms (sleep)");
  processes[1].pid = 999;  // another process instead
  CHECK(said(pulse.take(processes, 14300, 100)) == "postinst of nvidia-kernel-dkms (sleep)");
}
