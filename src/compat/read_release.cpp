// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/version.hpp>

#include "compat/read.hpp"

namespace rigsetup::compat {
namespace {

const std::vector<std::string> k_types{"lts", "production", "new-feature", "legacy"};

}  // namespace

void read_branch(const std::string& key, Row& row, Tables& tables) {
  DriverBranch branch;
  branch.number = key;
  row.must_have("type");
  branch.type = row.one_of("type", k_types);
  branch.first = row.date("first");
  branch.last_seen = row.version("last_seen");
  branch.end_of_life = row.date("end_of_life");
  branch.basis = row.basis();
  if (row.sound()) tables.branches[key] = std::move(branch);
}

void read_word(const std::string& key, Row& row, Tables& tables) {
  BranchWord word;
  word.types = row.some_words("types");
  word.any_other = row.flag("any_other", false);
  word.basis = row.basis();
  for (const std::string& type : word.types) {
    if (std::find(k_types.begin(), k_types.end(), type) == k_types.end()) {
      row.complain("there is no type of branch \"" + type + "\"");
    }
  }
  if (row.sound()) tables.words[key] = std::move(word);
}

void read_cuda_major(const std::string& key, Row& row, Tables& tables) {
  CudaMajor major;
  major.number = key;
  row.must_have("minimum_driver");
  major.minimum_driver = row.version("minimum_driver");
  major.minor_versions = row.flag("minor_versions", true);
  major.basis = row.basis();
  if (row.sound()) tables.cuda_majors[key] = std::move(major);
}

void read_cuda(const std::string& key, Row& row, Tables& tables) {
  CudaRelease release;
  release.number = key;
  row.must_have("branch");
  release.branch = row.version("branch");
  release.minimum_driver = row.version("minimum_driver");
  release.drivers = row.texts("drivers");
  release.newest_gcc = row.version("newest_gcc");
  release.avoid = row.texts("avoid");
  release.basis = row.basis();
  if (row.sound()) tables.cuda[key] = std::move(release);
}

void read_cudnn(const std::string& key, Row& row, Tables& tables) {
  CudnnLine line;
  line.first = key;
  line.releases = row.some_words("releases");
  std::sort(line.releases.begin(), line.releases.end(),
            [](const std::string& a, const std::string& b) { return compare_debian(a, b) < 0; });
  row.must_have("cuda");
  line.cuda = row.texts("cuda");
  line.oldest_compute = row.version("oldest_compute");
  line.newest_compute = row.version("newest_compute");
  line.blackwell_cuda = row.version("blackwell_cuda");
  line.basis = row.basis();
  if (row.sound()) tables.cudnn[key] = std::move(line);
}

}  // namespace rigsetup::compat
