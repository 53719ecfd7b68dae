// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <set>

#include <rigsetup/base/text.hpp>
#include <rigsetup/base/version.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/compat/device_lists.hpp"
#include "tests/unit/compat/shipped.hpp"

using namespace rigsetup;
using compat::ModuleRule;
using test::shipped;

namespace {

struct List {
  std::string_view ids;
  std::size_t count;
  ModuleRule rule;
};
const List k_lists[] = {
    {test::k_last_branch_470, 117, ModuleRule::legacy},
    {test::k_last_branch_580, 162, ModuleRule::proprietary_only},
    {test::k_open_or_proprietary, 241, ModuleRule::either},
    {test::k_open_only, 48, ModuleRule::open_only},
};

}  // namespace

TEST_CASE("every device of NVIDIA's lists has the modules that NVIDIA says, a name and an architecture") {
  std::set<std::string> seen;
  for (const List& list : k_lists) {
    const std::vector<std::string> ids = split_words(list.ids);
    CHECK(ids.size() == list.count);
    for (const std::string& id : ids) {
      INFO(id);
      const compat::Device device = shipped().device(id);
      CHECK(device.id == id);
      CHECK(compat::to_string(device.modules) == compat::to_string(list.rule));
      CHECK(device.listed);
      CHECK_FALSE(device.architecture.empty());
      CHECK_FALSE(device.compute.empty());
      CHECK((!device.name.empty() || list.rule == ModuleRule::legacy));
      CHECK(seen.insert(id).second);
    }
  }
}

TEST_CASE("no open-only span or later id is in another of NVIDIA's lists") {
  const std::set<std::string> not_open = [] {
    const std::string all = std::string(test::k_last_branch_470) + std::string(test::k_last_branch_580) +
                            std::string(test::k_open_or_proprietary);
    const std::vector<std::string> ids = split_words(all);
    return std::set<std::string>(ids.begin(), ids.end());
  }();
  for (std::uint32_t id = 0; id <= 0xffff; ++id) {
    char hex[8];
    std::snprintf(hex, sizeof hex, "%04X", id);
    const compat::Device device = shipped().device(hex);
    if (device.modules == ModuleRule::open_only) CHECK_FALSE(not_open.contains(hex));
    if (device.modules == ModuleRule::either) CHECK(not_open.contains(hex));
    if (id >= 0x1e00) CHECK(device.modules != ModuleRule::legacy);
  }
}

TEST_CASE("a driver is chosen for every device of the lists as NVIDIA's installer chooses it") {
  for (const List& list : k_lists) {
    for (const std::string& id : split_words(list.ids)) {
      INFO(id);
      const compat::Wishes wishes = test::jammy({id});
      if (list.rule == ModuleRule::legacy) {
        CHECK_THAT(test::refusal(wishes).reason,
                   Catch::Matchers::Contains("branch 470 is the last that drives it"));
        continue;
      }
      const compat::Stack stack = test::fit(wishes);
      CHECK(stack.branch.value == "580");
      CHECK(stack.modules.value == (list.rule == ModuleRule::proprietary_only ? "proprietary" : "open"));
    }
  }
}

TEST_CASE("what is in no list is judged by where its id lies") {
  struct Row {
    std::string id;
    ModuleRule rule;
    std::string architecture;
  };
  const Row table[] = {
      {"2340", ModuleRule::open_only, "Hopper"},
      {"237F", ModuleRule::open_only, "Hopper"},
      {"2940", ModuleRule::open_only, "Blackwell"},
      {"297F", ModuleRule::open_only, "Blackwell"},
      {"31A1", ModuleRule::open_only, "Blackwell"},
      {"31C0", ModuleRule::open_only, "Blackwell"},
      {"31FF", ModuleRule::open_only, "Blackwell"},
      {"2909", ModuleRule::open_only, "Blackwell"},
      {"2F06", ModuleRule::open_only, "Blackwell"},
      {"1E00", ModuleRule::unlisted, "Turing"},
      {"2691", ModuleRule::unlisted, "Ada"},
      {"4000", ModuleRule::unlisted, ""},
      {"FFFF", ModuleRule::unlisted, ""},
      {"1342", ModuleRule::proprietary_only, "Maxwell"},
      {"1DFF", ModuleRule::proprietary_only, "Volta"},
      {"1AFF", ModuleRule::proprietary_only, ""},
      {"1040", ModuleRule::legacy, ""},
      {"06C0", ModuleRule::legacy, ""},
      {"0020", ModuleRule::legacy, ""},
  };
  for (const Row& row : table) {
    INFO(row.id);
    const compat::Device device = shipped().device(row.id);
    CHECK(compat::to_string(device.modules) == compat::to_string(row.rule));
    CHECK(device.architecture == row.architecture);
  }
}

