// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// The checks of frameworks with a real interpreter, in a real environment into which a real pip has installed
// stand-ins that compute on lists. On a machine with a GPU the frameworks themselves are asked.

#include <variant>

#include <rigsetup/base/text.hpp>

#include "tests/contract/rig.hpp"
#include "tests/host/small_root.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/shell.hpp"
#include "tests/support/wheel.hpp"

using namespace rigsetup;

namespace {

constexpr unsigned k_nobody = 65534;

/// Programs of this machine, none of which may take longer than this. There is no driver.
class HurriedPrograms final : public Programs {
 public:
  Finished run(const Command& command, std::stop_token stop) override {
    Command hurried = command;
    hurried.timeout = std::min<std::chrono::milliseconds>(command.timeout, limit);
    ran.push_back(command);
    return programs_.run(hurried, stop);
  }
  Finished run_job(const Job& job, const JobWatcher& watcher, std::stop_token stop) override {
    return programs_.run_job(job, watcher, stop);
  }
  Finished adopt_job(const std::filesystem::path& folder, const JobWatcher& watcher,
                     std::stop_token stop) override {
    return programs_.adopt_job(folder, watcher, stop);
  }

  std::chrono::milliseconds limit = std::chrono::minutes(5);
  std::vector<Command> ran;

 private:
  RealPrograms programs_{"/", test::k_libexec};
};

/// Made once: it takes a while.
const std::filesystem::path& environment() {
  static const test::TemporaryFolder folder;
  static const std::filesystem::path made = [] {
    test::shell(folder.path(), "chmod 755 .; /usr/bin/python3 -I -m venv e");
    for (const auto& [module, name] :
         {std::pair{"torch", "torch"}, {"tensorflow", "tensorflow"}, {"jax", "jax"}}) {
      const auto source = std::filesystem::path(RIGSETUP_SOURCE_DIR "/tests/host/frameworks") / module;
      test::make_wheel(
          folder / "wheels",
          {name, "1.0", {{std::string(module) + ".py", test::file_text(source.string() + ".py")}}});
    }
    // What a site does at the start of each interpreter comes before the script.
    test::shell(folder.path(),
                "cd e/lib/python3*/site-packages; echo 'print(\"chatter\")' > sitecustomize.py");
    test::make_wheel(folder / "wheels", {"jax_cuda12_plugin", "0.9.2", {{"jax_cuda12_plugin.py", ""}}});
    test::shell(folder.path(),
                "e/bin/python -I -m pip install --no-index --find-links wheels torch tensorflow jax "
                "jax-cuda12-plugin; chown -R nobody: e");
    return folder / "e";
  }();
  return made;
}

struct FrameworkRig : test::Rig {
  FrameworkRig() {
    live = true;
    programs_in_use = &hurried;
    add_to_machine("/sys/bus/pci/devices/0000:01:00.0/class", "0x030000\n");
    add_to_machine("/sys/bus/pci/devices/0000:01:00.0/vendor", "0x10de\n");
    add_to_machine("/sys/bus/pci/devices/0000:01:00.0/device", "0x2684\n");
  }

  /// How the frameworks shall behave, and what the check of one says then.
  std::string check(const std::string& kind, const std::string& behaviour, const std::string& more = {}) {
    const auto packages =
        environment() / "lib" / test::shell(environment(), "ls lib | tr -d '\\n'") / "site-packages";
    test::write_text(packages / "behaviour.txt", behaviour);
    const auto recipe =
        read("- " + kind + ": {python: " + (environment() / "bin/python").string() + more + "}\n");
    const Tree machine_itself("/");
    const Host here{machine_itself, hurried, clock, &machine};
    Context with = context();
    const Context itself{here,      with.reporter, with.downloads, with.archive, with.apt_settings,
                         with.work, with.log,      with.stop};
    checked = recipe.steps.front().check->check(itself);
    if (std::holds_alternative<Passed>(checked.result)) return "passed";
    if (const auto* skipped = std::get_if<Skipped>(&checked.result)) return "skipped: " + skipped->reason;
    const auto& failed = std::get<Failed>(checked.result);
    return failed.cause + " (" + failed.hint + ")";
  }
  std::string evidence() const {
    std::string lines;
    for (const auto& [what, seen] : checked.evidence) lines += what + ": " + seen + "\n";
    return lines;
  }

  HurriedPrograms hurried;
  Checked checked;
};

bool starts_with(const std::string& text, const std::string& start) {
  return text.substr(0, start.size()) == start;
}

}  // namespace

