// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/text.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/compat/shipped.hpp"

using namespace rigsetup;
using test::fit;
using test::names;
using Texts = std::vector<std::string>;

namespace {

compat::Wishes only_cuda(std::vector<std::string> gpus, std::vector<std::string> cuda,
                         std::string installed = "") {
  compat::Wishes wishes = test::jammy(std::move(gpus));
  wishes.branch.clear();
  wishes.cuda = std::move(cuda);
  wishes.installed_driver = std::move(installed);
  return wishes;
}

}  // namespace

TEST_CASE("the CUDA that a track means on these GPUs, beside this driver") {
  struct Row {
    Texts gpus;
    std::string driver, track, release, reason;
  };
  const std::string from_12 = " and runs with drivers from 525.60.13 on";
  const std::string from_13 = " and runs with drivers from 580.65.06 on";
  const Row table[] = {
      {{"2684"}, "", "12", "12.9", "CUDA 12.9 is the newest 12 that fits" + from_12},
      {{"2684"}, "", "13", "13.3", "CUDA 13.3 is the newest 13 that fits" + from_13},
      {{"2684"}, "", "latest", "13.3", "CUDA 13.3 is the newest that fits" + from_13},
      {{"2684"}, "", "12.6", "12.6", "CUDA 12.6 was asked for" + from_12},
      {{"2684"}, "", "12.9.1", "12.9", "CUDA 12.9.1 was asked for" + from_12},
      {{"2684"},
       "",
       "11",
       "11.8",
       "CUDA 11.8 is the newest 11 that fits and runs with drivers from 450.80.02 on"},
      {{"1B80"},
       "",
       "12",
       "12.9",
       "CUDA 12.9 is the last that supports the GeForce GTX 1080 (Pascal)" + from_12},
      {{"1B80"},
       "",
       "latest",
       "12.9",
       "CUDA 12.9 is the last that supports the GeForce GTX 1080 (Pascal)" + from_12},
      {{"1DB6", "2684"},
       "",
       "latest",
       "12.9",
       "CUDA 12.9 is the last that supports the Tesla V100 PCIe 32GB (Volta)" + from_12},
      {{"2684"}, "535.309.01", "latest", "12.9", "CUDA 12.9 is the newest that fits" + from_12},
      {{"2684"}, "525.60.13", "12", "12.9", "CUDA 12.9 is the newest 12 that fits" + from_12},
      {{"2684"}, "580.65.06", "13", "13.3", "CUDA 13.3 is the newest 13 that fits" + from_13},
      {{"2684"},
       "470.256.02",
       "latest",
       "11.8",
       "CUDA 11.8 is the newest that fits and runs with drivers from 450.80.02 on"},
      {{"4000"}, "", "12", "12.9", "CUDA 12.9 is the newest 12 that fits" + from_12},
      {{}, "", "13", "13.3", "CUDA 13.3 is the newest 13 that fits" + from_13},
  };
  for (const Row& row : table) {
    INFO(join(row.gpus, " ") << " " << row.driver << " " << row.track);
    const compat::Stack stack = fit(only_cuda(row.gpus, {row.track}, row.driver));
    REQUIRE(stack.cuda.size() == 1);
    CHECK(stack.cuda.front().value == row.release);
    CHECK(stack.cuda.front().reason == row.reason);
    CHECK(stack.branch.value.empty());
    CHECK(stack.driver.packages.empty());
  }
}

TEST_CASE("toolkits are packages without a driver, side by side") {
  compat::Stack stack = fit(only_cuda({"2684"}, {"12.9.1", "11.8", "13"}));
  REQUIRE(stack.cuda.size() == 3);
  CHECK(names(stack.cuda[0].packages) == "cuda-toolkit-12-9=12.9.1-1");
  CHECK(names(stack.cuda[1].packages) == "cuda-toolkit-11-8");
  CHECK(names(stack.cuda[2].packages) == "cuda-toolkit-13-3");
  CHECK(stack.library_repository == "nvidia");

  compat::Wishes wishes = test::bookworm({"2684"});
  wishes.cuda = {"11"};
  stack = fit(wishes);
  CHECK(names(stack.cuda[0].packages) == "nvidia-cuda-toolkit");
  CHECK(stack.library_repository == "debian");
}

