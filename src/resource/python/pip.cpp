// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/pip.hpp"

#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/base/version.hpp>
#include <rigsetup/fetch/network.hpp>

#include "resource/python/pip_words.hpp"
#include "resource/python/python_environment.hpp"

namespace rigsetup {
namespace {

/// Of a download that breaks off. What came whole before is kept between them.
constexpr int k_tries = 4;

void add(std::vector<std::string>& argv, std::initializer_list<std::string> words) {
  argv.insert(argv.end(), words);
}

}  // namespace

Error PipUse::error(Code code, const std::string& cause, const std::string& hint) const {
  return Error(code, format("cannot {}: {}", doing, cause), hint);
}

Command Pip::command(const std::string& verb) const {
  Command command;
  command.argv = {use_.environment / "bin/python", "-I", "-m", "pip", verb};
  return command;
}

void Pip::install(const std::string& requirements_file, const std::vector<std::string>& packages,
                  const std::vector<std::string>& options) const {
  const auto present = read_python_environment(context_.host.files, use_.environment).packages;
  const auto pip = present.find("pip");
  const auto is_at_least = [&](const char* version) {
    return pip != present.end() && compare_debian(pip->second, version) >= 0;
  };
  Command command = this->command("install");
  add(command.argv, {is_at_least("24.1") ? "--progress-bar=raw" : "--progress-bar=off"});
  if (is_at_least("25.1")) add(command.argv, {"--resume-retries=5"});
  command.argv.insert(command.argv.end(), options.begin(), options.end());
  if (use_.require_hashes) add(command.argv, {"--require-hashes"});
  if (!use_.index_url.empty()) add(command.argv, {"--index-url", use_.index_url});
  for (const auto& url : use_.extra_index_urls) add(command.argv, {"--extra-index-url", url});
  if (!use_.wheels.empty()) add(command.argv, {"--no-index", "--find-links", use_.wheels});
  if (!requirements_file.empty())
    add(command.argv, {"--requirement", write("requirements.txt", requirements_file).string()});
  add(command.argv, {"--"});
  command.argv.insert(command.argv.end(), packages.begin(), packages.end());
  const bool anew = std::find(options.begin(), options.end(), "--force-reinstall") != options.end();
  const std::string name = anew ? "pip-anew" : "pip";
  context_.host.files.remove_all(log());
  Finished finished = run(name, "looking for packages", command);
  for (int tries = 1; tries < k_tries && !finished.ok() && was_cut_off(finished.out); ++tries)
    finished = run(name, "the connection broke: trying again", command);
  if (!finished.ok()) throw failure(name, finished);
}

void Pip::install_anew(const std::string& requirements_file,
                       const std::map<std::string, std::string>& packages,
                       std::vector<std::string> options) const {
  std::vector<std::string> names;
  for (const auto& [name, version] : packages) names.push_back(name);
  const auto lines = lines_of_requirements(requirements_file, names);
  // What is written in the recipe as it is there, what only came along in the version that is there.
  std::vector<std::string> words;
  const auto in_file = parse_requirements_file(lines);
  for (const auto& [name, version] : packages) {
    const auto is_it = [&](const PythonRequirement& one) { return one.name == name; };
    if (std::any_of(in_file.begin(), in_file.end(), is_it)) continue;
    const auto written = std::find_if(
        use_.packages.begin(), use_.packages.end(),
        [&](const std::string& package) { return parse_python_requirement(package).name == name; });
    words.push_back(written != use_.packages.end() ? *written : name + "==" + version);
  }
  add(options, {"--force-reinstall", "--no-deps"});
  install(lines, words, options);
}

void Pip::uninstall(const std::vector<std::string>& packages) const {
  Command command = this->command("uninstall");
  add(command.argv, {"--yes", "--"});
  command.argv.insert(command.argv.end(), packages.begin(), packages.end());
  const Finished finished = run("pip-uninstall", "removing what is not wanted any more", std::move(command));
  if (!finished.ok()) throw failure("pip-uninstall", finished);
}

std::filesystem::path Pip::write(const std::string& name, const std::string& text) const {
  const Tree& files = context_.host.files;
  files.make_directories(use_.work_folder(), 0700, owner_.owner);
  files.write(use_.work_folder() / name, text, 0600, owner_.owner);
  return use_.work_folder() / name;
}

/// The owner's; an account without one has it below the work folder.
std::filesystem::path Pip::home() const {
  const Tree& files = context_.host.files;
  const auto info = files.info_followed(owner_.home);
  if (info && info->type == FileInfo::Type::directory) return owner_.home;
  const auto home = use_.work_folder() / "home";
  files.make_directories(home, 0700, owner_.owner);
  return home;
}

Finished Pip::run(const std::string& name, const std::string& label, Command command) const {
  const auto work = use_.work_folder();
  context_.host.files.make_directories(work, 0700, owner_.owner);
  command.as = owner_.owner;
  command.environment = network_environment();
  const std::vector<std::pair<std::string, std::string>> own = {
      {"HOME", home().string()},
      {"TMPDIR", work.string()},  // /tmp may be small, and wheels are large
      {"PIP_CACHE_DIR", (work / "cache").string()},
      {"PIP_CONFIG_FILE", "/dev/null"},
      {"PIP_LOG", log().string()},
      {"PIP_NO_INPUT", "1"},
      {"PIP_RETRIES", "5"},           // of a connection, each after twice the pause of the one before
      {"PIP_DEFAULT_TIMEOUT", "30"},  // seconds; proxies that look into large wheels keep silent for a while
      {"PIP_DISABLE_PIP_VERSION_CHECK", "1"},
      {"PIP_ROOT_USER_ACTION", "ignore"}};
  command.environment.insert(command.environment.end(), own.begin(), own.end());
  Progress progress;
  progress.label = label;
  context_.reporter.progress(progress);
  std::string at = label;
  JobWatcher watcher;
  watcher.output = [&](std::string_view text) {
    for (const auto& line : split_lines(text)) {
      const auto told = pip_progress(line, at);
      if (!told) continue;
      at = told->label;
      context_.reporter.progress(*told);
    }
  };
  return context_.run_job(name, std::move(command), true, watcher);
}

Error Pip::failure(const std::string& name, const Finished& finished) const {
  const std::string in_vain = pages_in_vain(context_.host.files.read(log()).value_or(""));
  if (const auto known = why_pip_failed(finished.out + in_vain))
    return use_.error(known->code, known->cause, known->hint);
  std::string cause;
  for (const auto& line : split_lines(finished.out)) {
    if (line.starts_with("ERROR: ") || line.starts_with("Error: ")) cause = line.substr(7);
  }
  if (cause.empty()) cause = last_lines(finished.out, 1);
  return use_.error(Code::program,
                    format("{}: {}{}{}", name, finished.text(), cause.empty() ? "" : ": ", printable(cause)),
                    "the whole output is in the step's log");
}

}  // namespace rigsetup
