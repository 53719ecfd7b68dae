// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// What a driver step comes to on the described machines of tests/rigs, with the shipped tables.

#include <algorithm>
#include <filesystem>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/plan/plan.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_programs.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using Texts = std::vector<std::string>;

namespace {

/// A copy of a described machine, which a test describes further.
class Machine {
 public:
  explicit Machine(const std::string& rig) {
    std::filesystem::copy(
        std::filesystem::path(RIGSETUP_SOURCE_DIR "/tests/rigs") / rig, folder_.path(),
        std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
  }

  void file(const std::filesystem::path& path, std::string_view bytes) const {
    tree_.make_directories(path.parent_path());
    tree_.write(path, bytes);
  }
  void installed(const std::string& package, const std::string& version,
                 const std::string& maintainer = "cudatools <cudatools@nvidia.com>") const {
    const char* status = "/var/lib/dpkg/status";
    tree_.write(status, tree_.read(status).value_or("") +
                            format("\nPackage: {}\nStatus: install ok installed\nArchitecture: "
                                   "amd64\nMaintainer: {}\nVersion: {}\n",
                                   package, maintainer, version));
  }
  void flavour(const std::string& name) const {
    std::string status = tree_.read("/var/lib/dpkg/status").value();
    const std::string before = "Package: linux-image-generic\n";
    const std::size_t at = status.find(before);
    REQUIRE(at != std::string::npos);
    tree_.write("/var/lib/dpkg/status",
                status.replace(at, before.size(), format("Package: linux-image-{}\n", name)));
  }

  BuiltRecipe read(const std::string& steps) {
    Complaints complaints;
    auto recipe = read(steps, complaints);
    for (const auto& complaint : complaints) UNSCOPED_INFO(complaint.text());
    REQUIRE(complaints.empty());
    return recipe;
  }
  std::string complaints(const std::string& steps) {
    Complaints complaints;
    read(steps, complaints);
    std::string lines;
    for (const auto& complaint : complaints) lines += complaint.text() + "\n";
    return lines;
  }
  std::string choice(const BuiltRecipe& recipe, const std::string& id = "nvidia_driver") {
    for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
      if (recipe.recipe.steps[i].id != id) continue;
      return std::get<AsWanted>(recipe.steps[i].resource->inspect(host(), {})).have;
    }
    return "";
  }
  std::vector<Consent> consents(const BuiltRecipe& recipe) {
    std::vector<Consent> all;
    for (const BuiltStep& step : recipe.steps) {
      if (!step.resource) continue;
      for (Consent& consent : step.resource->consents(host())) all.push_back(std::move(consent));
    }
    return all;
  }

 private:
  Host host() { return {tree_, programs_, clock_, &tree_, true}; }
  BuiltRecipe read(const std::string& steps, Complaints& complaints) {
    const auto look = [&] {
      auto around = surroundings_of(
          host(), {RIGSETUP_SOURCE_DIR "/recipes/compat", RIGSETUP_SOURCE_DIR "/recipes/platforms"});
      around.today = "2026-11-26";
      return around;
    };
    std::string text = "rigsetup: 1\nname: test\nsteps:\n";
    for (const auto& line : split_lines(steps)) text += "  " + line + "\n";
    return read_recipe({"recipe.yaml", text, {}}, look, complaints);
  }

  test::TemporaryFolder folder_;
  Tree tree_{folder_.path()};
  test::FakePrograms programs_;
  test::FakeClock clock_;
};

const Fields& part(const BuiltRecipe& recipe, const std::string& id) {
  for (const Step& step : recipe.recipe.steps) {
    if (step.id == id) return step.fields;
  }
  FAIL("there is no part " << id);
  return recipe.recipe.steps.front().fields;
}

Texts ids(const BuiltRecipe& recipe) {
  Texts ids;
  for (const Step& step : recipe.recipe.steps) ids.push_back(step.id);
  return ids;
}

bool has_part(const BuiltRecipe& recipe, const std::string& id) {
  const Texts all = ids(recipe);
  return std::find(all.begin(), all.end(), id) != all.end();
}

Texts packages(const BuiltRecipe& recipe) { return part(recipe, "nvidia_driver.packages").texts("packages"); }
std::string pins(const BuiltRecipe& recipe) { return part(recipe, "nvidia.one-origin").text("content"); }

const std::string k_recommended = "- nvidia_driver: {branch: recommended}\n";
const std::string k_stack =
    k_recommended + "- cuda_toolkit: {version: \"12\"}\n- cudnn: {version: \"9\"}\n- libcuda:\n";

}  // namespace

