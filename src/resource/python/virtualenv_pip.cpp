// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/virtualenv_pip.hpp"

#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/base/version.hpp>
#include <rigsetup/fetch/network.hpp>

#include "resource/program_file.hpp"
#include "resource/python/pip_words.hpp"
#include "resource/python/pylock.hpp"

namespace rigsetup {
namespace {

void add(std::vector<std::string>& argv, std::initializer_list<std::string> words) {
  argv.insert(argv.end(), words);
}

}  // namespace

void EnvironmentTools::make_environment() const {
  Command command;
  command.argv = {find_program(context_.host.files, wish_.python)->string(), "-I", "-m", "venv"};
  if (wish_.system_site_packages) command.argv.push_back("--system-site-packages");
  command.argv.push_back(wish_.path);
  run("venv", "making the environment", std::move(command));
}

std::string EnvironmentTools::requirements_file() const {
  if (wish_.lock.empty()) return wish_.requirements_file;
  const Tree& files = context_.host.files;
  files.make_directories(wish_.work_folder(), 0700, owner_.owner);
  const auto lock = wish_.work_folder() / "pylock.toml";
  files.write(lock, wish_.lock, 0600, owner_.owner);
  const bool from_urls = wish_.index_url.empty() && wish_.wheels.empty();
  const auto read = read_pylock(context_, wish_.path + "/bin/python", wish_.owner, lock, from_urls);
  if (const auto* failed = std::get_if<Failed>(&read)) {
    throw wish_.error(Code::invalid, failed->cause, failed->hint);
  }
  return std::get<std::string>(read);
}

void EnvironmentTools::install(const std::string& requirements_file) const {
  std::vector<std::string> options;
  if (!wish_.lock.empty()) options = {"--no-deps"};  // a lock has them all
  install(requirements_file, wish_.packages, std::move(options));
}

void EnvironmentTools::install_anew(const std::string& requirements_file,
                                    const std::map<std::string, std::string>& packages) const {
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
        wish_.packages.begin(), wish_.packages.end(),
        [&](const std::string& package) { return parse_python_requirement(package).name == name; });
    words.push_back(written != wish_.packages.end() ? *written : name + "==" + version);
  }
  install(lines, words, {"--force-reinstall", "--no-deps"});
}

void EnvironmentTools::uninstall(const std::vector<std::string>& packages) const {
  Command command;
  command.argv = {wish_.path + "/bin/python", "-I", "-m", "pip", "uninstall", "--yes", "--"};
  command.argv.insert(command.argv.end(), packages.begin(), packages.end());
  run("pip-uninstall", "removing what is not wanted any more", std::move(command));
}

void EnvironmentTools::install(const std::string& requirements_file, const std::vector<std::string>& packages,
                               std::vector<std::string> options) const {
  const Tree& files = context_.host.files;
  const auto present = read_python_environment(files, wish_.path).packages;
  const auto pip = present.find("pip");
  const auto is_at_least = [&](const char* version) {
    return pip != present.end() && compare_debian(pip->second, version) >= 0;
  };
  Command command;
  command.argv = {wish_.path + "/bin/python", "-I", "-m", "pip", "install"};
  add(command.argv, {is_at_least("24.1") ? "--progress-bar=raw" : "--progress-bar=off"});
  if (is_at_least("25.1")) add(command.argv, {"--resume-retries=5"});
  command.argv.insert(command.argv.end(), options.begin(), options.end());
  if (wish_.require_hashes || !wish_.lock.empty()) add(command.argv, {"--require-hashes"});
  if (!wish_.index_url.empty()) add(command.argv, {"--index-url", wish_.index_url});
  for (const auto& url : wish_.extra_index_urls) add(command.argv, {"--extra-index-url", url});
  if (!wish_.wheels.empty()) add(command.argv, {"--no-index", "--find-links", wish_.wheels});
  if (!requirements_file.empty()) {
    const auto file = wish_.work_folder() / "requirements.txt";
    files.make_directories(wish_.work_folder(), 0700, owner_.owner);
    files.write(file, requirements_file, 0600, owner_.owner);
    add(command.argv, {"--requirement", file.string()});
  }
  add(command.argv, {"--"});
  command.argv.insert(command.argv.end(), packages.begin(), packages.end());
  const bool anew = std::find(options.begin(), options.end(), "--force-reinstall") != options.end();
  run(anew ? "pip-anew" : "pip", "looking for packages", std::move(command));
}

void EnvironmentTools::run(const std::string& name, const std::string& label, Command command) const {
  const auto work = wish_.work_folder();
  context_.host.files.make_directories(work, 0700, owner_.owner);
  if (owner_.owner.uid != 0) command.as = owner_.owner;
  command.environment = network_environment();
  const std::vector<std::pair<std::string, std::string>> own = {
      {"HOME", owner_.home},
      {"TMPDIR", work.string()},  // /tmp may be small, and wheels are large
      {"PIP_CACHE_DIR", (work / "cache").string()},
      {"PIP_CONFIG_FILE", "/dev/null"},
      {"PIP_NO_INPUT", "1"},
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
  const Finished finished = context_.run_job(name, std::move(command), true, watcher);
  if (!finished.ok()) throw failure(name, finished);
}

Error EnvironmentTools::failure(const std::string& name, const Finished& finished) const {
  if (finished.out.find("ensurepip is not") != std::string::npos) {
    return wish_.error(Code::not_found, wish_.python + " has no ensurepip",
                       how_to_get_environments(wish_.python));
  }
  if (const auto known = why_pip_failed(finished.out))
    return wish_.error(known->code, known->cause, known->hint);
  std::string cause;
  for (const auto& line : split_lines(finished.out)) {
    if (line.starts_with("ERROR: ") || line.starts_with("Error: ")) cause = line.substr(7);
  }
  if (cause.empty()) cause = last_lines(finished.out, 1);
  return wish_.error(Code::program,
                     format("{}: {}{}{}", name, finished.text(), cause.empty() ? "" : ": ", printable(cause)),
                     "the whole output is in the step's log");
}

}  // namespace rigsetup