TEST_CASE("PyTorch computes on each GPU as the owner of its environment, and what it prints does no harm") {
  FrameworkRig rig;
  INFO(rig.evidence());
  REQUIRE(rig.check("torch_cuda", "") == "passed");
  CHECK(rig.evidence().find("PyTorch 2.11.0+cu128, CUDA 12.8, cuDNN 91002; Python 3.") != std::string::npos);
  CHECK(rig.evidence().find("stand-in 0: a matrix product came out right; a convolution came out right\n"
                            "stand-in 1: a matrix product came out right; a convolution came out right\n") !=
        std::string::npos);
  REQUIRE(rig.hurried.ran.size() == 1);
  CHECK(rig.hurried.ran.front().as->uid == k_nobody);
  // Its home was one for this run only.
  for (const auto& [name, value] : rig.hurried.ran.front().environment) {
    if (name == "HOME") CHECK_FALSE(std::filesystem::exists(value));
  }
}

TEST_CASE("TensorFlow and JAX compute in their own ways") {
  FrameworkRig rig;
  CHECK(rig.check("tensorflow_gpu", "") == "passed");
  CHECK(rig.evidence().find("TensorFlow 2.19.1, CUDA 12.8, cuDNN 9") != std::string::npos);
  CHECK(rig.check("tensorflow_gpu", "wrong") ==
        "TensorFlow computes wrong results on stand-in (run it again; the GPU or its memory may be faulty)");
  CHECK(rig.evidence().find("a convolution came out with 1 wrong numbers") != std::string::npos);
  CHECK(rig.check("jax_gpu", "") == "passed");
  CHECK(rig.evidence().find("JAX 0.9.2, CUDA 12;") != std::string::npos);
}

TEST_CASE("what a framework does wrong is told for what it is") {
  FrameworkRig rig;
  CHECK(rig.check("torch_cuda", "wrong") ==
        "PyTorch computes wrong results on stand-in 0 (run it again; the GPU or its memory may be faulty)");
  CHECK(rig.evidence().find("a matrix product came out with 2 wrong numbers") != std::string::npos);
  CHECK(starts_with(rig.check("torch_cuda", "no convolution"),
                    "stand-in 0: PyTorch cannot compute a convolution: RuntimeError: cuDNN error: "
                    "CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH (libraries of several versions are mixed"));
  CHECK(starts_with(rig.check("torch_cuda", "cpu"), "PyTorch 2.11.0+cu128 is a build without CUDA (install"));
  CHECK(
      starts_with(rig.check("torch_cuda", "not imported"),
                  "PyTorch cannot be imported: ImportError: libcudnn.so.9: cannot open shared object file"));
  CHECK(
      starts_with(rig.check("tensorflow_gpu", "cpu"), "TensorFlow 2.19.1 is a build without CUDA (install"));
  // The reason is the driver's, which this machine has not.
  CHECK(starts_with(rig.check("jax_gpu", "no driver"), "the driver's library libcuda.so.1 cannot be loaded"));
}

TEST_CASE("a framework that crashes or hangs takes only its interpreter with it") {
  FrameworkRig rig;
  CHECK(starts_with(rig.check("torch_cuda", "crash"), "PyTorch ends " +
                                                          (environment() / "bin/python").string() +
                                                          " while importing torch: killed by signal 11"));
  CHECK(rig.evidence().find("torch.py") != std::string::npos);  // where it was
  rig.hurried.limit = std::chrono::seconds(20);
  CHECK(starts_with(rig.check("torch_cuda", "hang"),
                    "PyTorch does not come to an end: computing a matrix product on GPU 0"));
  CHECK(rig.evidence().find("before it hangs") != std::string::npos);
}

TEST_CASE("without a GPU a framework that can be imported is left alone") {
  FrameworkRig rig;
  rig.add_to_machine("/sys/bus/pci/devices/0000:01:00.0/vendor", "0x1002\n");
  CHECK(rig.check("torch_cuda", "cpu") == "skipped: it was imported; there is no NVIDIA GPU to compute on");
}

TEST_CASE("an owner's code does not run as root when somebody asks for it") {
  FrameworkRig rig;
  CHECK(starts_with(rig.check("torch_cuda", "", ", user: root"),
                    (environment() / "bin/python").string() +
                        " does not run as root: whatever is installed with it would"));
  CHECK(rig.hurried.ran.empty());
}
