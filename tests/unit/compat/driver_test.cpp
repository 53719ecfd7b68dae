// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/text.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/compat/shipped.hpp"

using namespace rigsetup;
using test::fit;
using test::names;
using Texts = std::vector<std::string>;

TEST_CASE("branch and modules for the GPUs, each with its reason") {
  struct Row {
    Texts gpus;
    std::string branch, why_branch, modules, why_modules;
  };
  const std::string lts = "branch 580 is NVIDIA's long-term one and gets fixes until June 2028";
  const Row table[] = {
      {{"2684"}, "580", lts, "open", "open modules are NVIDIA's default for the GeForce RTX 4090 (Ada)"},
      {{"1EB8"}, "580", lts, "open", "open modules are NVIDIA's default for the Tesla T4 (Turing)"},
      {{"2335"}, "580", lts, "open", "open modules are NVIDIA's default for the H200 SXM 141GB (Hopper)"},
      {{"2B85"}, "580", lts, "open", "the GeForce RTX 5090 (Blackwell) runs with open modules only"},
      {{"2342"}, "580", lts, "open", "the GH200 (Hopper) runs with open modules only"},
      {{"2684", "2B85"}, "580", lts, "open", "the GeForce RTX 5090 (Blackwell) runs with open modules only"},
      {{"1B80"},
       "580",
       "branch 580 is the last that drives the GeForce GTX 1080 (Pascal)",
       "proprietary",
       "the GeForce GTX 1080 (Pascal) lacks the GSP processor that open modules need"},
      {{"1DB6"},
       "580",
       "branch 580 is the last that drives the Tesla V100 PCIe 32GB (Volta)",
       "proprietary",
       "the Tesla V100 PCIe 32GB (Volta) lacks the GSP processor that open modules need"},
      {{"2684", "1B80"},
       "580",
       "branch 580 is the last that drives the GeForce GTX 1080 (Pascal)",
       "proprietary",
       "the GeForce GTX 1080 (Pascal) lacks the GSP processor that open modules need"},
      {{"4000"},
       "615",
       "branch 615 is the newest, and the GPU 10de:4000 is in no table yet",
       "open",
       "open modules are NVIDIA's default for the GPU 10de:4000"},
      {{}, "580", lts, "open", "open modules are NVIDIA's default for GPUs from Turing on"},
  };
  for (const Row& row : table) {
    INFO(join(row.gpus, " "));
    const compat::Stack stack = fit(test::jammy(row.gpus));
    CHECK(stack.branch.value == row.branch);
    CHECK(stack.branch.reason == row.why_branch);
    CHECK(stack.modules.value == row.modules);
    CHECK(stack.modules.reason == row.why_modules);
    CHECK(stack.warnings.empty());
  }
}

TEST_CASE("the words for a branch mean what the day and the archive say") {
  struct Row {
    std::string word, today, origin, branch;
  };
  const Row table[] = {
      {"recommended", "2026-11-26", "auto", "580"},
      {"lts", "2026-11-26", "auto", "580"},
      {"production", "2026-11-26", "auto", "595"},
      {"new-feature", "2026-11-26", "auto", "615"},
      {"production", "2027-03-31", "auto", "595"},
      {"recommended", "2028-06-30", "auto", "580"},
      {"recommended", "2028-07-01", "auto", "615"},  // all that have an end are over: the newest is left
      {"recommended", "", "auto", "580"},
      {"new-feature", "2026-08-15", "nvidia", "610"},
      {"recommended", "2026-11-26", "nvidia", "580"},
  };
  for (const Row& row : table) {
    compat::Wishes wishes = test::jammy({"2684"});
    wishes.branch = row.word;
    wishes.today = row.today;
    wishes.origin = row.origin;
    INFO(row.word << " on " << row.today << " from " << row.origin);
    CHECK(fit(wishes).branch.value == row.branch);
  }
}

