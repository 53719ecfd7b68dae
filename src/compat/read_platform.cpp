// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "compat/read.hpp"

namespace rigsetup::compat {
namespace {

Repository read_repository(Row row) {
  Repository repository;
  repository.uri = row.text("uri");
  repository.suite = row.text("suite");
  repository.components = row.words("components");
  repository.fingerprint = row.text("fingerprint");
  repository.keyring_package = row.text("keyring_package");
  repository.key_url = row.text("key_url");
  repository.keyring_file = row.text("keyring_file");
  repository.keyring_sha256 = row.text("keyring_sha256");
  repository.keyring_path = row.text("keyring_path");
  row.sound();
  return repository;
}

PackageRow read_packages(Row& row) {
  PackageRow packages;
  row.must_have("modules");
  packages.modules = row.one_of("modules", {"open", "proprietary"});
  packages.use = row.one_of("use", {"desktop", "headless"});
  packages.first_branch = row.version("first_branch");
  packages.last_branch = row.version("last_branch");
  packages.pinning = row.words("pinning");
  packages.pinning_version = row.text("pinning_version");
  packages.driver = row.some_words("driver");
  packages.signed_modules = row.words("signed_modules");
  packages.dkms = row.words("dkms");
  packages.fabric_manager = row.words("fabric_manager");
  packages.basis = row.basis();
  row.sound();
  return packages;
}

Origin read_origin(Row& row) {
  Origin origin;
  row.must_have("name");
  origin.name = row.text("name");
  row.must_have("title");
  origin.title = row.text("title");
  origin.repository = read_repository(row.row("repository"));
  origin.branches = row.words("branches");
  origin.follows_on = row.texts("follows_on");
  for (Row& packages : row.rows("packages")) origin.packages.push_back(read_packages(packages));
  origin.basis = row.basis();
  row.sound();
  return origin;
}

LibraryRow read_library(Row& row) {
  LibraryRow library;
  row.must_have("origin");
  library.origin = row.text("origin");
  row.must_have("first");
  library.first = row.version("first");
  library.last = row.version("last");
  library.packages = row.some_words("packages");
  library.version = row.text("version");
  library.basis = row.basis();
  row.sound();
  return library;
}

}  // namespace

void read_platform(const std::string& key, Row& row, Tables& tables) {
  Platform platform;
  platform.name = key;
  row.must_have("title");
  platform.title = row.text("title");
  platform.architectures = row.some_words("architectures");
  platform.end_of_support = row.date("end_of_support");
  row.must_have("compiler");
  platform.compiler = row.version("compiler");
  platform.gcc = row.texts("gcc");
  platform.build_packages = row.words("build_packages");
  row.must_have("headers");
  platform.headers = row.text("headers");
  platform.kernels = row.words("kernels");
  platform.signed_kernels = row.words("signed_kernels");
  platform.signed_as = row.texts("signed_as");
  row.must_have("origins");
  for (Row& origin : row.rows("origins")) platform.origins.push_back(read_origin(origin));
  for (Row& cuda : row.rows("cuda")) platform.cuda.push_back(read_library(cuda));
  for (Row& cudnn : row.rows("cudnn")) platform.cudnn.push_back(read_library(cudnn));
  platform.basis = row.basis();
  if (row.sound()) tables.platforms[key] = std::move(platform);
}

}  // namespace rigsetup::compat