TEST_CASE("a toolkit that came with a newer driver runs by NVIDIA's rule, and its limit is said") {
  const compat::Stack stack = fit(only_cuda({"2684"}, {"13.2.1"}, "580.178.04"));
  CHECK(stack.warnings == Texts{"CUDA 13.2 came with driver branch 595: with 580.178.04 its programs run, "
                                "except where they carry only PTX.",
                                "CUDA 13.2.1: cublasLtMatmul gives wrong results with NVFP4 tensor-wide "
                                "scaling (CUDA 13.2 Update 1 release "
                                "notes)."});
}

TEST_CASE("CUDA is what the index has, and a release that is known to be wrong is not chosen unasked") {
  compat::Wishes wishes = only_cuda({"2684"}, {"13"});
  wishes.offers = std::vector<compat::Offer>{
      {"cuda-toolkit-13-2", "13.2.0-1", "nvidia"}, {"cuda-toolkit-13-2", "13.2.1-1", "nvidia"},
      {"cuda-toolkit-12-9", "12.9.0-1", "nvidia"}, {"cuda-toolkit-12-9", "12.9.1-1", "nvidia"},
      {"cuda-toolkit-11-5", "11.5.2-1", "nvidia"},
  };
  CHECK(names(fit(wishes).cuda[0].packages) == "cuda-toolkit-13-2=13.2.0-1");
  wishes.cuda = {"13.2.1"};
  CHECK(names(fit(wishes).cuda[0].packages) == "cuda-toolkit-13-2=13.2.1-1");
  wishes.cuda = {"12.9"};
  CHECK(names(fit(wishes).cuda[0].packages) == "cuda-toolkit-12-9=12.9.1-1");
  wishes.cuda = {"12.9.0"};
  CHECK(names(fit(wishes).cuda[0].packages) == "cuda-toolkit-12-9=12.9.0-1");
  wishes.offers->push_back(
      {"cuda-toolkit-13-4", "13.4.2-1", "nvidia"});  // newer than anybody had seen for 22.04
  wishes.cuda = {"latest"};
  CHECK(names(fit(wishes).cuda[0].packages) == "cuda-toolkit-13-4=13.4.2-1");
}

TEST_CASE("the cuDNN for the GPUs, the CUDA and the driver") {
  struct Row {
    Texts gpus;
    std::string driver;
    Texts cuda;
    std::string track, release, packages, reason;
  };
  const auto triple = [](const std::string& major, const std::string& version) {
    return "libcudnn9-cuda-" + major + "=" + version + " libcudnn9-headers-cuda-" + major + "=" + version +
           " libcudnn9-dev-cuda-" + major + "=" + version;
  };
  const Row table[] = {
      {{"2684"},
       "",
       {"12"},
       "9",
       "9.28.0.42",
       triple("12", "9.28.0.42-1"),
       "cuDNN 9.28.0.42 is the newest for CUDA 12"},
      {{"2684"},
       "",
       {"13"},
       "9",
       "9.28.0.42",
       triple("13", "9.28.0.42-1"),
       "cuDNN 9.28.0.42 is the newest for CUDA 13"},
      {{"2684"},
       "",
       {},
       "latest",
       "9.28.0.42",
       triple("13", "9.28.0.42-1"),
       "cuDNN 9.28.0.42 is the newest for CUDA 13"},
      {{"2684"},
       "535.309.01",
       {},
       "9",
       "9.28.0.42",
       triple("12", "9.28.0.42-1"),
       "cuDNN 9.28.0.42 is the newest for CUDA 12"},
      {{"1DB6"},
       "",
       {"12"},
       "9",
       "9.10.2.21",
       triple("12", "9.10.2.21-1"),
       "cuDNN 9.10.2.21 is the last that supports the Tesla V100 PCIe 32GB (Volta)"},
      {{"1B80"},
       "",
       {},
       "latest",
       "9.10.2.21",
       triple("12", "9.10.2.21-1"),
       "cuDNN 9.10.2.21 is the last that supports the GeForce GTX 1080 (Pascal)"},
      {{"2684"},
       "",
       {"12"},
       "9.10",
       "9.10.2.21",
       triple("12", "9.10.2.21-1"),
       "cuDNN 9.10 was asked for, and is made for CUDA 12"},
      {{"2684"},
       "",
       {"12"},
       "9.19.0.56",
       "9.19.0.56",
       triple("12", "9.19.0.56-1"),
       "cuDNN 9.19.0.56 was asked for, and is made for CUDA 12"},
      {{"2B85"},
       "",
       {"12.8"},
       "9.10.2",
       "9.10.2.21",
       triple("12", "9.10.2.21-1"),
       "cuDNN 9.10.2 was asked for, and is made for CUDA 12"},
      {{"2684"},
       "",
       {"11.8"},
       "9",
       "9.10.2.21",
       triple("11", "9.10.2.21-1"),
       "cuDNN 9.10.2.21 is the newest for CUDA 11"},
      {{"2684"},
       "",
       {"12"},
       "8",
       "8.9.7.29",
       "libcudnn8=8.9.7.29-1+cuda12.* libcudnn8-dev=8.9.7.29-1+cuda12.*",
       "cuDNN 8.9.7.29 is the newest for CUDA 12"},
  };
  for (const Row& row : table) {
    compat::Wishes wishes = only_cuda(row.gpus, row.cuda, row.driver);
    wishes.cudnn = row.track;
    INFO(join(row.gpus, " ") << " " << row.driver << " " << join(row.cuda, " ") << " " << row.track);
    const compat::Stack stack = fit(wishes);
    CHECK(stack.cudnn.value == row.release);
    CHECK(names(stack.cudnn.packages) == row.packages);
    CHECK(stack.cudnn.reason == row.reason);
  }
}

