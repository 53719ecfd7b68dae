// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/catch.hpp"
#include "tests/unit/compat/shipped.hpp"

using namespace rigsetup;
using compat::Wishes;

namespace {

/// A machine with something changed.
Wishes with(Wishes wishes, void (*change)(Wishes&)) {
  change(wishes);
  return wishes;
}

struct Row {
  Wishes wishes;
  std::string wish, nearest, text;
};

void check(const std::vector<Row>& table) {
  for (const Row& row : table) {
    INFO(row.text);
    const compat::Refusal refused = test::refusal(row.wishes);
    CHECK(refused.wish == row.wish);
    CHECK(refused.nearest == row.nearest);
    CHECK(refused.text() == row.text);
  }
}

}  // namespace

TEST_CASE("GPUs that no driver runs are refused") {
  check({
      {test::jammy({"1DB6", "2901"}), "gpus", "",
       "no driver runs the Tesla V100 PCIe 32GB (Volta) and the B200 (Blackwell) together: the one needs "
       "proprietary "
       "modules, the other open ones (take one of the two out of the machine)"},
      {test::jammy({"1B80", "2684", "4000"}), "gpus", "",
       "no driver runs the GeForce GTX 1080 (Pascal) and the GPU 10de:4000 together: the one needs "
       "proprietary modules, "
       "the other open ones (take one of the two out of the machine)"},
      {test::jammy({"102D"}), "gpus", "",
       "the Tesla K80 (Kepler) has no driver that rigsetup installs: branch 470 is the last that drives it "
       "(remove the "
       "steps for its driver, or put in a GPU of Maxwell or later)"},
      {test::jammy({"06C0"}), "gpus", "",
       "the GPU 10de:06C0 has no driver that rigsetup installs: it is older than any driver with CUDA 12 "
       "(remove the "
       "steps for its driver, or put in a GPU of Maxwell or later)"},
  });
}

TEST_CASE("a machine without tables is refused") {
  check({
      {with(test::jammy({}), [](Wishes& w) { w.platform = "ubuntu-22.10"; }), "platform", "ubuntu-22.04",
       "no table says what the NVIDIA packages of ubuntu-22.10 are called (there are tables for debian-12, "
       "debian-13, "
       "ubuntu-22.04 and ubuntu-24.04)"},
      {with(test::jammy({}), [](Wishes& w) { w.platform = "fedora-43"; }), "platform", "",
       "no table says what the NVIDIA packages of fedora-43 are called (there are tables for debian-12, "
       "debian-13, "
       "ubuntu-22.04 and ubuntu-24.04)"},
      {with(test::jammy({}), [](Wishes& w) { w.architecture = "arm64"; }), "architecture", "",
       "the tables of Ubuntu 22.04 are for amd64, and this machine is arm64 (the NVIDIA stack has to be "
       "installed by "
       "hand here)"},
  });
}

TEST_CASE("branches that do not fit are refused with the one that does") {
  const std::string choice =
      "Ubuntu's archive has 595 and 580; NVIDIA's repository has 610, 595, 590, 580, 575 and 570";
  check({
      {with(test::jammy({"1B80"}), [](Wishes& w) { w.branch = "595"; }), "branch", "580",
       "branch 595 does not drive the GeForce GTX 1080 (Pascal): 580 is the last that does (write \"580\")"},
      {with(test::jammy({"1DB6"}), [](Wishes& w) { w.branch = "615.71.10"; }), "branch", "580",
       "branch 615 does not drive the Tesla V100 PCIe 32GB (Volta): 580 is the last that does (write "
       "\"580\")"},
      {with(test::jammy({"1B80"}), [](Wishes& w) { w.branch = "production"; }), "branch", "580",
       "Ubuntu 22.04 has no production branch that drives the GeForce GTX 1080 (Pascal), for which 580 is "
       "the last: " +
           choice + " (write \"580\")"},
      {with(test::jammy({"2B85"}), [](Wishes& w) { w.branch = "565"; }), "branch", "580",
       "branch 565 does not drive the GeForce RTX 5090 (Blackwell): 570 is the first that does (write "
       "\"580\")"},
      {with(test::jammy({"3182"}), [](Wishes& w) { w.branch = "575"; }), "branch", "580",
       "branch 575 does not drive the B300 (Blackwell): 580 is the first that does (write \"580\")"},
      {with(test::jammy({"2684"}), [](Wishes& w) { w.branch = "535"; }), "branch", "580",
       "in Ubuntu's archive the packages of branch 535 only lead to branch 580 (write \"580\")"},
      {with(test::noble({"2684"}),
            [](Wishes& w) {
              w.branch = "590";
              w.origin = "ubuntu";
            }),
       "branch", "580",
       "in Ubuntu's archive the packages of branch 590 only lead to branch 595 (write \"580\")"},
      {with(test::jammy({"2684"}), [](Wishes& w) { w.branch = "recomended"; }), "branch", "580",
       "no table knows a branch \"recomended\" (did you mean \"recommended\"?)"},
      {with(test::jammy({"2684"}), [](Wishes& w) { w.branch = "9999"; }), "branch", "580",
       "no table knows a branch \"9999\" (write a number of three digits, a full version, or one of: lts, "
       "new-feature, "
       "production, recommended)"},
      {with(test::bookworm({"2684"}), [](Wishes& w) { w.branch = "580"; }), "branch", "535",
       "Debian 12 has no branch 580: Debian's archive has 535; NVIDIA's repository has none that is known "
       "(NVIDIA's "
       "repository may have it: its index was not read yet)"},
      {test::bookworm({"2B85"}), "branch", "",
       "Debian 12 has no branch that drives the GeForce RTX 5090 (Blackwell), for which 570 is the first: "
       "Debian's "
       "archive has 535; NVIDIA's repository has none that is known (NVIDIA's repository may have it: its "
       "index was not "
       "read yet)"},
      {with(test::jammy({"2684"}),
            [](Wishes& w) {
              w.branch = "580.1.1";
              w.offers = std::vector<compat::Offer>{
                  {"nvidia-driver-580-open", "580.178.04-0ubuntu0.22.04.1", "ubuntu"}};
            }),
       "branch", "580",
       "Ubuntu 22.04 has no 580.1.1: Ubuntu's archive has 580; NVIDIA's repository has none that is known "
       "(write "
       "\"580\")"},
      {with(test::jammy({"2684"}), [](Wishes& w) { w.origin = "debian"; }), "origin", "ubuntu",
       "Ubuntu 22.04 has no drivers from \"debian\" (it has them from: ubuntu, nvidia)"},
  });
}

