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

/// The repository that a part would add; nothing when the target has it.
std::optional<apt::Source> source_of(const Expansion::Part& part, const Host& host, const Asking& asking) {
  const Kind& kind = *find_kind(part.kind);
  Complaints complaints;
  Step step;
  step.id = part.name;
  step.kind = kind.name;
  step.fields = read_fields(part.fields, kind.fields, step.kind, {}, complaints);
  const auto resource = kind.make(step, {}, complaints);
  if (!complaints.empty())
    throw Error(Code::internal, "cannot ask the archives: " + complaints.front().text());
  return resource->source(host, asking.downloads, asking.work, asking.stop);
}

/// As many of them as can be reached beside the target's own, which may have all that is wished for.
std::vector<apt::Source> prepare(const Host& host, const std::vector<Expansion::Part>& repositories,
                                 const Asking& asking, std::optional<Error>& unreachable) {
  std::vector<apt::Source> sources;
  for (const Expansion::Part& part : repositories) {
    try {
      auto source = source_of(part, host, asking);
      if (!source) continue;
      asking.archive.prepare({*source}, asking.reporter, asking.stop);
      sources.push_back(std::move(*source));
    } catch (const Error& error) {
      if (error.code() != Code::network) throw;
      unreachable = error;
    }
  }
  asking.archive.prepare(sources, asking.reporter, asking.stop);
  return sources;
}

ArchiveAnswer ask_archives(const Host& host, const std::vector<Expansion::Part>& repositories,
                           const apt::Question& question, const Asking& asking) {
  Progress asks;
  asks.label = "looking what the archives have";
  asking.reporter.progress(asks);
  ArchiveAnswer answer;
  const std::vector<apt::Source> sources = prepare(host, repositories, asking, answer.unreachable);
  asking.reporter.progress(asks);
  answer.offers = asking.archive.offers(sources, question, asking.stop, asking.reporter.when_busy());
  return answer;
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

LookAround look_around(const Host& host, const Settings& settings, const Asking& asking) {
  return [&host, look = look_around(host, settings), asking] {
    Surroundings around = look();
    if (host.described) return around;  // nothing that could be asked
    around.ask_archives = [&host, asking, known = std::optional<ArchiveAnswer>()](
                              const auto& repositories, const auto& question) mutable {
      if (!known) known = ask_archives(host, repositories, question, asking);
      return *known;
    };
    return around;
  };
}

void Target::abandon() {
  programs_.abandon();
  machine_programs_.abandon();
}

}  // namespace rigsetup
