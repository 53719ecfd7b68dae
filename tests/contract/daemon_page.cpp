// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <vector>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "daemon/options.hpp"
#include "tests/contract/manual_page.hpp"

namespace rigsetup::test {
namespace {

std::string about(const FieldSpec& key) {
  const std::vector<std::string> choices(key.choices.begin(), key.choices.end());
  std::string text =
      format("{}: {}.", choices.empty() ? std::string(to_string(key.type)) : join(choices, " or "),
             std::string(key.summary));
  if (!key.fallback.empty()) text += format(" Without it: {}.", key.fallback);
  return text;
}

}  // namespace

std::string daemon_page() {
  ManualPage page("rigsetupd", 8, "the daemon that provisions a deep-learning rig");
  page.heading("SYNOPSIS").paragraph("rigsetupd [OPTION]...");
  page.heading("DESCRIPTION")
      .paragraph(
          "rigsetupd answers on a unix socket, plans and runs recipes, and remembers what it did. It is "
          "started by "
          "systemd on its socket, runs as root, and is spoken to with rigsetup(1) or any client of HTTP/1.1.")
      .paragraph(
          "Programs that change the machine outlive it: a daemon that is ended or killed while a run goes on "
          "adopts "
          "them at its next start and brings the run to the same end.");
  page.heading("OPTIONS");
  for (const OptionSpec& option : daemon_options())
    page.item(
        option.value == nullptr ? format("--{}", option.name) : format("--{} {}", option.name, option.value),
        sentence(option.summary));
  page.heading("CONFIGURATION")
      .paragraph("The configuration file is YAML; each of its keys may be left out.");
  for (const FieldSpec& key : configuration_keys()) page.item(key.name, about(key));
  page.heading("ACCESS").paragraph(
      "Who may ask is decided from the credentials of the socket's peer. Root and the members of the "
      "configured group may "
      "change the machine, and the group is as good as root: a recipe can run programs and read files. Every "
      "local user "
      "may look.");
  const Settings defaults;
  page.heading("FILES")
      .item(k_default_config, "The configuration.")
      .item(defaults.socket.string(), "The socket.")
      .item(defaults.state.string(), "The journal, a folder for each run, and package lists.")
      .item((defaults.logs / "RUN/STEP.log").string(), "What the programs of a step printed.")
      .item(defaults.data.string(), "The shipped recipes, and below it the tables of what fits what.")
      .item(defaults.tables.string(),
            "Tables of the administrator, read after those; it lies beside the configuration.")
      .item(defaults.libexec.string(), "Helper programs.");
  page.heading("SEE ALSO").paragraph("rigsetup(1), rigsetup-recipe(5)");
  return page.text();
}

}  // namespace rigsetup::test
