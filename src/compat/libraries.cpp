// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <charconv>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/base/version.hpp>

#include "compat/context.hpp"

namespace rigsetup::compat {

Archive::Archive(const std::optional<std::vector<Offer>>& offers) : known_(offers.has_value()) {
  if (!known_) return;
  for (const Offer& offer : *offers) by_package_[offer.package].push_back(&offer);
}

bool Archive::has(const std::string& package, const std::string& origin) const {
  return !newest(package, origin, [](std::string_view) { return true; }).empty();
}

bool Archive::has_all(const std::vector<std::string>& packages, const std::string& origin) const {
  return std::all_of(packages.begin(), packages.end(),
                     [&](const std::string& name) { return has(name, origin); });
}

std::vector<const Offer*> Archive::offers(const std::string& package, const std::string& origin) const {
  const auto found = by_package_.find(package);
  if (found == by_package_.end()) return {};
  std::vector<const Offer*> offers = found->second;
  std::erase_if(offers, [&](const Offer* offer) { return offer->origin != origin; });
  return offers;
}

std::vector<std::string> Archive::versions(const std::string& package, const std::string& origin) const {
  std::vector<std::string> versions;
  for (const Offer* offer : offers(package, origin)) versions.push_back(offer->version);
  return versions;
}

std::string Archive::newest(const std::string& package, const std::string& origin,
                            const std::function<bool(std::string_view)>& takes) const {
  std::string best;
  for (const std::string& version : versions(package, origin)) {
    if (takes(version) && (best.empty() || older(best, version))) best = version;
  }
  return best;
}

const LibraryRow* library_for(const Context& context, const std::vector<LibraryRow>& rows,
                              const std::string& version,
                              const std::function<std::vector<std::string>(const LibraryRow&)>& names) {
  for (const LibraryRow& row : rows) {
    if (older(version, row.first)) continue;
    if (context.archive.known()) {
      const std::vector<std::string> wanted = names(row);
      const std::string offered = context.archive.newest(
          wanted.front(), row.origin, [&](std::string_view candidate) { return within(candidate, version); });
      if (!offered.empty() && context.archive.has_all(wanted, row.origin)) return &row;
      continue;
    }
    const bool beyond = !row.last.empty() && older(row.last, version) && !within(version, row.last);
    if (row.basis.confirmed && !beyond) return &row;
  }
  return nullptr;
}

bool older(std::string_view a, std::string_view b) { return compare_debian(a, b) < 0; }

bool within(std::string_view version, std::string_view prefix) {
  return version.starts_with(prefix) &&
         (version.size() == prefix.size() || version[prefix.size()] == '.' || version[prefix.size()] == '-');
}

std::string upstream(std::string_view version) { return std::string(version.substr(0, version.find('-'))); }

std::string major_of(std::string_view version) { return std::string(version.substr(0, version.find('.'))); }

std::vector<std::string> expand(const std::vector<std::string>& templates,
                                const std::map<std::string, std::string>& values) {
  std::vector<std::string> names;
  for (std::string name : templates) {
    for (const auto& [key, value] : values) {
      const std::string placeholder = "{" + key + "}";
      for (std::size_t at = name.find(placeholder); at != std::string::npos;
           at = name.find(placeholder, at)) {
        name.replace(at, placeholder.size(), value);
        at += value.size();
      }
    }
    names.push_back(std::move(name));
  }
  return names;
}

std::string month(const std::string& date) {
  constexpr std::string_view k_months[] = {"January",   "February", "March",    "April",
                                           "May",       "June",     "July",     "August",
                                           "September", "October",  "November", "December"};
  int number = 0;
  if (date.size() >= 7) std::from_chars(date.data() + 5, date.data() + 7, number);
  return number >= 1 && number <= 12 ? format("{} {}", k_months[number - 1], date.substr(0, 4))
                                     : date.substr(0, 4);
}

std::string and_list(const std::vector<std::string>& items) {
  if (items.size() < 2) return join(items, "");
  return join({items.begin(), items.end() - 1}, ", ") + " and " + items.back();
}

}  // namespace rigsetup::compat
