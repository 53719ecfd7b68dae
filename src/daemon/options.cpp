// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "daemon/options.hpp"

#include <fstream>
#include <iterator>
#include <vector>

#include <getopt.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/yaml.hpp>
#include <rigsetup/recipe/fields.hpp>

namespace rigsetup {

const std::string_view k_default_config = "/etc/rigsetup/rigsetupd.yaml";

namespace {

const std::vector<FieldSpec> k_keys = {
    {"resume",
     FieldType::choice,
     "go on by itself with a run that was interrupted, or wait for `rigsetup resume`",
     false,
     "auto",
     {"auto", "manual"}},
    {"lock_timeout", FieldType::duration, "how long to wait for the locks of dpkg and apt", false, "10min"},
    {"lists_max_age", FieldType::duration, "package lists not older than this are not fetched again", false,
     "1h"},
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

const OptionSpec k_options[] = {
    {"socket", "PATH", "listen here (/run/rigsetup/rigsetup.sock); systemd's socket goes first",
     [](Options& o, const char* value) { o.settings.socket = absolute(value); }},
    {"state-dir", "DIR", "journal, runs and package lists (/var/lib/rigsetup); logs are then in DIR/log",
     [](Options& o, const char* value) {
       o.settings.state = absolute(value);
       o.settings.logs = o.settings.state / "log";
     }},
    {"config", "FILE", "configuration (/etc/rigsetup/rigsetupd.yaml)",
     [](Options& o, const char* value) {
       o.config = absolute(value);
       o.settings.tables = o.config.parent_path() / "compat.d";
     }},
    {"data-dir", "DIR", "shipped recipes (/usr/share/rigsetup/recipes)",
     [](Options& o, const char* value) { o.settings.data = absolute(value); }},
    {"libexec-dir", "DIR", "helper programs (/usr/libexec/rigsetup)",
     [](Options& o, const char* value) { o.settings.libexec = absolute(value); }},
    {"release", "ROOT",
     "before rigsetup itself is removed: take away the apt preferences that it wrote below this root, and "
     "print "
     "the names of the packages that it holds",
     [](Options& o, const char* value) {
       o.action = Options::Action::release;
       o.root = absolute(value).string();
     }},
    {"foreground", nullptr, "tell on standard error what is done; the daemon never leaves the foreground",
     [](Options& o, const char*) { o.foreground = true; }},
    {"version", nullptr, "the version of this program",
     [](Options& o, const char*) { o.action = Options::Action::version; }},
    {"help", nullptr, "this text", [](Options& o, const char*) { o.action = Options::Action::help; }},
};

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

std::span<const OptionSpec> daemon_options() { return k_options; }
std::span<const FieldSpec> configuration_keys() { return k_keys; }

std::string daemon_help() {
  std::string text =
      "usage: rigsetupd [OPTION]...\n"
      "The daemon of rigsetup: answers on a unix socket and provisions the machine.\n\n";
  for (const OptionSpec& option : k_options) {
    const std::string words =
        option.value == nullptr ? option.name : format("{} {}", option.name, option.value);
    text += format("  --{:<17} {}\n", words, option.summary);
  }
  text += "\nKeys of the configuration file:\n";
  for (const FieldSpec& key : k_keys) {
    const std::vector<std::string> choices(key.choices.begin(), key.choices.end());
    const std::string values = choices.empty() ? std::string(key.fallback) : join(choices, " | ");
    text += format("  {:<24}  {}\n", format("{}: {}", key.name, values), key.summary);
  }
  return text;
}

Options read_options(int argc, char** argv) {
  Options options;
  prefer_build_folder(options.settings);
  std::vector<option> names;
  for (const OptionSpec& spec : k_options)
    names.push_back({spec.name, spec.value == nullptr ? no_argument : required_argument, nullptr,
                     static_cast<int>(names.size()) + 1});
  names.push_back({});
  for (int number; (number = getopt_long(argc, argv, "", names.data(), nullptr)) != -1;) {
    if (number == '?') throw Error(Code::invalid, "cannot understand the command line", "rigsetupd --help");
    k_options[number - 1].take(options, optarg);
    const bool only_tells =
        options.action == Options::Action::help || options.action == Options::Action::version;
    if (only_tells) return options;
  }
  if (optind < argc) {
    throw Error(Code::invalid, format("cannot understand {}", printable(argv[optind])), "rigsetupd --help");
  }
  if (!options.config.empty()) {
    read_configuration(options.config, options.settings);
  } else if (std::filesystem::exists(k_default_config)) {
    read_configuration(k_default_config, options.settings);
  }
  return options;
}

}  // namespace rigsetup