TEST_CASE("Ubuntu's signed modules come before DKMS, and Secure Boot asks for nothing then") {
  compat::Wishes wishes = test::jammy({"2684"});
  wishes.secure_boot = true;
  wishes.enrolment = false;
  compat::Stack stack = fit(wishes);
  CHECK(stack.origin.value == "ubuntu");
  CHECK(stack.origin.reason ==
        "Ubuntu's archive has the driver with modules that it built and signed itself");
  CHECK(stack.signing.value == "distribution");
  CHECK(stack.signing.reason ==
        "Ubuntu's archive has signed modules for generic-hwe-22.04 kernels: no compiler, no enrolment");
  CHECK_FALSE(stack.enrolment);

  wishes.enrolment = true;
  wishes.origin = "nvidia";
  stack = fit(wishes);
  CHECK(stack.enrolment);
  CHECK(stack.signing.reason ==
        "NVIDIA's repository has no prebuilt modules for generic-hwe-22.04 kernels: DKMS builds them, and "
        "with Secure "
        "Boot on their key has to be enrolled at the console");
  wishes.secure_boot = false;
  stack = fit(wishes);
  CHECK_FALSE(stack.enrolment);
  CHECK(stack.origin.reason == "NVIDIA's repository was asked for");
}

TEST_CASE("packages that are there already decide the origin, and another one has to be asked for") {
  compat::Wishes wishes = test::jammy({"2684"});
  wishes.installed_origin = "nvidia";
  compat::Stack stack = fit(wishes);
  CHECK(stack.origin.value == "nvidia");
  CHECK(stack.origin.reason ==
        "packages of NVIDIA's repository are installed already, and two origins do not mix");
  CHECK(stack.warnings.empty());
  wishes.origin = "ubuntu";
  stack = fit(wishes);
  CHECK(stack.origin.value == "ubuntu");
  CHECK(stack.warnings ==
        Texts{"The driver packages from \"nvidia\" have to go first: two origins do not mix."});
}

TEST_CASE("what is over, or stays behind, is said") {
  compat::Wishes wishes = test::bookworm({"2684"});
  compat::Stack stack = fit(wishes);
  CHECK(stack.branch.value == "535");
  CHECK(stack.branch.reason == "branch 535 is what Debian's archive has");
  CHECK(stack.modules.value == "proprietary");
  CHECK(stack.warnings == Texts{"NVIDIA ended its fixes for branch 535 in June 2026."});

  wishes = test::jammy({"128B", "2684"});
  CHECK(fit(wishes).warnings ==
        Texts{"For the GeForce GT 710 (Kepler) this driver is too new: it stays without one."});

  wishes = test::jammy({"2684"});
  wishes.today = "2027-05-01";
  CHECK(fit(wishes).warnings == Texts{"Support of Ubuntu 22.04 ended in April 2027."});

  wishes.kernel_flavour = "";
  wishes.kernel = "7.1.0-mine";
  wishes.today = "";
  CHECK(fit(wishes).warnings == Texts{"No meta package follows the kernel 7.1.0-mine: with the next kernel "
                                      "its headers have to be installed by "
                                      "hand."});
}

TEST_CASE("DKMS gets the headers of every kernel that can boot, as far as the archive has them") {
  compat::Wishes wishes = test::bookworm({"2684"});
  wishes.other_kernels = {
      {"6.1.0-48-amd64"}, {"6.1.0-31-amd64"}, {"6.1.0-30-amd64", true, true}, {"mine", true}};
  CHECK(test::names(fit(wishes).other_kernels) == "linux-headers-6.1.0-30-amd64");  // nobody has looked
  wishes.offers = std::vector<compat::Offer>{{"linux-headers-6.1.0-48-amd64", "6.1.172-1", "debian"},
                                             {"nvidia-driver", "535.261.03-1", "debian"},
                                             {"nvidia-kernel-dkms", "535.261.03-1", "debian"}};
  CHECK(test::names(fit(wishes).other_kernels) ==
        "linux-headers-6.1.0-48-amd64 linux-headers-6.1.0-30-amd64");
  CHECK(test::names(fit(wishes).signing.packages) == "linux-headers-amd64 dkms gcc-12");
}

