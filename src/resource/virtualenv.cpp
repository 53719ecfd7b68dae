// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/no_environments.hpp"
#include "resource/program_file.hpp"
#include "resource/python_environment.hpp"

namespace rigsetup {
namespace {

class Virtualenv final : public Resource {
 public:
  Virtualenv(const Fields& fields, std::string requirements_file)
      : path_(fields.text("path")),
        python_(fields.text("python")),
        packages_(fields.texts("packages")),
        requirements_file_(std::move(requirements_file)),
        require_hashes_(fields.boolean("require_hashes") || has_hashes(requirements_file_)),
        index_url_(fields.text("index_url")),
        wheels_(fields.text("wheels")),
        owner_(fields.text("owner")),
        system_site_packages_(fields.boolean("system_site_packages")) {
    for (const auto& package : packages_) requirements_.push_back(parse_python_requirement(package));
    for (auto& requirement : parse_requirements_file(requirements_file_)) {
      requirements_.push_back(std::move(requirement));
    }
  }

  Inspection inspect(const Host& host, std::stop_token) const override {
    const Tree& files = host.files;
    const auto user = find_user(files, owner_);
    if (!user) return Pending{format("there is no user {} yet", owner_)};
    const auto environment = read_python_environment(files, path_);
    const auto have = difference(files, environment, user->owner);
    if (have.empty()) return AsWanted{have_text(environment)};
    if (const auto why = missing_part(files); !why.empty()) return Pending{why};
    return Differs{have, wanted_text()};
  }

  Applied apply(const Context& context) const override {
    if (context.stop.stop_requested()) throw Cancelled();
    const Tree& files = context.host.files;
    const auto user = find_user(files, owner_);
    if (!user)
      throw error(Code::not_found, format("there is no user {}", owner_), "an earlier step must make it");
    if (const auto why = missing_part(files); !why.empty()) {
      throw error(Code::not_found, why, "add the package python3-venv in an apt_packages step above");
    }
    prepare_folder(files, *user);
    // From here on it is unfinished, until the record is written whole.
    const auto earlier = read_record(files, path_);
    write_record(files, path_, {}, user->owner);
    const auto present = read_python_environment(files, path_);
    const bool complete =
        earlier && !earlier->asked.empty() && present.made && present.packages.count("pip") > 0;
    if (!complete || system_site_packages_ != uses_system_packages(files)) make_environment(context, *user);
    if (!packages_.empty() || !requirements_file_.empty()) install(context, *user);
    files.remove_all(work_folder());
    write_record(files, path_, {asked(), read_python_environment(files, path_).packages}, user->owner);
    return Done{};
  }

  std::vector<Thing> things() const override { return {{"virtualenv", path_}}; }

  std::vector<Thing> would_make(const Host& host, std::stop_token) const override {
    const auto environment = read_python_environment(host.files, path_);
    if (environment.exists && !environment.is_empty) return {};
    return {{"virtualenv", path_}};
  }

 private:
  /// What speaks for another inspection to find it as wanted: empty when nothing has to be done.
  std::string difference(const Tree& files, const PythonEnvironment& environment, Owner owner) const {
    if (!environment.exists) return "absent";
    if (environment.owner.uid != owner.uid) return format("it belongs to user {}", environment.owner.uid);
    const auto record = read_record(files, path_);
    if (!record) return environment.made ? "an environment that rigsetup did not complete" : "no environment";
    if (!environment.made || record->asked.empty()) return "an unfinished environment";
    if (!runs_interpreter(files, path_, python_)) return "it runs another Python";
    if (const auto missing = lacks(environment, *record, requirements_); !missing.empty())
      return join(missing, ", ");
    return record->asked == asked() ? "" : "made for other requirements";
  }

  /// Something outside the environment that it cannot be made without.
  std::string missing_part(const Tree& files) const {
    if (const auto why = why_no_environments(files, python_); !why.empty()) return why;
    if (!wheels_.empty() && !files.info_followed(wheels_))
      return format("there is no folder {} yet", wheels_);
    return "";
  }

  /// The folder exists afterwards, belongs to the owner, and nothing in it is in the way.
  void prepare_folder(const Tree& files, const User& user) const {
    const auto parent = std::filesystem::path(path_).parent_path();
    const Owner above = code_owner(files, parent);
    if (above.uid != 0 && above.uid != user.owner.uid) {
      throw error(Code::conflict,
                  format("a folder above it belongs to user {}, not to {}", above.uid, owner_),
                  "name that user as owner, or another path");
    }
    const auto environment = read_python_environment(files, path_);
    if (!environment.exists) {
      files.make_directories(parent, 0755, above);
      files.make_directories(path_, 0755, user.owner);
      return;
    }
    if (environment.owner.uid != user.owner.uid) {
      throw error(Code::conflict, format("it belongs to user {}, not to {}", environment.owner.uid, owner_),
                  "name that user as owner, or move it away");
    }
    const bool ours = read_record(files, path_).has_value();
    if (!ours && !environment.made && !environment.is_empty) {
      throw error(Code::conflict, "something else is there", "move it away, or name another path");
    }
    const bool stale = environment.made && !runs_interpreter(files, path_, python_);
    if (stale && !ours) {
      throw error(Code::conflict, "an environment of another Python is there that rigsetup did not make",
                  "move it away, or name another path");
    }
    if (stale || (ours && !environment.made)) {
      for (const char* part : {"bin", "include", "lib", "lib64", "pyvenv.cfg"}) {
        files.remove_all(std::filesystem::path(path_) / part);
      }
    }
  }

