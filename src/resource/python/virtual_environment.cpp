// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "resource/program_file.hpp"
#include "resource/python/environment_owner.hpp"
#include "resource/python/python_environment.hpp"
#include "resource/python/python_files.hpp"
#include "resource/python/python_needs.hpp"
#include "resource/python/virtualenv_pip.hpp"

namespace rigsetup {
namespace {

class Virtualenv final : public Resource {
 public:
  explicit Virtualenv(VirtualenvWish wish) : wish_(std::move(wish)), requirements_(wish_.requirements()) {}

  Inspection inspect(const Host& host, std::stop_token) const override {
    const Tree& files = host.files;
    const auto user = find_environment_owner(files, wish_.owner);
    const auto environment = read_python_environment(files, wish_.path);
    if (!user && environment.exists) return Pending{format("there is no user {} yet", wish_.owner)};
    const auto have = user ? difference(files, environment, user->owner) : "absent";
    if (have.empty()) return AsWanted{have_text(environment)};
    if (const auto why = missing_part(files); !why.empty()) return Pending{why};
    return Differs{have, wish_.text()};
  }

  Applied apply(const Context& context) const override {
    if (context.stop.stop_requested()) throw Cancelled();
    const Tree& files = context.host.files;
    const auto user = find_environment_owner(files, wish_.owner);
    if (!user) {
      throw wish_.error(Code::not_found, format("there is no user {}", wish_.owner),
                        hint_for_owner(wish_.owner));
    }
    if (const auto why = missing_part(files); !why.empty())
      throw wish_.error(Code::not_found, why, how_to_get_environments(wish_.python));
    prepare_folder(files, *user);
    // From here on it is unfinished, until the record is written whole.
    write_record(files, wish_.path, {}, user->owner);
    try {
      fill(context, EnvironmentTools(context, wish_, *user));
    } catch (const Error& error) {
      // A full disk must not stay full; otherwise what was downloaded serves the next try.
      if (error.code() == Code::io) files.remove_all(wish_.work_folder());
      throw;
    }
    files.remove_all(wish_.work_folder());
    write_record(files, wish_.path, {wish_.digest(), read_python_environment(files, wish_.path).packages},
                 user->owner);
    return Done{};
  }

  std::vector<Thing> things() const override { return {{"virtualenv", wish_.path}}; }

  std::vector<Thing> would_make(const Host& host, std::stop_token) const override {
    const auto environment = read_python_environment(host.files, wish_.path);
    if (environment.exists && !environment.is_empty) return {};
    return {{"virtualenv", wish_.path}};
  }

 private:
  /// Why another inspection would not find it as wanted: empty when nothing has to be done.
  std::string difference(const Tree& files, const PythonEnvironment& environment, Owner owner) const {
    if (!environment.exists) return "absent";
    if (environment.owner.uid != owner.uid) return format("it belongs to user {}", environment.owner.uid);
    const auto record = read_record(files, wish_.path);
    if (!record) return environment.made ? "an environment that rigsetup did not complete" : "no environment";
    if (!environment.made || record->asked.empty()) return "an unfinished environment";
    if (!runs_interpreter(files, wish_.path, wish_.python)) return "it runs another Python";
    auto lines = lacks(environment, *record, required_here(files, environment));
    for (const auto& [name, version] : other_builds(environment, requirements_, wish_.index_url))
      lines.push_back(format("{} {} instead of {}", name, version, build_of_index(wish_.index_url)));
    for (const auto& [name, version] : foreign_frameworks(environment))
      lines.push_back(
          format("{} {} instead of {}", name, version, build_of_index(wish_.framework_index_url)));
    for (const auto& name : damaged_packages(files, environment)) lines.push_back(name + " is damaged");
    if (wish_.exact) {
      for (const auto& [name, version] : environment.packages) {
        if (record->packages.count(name) == 0) lines.push_back("besides " + name);
      }
    }
    if (!lines.empty()) return join(lines, ", ");
    return record->asked == wish_.digest() ? "" : "made for other requirements";
  }

  /// Without what the system's Python has and pip was content with.
  std::vector<PythonRequirement> required_here(const Tree& files,
                                               const PythonEnvironment& environment) const {
    auto here = requirements_;
    if (!wish_.system_site_packages) return here;
    const auto of_system = read_system_packages(files, wish_.path);
    std::erase_if(here, [&](const PythonRequirement& one) {
      return of_system.contains(one.name) && !environment.packages.contains(one.name);
    });
    return here;
  }

  /// Something outside the environment that it cannot be made without.
  std::string missing_part(const Tree& files) const {
    if (const auto why = why_no_environments(files, wish_.python); !why.empty()) return why;
    if (!wish_.wheels.empty() && !files.info_followed(wish_.wheels))
      return format("there is no folder {} yet", wish_.wheels);
    return "";
  }