TEST_CASE("a driver comes to one origin, no nouveau, packages with modules, services and a proof") {
  Machine machine("rtx4090-jammy");
  const auto recipe = machine.read(k_recommended);
  CHECK(ids(recipe) == Texts{"nvidia.one-origin", "nvidia_driver.nouveau", "nvidia_driver.persistence",
                             "nvidia_driver.packages", "nvidia_driver.modules", "nvidia_driver.loaded",
                             "nvidia_driver.persistenced", "nvidia_driver.answers", "nvidia_driver"});
  CHECK_THAT(part(recipe, "nvidia_driver.nouveau").text("content"), Contains("blacklist nouveau"));
  CHECK_THAT(part(recipe, "nvidia_driver.persistence").text("content"), Contains("--persistence-mode"));
  CHECK(recipe.notes.empty());
  CHECK(machine.consents(recipe).empty());
  CHECK(machine.choice(recipe) ==
        "driver 580 with open modules: branch 580 is NVIDIA's long-term one and gets fixes until June 2028; "
        "Ubuntu's archive has the driver with modules that it built and signed itself; open modules are "
        "NVIDIA's default for the GeForce RTX 4090 (Ada); Ubuntu's archive has signed modules for generic "
        "kernels: no compiler, no enrolment; headless packages, as there is no desktop");
}

TEST_CASE("the driver's packages on each machine") {
  struct Row {
    std::string rig;
    Texts packages;
  };
  const Texts open = {"nvidia-headless-no-dkms-580-server-open", "nvidia-utils-580-server"};
  const Texts closed = {"nvidia-headless-no-dkms-580-server", "nvidia-utils-580-server"};
  const auto with = [](Texts names, const std::string& more) {
    names.push_back(more);
    return names;
  };
  const Row table[] = {
      {"rtx4090-jammy", with(open, "linux-modules-nvidia-580-server-open-generic")},
      {"rtx4090-jammy-hwe", with(open, "linux-modules-nvidia-580-server-open-generic-hwe-22.04")},
      {"rtx4090-jammy-secureboot", with(open, "linux-modules-nvidia-580-server-open-generic")},
      {"rtx5090-jammy", with(open, "linux-modules-nvidia-580-server-open-generic-hwe-22.04")},
      {"gtx1080-jammy", with(closed, "linux-modules-nvidia-580-server-generic")},
      {"v100-jammy", with(closed, "linux-modules-nvidia-580-server-generic")},
      {"bookworm-rtx4090", {"nvidia-kernel-dkms", "libcuda1", "nvidia-smi", "nvidia-persistenced"}},
      // What is installed stays, by the names that it has.
      {"two-gpus-jammy", {"nvidia-driver-580-open", "linux-modules-nvidia-580-open-generic-hwe-22.04"}},
      {"laptop-hybrid-jammy", {"nvidia-driver-580-open", "linux-modules-nvidia-580-open-generic-hwe-22.04"}},
      {"h200-jammy", {"nvidia-open-580", "nvidia-fabricmanager"}},
  };
  for (const Row& row : table) {
    INFO(row.rig);
    Machine machine(row.rig);
    const auto recipe = machine.read(k_recommended);
    CHECK(packages(recipe) == row.packages);
    CHECK_FALSE(part(recipe, "nvidia_driver.packages").has("replaces"));
    CHECK_FALSE(part(recipe, "nvidia_driver.packages").has("absent"));
  }
}

TEST_CASE("a desktop gets what shows pictures, and the step has the last word") {
  Machine machine("rtx4090-jammy");
  machine.installed("gdm3", "42.0-1ubuntu7", "Ubuntu Developers <ubuntu-devel-discuss@lists.ubuntu.com>");
  const auto recipe = machine.read(k_recommended);
  CHECK(packages(recipe) == Texts{"nvidia-driver-580-open", "linux-modules-nvidia-580-open-generic"});
  CHECK(part(recipe, "nvidia_driver.packages").boolean("recommends"));
  CHECK_THAT(machine.choice(recipe), Contains("desktop packages, as there is gdm3"));
  const auto headless = machine.read("- nvidia_driver: {headless: true}\n");
  CHECK(packages(headless).front() == "nvidia-headless-no-dkms-580-server-open");
  CHECK_FALSE(part(headless, "nvidia_driver.packages").boolean("recommends"));
}

