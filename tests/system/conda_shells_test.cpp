// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// What users type in real shells: `conda activate NAME`, with nobody's dotfiles changed.
#include <rigsetup/base/format.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/shell.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/tiny_root.hpp"
#include "tests/system/conda_bench.hpp"

using namespace rigsetup;
using namespace rigsetup::test;
using Catch::Matchers::Contains;

namespace {

namespace fs = std::filesystem;

struct ShellBench : CondaBench {
  ShellBench() {
    add_program(bed.root, "/usr/bin/bash");
    copy("/etc/profile");
    copy("/etc/bash.bashrc");
    fs::create_directories(bed.root / "etc/profile.d");
    has_zsh = fs::exists("/usr/bin/zsh");
    if (has_zsh) {
      add_program(bed.root, "/usr/bin/zsh");
      copy("/usr/lib/x86_64-linux-gnu/zsh");
      copy("/etc/zsh");
      write_text(bed.root / "root/.zshrc", "");  // it would ask a new user
    }
    write_text(bed.root / "opt/rigsetup/envs/torch/conda-meta/history", "==> once <==\n");
    write_text(bed.root / "opt/rigsetup/envs/torch/bin/in-torch", "#!/bin/sh\necho in torch\n");
    fs::permissions(bed.root / "opt/rigsetup/envs/torch/bin/in-torch", fs::perms(0755));
  }

  /// What a shell with these words prints, of this line.
  std::string in_shell(const std::string& words, const std::string& line) const {
    return shell(bed.root, format("env -i HOME=/root TERM=dumb PATH=/usr/bin:/bin /usr/sbin/chroot . {} '{}'",
                                  words, line));
  }

  void check_all(const std::string& line, const std::string& wanted) const {
    for (const char* words : {"bash -l -c", "bash -l -i -c", "bash -i -c", "zsh -i -c", "zsh -l -i -c"}) {
      if (!has_zsh && words[0] == 'z') continue;
      INFO(words);
      CHECK_THAT(in_shell(words, line), Contains(wanted));
    }
  }

  bool has_zsh = false;

 private:
  void copy(const fs::path& path) const {
    const fs::path to = bed.root / path.relative_path();
    fs::create_directories(to.parent_path());
    fs::copy(path, to, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  }
};

std::string dotfiles(const ShellBench& bench) {
  return shell(bench / "root", "find . -type f -exec sha256sum {} +");
}

}  // namespace

TEST_CASE("conda activate works in every shell, login or not, and touches no dotfile") {
  const ShellBench bench;
  const std::string before = dotfiles(bench);
  const std::string bashrc = file_text(bench / "etc/bash.bashrc");
  const Said said = bench.apply("  - conda:\n");
  INFO(shown(said));
  REQUIRE(said.status == 0);
  bench.check_all("conda activate torch && in-torch && echo $CONDA_PREFIX",
                  "in torch\n/opt/rigsetup/envs/torch\n");
  bench.check_all("conda --version; echo ${CONDA_PREFIX-none is active}", "conda 26.7.2\nnone is active\n");
  CHECK(dotfiles(bench) == before);
  // The script may go, the block alone is no harm.
  fs::rename(bench / "etc/profile.d/rigsetup-conda.sh", bench / "etc/aside");
  bench.check_all("echo well $?", "well 0");
  fs::rename(bench / "etc/aside", bench / "etc/profile.d/rigsetup-conda.sh");
  REQUIRE(bench.apply("  - file: {path: /etc/other, content: x}\n", {"--prune"}).status == 0);
  CHECK(file_text(bench / "etc/bash.bashrc") == bashrc);
  if (!bench.has_zsh) skip("zsh is not installed");
}

TEST_CASE("by micromamba conda is a word for it, and activates the same environments") {
  const ShellBench bench;
  const Said said = bench.apply("  - conda: {client: micromamba}\n");
  INFO(shown(said));
  REQUIRE(said.status == 0);
  bench.check_all("conda activate torch && in-torch", "in torch\n");
  bench.check_all("micromamba activate /opt/rigsetup/envs/torch && in-torch", "in torch\n");
  bench.check_all("conda --version", "2.8.1\n");
}
