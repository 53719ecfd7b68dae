// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/apt/package.hpp>
#include <rigsetup/base/format.hpp>

namespace rigsetup::apt {

namespace {

bool is_absent(const Installed* package) {
  return package == nullptr || package->status == "not-installed" || package->status == "config-files";
}

std::string state_of(const std::string& name, const Installed* package) {
  if (is_absent(package)) return name + " not installed";
  std::string text = name + " " + package->version;
  if (!package->installed() || package->flag != "ok") text += format(" ({})", package->status);
  return text;
}

}  // namespace

bool is_absent(const DpkgStatus& status, std::string_view name) { return is_absent(status.find(name)); }

std::vector<Lack> lacks(const Request& request, const DpkgStatus& status) {
  std::vector<Lack> lacking;
  for (const PackageName& wanted : request.install) {
    const Installed* package = status.find(wanted.name);
    const bool there = !is_absent(package) && package->installed() && package->flag == "ok" &&
                       wanted.range.matches(package->version);
    if (!there) {
      lacking.push_back({state_of(wanted.name, package), wanted.text()});
    } else if (request.hold && !package->held()) {
      lacking.push_back({wanted.name + " not on hold", wanted.name + " on hold"});
    }
  }
  for (const std::string& name : request.absent) {
    const Installed* package = status.find(name);
    if (!is_absent(package)) lacking.push_back({state_of(name, package), name + " absent"});
  }
  return lacking;
}

}  // namespace rigsetup::apt