TEST_CASE("cuDNN is what the index has, and for one CUDA major only") {
  compat::Wishes wishes = only_cuda({"2684"}, {"12.9", "13.3"});
  wishes.cudnn = "9";
  const compat::Stack stack = fit(wishes);
  CHECK(names(stack.cudnn.packages).find("cuda-13") == std::string::npos);
  CHECK(stack.warnings ==
        Texts{"cuDNN is installed for CUDA 12 only: its variants for two majors do not go together."});

  wishes.cuda = {"12.9"};
  std::vector<compat::Offer> offers{{"cuda-toolkit-12-9", "12.9.1-1", "nvidia"}};
  for (const std::string version : {"9.10.2.21-1", "9.19.0.56-1", "9.30.0.11-1"}) {
    for (const std::string name :
         {"libcudnn9-cuda-12", "libcudnn9-headers-cuda-12", "libcudnn9-dev-cuda-12"}) {
      offers.push_back({name, version, "nvidia"});
    }
  }
  for (const std::string name : {"libcudnn8", "libcudnn8-dev"}) {
    offers.push_back({name, "8.9.7.29-1+cuda12.2", "nvidia"});
    offers.push_back({name, "8.9.7.29-1+cuda11.8", "nvidia"});
  }
  wishes.offers = offers;
  CHECK(test::fit(wishes).cudnn.value == "9.30.0.11");  // newer than the tables, by the rules of its line
  wishes.gpus = {"1DB6"};
  CHECK(test::fit(wishes).cudnn.value == "9.10.2.21");
  wishes.cudnn = "8";
  CHECK(names(test::fit(wishes).cudnn.packages) ==
        "libcudnn8=8.9.7.29-1+cuda12.2 libcudnn8-dev=8.9.7.29-1+cuda12.2");
}

TEST_CASE("the recipe for deep learning fits each kind of machine as it should") {
  struct Row {
    Texts gpus;
    std::string branch, cuda, cudnn;
  };
  const Row table[] = {
      {{"2684"}, "580", "12.9", "9.28.0.42"}, {{"2B85"}, "580", "12.9", "9.28.0.42"},
      {{"1B80"}, "580", "12.9", "9.10.2.21"}, {{"1DB6"}, "580", "12.9", "9.10.2.21"},
      {{"2335"}, "580", "12.9", "9.28.0.42"}, {{"2684", "1B80"}, "580", "12.9", "9.10.2.21"},
      {{}, "580", "12.9", "9.28.0.42"},
  };
  for (const Row& row : table) {
    compat::Wishes wishes = test::jammy(row.gpus);
    wishes.cuda = {"12"};
    wishes.cudnn = "9";
    INFO(join(row.gpus, " "));
    const compat::Stack stack = fit(wishes);
    CHECK(stack.branch.value == row.branch);
    CHECK(stack.cuda.at(0).value == row.cuda);
    CHECK(stack.cudnn.value == row.cudnn);
  }
}
