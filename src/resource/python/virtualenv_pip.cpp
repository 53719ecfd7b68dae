// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/virtualenv_pip.hpp"

#include <rigsetup/base/format.hpp>

#include "resource/program_file.hpp"
#include "resource/python/pylock.hpp"
#include "resource/python/python_environment.hpp"

namespace rigsetup {
namespace {

PipUse use_for(const VirtualenvWish& wish) {
  PipUse use{.environment = wish.path, .doing = wish.doing()};
  use.packages = wish.packages;
  use.require_hashes = wish.require_hashes || !wish.lock.empty();
  use.index_url = wish.index_url;
  use.extra_index_urls = wish.extra_index_urls;
  use.wheels = wish.wheels;
  return use;
}

PipUse framework_use_for(const VirtualenvWish& wish) {
  PipUse use{.environment = wish.path, .doing = wish.doing()};
  use.packages = wish.packages;
  use.index_url = wish.framework_index_url;
  return use;
}

}  // namespace

EnvironmentTools::EnvironmentTools(const Context& context, const VirtualenvWish& wish, const User& owner)
    : context_(context),
      wish_(wish),
      pip_(context, use_for(wish), owner),
      framework_pip_(context, framework_use_for(wish), owner) {}

void EnvironmentTools::make_environment() const {
  // venv would put pip there itself, and keep to itself why it could not. While pip comes the system's
  // packages are not to be seen: with one of theirs it would be content.
  run_venv("venv", {"--without-pip"});
  Command pip;
  pip.argv = {wish_.path + "/bin/python", "-I", "-m", "ensurepip", "--upgrade", "--default-pip"};
  const Finished filled = pip_.run("ensurepip", "making the environment", std::move(pip));
  if (filled.out.find("No module named ensurepip") != std::string::npos) {
    throw wish_.error(Code::not_found, wish_.python + " has no ensurepip",
                      how_to_get_environments(wish_.python));
  }
  if (!filled.ok()) throw pip_.failure("ensurepip", filled);
  if (wish_.system_site_packages) run_venv("venv-system", {"--without-pip", "--system-site-packages"});
}

void EnvironmentTools::run_venv(const std::string& name, const std::vector<std::string>& options) const {
  Command command;
  command.argv = {find_program(context_.host.files, wish_.python)->string(), "-I", "-m", "venv"};
  command.argv.insert(command.argv.end(), options.begin(), options.end());
  command.argv.push_back(wish_.path);
  const Finished finished = pip_.run(name, "making the environment", std::move(command));
  if (!finished.ok()) throw pip_.failure(name, finished);
}

std::string EnvironmentTools::requirements_file() const {
  if (wish_.lock.empty()) return wish_.requirements_file;
  const auto lock = pip_.write("pylock.toml", wish_.lock);
  const bool from_urls = wish_.index_url.empty() && wish_.wheels.empty();
  const auto read = read_pylock(context_, wish_.path + "/bin/python", wish_.owner, lock, from_urls);
  if (const auto* failed = std::get_if<Failed>(&read)) {
    throw wish_.error(Code::invalid, failed->cause, failed->hint);
  }
  return std::get<std::string>(read);
}

void EnvironmentTools::install(const std::string& requirements_file) const {
  if (!wish_.framework_packages.empty()) return install_around_framework(requirements_file);
  std::vector<std::string> options;
  if (!wish_.lock.empty()) options = {"--no-deps"};  // a lock has them all
  pip_.install(requirements_file, wish_.packages, options);
}

/// No pip sees two indexes: one that has a newer numpy, or another build of torch, would win by that.
void EnvironmentTools::install_around_framework(const std::string& requirements_file) const {
  const auto [of_framework, others] = parted_requirements(requirements_file, wish_.framework_packages);
  std::vector<std::string> framework_words;
  std::vector<std::string> other_words;
  for (const std::string& package : wish_.packages) {
    const bool is_its = wish_.is_of_framework(parse_python_requirement(package).name);
    (is_its ? framework_words : other_words).push_back(package);
  }
  if (!of_framework.empty() || !framework_words.empty())
    framework_pip_.install(of_framework, framework_words, {});
  if (other_words.empty() && parse_requirements_file(others).empty()) return;
  const auto held = pip_.write("constraints.txt", framework_versions());
  pip_.install(others, other_words, {"--constraint", held.string()});
}

/// What is there of the framework, for the others to go by.
std::string EnvironmentTools::framework_versions() const {
  std::string lines;
  for (const auto& [name, version] : read_python_environment(context_.host.files, wish_.path).packages) {
    if (wish_.is_of_framework(name)) lines += format("{}=={}\n", name, version);
  }
  return lines;
}

void EnvironmentTools::install_anew(const std::string& requirements_file,
                                    const std::map<std::string, std::string>& packages) const {
  std::map<std::string, std::string> of_framework;
  std::map<std::string, std::string> others;
  for (const auto& one : packages) (wish_.is_of_framework(one.first) ? of_framework : others).insert(one);
  if (!of_framework.empty()) framework_pip_.install_anew(requirements_file, of_framework);
  if (!others.empty()) pip_.install_anew(requirements_file, others);
}

}  // namespace rigsetup
