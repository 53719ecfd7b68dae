// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>

#include "compat/context.hpp"

namespace rigsetup::compat {
namespace {

/// Will the driver be of a version that is needed? Of what nobody has asked about, apt knows.
bool is_met(const Context& context, const Candidate& picked, const PackageName& need,
            const std::string& driver) {
  const auto versions = context.archive.versions(need.name, picked.origin->name);
  return versions.empty() || std::ranges::any_of(versions, [&](const std::string& version) {
           return upstream(version) == driver && need.range.matches(version);
         });
}

/// The newest of this name that goes with the driver. The archive builds modules for a kernel until the next
/// kernel comes, so the last ones are of whatever driver there was then.
const Offer* built_for(const Context& context, const Candidate& picked, const std::string& name,
                       const std::string& driver) {
  const Offer* best = nullptr;
  for (const Offer* offer : context.archive.offers(name, picked.origin->name)) {
    if (offer->installed && driver == context.wishes.installed_driver) return offer;
    const bool fits = !offer->needs.empty() && std::ranges::all_of(offer->needs, [&](const auto& need) {
      return is_met(context, picked, need, driver);
    });
    if (fits && (!best || older(best->version, offer->version))) best = offer;
  }
  return best;
}

void add_signed_modules(const Context& context, const Candidate& picked, const std::string& kernel,
                        Stack& stack) {
  const std::string& installed = context.wishes.installed_driver;
  const std::string& driver = installed.empty() ? stack.driver.value : installed;
  std::vector<Package> packages;
  for (const std::string& name :
       expand(picked.row->signed_modules, {{"branch", picked.branch}, {"kernel", kernel}})) {
    const Offer* offer = built_for(context, picked, name, driver);
    if (!offer && context.archive.has(name, picked.origin->name)) {
      stack.warnings.push_back(
          format("The modules that {} has for the kernel {} go with another driver: if that kernel boots, it "
                 "has none.",
                 picked.origin->title, kernel));
    }
    if (!offer) return;
    packages.push_back({name, offer->installed ? "" : offer->version});
  }
  stack.other_kernels.insert(stack.other_kernels.end(), packages.begin(), packages.end());
}

/// The meta package brings those of the newest kernel only.
void add_headers(const Context& context, const OtherKernel& kernel, Stack& stack) {
  const std::string name = expand({context.platform.headers}, {{"kernel", kernel.release}}).front();
  const bool is_offered = std::ranges::any_of(
      context.platform.origins, [&](const Origin& origin) { return context.archive.has(name, origin.name); });
  if (kernel.headers_package || (!kernel.headers && is_offered)) stack.other_kernels.push_back({name, {}});
}

}  // namespace

void fill_other_kernels(const Context& context, const Candidate& picked, Stack& stack) {
  for (const OtherKernel& kernel : context.wishes.other_kernels) {
    if (stack.signing.value == "distribution") {
      add_signed_modules(context, picked, kernel.release, stack);
    } else {
      add_headers(context, kernel, stack);
    }
  }
}

}  // namespace rigsetup::compat