TEST_CASE("modules that do not fit are refused") {
  check({
      {with(test::jammy({"13C2"}), [](Wishes& w) { w.modules = "open"; }), "modules", "proprietary",
       "open modules cannot drive the GeForce GTX 970 (Maxwell): it lacks the GSP processor that they need "
       "(write "
       "\"proprietary\" or \"auto\")"},
      {with(test::jammy({"2684", "1DB6"}), [](Wishes& w) { w.modules = "open"; }), "modules", "proprietary",
       "open modules cannot drive the Tesla V100 PCIe 32GB (Volta): it lacks the GSP processor that they "
       "need (write "
       "\"proprietary\" or \"auto\")"},
      {with(test::jammy({"2B85"}), [](Wishes& w) { w.modules = "proprietary"; }), "modules", "open",
       "proprietary modules cannot drive the GeForce RTX 5090 (Blackwell): NVIDIA has only open ones for it "
       "(write "
       "\"open\" or \"auto\")"},
      {with(test::jammy({"2342"}), [](Wishes& w) { w.modules = "proprietary"; }), "modules", "open",
       "proprietary modules cannot drive the GH200 (Hopper): NVIDIA has only open ones for it (write "
       "\"open\" or "
       "\"auto\")"},
      {with(test::jammy({"2684"}),
            [](Wishes& w) {
              w.modules = "proprietary";
              w.branch = "615";
            }),
       "modules", "open",
       "Ubuntu's archive has branch 615 with open modules only (write \"open\", or an older branch)"},
      {with(test::jammy({"2684"}), [](Wishes& w) { w.modules = "closed"; }), "modules", "auto",
       "there are no \"closed\" modules (write \"auto\", \"open\" or \"proprietary\")"},
  });
}

TEST_CASE("with Secure Boot on and nobody at the console only signed modules will do") {
  check({
      {with(test::jammy({"2684"}),
            [](Wishes& w) {
              w.secure_boot = true;
              w.enrolment = false;
              w.origin = "nvidia";
            }),
       "origin", "ubuntu",
       "Secure Boot is on, NVIDIA's repository has no signed modules for generic-hwe-22.04 kernels, and "
       "nobody can enrol a key (write \"ubuntu\": it has modules that are signed already)"},
      {with(test::bookworm({"2684"}),
            [](Wishes& w) {
              w.secure_boot = true;
              w.enrolment = false;
            }),
       "origin", "",
       "Secure Boot is on, Debian's archive has no signed modules for amd64 kernels, and nobody can enrol a "
       "key (boot a kernel that there are signed modules for, or turn Secure Boot off)"},
  });
}

