// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "facts/stack.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/facts/described.hpp"

using namespace rigsetup;
using test::Described;

TEST_CASE("compilers by the words that kernels keep of them") {
  const std::vector<std::pair<std::string_view, std::string>> table = {
      {"gcc-12 (Debian 12.2.0-14) 12.2.0", "gcc 12.2.0"},
      {"x86_64-linux-gnu-gcc-12 (Ubuntu 12.3.0-1ubuntu1~22.04) 12.3.0", "gcc 12.3.0"},
      {"Linux version 5.15.0-122-generic (buildd@lcy02-amd64-034) (gcc (Ubuntu 11.4.0-1ubuntu1~22.04) "
       "11.4.0, GNU ld (GNU Binutils for Ubuntu) 2.38) #132-Ubuntu SMP",
       "gcc 11.4.0"},
      {"Linux version 5.4.0-100-generic (buildd@lcy02-amd64-002) (gcc version 9.3.0 (Ubuntu "
       "9.3.0-17ubuntu1~20.04)) #113-Ubuntu SMP",
       "gcc 9.3.0"},
      {"Linux version 6.6.1 (builder@gcc-farm) (Ubuntu clang version 14.0.0-1ubuntu1.1, GNU ld 2.38) #1",
       "clang 14.0.0"},
      {"Linux version 6.1.0 (nobody@nowhere)", ""},
      {"", ""},
  };
  for (const auto& [words, expected] : table) {
    INFO(words);
    CHECK(compiler_in(words).text() == expected);
  }
}

TEST_CASE("kernels are what /boot and /lib/modules hold, in the order of their versions") {
  const Described target;
  target.file("/boot/vmlinuz-5.15.0-97-generic");
  target.file("/boot/vmlinuz-5.15.0-122-generic");
  target.file("/boot/vmlinuz.old");
  target.file("/boot/config-5.15.0-122-generic",
              "# Linux\nCONFIG_CC_VERSION_TEXT=\"gcc (Ubuntu 11.4.0-1ubuntu1~22.04) 11.4.0\"\n");
  target.tree.make_directories("/lib/modules/5.15.0-122-generic");
  target.link("/lib/modules/5.15.0-122-generic/build", "/usr/src/linux-headers-5.15.0-122-generic");
  target.tree.make_directories("/lib/modules/6.8.0-45-generic");  // its image was removed

  auto kernels = read_kernels(target.tree);
  REQUIRE(kernels.installed.size() == 3);
  CHECK(kernels.installed[0].release == "5.15.0-97-generic");
  CHECK(kernels.installed[0].image);
  CHECK_FALSE(kernels.installed[0].modules);
  CHECK(kernels.installed[1].release == "5.15.0-122-generic");
  CHECK(kernels.installed[1].modules);
  CHECK_FALSE(kernels.installed[1].headers);  // the link leads nowhere
  CHECK(kernels.installed[1].compiler == "gcc 11.4.0");
  CHECK_FALSE(kernels.installed[2].image);
  CHECK(kernels.newest == "5.15.0-122-generic");
  CHECK(kernels.boots_next.empty());

  target.tree.make_directories("/usr/src/linux-headers-5.15.0-122-generic");
  CHECK(read_kernels(target.tree).installed[1].headers);
  CHECK_FALSE(read_kernels(target.tree).installed[1].headers_package);
  const DpkgPackage package{"linux-headers-5.15.0-122-generic", "installed", "amd64", "1", ""};
  CHECK(read_kernels(target.tree, {package}).installed[1].headers_package);
  CHECK_FALSE(read_kernels(target.tree, {package}).installed[0].headers_package);
}

TEST_CASE("the kernel that boots next is told only where GRUB's configuration tells it") {
  const Described target;
  target.file("/boot/vmlinuz-5.15.0-97-generic");
  const auto boots_next = [&] { return read_kernels(target.tree).boots_next; };
  CHECK(boots_next().empty());  // no GRUB
  target.file("/etc/default/grub", "GRUB_TIMEOUT=0\nGRUB_DEFAULT=0\n");
  CHECK(boots_next() == "5.15.0-97-generic");
  target.file("/boot/grub/grubenv", "# GRUB Environment Block\nnext_entry=Windows\n");
  CHECK(boots_next().empty());
  target.file("/boot/grub/grubenv", "# GRUB Environment Block\nnext_entry=\n");
  CHECK(boots_next() == "5.15.0-97-generic");
  target.file("/etc/default/grub.d/50-own.cfg", "GRUB_DEFAULT=\"saved\"\n");
  CHECK(boots_next().empty());
  target.file("/etc/default/grub.d/90-own.cfg", "GRUB_DEFAULT='0'\n");
  CHECK(boots_next() == "5.15.0-97-generic");
}

TEST_CASE("the meta package that brings new kernels") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> table = {
      {{"linux-image-generic", "linux-image-5.15.0-122-generic"}, "generic"},
      {{"linux-image-generic-hwe-22.04", "linux-image-6.8.0-45-generic"}, "generic-hwe-22.04"},
      {{"linux-image-amd64", "linux-image-6.1.0-56-amd64"}, "amd64"},
      {{"linux-image-cloud-amd64"}, "cloud-amd64"},
      {{"linux-image-unsigned-6.8.0-45-generic"}, ""},
      {{"linux-image-generic", "linux-image-lowlatency"}, ""},
      {{}, ""},
  };
  const Described target;
  for (const auto& [names, flavour] : table) {
    std::vector<DpkgPackage> packages;
    for (const auto& name : names) packages.push_back({name, "installed", "amd64", "1", ""});
    INFO(names.size() << " " << flavour);
    CHECK(read_kernels(target.tree, packages).flavour == flavour);
  }
}

TEST_CASE("DKMS's modules are what its tree says, as far as they got") {
  const Described target;
  CHECK(read_dkms(target.tree).empty());
  target.file("/var/lib/dkms/dkms_dbversion", "2.0.0\n");
  target.link("/var/lib/dkms/nvidia-current/535.309.01/source", "/usr/src/nvidia-current-535.309.01");
  target.tree.make_directories("/var/lib/dkms/nvidia-current/535.309.01/build");

  auto modules = read_dkms(target.tree);
  REQUIRE(modules.size() == 1);
  CHECK(modules[0].state == "added");
  CHECK(modules[0].kernel.empty());

  const std::string kernel = "6.1.0-56-amd64";
  target.file("/var/lib/dkms/nvidia-current/535.309.01/" + kernel + "/x86_64/module/nvidia-current.ko");
  target.file("/var/lib/dkms/nvidia-current/535.309.01/6.1.0-55-amd64/x86_64/log/make.log");  // it failed
  modules = read_dkms(target.tree);
  REQUIRE(modules.size() == 1);
  CHECK(modules[0].state == "built");
  CHECK(modules[0].kernel == kernel);

  target.link("/var/lib/dkms/nvidia-current/kernel-" + kernel + "-x86_64",
              "535.216.01/" + kernel + "/x86_64");
  CHECK(read_dkms(target.tree)[0].state == "built");  // another version is the installed one
  target.link("/var/lib/dkms/nvidia-current/kernel-" + kernel + "-x86_64",
              "535.309.01/" + kernel + "/x86_64");
  modules = read_dkms(target.tree);
  REQUIRE(modules.size() == 1);
  CHECK(modules[0].name == "nvidia-current");
  CHECK(modules[0].version == "535.309.01");
  CHECK(modules[0].state == "installed");
}
