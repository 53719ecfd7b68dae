// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/program_file.hpp"

namespace rigsetup {
namespace {

class CommandStep final : public Resource {
 public:
  explicit CommandStep(const Fields& fields)
      : argv_(fields.texts("argv")),
        check_(fields.texts("check")),
        environment_(fields.text_map("environment")),
        directory_(fields.text("directory")),
        user_(fields.text("user")),
        timeout_(parse_duration(fields.text("timeout")).value_or(std::chrono::minutes(10))) {}

  Inspection inspect(const Host& host, std::stop_token stop) const override {
    if (const auto missing = missing_name(host.files, check_); !missing.empty()) return Pending{missing};
    const Command command = command_of(host.files, check_);
    const Finished finished = host.programs.run(command, stop);
    if (finished.ok()) return AsWanted{command.text() + " succeeds"};
    if (finished.timed_out) return Unknown{format("{}: {}", command.text(), finished.text())};
    return Differs{format("{}: {}", command.text(), finished.text()), "that it succeeds"};
  }

  Applied apply(const Context& context) const override {
    const Tree& files = context.host.files;
    if (const auto missing = missing_name(files, argv_); !missing.empty()) {
      throw Error(Code::not_found, format("cannot run {}: {}", argv_.front(), missing),
                  "an earlier step must bring it");
    }
    const Command command = command_of(files, argv_);
    Progress progress;
    progress.label = "running " + argv_.front();
    context.reporter.progress(progress);
    const Finished finished = context.run_job("command", command, true);
    if (finished.ok()) return Done{};
    // What it printed is for the log alone: a run is for anyone to read.
    throw Error(Code::program, format("cannot run {}: {}", command.text(), finished.text()),
                "what it printed is in the step's log");
  }

 private:
  std::string missing_name(const Tree& tree, const std::vector<std::string>& argv) const {
    if (!find_user(tree, user_)) return format("there is no user {} yet", user_);
    const auto directory = tree.info_followed(directory_);
    if (!directory || directory->type != FileInfo::Type::directory) {
      return format("there is no directory {} yet", directory_);
    }
    if (!find_program(tree, argv.front())) return format("there is no program {} yet", argv.front());
    return "";
  }

  /// Only when nothing is missing.
  Command command_of(const Tree& tree, const std::vector<std::string>& argv) const {
    const User user = *find_user(tree, user_);
    Command command;
    command.argv = argv;
    command.environment = environment_;
    command.directory = directory_;
    command.timeout = timeout_;
    if (user.owner.uid != 0) {
      command.as = user.owner;
      command.environment.insert(command.environment.begin(), {"HOME", user.home});
    }
    return command;
  }

  std::vector<std::string> argv_;
  std::vector<std::string> check_;
  std::vector<std::pair<std::string, std::string>> environment_;
  std::string directory_;
  std::string user_;
  std::chrono::milliseconds timeout_;
};

std::string title(const Fields& fields) {
  constexpr std::size_t k_longest = 60;
  std::string line = join(fields.texts("argv"), " ");
  if (line.size() > k_longest) line = line.substr(0, k_longest) + "...";
  return "command " + printable(line);
}

std::unique_ptr<Resource> make(const Step& step, const Attachments&, Complaints& complaints) {
  for (const std::string_view name : {"argv", "check"}) {
    const auto argv = step.fields.texts(name);
    if (!argv.empty() && argv.front().find('/') != std::string::npos && argv.front().front() != '/') {
      complaints.push_back({step.fields.place_of_item(name, 0),
                            format("\"{}\" is neither a name nor an absolute path", argv.front()),
                            "write the whole path, or a name that is in the PATH"});
    }
  }
  return std::make_unique<CommandStep>(step.fields);
}

}  // namespace

const Kind& command_kind() {
  static const Kind kind = {
      .name = "command",
      .summary = "A program to run when its check says so. For what no other kind does; there is no shell.",
      .example = R"(- command:
    argv: [ln, -sf, /usr/share/zoneinfo/UTC, /etc/localtime]
    check: [test, -e, /etc/localtime]
)",
      .fields =
          {
              {.name = "argv",
               .type = FieldType::argv,
               .summary = "the program and its arguments",
               .required = true},
              {.name = "check",
               .type = FieldType::argv,
               .summary = "a program that changes nothing and ends with 0 when nothing has to be done",
               .required = true},
              {.name = "environment",
               .type = FieldType::text_map,
               .summary = "variables for both; the environment is clean otherwise"},
              {.name = "directory", .type = FieldType::path, .summary = "where both run", .fallback = "/"},
              {.name = "user", .summary = "whom both run as", .fallback = "root"},
              {.name = "timeout",
               .type = FieldType::duration,
               .summary = "after which either is stopped",
               .fallback = "10min"},
          },
      .hold = Hold::dpkg,
      .reads_only = false,
      .usual = std::chrono::seconds(10),
      .title = title,
      .make = make,
  };
  return kind;
}

}  // namespace rigsetup