TEST_CASE("where nobody has signed modules DKMS builds them, with what it needs there before") {
  Machine machine("rtx4090-jammy-secureboot");
  const auto recipe = machine.read("- nvidia_driver: {origin: nvidia}\n");
  const Texts all = ids(recipe);
  const auto at = [&](const std::string& id) { return std::find(all.begin(), all.end(), id); };
  CHECK(part(recipe, "nvidia_driver.pinning").texts("packages") == Texts{"nvidia-driver-pinning-580"});
  CHECK(part(recipe, "nvidia_driver.build").texts("packages") ==
        Texts{"linux-headers-generic", "dkms", "gcc-11", "mokutil"});
  CHECK(has_part(recipe, "nvidia_driver.enrolment"));
  CHECK(part(recipe, "nvidia_driver.modules").text("modules") == "open");
  CHECK_FALSE(part(recipe, "nvidia_driver.modules").has("version"));
  CHECK(machine.consents(recipe) ==
        std::vector<Consent>{
            {"enrol", "would have a key enrolled: the kernel then takes every module that it signed"}});
  CHECK(packages(recipe) == Texts{"nvidia-open-580"});
  CHECK(at("nvidia_driver.pinning") < at("nvidia_driver.nouveau"));
  CHECK(at("nvidia_driver.nouveau") < at("nvidia_driver.packages"));
  CHECK_FALSE(has_part(recipe, "nvidia_driver.persistence"));  // its own unit has persistence
  REQUIRE(recipe.notes.size() == 1);
  CHECK_THAT(recipe.notes[0], Contains("Enroll MOK") && Contains("Somebody has to be"));

  Machine hwe("rtx4090-jammy-hwe");
  const auto other = hwe.read("- nvidia_driver: {origin: nvidia}\n");
  CHECK(part(other, "nvidia_driver.build").texts("packages") ==
        Texts{"linux-headers-generic-hwe-22.04", "dkms", "gcc-12"});
  CHECK(other.notes.empty());
  CHECK_FALSE(has_part(other, "nvidia_driver.enrolment"));

  Machine oem("rtx4090-jammy-secureboot");
  oem.flavour("oem-22.04");
  const auto unsigned_modules = oem.read(k_recommended);
  CHECK(packages(unsigned_modules).back() == "nvidia-dkms-580-server-open");
  CHECK(part(unsigned_modules, "nvidia_driver.build").texts("packages").front() == "linux-headers-oem-22.04");
  CHECK(unsigned_modules.notes.size() == 1);
}

TEST_CASE("the pinning packages and the packages themselves are there before the driver's") {
  Machine machine("rtx4090-jammy");
  const auto recipe = machine.read("- nvidia_driver: {origin: nvidia}\n");
  const auto edges = needs_of(recipe);
  const Texts all = ids(recipe);
  const auto needs = [&](const std::string& id, const std::string& other) {
    const auto& of = edges[static_cast<std::size_t>(std::find(all.begin(), all.end(), id) - all.begin())];
    return std::find(of.begin(), of.end(), other) != of.end();
  };
  CHECK(needs("nvidia_driver.nouveau", "nvidia_driver.pinning"));
  CHECK(needs("nvidia_driver.nouveau", "nvidia_driver.build"));
  CHECK(needs("nvidia_driver.packages", "nvidia_driver.nouveau"));
}

TEST_CASE("what needs the driver loaded holds up checks, not the toolkit") {
  Machine machine("rtx4090-jammy");
  const auto recipe = machine.read(k_stack + "- id: mine\n  file: {path: /etc/mine, content: x}\n");
  const auto edges = needs_of(recipe);
  const Texts all = ids(recipe);
  const auto needs = [&](const std::string& id) {
    const auto& of = edges[static_cast<std::size_t>(std::find(all.begin(), all.end(), id) - all.begin())];
    return std::find(of.begin(), of.end(), "nvidia_driver.loaded") != of.end();
  };
  CHECK_FALSE(needs("cuda_toolkit.default"));
  CHECK_FALSE(needs("cudnn.packages"));
  CHECK(needs("cuda_toolkit.compiles"));
  CHECK(needs("cudnn.loads"));
  CHECK(needs("libcuda"));
  CHECK(needs("mine"));
}

