// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/python_code.hpp"

#include <rigsetup/base/format.hpp>

#include "resource/program_file.hpp"
#include "resource/scratch_folder.hpp"

namespace rigsetup {
namespace {

/// Whom the code runs as, and not root.
std::variant<Owner, Failed> runner_of(const Tree& files, const PythonCode& code) {
  if (code.user.empty()) return code_runner(files, std::filesystem::path(code.python).parent_path());
  const auto user = find_user(files, code.user);
  if (!user) return Failed{format("there is no user {}", code.user), "an earlier step must make it"};
  if (user->owner.uid == 0) {
    return Failed{format("{} does not run as root: whatever is installed with it would", code.python),
                  "leave user out, or name another"};
  }
  return user->owner;
}

}  // namespace

std::optional<Failed> why_no_interpreter(const Tree& files, const std::string& python) {
  if (find_program(files, python)) return std::nullopt;
  return Failed{format("there is no interpreter {}", python),
                "the step that makes the environment comes first"};
}

std::variant<Finished, Failed> run_python(const Context& context, const PythonCode& code) {
  const Tree& files = context.host.files;
  if (auto failed = why_no_interpreter(files, code.python)) return *failed;
  const auto runner = runner_of(files, code);
  if (const auto* failed = std::get_if<Failed>(&runner)) return *failed;
  const Owner owner = std::get<Owner>(runner);
  const ScratchFolder home(files, "python", owner);

  Command command;
  // -I: no settings and packages of the user's; -B: no cache files; faulthandler: a crash says where.
  command.argv = {code.python, "-I", "-B", "-X", "faulthandler", "-c", std::string(code.script)};
  command.argv.insert(command.argv.end(), code.arguments.begin(), code.arguments.end());
  command.environment = {{"HOME", home.path().string()},
                         {"TMPDIR", home.path().string()},
                         {"PYTHONNOUSERSITE", "1"},  // for the interpreters that it starts
                         {"PYTHONDONTWRITEBYTECODE", "1"}};
  command.environment.insert(command.environment.end(), code.environment.begin(), code.environment.end());
  command.as = owner;
  command.timeout = code.timeout;
  command.on_output = code.on_output;
  return context.host.programs.run(command, context.stop);
}

}  // namespace rigsetup
