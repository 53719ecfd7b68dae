// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "daemon/options.hpp"

#include <fstream>
#include <iterator>
#include <optional>

#include <getopt.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/yaml.hpp>
#include <rigsetup/recipe/fields.hpp>

namespace rigsetup {

const std::string_view k_daemon_help =
    R"(usage: rigsetupd [OPTION]...
The daemon of rigsetup: answers on a unix socket and provisions the machine.

  --socket PATH       listen here (/run/rigsetup/rigsetup.sock); systemd's socket goes first
  --state-dir DIR     journal, runs and package lists (/var/lib/rigsetup); logs are then in DIR/log
  --config FILE       configuration (/etc/rigsetup/rigsetupd.yaml)
  --data-dir DIR      shipped recipes (/usr/share/rigsetup/recipes)
  --libexec-dir DIR   helper programs (/usr/libexec/rigsetup)
  --release ROOT      before rigsetup itself is removed: take away the apt preferences that it wrote there, and
                      print the names of the packages that it holds
  --foreground        tell on standard error what is done; the daemon never leaves the foreground
  --version, --help

Keys of the configuration file:
  resume: auto | manual     go on by itself with a run that was interrupted, or wait for `rigsetup resume`
  lock_timeout: 10min       how long to wait for the locks of dpkg and apt
  lists_max_age: 1h         package lists not older than this are not fetched again
  group: rigsetup           whose members may change the machine
  workers: 4                steps at a time
)";

namespace {

constexpr std::string_view k_default_config = "/etc/rigsetup/rigsetupd.yaml";

const std::vector<FieldSpec> k_keys = {
    {"resume",
     FieldType::choice,
     "what to do with an interrupted run at start",
     false,
     "auto",
     {"auto", "manual"}},
    {"lock_timeout", FieldType::duration, "how long to wait for the locks of dpkg and apt", false, "10min"},
    {"lists_max_age", FieldType::duration, "when package lists are fetched again", false, "1h"},
    {"group", FieldType::text, "whose members may change the machine", false, "rigsetup"},
    {"workers", FieldType::integer, "steps at a time", false, "4"},
};

/// The folder of this program, to find what was built beside it.
std::filesystem::path own_folder() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path() : program.parent_path();
}

/// In a build folder the helper programs and recipes of the same tree are used, so that nothing needs to be
/// installed.
void prefer_build_folder(Settings& settings) {
  const auto folder = own_folder();
  std::error_code error;
  if (!std::filesystem::is_directory(folder / "libexec", error)) return;
  settings.libexec = folder / "libexec";
  const auto recipes = folder.parent_path() / "recipes";
  if (std::filesystem::exists(recipes / "recipe.schema.json", error)) settings.data = recipes;
}

std::filesystem::path absolute(const char* path) {
  return std::filesystem::absolute(path).lexically_normal();
}

std::string read_whole(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(stream)), {});
  if (!stream) throw Error(Code::invalid, format("cannot read {}", file.string()));
  return text;
}

}  // namespace

void read_configuration(const std::filesystem::path& file, Settings& settings) {
  Complaints complaints;
  const auto values = parse_yaml(read_whole(file), file.string(), complaints);
  if (values.is_null() && complaints.empty()) return;  // an empty file says nothing
  const auto fields = read_fields(values, k_keys, "the configuration", {file.string(), 1, 1}, complaints);
  if (complaints.empty()) {
    settings.resume = fields.text("resume") == "auto";
    settings.lock_timeout = parse_duration(fields.text("lock_timeout")).value();
    settings.lists_max_age = parse_duration(fields.text("lists_max_age")).value();
    settings.group = fields.text("group");
    settings.workers = static_cast<int>(fields.integer("workers"));
    if (settings.workers < 1 || settings.workers > 64) {
      complaints.push_back({fields.place("workers"), "workers must be 1 to 64", ""});
    }
  }
  if (complaints.empty()) return;
  std::vector<std::string> lines;
  for (const auto& complaint : complaints) lines.push_back(complaint.text());
  throw Error(Code::invalid, format("cannot use the configuration:\n{}", join(lines, "\n")));
}

Options read_options(int argc, char** argv) {
  Options options;
  auto& settings = options.settings;
  prefer_build_folder(settings);
  std::optional<std::filesystem::path> config;
  enum Name { socket = 1, state_dir, config_file, data_dir, libexec_dir, release, foreground, version, help };
  static const option k_options[] = {{"socket", required_argument, nullptr, socket},
                                     {"state-dir", required_argument, nullptr, state_dir},
                                     {"config", required_argument, nullptr, config_file},
                                     {"data-dir", required_argument, nullptr, data_dir},
                                     {"libexec-dir", required_argument, nullptr, libexec_dir},
                                     {"release", required_argument, nullptr, release},
                                     {"foreground", no_argument, nullptr, foreground},
                                     {"version", no_argument, nullptr, version},
                                     {"help", no_argument, nullptr, help},
                                     {nullptr, 0, nullptr, 0}};
  for (int name; (name = getopt_long(argc, argv, "", k_options, nullptr)) != -1;) {
    switch (name) {
      case socket:
        settings.socket = absolute(optarg);
        break;
      case state_dir:
        settings.state = absolute(optarg);
        settings.logs = settings.state / "log";
        break;
      case config_file:
        config = absolute(optarg);
        break;
      case data_dir:
        settings.data = absolute(optarg);
        break;
      case libexec_dir:
        settings.libexec = absolute(optarg);
        break;
      case release:
        options.action = Options::Action::release;
        options.root = absolute(optarg).string();
        break;
      case foreground:
        options.foreground = true;
        break;
      case version:
        options.action = Options::Action::version;
        return options;
      case help:
        options.action = Options::Action::help;
        return options;
      default:
        throw Error(Code::invalid, "cannot understand the command line", "rigsetupd --help");
    }
  }
  if (optind < argc) {
    throw Error(Code::invalid, format("cannot understand {}", printable(argv[optind])), "rigsetupd --help");
  }
  if (config || std::filesystem::exists(k_default_config)) {
    read_configuration(config.value_or(k_default_config), settings);
  }
  return options;
}

}  // namespace rigsetup