TEST_CASE("every kernel that can boot gets a signed module, as far as the archive has one for the driver") {
  const std::string old_driver = "580.159.03-0ubuntu0.22.04.1";
  const std::string new_driver = "580.178.04-0ubuntu0.22.04.1";
  const auto module_of = [](const std::string& kernel, const std::string& version,
                            const std::string& driver) {
    return compat::Offer{"linux-modules-nvidia-580-open-" + kernel,
                         version,
                         "ubuntu",
                         {{"linux-objects-nvidia-580-open-" + kernel, {"=", version}},
                          {"nvidia-kernel-common-580", {">=", driver}},
                          {"nvidia-kernel-common-580", {"<=", driver + "-1"}}}};
  };
  compat::Wishes wishes = test::jammy({"2684"});
  wishes.other_kernels = {{"6.8.0-134-generic"}, {"6.8.0-133-generic"}, {"6.8.0-132-generic"}, {"mine"}};
  CHECK(fit(wishes).other_kernels.empty());  // nobody has looked
  wishes.offers = std::vector<compat::Offer>{
      {"nvidia-driver-580-open", old_driver, "ubuntu"},
      {"nvidia-driver-580-open", new_driver, "ubuntu"},
      {"nvidia-kernel-common-580", old_driver, "ubuntu"},
      {"nvidia-kernel-common-580", new_driver, "ubuntu"},
      {"linux-modules-nvidia-580-open-generic-hwe-22.04", "6.8.0-135.135~22.04.1+1", "ubuntu"},
      module_of("6.8.0-134-generic", "6.8.0-134.134~22.04.1", "580.159.03"),
      module_of("6.8.0-134-generic", "6.8.0-134.134~22.04.1+1", "580.178.04"),
      module_of("6.8.0-133-generic", "6.8.0-133.133~22.04.1", "580.159.03"),
      {"linux-modules-nvidia-580-open-6.8.0-132-generic", "6.8.0-132.132", "ubuntu"},  // says nothing
  };
  const compat::Stack newest = fit(wishes);
  CHECK(newest.driver.value == "580.178.04");
  CHECK(newest.other_kernels ==
        std::vector<compat::Package>{
            {"linux-modules-nvidia-580-open-6.8.0-134-generic", "6.8.0-134.134~22.04.1+1"}});
  REQUIRE(newest.warnings.size() == 2);
  CHECK(newest.warnings.front() ==
        "The modules that Ubuntu's archive has for the kernel 6.8.0-133-generic go with another driver: if "
        "that kernel boots, it has none.");

  wishes.branch = "580.159.03";
  const compat::Stack older = fit(wishes);
  CHECK(older.other_kernels ==
        std::vector<compat::Package>{
            {"linux-modules-nvidia-580-open-6.8.0-134-generic", "6.8.0-134.134~22.04.1"},
            {"linux-modules-nvidia-580-open-6.8.0-133-generic", "6.8.0-133.133~22.04.1"}});

  // What is there stays, and a driver that is kept finds what goes with it.
  wishes.branch = "580";
  wishes.installed_driver = "580.159.03";
  wishes.offers->push_back(
      {"linux-modules-nvidia-580-open-6.8.0-134-generic", "6.8.0-134.134~22.04.1", "ubuntu", {}, true});
  CHECK(fit(wishes).other_kernels ==
        std::vector<compat::Package>{
            {"linux-modules-nvidia-580-open-6.8.0-134-generic", ""},
            {"linux-modules-nvidia-580-open-6.8.0-133-generic", "6.8.0-133.133~22.04.1"}});

  // One that moves does not keep the module of the driver before.
  wishes.installed_driver.clear();
  CHECK(fit(wishes).other_kernels == newest.other_kernels);
}

