// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_install.hpp"

#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "resource/conda/conda_fetch.hpp"

namespace rigsetup {
namespace {

constexpr std::size_t k_most_said = 64 << 20;

std::vector<std::string> texts_of(const std::vector<CondaSpec>& specs) {
  std::vector<std::string> texts;
  for (const CondaSpec& spec : specs) texts.push_back(spec.text);
  return texts;
}

/// May root fetch it, when the owner's process says that it belongs to the environment? A file of the machine
/// only where the recipe names the folder that it lies in.
bool may_fetch(const CondaArchive& archive, const std::vector<std::string>& channels) {
  if (!parse_conda_url(archive.url)) return false;
  if (!archive.url.starts_with("file://")) return true;
  return archive.url.find("/../") == std::string::npos &&
         std::any_of(channels.begin(), channels.end(), [&](const std::string& channel) {
           return channel.starts_with("file://") && archive.url.starts_with(channel + "/");
         });
}

/// The package as it was installed, to be put there again.
std::optional<CondaArchive> archive_of(const CondaPackage& package) {
  auto archive = parse_conda_url(package.url);
  if (!archive || (package.sha256.empty() && package.md5.empty())) return std::nullopt;
  archive->sha256 = package.sha256;
  archive->md5 = package.md5;
  return archive;
}

}  // namespace

CondaInstallation::CondaInstallation(const Context& context, const CondaWish& wish, Owner owner,
                                     Before before)
    : context_(context), wish_(wish), before_(before) {
  client_.engine = wish.engine;
  client_.prefix = wish.prefix;
  client_.work = client_.prefix / ".rigsetup-work";
  client_.archives = k_conda_archives;
  client_.channels = wish.channels;
  client_.cuda = wish.cuda;
  client_.owner = owner;
}

void CondaInstallation::run() const {
  make_work_folder();
  try {
    bring();
  } catch (const Error&) {
    context_.host.files.remove_all(client_.work);  // a full disk must not stay full
    throw;
  }
  context_.host.files.remove_all(client_.work);
}

void CondaInstallation::bring() const {
  mend();
  if (wish_.lock.empty()) {
    install_specs();
  } else {
    install_lock();
  }
  remove_leftovers();
  prove();
}

CondaEnvironment CondaInstallation::read() const {
  return read_conda_environment(context_.host.files, client_.prefix);
}

/// What the client keeps is new each time: nothing half-unpacked of another try is taken for whole. It lies
/// below the prefix, so that packages are linked and not copied.
void CondaInstallation::make_work_folder() const {
  const Tree& files = context_.host.files;
  files.remove_all(client_.work);
  for (const char* name : {"pkgs", "home", "root"})
    files.make_directories(client_.work / name, 0700, client_.owner);
}

void CondaInstallation::mend() const {
  const Tree& files = context_.host.files;
  for (const std::string& name : read().broken) files.remove(client_.prefix / "conda-meta" / name);
  const CondaEnvironment environment = read();
  std::vector<CondaArchive> again;
  for (const auto& [name, what] : damaged_packages(files, client_.prefix, environment)) {
    auto archive = archive_of(environment.packages.at(name));
    if (archive && may_fetch(*archive, wish_.channels)) {
      again.push_back(std::move(*archive));
    } else {  // where it came from is not known: without its record it is installed like any other
      files.remove(client_.prefix / "conda-meta" / (environment.packages.at(name).dist() + ".json"));
    }
  }
  if (!again.empty()) install_explicit("putting damaged packages there again", again);
}

void CondaInstallation::install_lock() const {
  const std::vector<CondaArchive> archives = wish_.lacking_archives(read());
  if (!archives.empty()) install_explicit("installing packages", archives);
}

void CondaInstallation::install_specs() const {
  const CondaEnvironment environment = read();
  const std::vector<std::string> missing = missing_dependencies(environment);
  if (before_.whole && missing.empty() && wish_.unmet(environment, before_.asked).empty()) return;
  // What others need and is not there was cut off; a client that finds what it is asked for looks no further.
  std::vector<std::string> specs = texts_of(wish_.specs);
  specs.insert(specs.end(), missing.begin(), missing.end());
  tell("finding out which packages it takes");
  const std::vector<CondaArchive> archives = solve(specs);
  if (archives.empty()) return;
  require_space_for(context_.host.files, client_.prefix, archives);
  fetch_conda_archives(context_, archives);
  run_client("conda-install", "installing packages", client_.install(specs), archives.size());
  const CondaEnvironment made = read();
  for (const CondaArchive& archive : archives) {
    const auto package = made.packages.find(archive.name);
    if (package != made.packages.end() && package->second.version == archive.version) continue;
    throw Error(Code::program,
                format("cannot {}: micromamba says that all is done, and {} is not there", wish_.doing(),
                       printable(archive.name)),
                "the step's log has all that it wrote");
  }
}

std::vector<CondaArchive> CondaInstallation::solve(const std::vector<std::string>& specs) const {
  const Finished finished = context_.host.programs.run(client_.dry_run(specs), context_.stop);
  const CondaAnswer answer = read_conda_answer(finished.out);
  if (!finished.ok() || !answer.success) throw conda_failure(answer, finished, wish_.doing());
  for (const CondaArchive& archive : answer.link) {
    if (may_fetch(archive, wish_.channels)) continue;
    throw Error(Code::conflict,
                format("cannot {}: micromamba wants {}, which is in none of its channels", wish_.doing(),
                       excerpt(masked_url(archive.url))),
                "look at the channels of the step");
  }
  return answer.link;
}

void CondaInstallation::install_explicit(const std::string& label,
                                         const std::vector<CondaArchive>& archives) const {
  const Tree& files = context_.host.files;
  require_space_for(files, client_.prefix, archives);
  fetch_conda_archives(context_, archives);
  remove_others(archives);
  const auto list = client_.work / "packages.txt";
  files.write(list, explicit_text(archives), 0600, client_.owner);
  try {
    run_client("conda-explicit", label, client_.install_explicit(list), archives.size());
  } catch (const Error& error) {
    if (error.code() == Code::conflict) forget_unproved(files, archives);
    throw;
  }
}

/// A client that is told packages solves nothing: what they replace has to go first.
void CondaInstallation::remove_others(const std::vector<CondaArchive>& archives) const {
  const CondaEnvironment environment = read();
  std::vector<std::string> names;
  for (const CondaArchive& archive : archives) {
    const auto there = environment.packages.find(archive.name);
    if (there != environment.packages.end() && there->second.dist() != archive.dist())
      names.push_back(archive.name);
  }
  if (!names.empty()) run_client("conda-remove", "removing packages", client_.remove(names), 0);
}

void CondaInstallation::remove_leftovers() const {
  const std::vector<std::string> names = wish_.leftovers(read());
  if (!names.empty()) run_client("conda-remove", "removing packages", client_.remove(names), 0);
}

/// Progress counts the records of packages, which are written one by one.
void CondaInstallation::run_client(const std::string& name, const std::string& label, Command command,
                                   std::size_t packages) const {
  const Tree& files = context_.host.files;
  const auto meta = client_.prefix / "conda-meta";
  const std::size_t before = files.list(meta).size();
  const auto look = [&] {
    const std::size_t now = files.list(meta).size();
    tell(label, std::min<std::uint64_t>(now > before ? now - before : 0, packages), packages);
  };
  look();
  JobWatcher watcher;
  std::string
      said;  // whole: of a job's log only the end is kept, and the document of hundreds of packages is long
  watcher.output = [&](std::string_view text) {
    if (said.size() < k_most_said) said += text;
  };
  watcher.busy = [&](const std::string& what, std::chrono::seconds time) {
    look();
    context_.reporter.busy(what, time);
  };
  Finished finished = context_.run_job(name, std::move(command), true, watcher);
  finished.out = std::move(said);
  const CondaAnswer answer = read_conda_answer(finished.out);
  if (!finished.ok() || !answer.success) throw conda_failure(answer, finished, wish_.doing());
}

void CondaInstallation::prove() const {
  const CondaEnvironment environment = read();
  std::string lack = wish_.lack_of(environment, true);
  if (lack.empty()) {
    const auto damaged = damaged_packages(context_.host.files, client_.prefix, environment);
    if (!damaged.empty()) lack = damaged.begin()->first + ": " + damaged.begin()->second;
  }
  if (lack.empty()) return;
  throw Error(Code::program,
              format("cannot {}: micromamba says that all is done, and there is {}", wish_.doing(), lack),
              "the step's log has all that it wrote");
}

void CondaInstallation::tell(const std::string& label, std::uint64_t done, std::uint64_t total) const {
  Progress progress;
  progress.label = label;
  progress.done = done;
  progress.total = total;
  if (total > 0) progress.unit = "percent";
  context_.reporter.progress(progress);
}

}  // namespace rigsetup
