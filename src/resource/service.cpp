// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <map>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/program_file.hpp"

namespace rigsetup {
namespace {

/// What systemctl says of a unit.
struct Unit {
  bool exists = false;
  std::string file_state;    ///< "enabled", "disabled", "static", "masked", ...
  std::string active_state;  ///< "active", "inactive", "failed", ...; empty where no systemd runs
  bool outdated = false;     ///< its files changed since systemd read them

  /// Some units have no [Install] section: nothing can be enabled, and others start them.
  bool cannot_be_enabled() const {
    return file_state == "static" || file_state == "indirect" || file_state == "generated" ||
           file_state == "transient";
  }
  bool enabled() const { return file_state == "enabled" || file_state == "alias"; }
  bool masked() const { return file_state.starts_with("masked"); }
};

bool systemd_runs(const Host& host) { return host.machine && host.machine->info("/run/systemd/system"); }

constexpr std::string_view k_not_running_here = "no systemd is running here, it starts at the next boot";

/// "backup.timer" is a whole name; in "getty@tty1.2" the dot is part of the instance.
bool has_unit_type(std::string_view name) {
  constexpr std::string_view k_types[] = {".service",   ".socket", ".timer", ".path",  ".target", ".mount",
                                          ".automount", ".swap",   ".slice", ".scope", ".device"};
  return std::any_of(std::begin(k_types), std::end(k_types), [&](auto type) { return name.ends_with(type); });
}

class Service final : public Resource {
 public:
  Service(std::string unit, bool enabled, bool running)
      : unit_(std::move(unit)), enabled_(enabled), running_(running) {
    if (!has_unit_type(unit_)) unit_ += ".service";
  }

  Inspection inspect(const Host& host, std::stop_token stop) const override {
    if (!find_program(host.files, "systemctl")) return Pending{"systemd is not installed yet"};
    const Unit unit = look(host, stop);
    if (!unit.exists) return Pending{format("there is no unit {} yet", unit_)};
    const std::string have =
        unit.active_state.empty() ? unit.file_state : format("{}, {}", unit.file_state, unit.active_state);
    if (!enabled_as_wanted(unit) || !running_as_wanted(unit)) return Differs{have, wanted_text(unit)};
    if (unit.active_state.empty() && running_) return AsWanted{format("{}; {}", have, k_not_running_here)};
    return AsWanted{have};
  }

  Applied apply(const Context& context) const override {
    const Host& host = context.host;
    if (!find_program(host.files, "systemctl")) {
      throw Error(Code::not_found, format("cannot change {}: systemd is not installed", unit_),
                  "an earlier step must install it");
    }
    if (systemd_runs(host) && look(host, context.stop).outdated) systemctl(context, "daemon-reload", {});
    const Unit unit = look(host, context.stop);
    if (!unit.exists) {
      throw Error(Code::not_found, format("cannot change {}: there is no such unit", unit_),
                  "an earlier step must bring it: a package, or a file");
    }
    if (unit.masked() && (enabled_ || running_)) {
      throw Error(Code::conflict, format("cannot start {}: the unit is masked", unit_),
                  format("if it is wanted: systemctl unmask {}", unit_));
    }
    if (!enabled_as_wanted(unit)) systemctl(context, enabled_ ? "enable" : "disable", unit_);
    if (!running_as_wanted(unit)) systemctl(context, running_ ? "start" : "stop", unit_);
    return Done{};
  }

  std::vector<Thing> things() const override { return {{"service", unit_}}; }

  /// A unit is not made, but how it was can be brought back.
  std::vector<Thing> would_make(const Host& host, std::stop_token stop) const override {
    if (!find_program(host.files, "systemctl")) return {};
    const Unit unit = look(host, stop);
    if (!unit.exists || (enabled_as_wanted(unit) && running_as_wanted(unit))) return {};
    const bool enabled = unit.cannot_be_enabled() ? enabled_ : unit.enabled();
    const bool running = unit.active_state.empty() ? running_ : runs(unit);
    return {{"service", unit_,
             format("{} {}", enabled ? "enabled" : "disabled", running ? "running" : "stopped")}};
  }