TEST_CASE("words become what the archives really have") {
  compat::Wishes wishes = test::jammy({"2684"});
  wishes.nvswitch = true;
  const std::string ubuntu = "580.178.04-0ubuntu0.22.04.1";
  wishes.offers = std::vector<compat::Offer>{
      {"nvidia-driver-580-open", "580.159.03-0ubuntu0.22.04.1", "ubuntu"},
      {"nvidia-driver-580-open", ubuntu, "ubuntu"},
      {"nvidia-driver-580-open", "580.200.01-1ubuntu1", "nvidia"},
      {"nvidia-driver-535-open", "535.309.01-0ubuntu0.22.04.2", "ubuntu"},  // leads to 580
      {"nvidia-driver-470", "470.256.02-0ubuntu0.22.04.6", "ubuntu"},
      {"nvidia-fabricmanager-580", "580.159.03-0ubuntu0.22.04.1", "ubuntu"},
      {"nvidia-fabricmanager-580", ubuntu, "ubuntu"},
      {"linux-modules-nvidia-580-open-generic-hwe-22.04", "6.8.0-149.149~22.04.1", "ubuntu"},
      {"nvidia-open", "595.91.07-1ubuntu1", "nvidia"},
      {"nvidia-open", "615.71.10-1ubuntu1", "nvidia"},
      {"nvidia-driver-pinning-615", "615-1ubuntu1", "nvidia"},
  };
  compat::Stack stack = fit(wishes);
  CHECK(stack.driver.value == "580.178.04");
  CHECK(stack.driver.reason == "580.178.04 is the newest of branch 580 in Ubuntu's archive");
  CHECK(names(stack.driver.packages) == "nvidia-driver-580-open=" + ubuntu);
  CHECK(names(stack.fabric_manager.packages) == "nvidia-fabricmanager-580=" + ubuntu);
  CHECK(names(stack.signing.packages) ==
        "linux-modules-nvidia-580-open-generic-hwe-22.04=6.8.0-149.149~22.04.1");

  wishes.branch = "580.159.03";
  stack = fit(wishes);
  CHECK(stack.driver.value == "580.159.03");
  CHECK(names(stack.driver.packages) == "nvidia-driver-580-open=580.159.03-0ubuntu0.22.04.1");

  // What is there and no more serves is not offered.
  for (const std::string branch : {"535", "470"}) {
    wishes.branch = branch;
    CHECK(test::refusal(wishes).nearest == "580");
  }

  // A branch that nobody had seen at NVIDIA's counts once its index has it; a pin that it lacks is no pin.
  wishes.branch = "615";
  wishes.origin = "nvidia";
  wishes.nvswitch = false;
  stack = fit(wishes);
  CHECK(names(stack.driver.packages) == "nvidia-open=615.71.10-1ubuntu1");
  CHECK(names(stack.branch.packages) == "nvidia-driver-pinning-615");
  wishes.branch = "595";
  stack = fit(wishes);
  CHECK(names(stack.driver.packages) == "nvidia-open=595.91.07-1ubuntu1");
  CHECK(stack.branch.packages.empty());
  CHECK(stack.warnings ==
        Texts{"NVIDIA's repository has no nvidia-driver-pinning-595: nothing but rigsetup keeps the "
              "driver at its branch."});

  // 580 by the name that has no branch, which a pin holds.
  wishes.branch = "580.126.16";
  wishes.offers->push_back({"nvidia-open", "580.126.16-1ubuntu1", "nvidia"});
  wishes.offers->push_back({"nvidia-driver-pinning-580.126.16", "580.126.16-1ubuntu1", "nvidia"});
  stack = fit(wishes);
  CHECK(names(stack.branch.packages) == "nvidia-driver-pinning-580.126.16");
  CHECK(names(stack.driver.packages) == "nvidia-open=580.126.16-1ubuntu1");

  // Without the meta for this kernel the modules are built.
  wishes.origin = "ubuntu";
  wishes.branch = "580";
  wishes.kernel_flavour = "generic";
  CHECK(fit(wishes).signing.value == "dkms");
}

TEST_CASE("on Debian NVIDIA's repository counts once its index was read") {
  compat::Wishes wishes = test::bookworm({"2B85"});
  wishes.offers = std::vector<compat::Offer>{
      {"nvidia-driver", "535.261.03-1", "debian"},
      {"nvidia-open", "580.178.04-1", "nvidia"},
      {"nvidia-driver-pinning-580", "580-1", "nvidia"},
  };
  const compat::Stack stack = fit(wishes);
  CHECK(stack.origin.value == "nvidia");
  CHECK(stack.origin.reason == "NVIDIA's repository has branch 580 for Debian 12");
  CHECK(names(stack.driver.packages) == "nvidia-open=580.178.04-1");
  CHECK(names(stack.branch.packages) == "nvidia-driver-pinning-580");
}
