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

}  // namespace

EnvironmentTools::EnvironmentTools(const Context& context, const VirtualenvWish& wish, const User& owner)
    : context_(context), wish_(wish), pip_(context, use_for(wish), owner) {}

void EnvironmentTools::make_environment() const {
  Command command;
  command.argv = {find_program(context_.host.files, wish_.python)->string(), "-I", "-m", "venv"};
  if (wish_.system_site_packages) command.argv.push_back("--system-site-packages");
  command.argv.push_back(wish_.path);
  const Finished finished = pip_.run("venv", "making the environment", std::move(command));
  if (finished.ok()) return;
  if (finished.out.find("ensurepip is not") != std::string::npos) {
    throw wish_.error(Code::not_found, wish_.python + " has no ensurepip",
                      how_to_get_environments(wish_.python));
  }
  throw pip_.failure("venv", finished);
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
  std::vector<std::string> options;
  if (!wish_.lock.empty()) options = {"--no-deps"};  // a lock has them all
  pip_.install(requirements_file, wish_.packages, options);
}

}  // namespace rigsetup