TEST_CASE("apt keeps the driver at its version, and leaves everything else alone") {
  Machine machine("two-gpus-jammy");
  const std::string kept = pins(machine.read(k_recommended));
  CHECK_THAT(kept, Contains("Pin: version 580.159.03-*\nPin-Priority: 1001\n"));
  CHECK_THAT(kept, Contains("Pin: release l=NVIDIA CUDA\nPin-Priority: -1\n"));
  // Of several records for a version apt takes the first.
  CHECK(kept.find("Pin: release l=NVIDIA CUDA") < kept.find("Pin: version"));
  const std::string own = kept.substr(kept.find("# Its packages move together"));
  for (const char* other :
       {"linux-modules", "nvidia-prime", "nvidia-settings", "nvidia-modprobe", "libnvidia-egl-w"}) {
    CHECK_THAT(own.substr(0, own.find("Pin-Priority: 1001")), !Contains(other));
  }
  Machine fresh("rtx4090-jammy");
  CHECK_THAT(pins(fresh.read(k_recommended)), Contains("Pin: version 580.*\n"));
  const auto exact = fresh.read("- nvidia_driver: {branch: 580.126.16, origin: nvidia}\n");
  CHECK_THAT(pins(exact), Contains("Pin: version 580.126.16-*\n") && Contains("Pin: release o=Ubuntu\n"));
  CHECK(part(exact, "nvidia_driver.pinning").texts("packages") == Texts{"nvidia-driver-pinning-580.126.16"});
  CHECK(packages(exact) == Texts{"nvidia-open-580=580.126.16-*"});
  const auto newer = fresh.read("- nvidia_driver: {branch: \"595\", origin: nvidia}\n");
  CHECK(packages(newer) == Texts{"nvidia-open"});
  CHECK_THAT(pins(newer), Contains("Pin: version 595.*\n"));
  // Without a driver step the driver is not rigsetup's.
  CHECK_THAT(pins(machine.read("- cuda_toolkit: {version: \"12\"}\n")), !Contains("Pin: version"));
}

TEST_CASE("what is installed and within the track stays, and says so") {
  Machine machine("two-gpus-jammy");
  CHECK(machine.choice(machine.read(k_recommended)) ==
        "driver 580.159.03 with open modules is installed, and \"recommended\" keeps it");
  CHECK(part(machine.read(k_recommended), "nvidia_driver.modules").text("version") == "580.159.03");
  CHECK_THAT(machine.choice(machine.read("- nvidia_driver: {branch: lts}\n")), Contains("\"lts\" keeps it"));
  CHECK_THAT(machine.choice(machine.read("- nvidia_driver: {branch: \"580\"}\n")),
             Contains("\"580\" keeps it"));
  CHECK_THAT(machine.choice(machine.read("- nvidia_driver: {branch: production}\n")),
             StartsWith("driver 595 "));
  CHECK_THAT(machine.choice(machine.read("- nvidia_driver: {modules: proprietary}\n")),
             StartsWith("driver 580 with proprietary modules"));
  CHECK_THAT(machine.choice(machine.read("- nvidia_driver: {headless: true}\n")),
             StartsWith("driver 580 with"));
}

TEST_CASE("an installed driver that does not fit the recipe moves") {
  Machine machine("rtx4090-jammy");
  machine.installed("nvidia-open-570", "570.211.01-0ubuntu1");
  machine.installed("libnvidia-compute-570", "570.211.01-0ubuntu1");
  CHECK_THAT(machine.choice(machine.read(k_stack)),
             StartsWith("driver 570.211.01 with open modules is installed"));
  const auto recipe = machine.read(k_recommended + "- cuda_toolkit: {version: \"13\"}\n");
  CHECK_THAT(machine.choice(recipe), StartsWith("driver 580 "));
  CHECK(packages(recipe) == Texts{"nvidia-open-580"});  // from where it came before
  CHECK(part(recipe, "nvidia_driver.packages").texts("replaces") ==
        Texts{"nvidia-open-570", "libnvidia-compute-570"});
  // A branch that was asked for by its number does not: then it is the toolkit that cannot be.
  CHECK_THAT(machine.complaints("- nvidia_driver: {branch: \"570\"}\n- cuda_toolkit: {version: \"13\"}\n"),
             StartsWith("recipe.yaml:5:") && Contains("580"));
}

