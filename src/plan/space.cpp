// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <sys/stat.h>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/plan/space.hpp>

namespace rigsetup {
namespace {

constexpr const char* k_installed = "/usr";
constexpr const char* k_downloaded = "/var/cache";

/// On a doubt they count as one file system: asking for too much is the safe side.
bool on_one_file_system(const Tree& tree, const char* a, const char* b) {
  struct stat of_a {};
  struct stat of_b {};
  if (stat(tree.outside(a).c_str(), &of_a) != 0 || stat(tree.outside(b).c_str(), &of_b) != 0) return true;
  return of_a.st_dev == of_b.st_dev;
}

std::string lacking(const Tree& tree, const char* folder, std::uint64_t needed) {
  if (needed == 0) return {};
  const std::uint64_t is_free = tree.free_bytes(tree.info_followed(folder) ? folder : "/");
  if (needed <= is_free) return {};
  return format("needs {} in {}, {} is free", human_bytes(needed), tree.outside(folder).string(),
                human_bytes(is_free));
}

}  // namespace

std::string why_no_space(const Plan& plan, const Tree& tree) {
  // apt keeps the archive files until the end of its transaction, and longer.
  const std::uint64_t download = plan.download_bytes();
  const auto installed = static_cast<std::uint64_t>(std::max<std::int64_t>(plan.disk_bytes(), 0));
  if (on_one_file_system(tree, k_installed, k_downloaded))
    return lacking(tree, k_installed, download + installed);
  const std::string reason = lacking(tree, k_installed, installed);
  return reason.empty() ? lacking(tree, k_downloaded, download) : reason;
}

}  // namespace rigsetup
