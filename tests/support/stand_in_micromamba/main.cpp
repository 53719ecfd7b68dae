// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// Stands in for micromamba where none can be had: the argument forms that rigsetup uses, real repodata and
// packages read, the files and the JSON of the real one (as of 2.8.1) written. Its solver is simple.
//
//   create|install -p PREFIX [-f FILE | SPEC...] [-c URL]... [--dry-run] [--offline] [--no-deps]
//   [--force-reinstall] remove -p PREFIX NAME...        shell hook        --version
//
// What tests tell it lies beside it, in stand-in.json:
//   {"phase": "fetch" or "link", "at": 2, "do": "die", "sleep" or "fail"}   before that package
//   {"lie": "failed"}    all is done, exit status 0, and the document says success:false
//   {"lie": "done"}      nothing is done, and it says that all was
//   {"lie": "nothing"}   nothing is done or said, exit status 0
// Where there is a stand-in.log beside it, it adds a line: who ran it, with what.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include <signal.h>
#include <unistd.h>

#include "tests/support/stand_in_micromamba/archive.hpp"
#include "tests/support/stand_in_micromamba/arguments.hpp"
#include "tests/support/stand_in_micromamba/transaction.hpp"

namespace stand_in {
namespace fs = std::filesystem;
namespace {

constexpr const char* k_version = "2.8.1";
constexpr const char* k_hook = R"(micromamba() {
  case "$1" in
    activate)
      case "$2" in /*) CONDA_PREFIX="$2" ;; *) CONDA_PREFIX="$MAMBA_ROOT_PREFIX/envs/$2" ;; esac
      export CONDA_PREFIX PATH="$CONDA_PREFIX/bin:$PATH" ;;
    *) "$MAMBA_EXE" "$@" ;;
  esac
}
)";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

fs::path cache_folder() {
  const std::string named = environment("CONDA_PKGS_DIRS");
  if (!named.empty()) return named.substr(0, named.find(','));
  return fs::path(environment("MAMBA_ROOT_PREFIX")) / "pkgs";
}

/// __cuda: what it was told, else that of a toolkit (as 2.0.6 and newer do).
std::map<std::string, std::string> machine() {
  std::map<std::string, std::string> found = {
      {"__glibc", "2.35"}, {"__linux", "6.1"}, {"__unix", "0"}, {"__archspec", "1"}};
  const char* told = std::getenv("CONDA_OVERRIDE_CUDA");
  const fs::path toolkit = "/usr/local/cuda/version.json";
  if (told != nullptr && *told != '\0') found["__cuda"] = told;
  if (told == nullptr && fs::exists(toolkit))
    found["__cuda"] = Json::parse(read_file(toolkit))["cuda"]["version"];
  return found;
}

/// A channel's index: fetched and kept, or offline as it was kept.
Json index_of(const std::string& url, bool offline) {
  const fs::path kept = cache_folder() / "cache" / (md5_of(url).substr(0, 8) + ".json");
  if (offline) return fs::exists(kept) ? Json::parse(read_file(kept)) : Json::object();
  const std::string text = unzstd(fetch(url + "/repodata.json.zst"));
  fs::create_directories(kept.parent_path());
  write_file(kept, text);
  return Json::parse(text);
}

std::vector<Package> packages_of(const Arguments& arguments) {
  std::vector<Package> known;
  for (const std::string& channel : arguments.channels) {
    for (const std::string subdir : {"linux-64", "noarch"}) {
      const Json index = index_of(channel + "/" + subdir, arguments.has("--offline"));
      for (const char* section : {"packages.conda", "packages"}) {
        const Json packages = index.value(section, Json::object());
        for (const auto& [fn, record] : packages.items()) {
          known.push_back({record});
          known.back().record.update(
              {{"fn", fn}, {"channel", channel}, {"url", channel + "/" + subdir + "/" + fn}});
        }
      }
    }
  }
  return known;
}

/// A line of an explicit file: URL, URL#MD5, URL#SHA256 or URL#sha256:SHA256.
Package explicit_package(const std::string& line) {
  const std::string url = line.substr(0, line.find('#'));
  std::string digest = line.size() > url.size() ? line.substr(url.size() + 1) : "";
  if (digest.starts_with("sha256:")) digest.erase(0, 7);
  const fs::path path = url;
  const std::string fn = path.filename();
  const std::string stem = fn.substr(0, fn.ends_with(".conda") ? fn.size() - 6 : fn.size() - 8);
  const std::size_t build = stem.rfind('-');
  const std::size_t version = stem.rfind('-', build - 1);
  Package package{{{"url", url},
                   {"fn", fn},
                   {"name", stem.substr(0, version)},
                   {"version", stem.substr(version + 1, build - version - 1)},
                   {"build", stem.substr(build + 1)},
                   {"channel", path.parent_path().parent_path().string()},
                   {"subdir", path.parent_path().filename().string()}}};
  if (!digest.empty()) package.record[digest.size() == 32 ? "md5" : "sha256"] = digest;
  return package;
}

/// What a file asks for: explicit packages, or specs (of an environment.yml: its dependencies).
void read_specs(const Arguments& arguments, std::vector<std::string>& specs, std::vector<Package>& packages) {
  const bool is_yaml = arguments.file.ends_with(".yml") || arguments.file.ends_with(".yaml");
  std::istringstream lines(read_file(arguments.file));
  bool is_explicit = false;
  bool here = !is_yaml;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (line == "@EXPLICIT") {
      is_explicit = true;
    } else if (is_explicit) {
      packages.push_back(explicit_package(line));
    } else if (is_yaml && line[0] != ' ' && line[0] != '-') {
      here = line.starts_with("dependencies:");
    } else if (here) {
      specs.push_back(is_yaml ? line.substr(line.find_first_not_of(" -")) : line);
    }
  }
}

Json short_record(const Package& package) {
  Json made = Json::object();
  for (const char* key : {"name", "version", "build", "build_number", "channel", "subdir", "fn", "url", "md5",
                          "sha256", "size", "depends", "constrains", "timestamp", "license", "noarch"}) {
    if (package.record.contains(key)) made[key] = package.record[key];
  }
  made["build_string"] = made.value("build", "");
  return made;
}

Json list(const std::vector<Package>& packages) {
  Json made = Json::array();
  for (const Package& package : packages) made.push_back(short_record(package));
  return made;
}

Transaction plan(const Arguments& arguments) {
  Transaction transaction;
  transaction.prefix = arguments.prefix;
  transaction.cache = cache_folder();
  std::istringstream named(environment("CONDA_PKGS_DIRS"));
  for (std::string one; std::getline(named, one, ',');) transaction.more_caches.emplace_back(one);
  transaction.command = "micromamba " + arguments.line;
  transaction.asked = arguments.specs;
  transaction.offline = arguments.has("--offline");
  const Packages there = arguments.verb == "create" ? Packages() : installed_in(arguments.prefix);
  if (arguments.verb == "remove") {
    for (const auto& [name, package] : there) {
      if (std::count(arguments.specs.begin(), arguments.specs.end(), name) > 0)
        transaction.unlink.push_back(package);
    }
    if (transaction.unlink.empty())
      throw Critical("Failure: packages to remove not found in the environment");
    transaction.asked.clear();
    return transaction;
  }
  if (!arguments.file.empty()) read_specs(arguments, transaction.asked, transaction.link);
  if (transaction.link.empty()) {
    std::vector<Spec> wishes;
    for (const std::string& text : transaction.asked) wishes.push_back(parse_spec(text));
    const Packages wanted =
        solve(wishes, packages_of(arguments), there, machine(), !arguments.has("--no-deps"));
    for (const std::string& name : in_order(wanted)) {
      const Package& package = wanted.at(name);
      const auto old = there.find(name);
      const bool asked =
          std::any_of(wishes.begin(), wishes.end(), [&](const Spec& one) { return one.name == name; });
      const bool again = arguments.has("--force-reinstall") && asked;
      if (old != there.end() && old->second.at("url") == package.at("url") && !again) continue;
      transaction.link.push_back(package);
    }
  }
  for (const Package& package : transaction.link) {
    if (const auto old = there.find(package.at("name")); old != there.end())
      transaction.unlink.push_back(old->second);
    if (!is_cached(package, transaction)) transaction.fetch.push_back(package);
  }
  return transaction;
}

void register_prefix(const std::string& prefix) {
  const fs::path list = fs::path(environment("HOME")) / ".conda/environments.txt";
  if (environment("CONDA_REGISTER_ENVS") == "false" ||
      read_file(list).find(prefix + "\n") != std::string::npos)
    return;
  fs::create_directories(list.parent_path());
  std::ofstream(list, std::ios::app) << prefix << "\n";
}

void obey(const Json& told, const std::string& phase, int number) {
  if (told.value("phase", "") != phase || told.value("at", -1) != number) return;
  const std::string what = told.value("do", "");
  if (what == "die") ::raise(SIGKILL);
  if (what == "sleep") ::sleep(600);
  if (what == "fail") throw Critical(told.value("text", "No space left on device"));
}

int work(const Arguments& arguments, const Json& told) {
  const std::string lie = told.value("lie", "");
  if (lie == "nothing") return 0;
  Json said = {
      {"dry_run", arguments.has("--dry-run")}, {"prefix", arguments.prefix}, {"success", lie != "failed"}};
  try {
    const Transaction transaction = plan(arguments);
    if (transaction.link.empty() && transaction.unlink.empty()) {
      said["message"] = "All requested packages already installed";
    } else {
      said["actions"] = {{"FETCH", list(transaction.fetch)},
                         {"LINK", list(transaction.link)},
                         {"UNLINK", list(transaction.unlink)},
                         {"PREFIX", arguments.prefix}};
      if (!arguments.has("--dry-run") && lie != "done") {
        const Hook hook = [&](const std::string& phase, int number) { obey(told, phase, number); };
        if (arguments.verb == "create") fs::remove_all(arguments.prefix);  // before anything is downloaded
        fetch_all(transaction, hook);
        carry_out(transaction, hook);
        register_prefix(arguments.prefix);
      }
    }
  } catch (const Unsolvable& unsolvable) {
    std::cerr << "critical libmamba Could not solve for environment specs\n";
    for (const std::string& problem : unsolvable.problems) std::cerr << "    " << problem << "\n";
    std::cout << Json{{"solver_problems", unsolvable.problems}, {"success", false}}.dump(4) << std::endl;
    return 1;
  }
  std::cout << said.dump(4) << std::endl;
  return 0;
}

void log_call(const fs::path& folder, const Arguments& arguments) {
  Json environment = Json::object();
  for (char** one = environ; *one != nullptr; ++one) {
    const std::string text = *one;
    environment[text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
  }
  if (fs::exists(folder / "stand-in.log"))
    std::ofstream(folder / "stand-in.log", std::ios::app)
        << Json{{"arguments", arguments.line}, {"uid", ::geteuid()}, {"environment", environment}}.dump()
        << "\n";
}

}  // namespace
}  // namespace stand_in

int main(int argc, char** argv) {
  using namespace stand_in;
  try {
    const Arguments arguments = parse(argc, argv);
    const fs::path folder = fs::path(argv[0]).parent_path();
    log_call(folder, arguments);
    if (arguments.has("--version")) return std::cout << k_version << "\n", 0;
    if (arguments.verb == "shell") return std::cout << k_hook, 0;
    if (arguments.verb != "create" && arguments.verb != "install" && arguments.verb != "remove")
      throw Usage{arguments.verb};
    const std::string told = read_file(folder / "stand-in.json");
    return work(arguments, told.empty() ? Json::object() : Json::parse(told));
  } catch (const Usage& usage) {
    std::cerr << "The following argument was not expected: " << usage.word
              << "\nRun with --help for more information.\n";
    return 109;
  } catch (const std::exception& error) {
    std::cerr << "critical libmamba " << error.what() << "\n";
    return 1;
  }
}
