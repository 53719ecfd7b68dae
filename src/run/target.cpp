// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <system_error>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/compat/load.hpp>
#include <rigsetup/run/target.hpp>

namespace rigsetup {
namespace {

std::filesystem::path resolved(const std::string& root) {
  const std::filesystem::path given(root);
  if (!given.is_absolute()) {
    throw Error(Code::invalid, format("cannot use \"{}\" as the root: it is not an absolute path", root));
  }
  std::error_code error;
  const std::filesystem::path path = std::filesystem::canonical(given, error);
  if (error) throw errno_error(format("use {} as the root", root), error.value());
  if (!std::filesystem::is_directory(path, error)) {
    throw Error(Code::not_found, format("cannot use {} as the root: it is not a directory", root));
  }
  return path;
}

void require_debian(const Tree& tree) {
  for (const char* file : {"/etc/os-release", "/var/lib/dpkg/status"}) {
    if (tree.info_followed(file)) continue;
    throw Error(Code::unsupported,
                format("cannot work on {}: it holds no Debian or Ubuntu (there is no {})",
                       tree.root().string(), file),
                format("make one with: mmdebstrap --variant=apt bookworm {}", tree.root().string()));
  }
}

}  // namespace

apt::Settings Settings::apt() const {
  apt::Settings result;
  result.scratch = state / "apt";
  result.lists_max_age = lists_max_age;
  result.lock_timeout = lock_timeout;
  result.may_fetch = may_fetch;
  return result;
}

Target::Target(const std::string& root, const Settings& settings)
    : host{tree_, programs_, clock_, nullptr},
      tree_(resolved(root)),
      programs_(tree_.root(), settings.libexec),
      machine_programs_("/", settings.libexec) {
  require_debian(tree_);
  if (tree_.is_machine()) host.machine = &tree_;
  downloads_ = std::make_unique<CurlDownloads>(machine_programs_);
  archive_ = std::make_unique<apt::Archive>(host, settings.apt());
}

LookAround look_around(const Host& host, const Settings& settings) {
  return [&] { return surroundings_of(host, compat::table_folders(settings.data, settings.tables)); };
}

void Target::abandon() {
  programs_.abandon();
  machine_programs_.abandon();
}

}  // namespace rigsetup