TEST_CASE("another origin takes the driver over, with a word for it") {
  Machine machine("two-gpus-jammy");
  const auto recipe = machine.read("- nvidia_driver: {origin: nvidia}\n");
  CHECK(packages(recipe) == Texts{"nvidia-open-580"});
  // What has the same name there changes its version only.
  CHECK(part(recipe, "nvidia_driver.packages").texts("replaces") ==
        Texts{"linux-modules-nvidia-580-open-generic-hwe-22.04"});
  REQUIRE(machine.consents(recipe).size() == 1);
  CHECK(machine.consents(recipe)[0].word == "replace");
  CHECK_THAT(machine.consents(recipe)[0].text,
             StartsWith("would remove linux-modules-nvidia-580-open-generic-hwe-22.04 "));
  CHECK_THAT(join(recipe.notes, "\n"), Contains("two origins do not mix"));
  const auto newer = machine.read("- nvidia_driver: {origin: nvidia, branch: \"595\"}\n");
  CHECK(part(newer, "nvidia_driver.packages").texts("replaces") ==
        Texts{"libnvidia-compute-580", "nvidia-driver-580-open",
              "linux-modules-nvidia-580-open-generic-hwe-22.04"});

  Machine back("h200-jammy");
  const auto ubuntu = back.read("- nvidia_driver: {origin: ubuntu, headless: false}\n");
  CHECK(packages(ubuntu).front() == "nvidia-driver-580-open");
  CHECK(part(ubuntu, "nvidia_driver.packages").texts("replaces") == Texts{"nvidia-open-580"});
  CHECK(back.consents(ubuntu).front().word == "replace");
}

TEST_CASE("a driver that rigsetup set up makes room without a word, one of another origin does not") {
  Machine machine("two-gpus-jammy");
  machine.file(k_nouveau_off, "blacklist nouveau\n");
  const auto recipe = machine.read("- nvidia_driver: {branch: production}\n");
  CHECK(part(recipe, "nvidia_driver.packages").texts("absent") ==
        Texts{"libnvidia-compute-580", "nvidia-driver-580-open",
              "linux-modules-nvidia-580-open-generic-hwe-22.04"});
  CHECK(machine.consents(recipe).empty());
  const auto other = machine.read("- nvidia_driver: {origin: nvidia, branch: \"595\"}\n");
  CHECK(machine.consents(other).size() == 3);  // one a package
}

TEST_CASE("a driver that was there before stays that of others, however often it was kept") {
  Machine machine("two-gpus-jammy");
  for (int times = 0; times < 2; ++times) {
    const auto kept = machine.read(k_recommended);
    CHECK(machine.consents(kept).empty());
    machine.file(k_nouveau_off, part(kept, "nvidia_driver.nouveau").text("content"));
  }
  const auto moved = machine.read("- nvidia_driver: {branch: production}\n");
  CHECK(machine.consents(moved).size() == 3);  // one a package
  machine.file(k_nouveau_off, part(moved, "nvidia_driver.nouveau").text("content"));
  CHECK(machine.consents(machine.read("- nvidia_driver: {branch: production}\n")).empty());
}

TEST_CASE("a GPU that the driver is too new for holds up neither its loading nor the proof") {
  Machine machine("two-gpus-jammy");
  machine.file("/sys/bus/pci/devices/0000:02:00.0/device", "0x128b\n");  // GeForce GT 710
  const auto recipe = machine.read(k_recommended);
  CHECK_THAT(join(recipe.notes, "\n"), Contains("it stays without one"));
  CHECK(part(recipe, "nvidia_driver.loaded").texts("without") == Texts{"128B"});
  CHECK(part(recipe, "nvidia_driver.answers").texts("without") == Texts{"128B"});
}

TEST_CASE("in a container without systemd no service is asked for") {
  Machine machine("rtx4090-jammy");
  CHECK(has_part(machine.read(k_recommended), "nvidia_driver.persistenced"));
  machine.file("/run/systemd/container", "docker\n");
  CHECK_FALSE(has_part(machine.read(k_recommended), "nvidia_driver.persistenced"));
  machine.file("/run/systemd/system/there", "");
  CHECK(has_part(machine.read(k_recommended), "nvidia_driver.persistenced"));
}