  bool uses_system_packages(const Tree& files) const {
    const auto settings = files.read(std::filesystem::path(path_) / "pyvenv.cfg", 1 << 16).value_or("");
    return settings.find("include-system-site-packages = true") != std::string::npos;
  }

  void make_environment(const Context& context, const User& user) const {
    Command command;
    command.argv = {find_program(context.host.files, python_)->string(), "-I", "-m", "venv"};
    if (system_site_packages_) command.argv.push_back("--system-site-packages");
    command.argv.push_back(path_);
    run(context, user, "venv", "making the environment", std::move(command));
  }

  void install(const Context& context, const User& user) const {
    Command command;
    command.argv = {path_ + "/bin/python", "-I", "-m", "pip", "install", "--progress-bar=off"};
    const auto add = [&](std::initializer_list<std::string> words) {
      command.argv.insert(command.argv.end(), words);
    };
    if (require_hashes_) add({"--require-hashes"});
    if (!index_url_.empty()) add({"--index-url", index_url_});
    if (!wheels_.empty()) add({"--no-index", "--find-links", wheels_});
    if (!requirements_file_.empty()) {
      const auto file = work_folder() / "requirements.txt";
      context.host.files.make_directories(work_folder(), 0700, user.owner);
      context.host.files.write(file, requirements_file_, 0600, user.owner);
      add({"--requirement", file.string()});
    }
    add({"--"});
    command.argv.insert(command.argv.end(), packages_.begin(), packages_.end());
    run(context, user, "pip", "looking for packages", std::move(command));
  }

  /// Runs a part of the work as the owner, with all it writes inside the environment and nothing of the
  /// owner's own settings.
  void run(const Context& context, const User& user, const std::string& name, const std::string& label,
           Command command) const {
    const Tree& files = context.host.files;
    files.make_directories(work_folder(), 0700, user.owner);
    if (user.owner.uid != 0) command.as = user.owner;
    command.environment = {{"HOME", user.home},
                           {"TMPDIR", work_folder().string()},  // /tmp may be small, and wheels are large
                           {"PIP_CACHE_DIR", (work_folder() / "cache").string()},
                           {"PIP_CONFIG_FILE", "/dev/null"},
                           {"PIP_NO_INPUT", "1"},
                           {"PIP_DISABLE_PIP_VERSION_CHECK", "1"},
                           {"PIP_ROOT_USER_ACTION", "ignore"}};
    Progress progress;
    progress.label = label;
    context.reporter.progress(progress);
    JobWatcher watcher;
    watcher.output = [&](std::string_view text) { tell(context, text); };
    const Finished finished = context.run_job(name, std::move(command), true, watcher);
    if (!finished.ok()) throw failure(name, finished);
  }

  /// pip says a line for each thing it begins.
  static void tell(const Context& context, std::string_view text) {
    for (const auto& line : split_lines(text)) {
      const auto words = split_words(line);
      if (words.size() < 2) continue;
      Progress progress;
      if (words[0] == "Collecting") progress.label = "looking for " + words[1];
      if (words[0] == "Downloading")
        progress.label = "downloading " + std::filesystem::path(words[1]).filename().string();
      if (words[0] == "Building" && words.size() > 3) progress.label = "building " + words[3];
      if (words[0] == "Installing") progress.label = "installing packages";
      if (progress.label.empty()) continue;
      progress.label = printable(progress.label);
      context.reporter.progress(progress);
    }
  }

  Error failure(const std::string& name, const Finished& finished) const {
    if (finished.out.find("ensurepip is not") != std::string::npos) {
      return error(Code::not_found, python_ + " has no ensurepip",
                   "add the package python3-venv in an apt_packages step above");
    }
    for (const std::string_view sign :
         {"NewConnectionError", "Failed to establish a new connection", "ConnectTimeout",
          "NameResolutionError", "Connection refused", "ProxyError", "SSLError"}) {
      if (finished.out.find(sign) != std::string::npos) {
        return error(Code::network, format("{} cannot reach the package index ({})", name, sign),
                     "look at the network, at index_url and at the proxy");
      }
    }
    std::string cause;
    for (const auto& line : split_lines(finished.out)) {
      if (line.starts_with("ERROR: ") || line.starts_with("Error: ")) cause = line.substr(7);
    }
    if (cause.empty()) cause = last_lines(finished.out, 1);
    return error(Code::program,
                 format("{}: {}{}{}", name, finished.text(), cause.empty() ? "" : ": ", printable(cause)),
                 "the whole output is in the step's log");
  }