  /// Is there nothing left of which it could be said how it should be?
  bool is_gone(const Host& host, std::stop_token stop) const {
    return !find_program(host.files, "systemctl") || !look(host, stop).exists;
  }

 private:
  static bool runs(const Unit& unit) {
    return unit.active_state == "active" || unit.active_state == "reloading";
  }
  bool enabled_as_wanted(const Unit& unit) const {
    return unit.cannot_be_enabled() || unit.enabled() == enabled_;
  }
  bool running_as_wanted(const Unit& unit) const {
    if (unit.active_state.empty()) return true;  // cannot be judged here, and inspect() says so
    return runs(unit) == running_;
  }
  std::string wanted_text(const Unit& unit) const {
    const std::string file_state = enabled_as_wanted(unit) ? unit.file_state
                                   : enabled_              ? "enabled"
                                                           : "disabled";
    if (unit.active_state.empty()) return file_state;
    return format("{}, {}", file_state,
                  running_as_wanted(unit) ? unit.active_state
                  : running_              ? "active"
                                          : "inactive");
  }

  Unit look(const Host& host, std::stop_token stop) const {
    return systemd_runs(host) ? ask_systemd(host, stop) : read_unit_files(host, stop);
  }

  Unit ask_systemd(const Host& host, std::stop_token stop) const {
    Command command;
    command.argv = {"systemctl",  "show",
                    "--no-pager", "--property=LoadState,ActiveState,UnitFileState,NeedDaemonReload",
                    "--",         unit_};
    command.timeout = std::chrono::seconds(30);
    const Finished finished = host.programs.run(command, stop);
    if (!finished.ok()) throw look_error(finished);
    std::map<std::string, std::string> properties;
    for (const auto& line : split_lines(finished.out)) {
      if (const auto equals = line.find('='); equals != std::string::npos) {
        properties[line.substr(0, equals)] = line.substr(equals + 1);
      }
    }
    Unit unit;
    unit.exists = properties["LoadState"] != "not-found";
    // Units that no file made have no file state: nothing about them can be enabled.
    unit.file_state = properties["UnitFileState"].empty() ? "transient" : properties["UnitFileState"];
    unit.active_state = properties["ActiveState"];
    unit.outdated = properties["NeedDaemonReload"] == "yes";
    return unit;
  }

  /// `is-enabled` reads unit files and links only and needs no running systemd. Its exit status says "not
  /// enabled" as well as "no such unit"; only the words tell.
  Unit read_unit_files(const Host& host, std::stop_token stop) const {
    Command command;
    command.argv = {"systemctl", "is-enabled", "--", unit_};
    command.environment = {{"SYSTEMD_OFFLINE", "1"}};
    command.timeout = std::chrono::seconds(30);
    const Finished finished = host.programs.run(command, stop);
    const auto words = split_words(finished.out);
    const bool no_such_unit = (words.empty() && finished.err.find("No such file") != std::string::npos) ||
                              (words.size() == 1 && words.front() == "not-found");
    if (no_such_unit) return {};
    if (words.size() != 1 || finished.exit_code < 0 || finished.exit_code > 1) throw look_error(finished);
    Unit unit;
    unit.exists = true;
    unit.file_state = words.front();
    return unit;
  }

  Error look_error(const Finished& finished) const {
    return Error(Code::program,
                 format("cannot look at {}: systemctl: {}: {}", unit_, finished.text(),
                        printable(last_lines(finished.err, 1))),
                 format("see what it says: systemctl status {}", unit_));
  }

  void systemctl(const Context& context, const std::string& verb, const std::string& unit) const {
    Command command;
    command.argv = {"systemctl", "--no-pager", verb};
    if (!unit.empty()) command.argv.insert(command.argv.end(), {"--", unit});
    if (!systemd_runs(context.host)) command.environment = {{"SYSTEMD_OFFLINE", "1"}};
    Progress progress;
    progress.label = verb == "daemon-reload" ? "reloading systemd" : verb + " " + unit;
    context.reporter.progress(progress);
    const Finished finished = context.run_job("systemctl-" + verb, command, true);
    if (finished.ok()) return;
    const std::string journal = verb == "start" ? last_words(context) : std::string();
    const auto said = printable(journal.empty() ? last_lines(finished.out, 3) : journal, true);
    throw Error(Code::program,
                format("cannot {} {}: {}{}{}", verb, unit_, finished.text(), said.empty() ? "" : ": ", said),
                verb == "start" ? format("journalctl -u {} shows more", unit_)
                                : "the whole output is in the step's log");
  }