TEST_CASE("toolkits that do not fit are refused with the nearest that does") {
  check({
      {with(test::jammy({"1B80"}), [](Wishes& w) { w.cuda = {"13"}; }), "cuda", "12.9",
       "CUDA 13 does not support the GeForce GTX 1080 (Pascal): 12.9 is the last release that does (write "
       "\"12.9\")"},
      {with(test::jammy({"2684", "1DB6"}),
            [](Wishes& w) {
              w.cuda = {"12", "13.0"};
            }),
       "cuda", "12.9",
       "CUDA 13.0 does not support the Tesla V100 PCIe 32GB (Volta): 12.9 is the last release that does "
       "(write "
       "\"12.9\")"},
      {with(test::jammy({"2B85"}), [](Wishes& w) { w.cuda = {"12.4"}; }), "cuda", "12.8",
       "CUDA 12.4 does not support the GeForce RTX 5090 (Blackwell): 12.8 is the first release that does "
       "(write "
       "\"12.8\")"},
      {with(test::jammy({"2684"}),
            [](Wishes& w) {
              w.branch = "";
              w.installed_driver = "535.309.01";
              w.cuda = {"13"};
            }),
       "cuda", "12.9",
       "CUDA 13 needs driver 580.65.06 or newer, and 535.309.01 is installed (write \"12.9\", or take driver "
       "branch "
       "580)"},
      {with(test::jammy({"2684"}),
            [](Wishes& w) {
              w.branch = "";
              w.installed_driver = "470.256.02";
              w.cuda = {"12.9"};
            }),
       "cuda", "11.8",
       "CUDA 12.9 needs driver 525.60.13 or newer, and 470.256.02 is installed (write \"11.8\", or take "
       "driver branch "
       "525)"},
      {with(test::jammy({"2684"}),
            [](Wishes& w) {
              w.branch = "575";
              w.origin = "nvidia";
              w.cuda = {"13.3"};
            }),
       "cuda", "12.9",
       "CUDA 13.3 needs driver 580.65.06 or newer, and 575.64.03 is what the driver's step takes (write "
       "\"12.9\", or take "
       "driver branch 580)"},
      {with(test::bookworm({"2684"}), [](Wishes& w) { w.cuda = {"13"}; }), "cuda", "11.8",
       "CUDA 13 needs driver 580.65.06 or newer, and 535.309.01 is what the driver's step takes (write "
       "\"11.8\", or take "
       "driver branch 580)"},
      {with(test::bookworm({"2684"}), [](Wishes& w) { w.cuda = {"12"}; }), "cuda", "11.8",
       "CUDA 12 is not known to be packaged for Debian 12 (write \"11.8\")"},
      {with(test::jammy({"2684"}), [](Wishes& w) { w.cuda = {"13.4"}; }), "cuda", "13.3",
       "CUDA 13.4 is not known to be packaged for Ubuntu 22.04 (write \"13.3\")"},
      {with(test::jammy({"2684"}), [](Wishes& w) { w.cuda = {"12.7"}; }), "cuda", "12.6",
       "no table knows CUDA 12.7 (write \"12.6\")"},
      {with(test::jammy({"2684"}), [](Wishes& w) { w.cuda = {"14"}; }), "cuda", "13.3",
       "no table knows CUDA 14 (write \"13.3\")"},
      {with(test::jammy({"2684"}), [](Wishes& w) { w.cuda = {"twelve"}; }), "cuda", "13.3",
       "no table knows CUDA twelve (write \"13.3\")"},
      {with(test::jammy({"2684"}),
            [](Wishes& w) {
              w.branch = "";
              w.cuda = {"13"};
              w.offers = std::vector<compat::Offer>{{"cuda-toolkit-12-6", "12.6.3-1", "nvidia"}};
            }),
       "cuda", "12.6", "CUDA 13 is not known to be packaged for Ubuntu 22.04 (write \"12.6\")"},
  });
}

TEST_CASE("cuDNN that does not fit is refused with the nearest that does") {
  check({
      {with(test::jammy({"1DB6"}),
            [](Wishes& w) {
              w.cuda = {"12"};
              w.cudnn = "9.26";
            }),
       "cudnn", "9.10.2",
       "cuDNN 9.26 does not support the Tesla V100 PCIe 32GB (Volta): 9.10.2 is the last that does (write "
       "\"9.10.2\")"},
      {with(test::jammy({"2684"}),
            [](Wishes& w) {
              w.cuda = {"13"};
              w.cudnn = "9.10";
            }),
       "cudnn", "9.28.0", "cuDNN 9.10 is not made for CUDA 13 (write \"9.28.0\")"},
      {with(test::jammy({"2684"}),
            [](Wishes& w) {
              w.cuda = {"11.8"};
              w.cudnn = "9.28";
            }),
       "cudnn", "9.10.2", "cuDNN 9.28 is not made for CUDA 11 (write \"9.10.2\")"},
      {with(test::jammy({"2B85"}),
            [](Wishes& w) {
              w.cuda = {"12.8"};
              w.cudnn = "8";
            }),
       "cudnn", "9.28.0", "cuDNN 8 does not support the GeForce RTX 5090 (Blackwell) (write \"9.28.0\")"},
      {with(test::jammy({"2684"}),
            [](Wishes& w) {
              w.cuda = {"12"};
              w.cudnn = "nine";
            }),
       "cudnn", "9.28.0", "no table knows cuDNN nine (write \"9.28.0\")"},
      {with(test::bookworm({"2684"}),
            [](Wishes& w) {
              w.cuda = {"11.8"};
              w.cudnn = "9.10";
            }),
       "cudnn", "", "cuDNN 9.10 for CUDA 11 is not known to be packaged for Debian 12"},
  });
}
