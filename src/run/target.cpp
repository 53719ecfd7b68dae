// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <system_error>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/compat/load.hpp>
#include <rigsetup/run/target.hpp>

namespace rigsetup {
namespace {

std::filesystem::path resolved(const std::string& folder, std::string_view what) {
  const std::filesystem::path given(folder);
  if (!given.is_absolute()) {
    throw Error(Code::invalid, format("cannot use \"{}\" as {}: it is not an absolute path", folder, what));
  }
  std::error_code error;
  const std::filesystem::path path = std::filesystem::canonical(given, error);
  if (error) throw errno_error(format("use {} as {}", folder, what), error.value());
  if (!std::filesystem::is_directory(path, error)) {
    throw Error(Code::not_found, format("cannot use {} as {}: it is not a directory", folder, what));
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

/// Without these it would pass for a machine without any GPU, and every plan for it would be wrong.
Tree described_machine(const std::string& rig) {
  Tree tree(resolved(rig, "a rig"));
  for (const char* folder : {"/sys", "/proc"}) {
    if (tree.info(folder)) continue;
    throw Error(Code::unsupported,
                format("cannot take {} for a machine: it has no {}", tree.root().string(), folder),
                "a rig is a folder with the files of /sys and /proc that describe it");
  }
  return tree;
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

Target::Target(const std::string& root, const Settings& settings, const std::string& rig)
    : host{tree_, programs_, clock_, nullptr},
      tree_(resolved(root, "the root")),
      programs_(tree_.root(), settings.libexec),
      machine_programs_("/", settings.libexec) {
  require_debian(tree_);
  if (!rig.empty()) {
    rig_.emplace(described_machine(rig));
    host.machine = &*rig_;
    host.described = true;
  } else if (tree_.is_machine()) {
    host.machine = &tree_;
  }
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