TEST_CASE("packages of two origins are no driver to be kept") {
  Machine machine("two-gpus-jammy");
  machine.installed("libnvidia-gl", "595.71.05-1ubuntu1");
  machine.installed("nvidia-driver-pinning-595", "595-1ubuntu1");
  const auto recipe = machine.read(k_recommended);
  CHECK_THAT(machine.choice(recipe), StartsWith("driver 580 with open modules: "));
  CHECK(part(recipe, "nvidia_driver.pinning").texts("replaces") == Texts{"nvidia-driver-pinning-595"});
  const Texts going = part(recipe, "nvidia_driver.packages").texts("replaces");
  CHECK(std::count(going.begin(), going.end(), "libnvidia-gl") == 1);
}

TEST_CASE("what a .run installer left goes first, with a word for it") {
  Machine machine("rtx4090-jammy");
  machine.file("/var/log/nvidia-installer.log", "");
  CHECK_FALSE(has_part(machine.read(k_recommended), "nvidia_driver.runfile"));
  machine.file("/usr/bin/nvidia-uninstall", "");
  machine.file("/usr/lib/x86_64-linux-gnu/libcuda.so.550.54.14", "");
  machine.file("/usr/lib/x86_64-linux-gnu/libcuda.so.1", "");
  const auto recipe = machine.read(k_recommended);
  CHECK(ids(recipe).front() == "nvidia_driver.runfile");
  REQUIRE(machine.consents(recipe).size() == 1);
  CHECK(machine.consents(recipe)[0].word == "replace");
  CHECK_THAT(machine.consents(recipe)[0].text, StartsWith("would uninstall the driver"));
}

TEST_CASE("what cannot be is refused at its place") {
  CHECK_THAT(Machine("mixed-generations-jammy").complaints(k_recommended),
             StartsWith("recipe.yaml:4:") && Contains("GTX 1080") && Contains("RTX 5090"));
  CHECK_THAT(Machine("no-gpu-jammy").complaints(k_recommended),
             StartsWith("recipe.yaml:4:") && Contains("no NVIDIA GPU") && Contains("when: {gpu: nvidia}"));
  CHECK_THAT(Machine("wsl2-jammy").complaints(k_recommended), Contains("Windows"));
  CHECK(Machine("no-gpu-jammy").complaints("- nvidia_driver:\n  when: {gpu: nvidia}\n").empty());
  CHECK_THAT(Machine("gtx1080-jammy").complaints("- nvidia_driver: {modules: open}\n"),
             StartsWith("recipe.yaml:4:30: ") && Contains("GSP"));
  CHECK_THAT(Machine("gtx1080-jammy").complaints("- nvidia_driver: {branch: \"595\"}\n"),
             StartsWith("recipe.yaml:4:29: ") && Contains("580 is the last"));
  CHECK_THAT(Machine("rtx4090-jammy").complaints("- nvidia_driver: {origin: debian}\n"),
             StartsWith("recipe.yaml:4:29: ") && Contains("debian"));
  CHECK_THAT(Machine("rtx4090-jammy").complaints(k_recommended + "- id: b\n  nvidia_driver: {branch: lts}\n"),
             StartsWith("recipe.yaml:5:") && Contains("one NVIDIA driver"));
  CHECK_THAT(Machine("rtx4090-jammy").complaints("- nvidia_gpu: {without: [\"GT 710\"]}\n"),
             Contains("recipe.yaml:4") && Contains("\"GT 710\" is not the device id of a GPU"));
}

TEST_CASE("Debian's driver is built by DKMS, and its packages are pinned by their own names") {
  Machine machine("bookworm-rtx4090");
  const auto recipe =
      machine.read("- nvidia_driver: {branch: recommended}\n- cuda_toolkit: {version: \"11\"}\n");
  CHECK(part(recipe, "nvidia_driver.build").texts("packages") ==
        Texts{"linux-headers-amd64", "dkms", "gcc-12"});
  CHECK_THAT(pins(recipe), Contains("libgl1-nvidia*") && Contains("Pin: version 535.*\n"));
  CHECK_THAT(pins(recipe), !Contains("LP-PPA"));
  CHECK_THAT(join(recipe.notes, "\n"), Contains("ended its fixes for branch 535"));
}