  Error error(Code code, const std::string& cause, const std::string& hint) const {
    return Error(code, format("cannot make the Python environment {}: {}", path_, cause), hint);
  }

  std::filesystem::path work_folder() const { return std::filesystem::path(path_) / ".rigsetup-work"; }

  /// A digest of all that decides what pip would do.
  std::string asked() const {
    return sha256_hex(
        join({python_, join(packages_, "\n"), requirements_file_, require_hashes_ ? "hashes" : "", index_url_,
              wheels_, system_site_packages_ ? "system" : ""},
             std::string_view("\0", 1)));
  }

  std::string wanted_text() const {
    std::vector<std::string> names = packages_;
    const auto in_file = requirements_.size() - packages_.size();
    if (in_file > 0) names.push_back(format("{} from the requirements file", in_file));
    return names.empty() ? "an environment" : "an environment with " + join(names, ", ");
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

  std::string path_;
  std::string python_;
  std::vector<std::string> packages_;
  std::string requirements_file_;
  bool require_hashes_;
  std::string index_url_;
  std::string wheels_;
  std::string owner_;
  bool system_site_packages_;
  std::vector<PythonRequirement> requirements_;
};

std::string title(const Fields& fields) { return "Python environment " + fields.text("path"); }

std::unique_ptr<Resource> make(const Step& step, const Attachments& attachments, Complaints& complaints) {
  const Fields& fields = step.fields;
  const auto packages = fields.texts("packages");
  for (std::size_t i = 0; i < packages.size(); ++i) {
    if (trim(packages[i]).empty() || trim(packages[i]).front() == '-' ||
        packages[i] != printable(packages[i])) {
      complaints.push_back(
          {fields.place_of_item("packages", i), format("\"{}\" is not a requirement", printable(packages[i])),
           "numpy, numpy==1.26.4 or \"numpy>=1.26\"; options of pip go into a requirements file"});
    }
  }
  if (fields.has("index_url") && fields.has("wheels")) {
    complaints.push_back({fields.place("wheels"),
                          "packages come either from an index or from a folder of wheels",
                          "remove index_url or wheels"});
  }
  const std::string url = fields.text("index_url");
  if (!url.empty() && url.find("://") == std::string::npos) {
    complaints.push_back({fields.place("index_url"), format("\"{}\" is not a URL", printable(url)),
                          "https://pypi.org/simple"});
  }
  const auto found = attachments.find(fields.text("requirements"));
  std::string requirements = found == attachments.end() ? std::string() : found->second;
  if (fields.boolean("require_hashes") && !fields.has("requirements")) {
    complaints.push_back({fields.place("require_hashes"),
                          "hashes are written in a requirements file, and there is none",
                          "requirements: the name of a file beside the recipe"});
  }
  if (!packages.empty() && (fields.boolean("require_hashes") || has_hashes(requirements))) {
    complaints.push_back({fields.place("packages"),
                          "packages have no hashes, and all that is installed must have one",
                          "move them into the requirements file"});
  }
  return std::make_unique<Virtualenv>(fields, std::move(requirements));
}

}  // namespace

const Kind& virtualenv_kind() {
  static const Kind kind = {
      .name = "virtualenv",
      .summary =
          "A Python environment with these packages. It is made, and its code is run, by its owner only.",
      .example = R"yaml(- virtualenv:
    path: /opt/notebook
    packages: [jupyterlab, "numpy>=1.26"]
)yaml",
      .fields =
          {
              {.name = "path", .type = FieldType::path, .summary = "where it lies", .required = true},
              {.name = "python",
               .summary = "the interpreter to make it with: a name or a path",
               .fallback = "python3"},
              {.name = "packages",
               .type = FieldType::texts,
               .summary = "what pip installs: numpy, numpy==1.26.4"},
              {.name = "requirements",
               .type = FieldType::attachment,
               .summary = "a requirements file beside the recipe"},
              {.name = "require_hashes",
               .type = FieldType::boolean,
               .summary =
                   "install nothing without a known hash; implied when the requirements file has hashes",
               .fallback = "false"},
              {.name = "index_url", .summary = "package index; without one, pip's own"},
              {.name = "wheels",
               .type = FieldType::path,
               .summary = "instead of an index: a folder of wheels in the target; no network is used"},
              {.name = "owner", .summary = "user it belongs to; everybody may read it", .fallback = "root"},
              {.name = "system_site_packages",
               .type = FieldType::boolean,
               .summary = "also see the packages that the system's Python has",
               .fallback = "false"},
          },
      .hold = Hold::dpkg_shared,
      .usual = std::chrono::seconds(60),
      .independent_of = {"virtualenv", "nvidia_modules", "mok_enrolment", "nvidia_loaded", "conda_engine",
                         "conda_packages"},
      .noun = "Python environment",
      .title = title,
      .make = make,
      .make_removal = no_environments,
  };
  return kind;
}

}  // namespace rigsetup
