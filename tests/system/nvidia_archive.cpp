// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/system/nvidia_archive.hpp"

#include <algorithm>

#include <rigsetup/base/format.hpp>

#include "tests/support/running_daemon.hpp"
#include "tests/support/shell.hpp"
#include "tests/system/nvidia_driver.hpp"

namespace rigsetup::test {
namespace {

namespace fs = std::filesystem;

const std::string k_flat = "nvidia";
/// One stands for those of both releases.
constexpr std::string_view k_of_nvidia[] = {
    "https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2204/x86_64/",
    "https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2404/x86_64/"};

Deb deb(std::string name, std::string version, std::string depends = {}) {
  Deb made;
  made.name = std::move(name);
  made.version = std::move(version);
  made.fields.emplace_back("Maintainer", "cudatools <cudatools@nvidia.com>");
  if (!depends.empty()) made.fields.emplace_back("Depends", std::move(depends));
  return made;
}

std::string dashed(std::string release) {
  std::replace(release.begin(), release.end(), '.', '-');
  return release;
}

std::string replaced(std::string text, std::string_view from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace

NvidiaArchive::NvidiaArchive() {
  add_toolkit("12.6", "12.6.3-1");
  add_toolkit("12.9", "12.9.1-1");
  add_toolkit("13.0", "13.0.3-1");
  for (const char* cuda : {"12", "13"}) {
    for (const char* version : {"9.19.0.56-1", "9.28.0.42-1"}) add_cudnn(version, cuda);
  }
  add_cudnn("9.10.2.21-1", "12");
  // Whole and newest: toolkit and driver in one.
  archive_.add_flat(deb("cuda", "13.4.1-1", "cuda-13-0, cuda-drivers"), k_flat);
  for (const char* upstream : {"570.211.01", "575.57.08", "580.126.16", "580.178.04", "590.48.01",
                               "595.58.03", "595.71.05", "610.43.02", "615.71.09"}) {
    add_driver(upstream);
  }
  for (const char* branch : {"570", "575", "580", "590", "595", "610", "615"}) {
    archive_.add_flat(nvidia_pinning(branch), k_flat);
  }
  archive_.name_flat("NVIDIA", "NVIDIA CUDA");
  archive_.add_flat(keyring(), k_flat);
  archive_.publish();
  write_text(folder_ / "repository" / k_flat / "3bf863cc.pub", archive_.key());
}

/// As cuda-toolkit-config-common and its kin do it: one alternative of the machine, its highest release by
/// itself.
void NvidiaArchive::add_toolkit(const std::string& release, const std::string& version) {
  const std::string name = dashed(release);
  const std::string folder = "/usr/local/cuda-" + release;
  std::string priority = release;
  priority.erase(std::remove(priority.begin(), priority.end(), '.'), priority.end());
  Deb config = deb(format("cuda-toolkit-{}-config-common", name), version);
  config.scripts["postinst"] =
      format("update-alternatives --install /usr/local/cuda cuda {} {}\nldconfig", folder, priority);
  config.scripts["prerm"] = format("update-alternatives --remove cuda {}", folder);
  Deb nvcc = deb("cuda-nvcc-" + name, version, format("{}, build-essential", config.name));
  nvcc.files.emplace_back(
      folder + "/bin/nvcc",
      format("#!/bin/sh\n"
             "case \"$1\" in --version) echo 'Cuda compilation tools, release {0}, V{0}.99'; exit ;; esac\n"
             "while [ \"$1\" != -o ]; do shift; done\n"
             "printf '#!/bin/sh\\necho \"cudaErrorNoDevice (100): no CUDA-capable device is "
             "detected\"\\nexit 10\\n' >\"$2\"\n"
             "chmod +x \"$2\"\n",
             release));
  nvcc.scripts["postinst"] = format("chmod +x {}/bin/nvcc", folder);
  Deb toolkit = deb("cuda-toolkit-" + name, version, format("{} (>= {})", nvcc.name, version));
  for (const Deb& one : {config, nvcc, toolkit}) archive_.add_flat(one, k_flat);
  // The traps: toolkit and newest driver in one.
  archive_.add_flat(deb("cuda-runtime-" + name, version, "cuda-drivers"), k_flat);
  archive_.add_flat(deb("cuda-" + name, version, format("{}, cuda-runtime-{}", toolkit.name, name)), k_flat);
}

void NvidiaArchive::add_cudnn(const std::string& version, const std::string& cuda) {
  const std::string upstream = version.substr(0, version.rfind('.'));
  Deb runtime = deb("libcudnn9-cuda-" + cuda, version);
  runtime.fields.emplace_back("Provides", "libcudnn9");
  runtime.files.emplace_back(format("/usr/lib/x86_64-linux-gnu/libcudnn.so.{}", upstream), "cuDNN\n");
  runtime.scripts["postinst"] =
      format("ln -sf libcudnn.so.{} /usr/lib/x86_64-linux-gnu/libcudnn.so.9", upstream);
  Deb headers = deb("libcudnn9-headers-cuda-" + cuda, version);
  Deb development = deb("libcudnn9-dev-cuda-" + cuda, version,
                        format("{} (= {}), {} (= {})", runtime.name, version, headers.name, version));
  for (const Deb& one : {runtime, headers, development}) archive_.add_flat(one, k_flat);
}

void NvidiaArchive::add_driver(const std::string& upstream) {
  for (const Deb& one : nvidia_driver(upstream)) archive_.add_flat(one, k_flat);
  archive_.add_flat(nvidia_pinning(upstream), k_flat);
}

void NvidiaArchive::offer_driver(const std::string& upstream) {
  add_driver(upstream);
  archive_.publish();
}

/// The repository itself, and its key, as NVIDIA's own instructions bring them.
Deb NvidiaArchive::keyring() const {
  Deb made = deb("cuda-keyring", "1.1-1");
  const std::string key = "/usr/share/keyrings/cuda-archive-keyring.gpg";
  made.files = {{key, archive_.binary_key()},
                {"/etc/apt/sources.list.d/cuda-ubuntu2204-x86_64.list",
                 format("deb [signed-by={}] {} /\n", key, url())}};
  made.conffiles = {"/etc/apt/sources.list.d/cuda-ubuntu2204-x86_64.list"};
  return made;
}

void NvidiaArchive::make_known(const fs::path& root) const {
  write_text(root / "etc/apt/keyrings/nvidia.asc", archive_.key());
  write_text(root / "etc/apt/sources.list.d/nvidia.list",
             format("deb [signed-by=/etc/apt/keyrings/nvidia.asc] {} /\n", url()));
}

void NvidiaArchive::break_down() {
  for (const char* file : {"InRelease", "Release"})
    server_.fail(format("/{}/{}", k_flat, file), {.times = -1, .status = 503});
}

std::string NvidiaArchive::url() const { return format("{}/{}/", server_.url(), k_flat); }

void NvidiaArchive::write_tables(const fs::path& recipes) const {
  for (const char* folder : {"compat", "platforms"}) {
    fs::create_directories(recipes / folder);
    for (const auto& entry : fs::directory_iterator(fs::path(RIGSETUP_SOURCE_DIR) / "recipes" / folder)) {
      std::string text = read_file(entry.path());
      for (const std::string_view repository : k_of_nvidia) text = replaced(text, repository, url());
      text = replaced(text, "EB693B3035CD5710E231E123A4B469963BF863CC", archive_.fingerprint());
      write_text(recipes / folder / entry.path().filename(), text);
    }
  }
}

}  // namespace rigsetup::test
