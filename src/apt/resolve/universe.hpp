// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <apt-pkg/cachefile.h>
#include <apt-pkg/cacheiterators.h>
#include <apt-pkg/depcache.h>
#include <apt-pkg/pkgcache.h>
#include <apt-pkg/policy.h>

namespace rigsetup::resolve {

/// apt's policy, with Recommends switched on and off while marking: libapt itself reads that option only
/// once.
class RequestPolicy final : public pkgPolicy {
 public:
  using pkgPolicy::pkgPolicy;
  bool recommends = true;
  bool IsImportantDep(pkgCache::DepIterator const& dependency) const override {
    return dependency.IsCritical() || (recommends && dependency->Type == pkgCache::Dep::Recommends);
  }
};

/// All packages that the configured lists offer and the dpkg status of the moment, open for marking.
class Universe {
 public:
  Universe();
  pkgCache& cache() { return *cache_; }
  RequestPolicy& policy() { return *policy_; }
  pkgDepCache& marks() { return *marks_; }

 private:
  pkgCacheFile file_;
  pkgCache* cache_;
  std::optional<RequestPolicy> policy_;
  std::optional<pkgDepCache> marks_;
};

/// Can this version be fetched from a repository (and is not only known as installed)?
bool offered(const pkgCache::VerIterator& version);

/// What it depends on, where that leaves no choice between packages.
std::vector<pkgCache::DepIterator> firm_dependencies(const pkgCache::VerIterator& version);

/// "name", with ":arch" when it is not the native one.
std::string name_of(const pkgCache::PkgIterator& package);

}  // namespace rigsetup::resolve
