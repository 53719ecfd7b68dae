// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/system/conda_bench.hpp"

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>

#include "tests/support/conda_channel.hpp"
#include "tests/support/miniforge_installer.hpp"
#include "tests/support/shell.hpp"

namespace rigsetup::test {
namespace {

std::string row(const std::string& version, const std::string& url, const std::filesystem::path& file) {
  return format("  {}:\n    url: \"{}\"\n    sha256: {}\n    source: a test\n    as_of: 2026-11-26\n",
                version, url, sha256_hex(file_text(file)));
}

}  // namespace

void offer_clients(const Bed& bed, const std::filesystem::path& downloads, const HttpServer& server) {
  const auto file = [&](const char* name) { return downloads / std::filesystem::path(name).relative_path(); };
  const auto micromamba = file(CondaBench::k_micromamba);
  const auto installer = file(CondaBench::k_installer);
  install_stand_in_micromamba(micromamba);
  write_text(installer, miniforge_installer("26.7.2-0"));
  write_text(bed.data / "compat/conda.yaml",
             "rigsetup-tables: 1\nmicromamba_releases:\n" +
                 row("2.8.1-0", server.url() + CondaBench::k_micromamba, micromamba) +
                 "miniforge_releases:\n" +
                 row("26.7.2-0", server.url() + CondaBench::k_installer, installer));
}

CondaBench::CondaBench() {
  offer_clients(bed, downloads, server);
  std::filesystem::create_directories(bed.root / "var/cache");
  daemon.emplace(bed);
}

Said CondaBench::on_steps(const std::string& verb, const std::string& steps,
                          std::vector<std::string> more) const {
  const auto recipe = bed.folder / "recipe.yaml";
  write_text(recipe, "rigsetup: 1\nname: conda\nsummary: of a test\nsteps:\n" + steps);
  more.insert(more.begin(), {verb, recipe, "--root", bed.root});
  return Client(bed.socket, std::move(more)).wait();
}

Said CondaBench::apply(const std::string& steps, std::vector<std::string> more) const {
  more.emplace_back("-y");
  return on_steps("apply", steps, std::move(more));
}

}  // namespace rigsetup::test