  /// The folder exists afterwards, belongs to the owner, and nothing in it is in the way.
  void prepare_folder(const Tree& files, const User& user) const {
    const std::filesystem::path path = wish_.path;
    const auto parent = path.parent_path();
    const Owner above = code_owner(files, parent);
    if (above.uid != 0 && above.uid != user.owner.uid) {
      throw wish_.error(Code::conflict,
                        format("a folder above it belongs to user {}, not to {}", above.uid, wish_.owner),
                        "name that user as owner, or another path");
    }
    if (const auto closed = closed_folder(files, path, user); !closed.empty()) {
      throw wish_.error(Code::denied, format("{} may not enter {}", wish_.owner, closed.string()),
                        "name another path, or let others enter that folder: chmod o+x");
    }
    const auto environment = read_python_environment(files, path);
    if (!environment.exists) {
      files.make_directories(parent, 0755, above);
      files.make_directories(path, 0755, user.owner);
      return;
    }
    const bool ours = read_record(files, path).has_value();
    if (!ours && !environment.made && !environment.is_empty)
      throw wish_.error(Code::conflict, "something else is there", "move it away, or name another path");
    if (environment.owner.uid != user.owner.uid) {
      throw wish_.error(Code::conflict,
                        format("it belongs to user {}, not to {}", environment.owner.uid, wish_.owner),
                        hint_for(environment.owner, files.outside(path), user));
    }
    const bool stale = environment.made && !runs_interpreter(files, path, wish_.python);
    if (stale && !ours) {
      throw wish_.error(Code::conflict,
                        "an environment of another Python is there that rigsetup did not make",
                        "move it away, or name another path");
    }
    if (stale || (ours && !environment.made)) {
      for (const char* part : {"bin", "include", "lib", "lib64", "pyvenv.cfg"}) files.remove_all(path / part);
    }
  }

  void fill(const Context& context, const EnvironmentTools& tools) const {
    const Tree& files = context.host.files;
    auto present = read_python_environment(files, wish_.path);
    remove_remains(files, present);
    auto damaged = damaged_packages(files, present);
    if (std::erase(damaged, "pip") > 0) {  // nothing else could install it anew
      forget_package(files, present, "pip");
      present.packages.erase("pip");
    }
    if (!can_be_filled(files, present)) tools.make_environment();
    const std::string wanted = tools.requirements_file();

    auto anew = other_builds(present, requirements_, wish_.index_url);
    for (const auto& [name, version] : foreign_frameworks(present)) {
      if (is_required(name)) anew[name] = version;
    }
    for (const auto& name : damaged) anew[name] = present.packages[name];
    if (!anew.empty()) tools.install_anew(wanted, anew);
    if (!wish_.packages.empty() || !wanted.empty()) tools.install(wanted);
    // What others need of the framework came from where they come from, in the version that goes with it.
    auto brought = foreign_frameworks(read_python_environment(files, wish_.path));
    for (auto& [name, version] : brought) version.erase(std::min(version.find('+'), version.size()));
    if (!brought.empty()) tools.install_anew(wanted, brought);
    if (wish_.exact) prune(files, tools, wanted);
  }

  void prune(const Tree& files, const EnvironmentTools& tools, const std::string& requirements_file) const {
    auto requirements = requirements_;
    if (!wish_.lock.empty()) requirements = parse_requirements_file(requirements_file);
    const auto rest = not_needed(files, read_python_environment(files, wish_.path), requirements);
    if (!rest.empty()) tools.uninstall(rest);
  }

  /// Packages of the framework that are of another index.
  std::map<std::string, std::string> foreign_frameworks(const PythonEnvironment& environment) const {
    return foreign_builds(environment, wish_.framework_packages, wish_.framework_index_url);
  }

  bool is_required(const std::string& name) const {
    return std::any_of(requirements_.begin(), requirements_.end(),
                       [&](const PythonRequirement& one) { return one.name == name; });
  }

  /// Has venv come to its end, which writes "activate", as it is wished?
  bool can_be_filled(const Tree& files, const PythonEnvironment& present) const {
    const std::filesystem::path path = wish_.path;
    const auto settings = files.read(path / "pyvenv.cfg", 1 << 16).value_or("");
    const bool system = settings.find("include-system-site-packages = true") != std::string::npos;
    return present.made && present.packages.count("pip") > 0 && files.info(path / "bin/activate") &&
           system == wish_.system_site_packages;
  }

  std::string have_text(const PythonEnvironment& environment) const {
    std::vector<std::string> names;
    for (const auto& requirement : requirements_) {
      const auto found = environment.packages.find(requirement.name);
      if (found != environment.packages.end() && names.size() < 5)
        names.push_back(found->first + " " + found->second);
    }
    return format("{}{}{} packages", join(names, ", "), names.empty() ? "" : ", in all ",
                  environment.packages.size());
  }

  VirtualenvWish wish_;
  std::vector<PythonRequirement> requirements_;
};

}  // namespace

std::unique_ptr<Resource> virtualenv(VirtualenvWish wish) {
  return std::make_unique<Virtualenv>(std::move(wish));
}

}  // namespace rigsetup