TEST_CASE("the well-known cards are known by name, architecture and compute capability") {
  struct Row {
    std::string id, name, architecture, compute;
  };
  const Row table[] = {
      {"102D", "Tesla K80", "Kepler", "3.7"},
      {"128B", "GeForce GT 710", "Kepler", "3.5"},
      {"1380", "GeForce GTX 750 Ti", "Maxwell", "5.0"},
      {"13C2", "GeForce GTX 970", "Maxwell", "5.2"},
      {"17C8", "GeForce GTX 980 Ti", "Maxwell", "5.2"},
      {"15F8", "Tesla P100 PCIe 16GB", "Pascal", "6.0"},
      {"1B80", "GeForce GTX 1080", "Pascal", "6.1"},
      {"1B06", "GeForce GTX 1080 Ti", "Pascal", "6.1"},
      {"1C03", "GeForce GTX 1060 6GB", "Pascal", "6.1"},
      {"1B38", "Tesla P40", "Pascal", "6.1"},
      {"1DB6", "Tesla V100 PCIe 32GB", "Volta", "7.0"},
      {"1DB1", "Tesla V100 SXM2 16GB", "Volta", "7.0"},
      {"1D81", "TITAN V", "Volta", "7.0"},
      {"1E04", "GeForce RTX 2080 Ti", "Turing", "7.5"},
      {"1EB8", "Tesla T4", "Turing", "7.5"},
      {"2184", "GeForce GTX 1660", "Turing", "7.5"},
      {"20B0", "A100 SXM4 40GB", "Ampere", "8.0"},
      {"20B2", "A100 SXM4 80GB", "Ampere", "8.0"},
      {"20B5", "A100 PCIe 80GB", "Ampere", "8.0"},
      {"2204", "GeForce RTX 3090", "Ampere", "8.6"},
      {"2236", "A10", "Ampere", "8.6"},
      {"2235", "A40", "Ampere", "8.6"},
      {"2330", "H100 SXM5 80GB", "Hopper", "9.0"},
      {"2331", "H100 PCIe", "Hopper", "9.0"},
      {"2335", "H200 SXM 141GB", "Hopper", "9.0"},
      {"2342", "GH200", "Hopper", "9.0"},
      {"2684", "GeForce RTX 4090", "Ada", "8.9"},
      {"2704", "GeForce RTX 4080", "Ada", "8.9"},
      {"2782", "GeForce RTX 4070 Ti", "Ada", "8.9"},
      {"26B9", "L40S", "Ada", "8.9"},
      {"27B8", "L4", "Ada", "8.9"},
      {"26B1", "RTX 6000 Ada Generation", "Ada", "8.9"},
      {"2901", "B200", "Blackwell", "10.0"},
      {"2941", "GB200", "Blackwell", "10.0"},
      {"3182", "B300", "Blackwell", "10.3"},
      {"31C2", "GB300", "Blackwell", "10.3"},
      {"2B85", "GeForce RTX 5090", "Blackwell", "12.0"},
      {"2C02", "GeForce RTX 5080", "Blackwell", "12.0"},
      {"2F04", "GeForce RTX 5070", "Blackwell", "12.0"},
      {"2D83", "GeForce RTX 5050", "Blackwell", "12.0"},
      {"2BB1", "RTX PRO 6000 Blackwell Workstation Edition", "Blackwell", "12.0"},
      {"2BB5", "RTX PRO 6000 Blackwell Server Edition", "Blackwell", "12.0"},
      {"2E12", "GB10", "Blackwell", "12.1"},
  };
  for (const Row& row : table) {
    INFO(row.id);
    const compat::Device device = shipped().device(row.id);
    CHECK(device.name == row.name);
    CHECK(device.architecture == row.architecture);
    CHECK(device.compute == row.compute);
  }
}

TEST_CASE("a device is named so that a person knows it; what is no id is none") {
  CHECK(shipped().device("2684").text() == "the GeForce RTX 4090 (Ada)");
  CHECK(shipped().device("0x1b80").text() == "the GeForce GTX 1080 (Pascal)");
  CHECK(shipped().device("4000").text() == "the GPU 10de:4000");
  for (const std::string text : {"", "0x", "2684 ", "12684", "xyz", "-1"}) {
    INFO(text);
    CHECK_FALSE(compat::device_number(text).has_value());
    CHECK(shipped().device(text).modules == ModuleRule::unlisted);
  }
}
