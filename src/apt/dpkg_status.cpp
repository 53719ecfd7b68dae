// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/apt/package.hpp>
#include <rigsetup/apt/transaction.hpp>
#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::apt {

namespace {

constexpr std::size_t k_largest_status = std::size_t{256} << 20;

/// Sets the fields of `package` that the line holds. Looks at the first letters only, for speed: most lines
/// of the file are descriptions and conffiles.
void read_line(std::string_view line, Installed& package) {
  const auto value = [&](std::string_view field) -> std::optional<std::string_view> {
    if (!line.starts_with(field)) return std::nullopt;
    return trim(line.substr(field.size()));
  };
  switch (line.empty() ? '\0' : line.front()) {
    case 'P':
      if (auto name = value("Package:")) package.name = *name;
      break;
    case 'A':
      if (auto architecture = value("Architecture:")) package.architecture = *architecture;
      break;
    case 'V':
      if (auto version = value("Version:")) package.version = *version;
      break;
    case 'S':
      if (auto status = value("Status:")) {
        const auto words = split_words(*status);
        if (words.size() != 3) break;
        package.want = words[0];
        package.flag = words[1];
        package.status = words[2];
      }
      break;
    default:
      break;
  }
}

std::vector<Installed> read_packages(std::string_view text) {
  std::vector<Installed> packages;
  Installed package;
  const auto end_of_stanza = [&] {
    if (!package.name.empty()) packages.push_back(std::move(package));
    package = {};
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) end_of_stanza();
    read_line(line, package);
  }
  end_of_stanza();
  return packages;
}

/// dpkg writes its architecture there only when others were added; else it is that of the package dpkg
/// itself.
std::string native_architecture(const Tree& tree, const std::vector<Installed>& packages) {
  if (const auto text = tree.read("/var/lib/dpkg/arch")) {
    if (const auto words = split_words(*text); !words.empty()) return words.front();
  }
  const auto dpkg =
      std::find_if(packages.begin(), packages.end(), [](const auto& p) { return p.name == "dpkg"; });
  return dpkg == packages.end() ? std::string() : dpkg->architecture;
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

DpkgStatus DpkgStatus::read(const Tree& tree) {
  DpkgStatus status;
  const auto text = tree.read("/var/lib/dpkg/status", k_largest_status);
  if (!text) {
    throw Error(
        Code::unsupported,
        format("cannot read what is installed in {}: there is no /var/lib/dpkg/status", tree.root().string()),
        "only Debian and its relatives are supported");
  }
  status.packages_ = read_packages(*text);
  const std::string native = native_architecture(tree, status.packages_);
  for (std::size_t i = 0; i < status.packages_.size(); ++i) {
    const Installed& package = status.packages_[i];
    status.by_name_[package.name + ":" + package.architecture] = i;
    if (package.architecture == "all" || native.empty() || package.architecture == native) {
      status.by_name_[package.name] = i;
    }
  }
  for (const std::string& name : tree.list("/var/lib/dpkg/updates")) status.journal_left_ |= is_digits(name);
  return status;
}

const Installed* DpkgStatus::find(std::string_view name) const {
  const auto found = by_name_.find(std::string(name));
  return found == by_name_.end() ? nullptr : &packages_[found->second];
}

std::vector<std::string> DpkgStatus::broken() const {
  std::vector<std::string> lines;
  for (const Installed& package : packages_) {
    if (package.flag == "reinstreq") {
      lines.push_back(format("{} is only half there and must be reinstalled", package.name));
    } else if (package.status == "unpacked" || package.status == "half-configured") {
      lines.push_back(format("{} is unpacked but not configured ({})", package.name, package.status));
    } else if (package.status == "half-installed") {
      lines.push_back(format("{} is half-installed", package.name));
    } else if (package.status.starts_with("triggers-")) {
      lines.push_back(format("{} waits for its triggers ({})", package.name, package.status));
    }
  }
  return lines;
}

std::vector<std::string> DpkgStatus::half_installed() const {
  std::vector<std::string> names;
  for (const Installed& package : packages_) {
    const bool wanted = package.want == "install" || package.want == "hold";
    if (!wanted || (package.flag != "reinstreq" && package.status != "half-installed")) continue;
    const bool all = package.architecture.empty() || package.architecture == "all";
    names.push_back(all ? package.name : package.name + ":" + package.architecture);
  }
  return names;
}

Repair find_repair(const Tree& tree) {
  const DpkgStatus status = DpkgStatus::read(tree);
  return {status.broken(), status.journal_left()};
}

}  // namespace rigsetup::apt
