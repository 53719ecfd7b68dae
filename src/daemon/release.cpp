// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "daemon/release.hpp"

#include <iostream>

#include <rigsetup/journal/journal.hpp>
#include <rigsetup/resource/completion.hpp>

namespace rigsetup {
namespace {

void take_away(const std::vector<Thing>& files, const std::string& root, const Settings& settings) {
  Target target(root, settings);
  const auto apt_settings = settings.apt();
  SilentReporter silent;
  const auto work = settings.state / "release";
  std::filesystem::create_directories(work);
  find_kind_of_thing("file")->make_removal(files)->apply(
      {target.host, silent, target.downloads(), target.archive(), apt_settings, work, work / "log", {}});
  std::filesystem::remove_all(work);
}

}  // namespace

void release(const std::string& root, const Settings& settings) {
  const auto file = settings.state / "journal.db";
  if (!std::filesystem::exists(file)) return;
  Journal journal(file);
  std::vector<Thing> preferences;
  std::vector<Thing> holds;
  for (const Owned& owned : journal.owned(root)) {
    const bool is_file =
        owned.thing.kind == "file" && owned.thing.name.starts_with("/etc/apt/preferences.d/");
    if (is_file) preferences.push_back(owned.thing);
    if (owned.thing.kind == "apt_hold") holds.push_back(owned.thing);
  }
  if (!preferences.empty()) take_away(preferences, root, settings);
  for (const Thing& hold : holds) std::cout << hold.name << "\n";
  for (const auto* things : {&preferences, &holds}) {
    for (const Thing& thing : *things) journal.disown(root, thing);
  }
}

}  // namespace rigsetup