  /// What the unit itself wrote before it failed.
  std::string last_words(const Context& context) const {
    if (!find_program(context.host.files, "journalctl")) return "";
    Command command;
    command.argv = {"journalctl", "--no-pager", "--quiet", "--lines=5", "--output=cat", "--unit", unit_};
    command.timeout = std::chrono::seconds(10);
    return last_lines(context.host.programs.run(command, context.stop).out, 5);
  }

  std::string unit_;
  bool enabled_;
  bool running_;
};

/// Brings back how units were before rigsetup changed them.
class ServicesBefore final : public Resource {
 public:
  explicit ServicesBefore(const std::vector<Thing>& things) : things_(things) {
    for (const Thing& thing : things) {
      services_.emplace_back(thing.name, thing.note.starts_with("enabled"), thing.note.ends_with("running"));
    }
  }

  Inspection inspect(const Host& host, std::stop_token stop) const override {
    std::vector<std::string> have;
    std::vector<std::string> want;
    for (std::size_t i = 0; i < services_.size(); ++i) {
      if (services_[i].is_gone(host, stop)) continue;
      const Inspection found = services_[i].inspect(host, stop);
      if (const auto* differs = std::get_if<Differs>(&found)) {
        have.push_back(format("{} {}", things_[i].name, differs->have));
        want.push_back(differs->want);
      }
    }
    if (have.empty()) return AsWanted{"as before"};
    return Differs{join(have, ", "), join(want, ", ")};
  }

  Applied apply(const Context& context) const override {
    if (context.stop.stop_requested()) throw Cancelled();
    for (const Service& service : services_) {
      if (!service.is_gone(context.host, context.stop)) service.apply(context);
    }
    return Done{};
  }

  std::vector<Thing> removed(const Host&) const override { return things_; }

 private:
  std::vector<Thing> things_;
  std::vector<Service> services_;
};

std::unique_ptr<Resource> make_removal(const std::vector<Thing>& things) {
  return std::make_unique<ServicesBefore>(things);
}

std::string title(const Fields& fields) { return "service " + fields.text("name"); }

bool is_unit_name(std::string_view name) {
  constexpr std::string_view k_others = ":-_.\\@";  // systemd.unit(5)
  return !name.empty() && name.front() != '-' && name.size() < 256 &&
         std::all_of(name.begin(), name.end(), [&](unsigned char c) {
           return (std::isalnum(c) && c < 0x80) ||
                  k_others.find(static_cast<char>(c)) != std::string_view::npos;
         });
}

std::unique_ptr<Resource> make(const Step& step, const Attachments&, Complaints& complaints) {
  if (const auto name = step.fields.text("name"); !is_unit_name(name)) {
    complaints.push_back({step.fields.place("name"),
                          format("\"{}\" is not the name of a unit", printable(name)),
                          "as systemctl shows it: nvidia-persistenced, backup.timer"});
  }
  return std::make_unique<Service>(step.fields.text("name"), step.fields.boolean("enabled"),
                                   step.fields.boolean("running"));
}

}  // namespace

const Kind& service_kind() {
  static const Kind kind = {
      .name = "service",
      .summary =
          "A systemd unit that is enabled and running, or not. Under --root it is enabled, and starts at "
          "boot.",
      .example = R"(- service:
    name: nvidia-persistenced
    enabled: true
    running: true
)",
      .fields =
          {
              {.name = "name", .summary = "of the unit; \".service\" is implied", .required = true},
              {.name = "enabled",
               .type = FieldType::boolean,
               .summary = "started at every boot",
               .fallback = "true"},
              {.name = "running", .type = FieldType::boolean, .summary = "running now", .fallback = "true"},
          },
      .hold = Hold::dpkg_shared,
      .reads_only = false,
      .noun = "service",
      .title = title,
      .make = make,
      .make_removal = make_removal,
  };
  return kind;
}

}  // namespace rigsetup
