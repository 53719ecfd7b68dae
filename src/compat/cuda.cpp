// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "compat/context.hpp"

namespace rigsetup::compat {
namespace {

/// "13", "12.9", "12.9.1" or "latest", taken apart.
struct Track {
  std::string text;
  std::string patch;  ///< "12.9.1"; empty: any of the release
  bool takes(const CudaRelease& release) const {
    return text == "latest" || within(release.number, text) ||
           (!patch.empty() && within(patch, release.number));
  }
};

Track parse_track(const std::string& text) {
  return {text, std::count(text.begin(), text.end(), '.') == 2 ? text : std::string()};
}

bool fits_gpus(const Context& context, const CudaRelease& release) {
  const auto& [first, last] = std::pair(context.first_cuda.value, context.last_cuda.value);
  return (first.empty() || !older(release.number, first)) && (last.empty() || !older(last, release.number));
}

bool fits_driver(const Context& context, const CudaRelease& release, const std::string& driver) {
  const std::string least = context.tables.minimum_driver(release);
  return driver.empty() || least.empty() || !older(driver, least);
}

std::vector<std::string> names_of(const LibraryRow& row, const CudaRelease& release) {
  std::string dashed = release.number;
  std::replace(dashed.begin(), dashed.end(), '.', '-');
  return expand(row.packages, {{"dashed", dashed}, {"major", major_of(release.number)}});
}

const LibraryRow* source_of(const Context& context, const CudaRelease& release) {
  return library_for(context, context.platform.cuda, release.number,
                     [&](const LibraryRow& row) { return names_of(row, release); });
}

/// The newest version of the release that may be had: the one asked for, or any that is not to be avoided.
std::string offered(const Context& context, const Track& track, const CudaRelease& release,
                    const LibraryRow& row) {
  return context.archive.newest(names_of(row, release).front(), row.origin, [&](std::string_view version) {
    if (!track.patch.empty()) return within(version, track.patch);
    return within(version, release.number) && !release.avoid.contains(upstream(version));
  });
}

bool fits(const Context& context, const CudaRelease& release, const std::string& driver) {
  return fits_gpus(context, release) && fits_driver(context, release, driver) &&
         source_of(context, release) != nullptr;
}

/// What comes nearest to the track: the newest that is not newer, else the oldest that fits.
std::string nearest(const Context& context, const Track& track, const std::string& driver) {
  std::string oldest;
  for (const CudaRelease* release : context.tables.cuda_newest_first()) {
    if (!fits(context, *release, driver)) continue;
    oldest = release->number;
    if (older(release->number, track.text) || track.takes(*release)) return release->number;
  }
  return oldest;
}

Refusal refuse(const Context& context, const Track& track, std::string reason, const std::string& driver,
               const std::string& also = {}) {
  Refusal refusal{"cuda", track.text, std::move(reason), nearest(context, track, driver), {}};
  refusal.hint = refusal.nearest.empty() ? also : format("write \"{}\"", refusal.nearest);
  if (!refusal.nearest.empty() && !also.empty()) refusal.hint += ", or " + also;
  return refusal;
}

Refusal no_cuda(const Context& context, const Track& track, const std::string& driver) {
  std::vector<const CudaRelease*> taken;
  for (const CudaRelease* release : context.tables.cuda_newest_first()) {
    if (track.takes(*release)) taken.push_back(release);
  }
  if (taken.empty()) {
    return refuse(context, track, format("no table knows CUDA {}", excerpt(track.text)), driver);
  }
  std::vector<const CudaRelease*> built;
  for (const CudaRelease* release : taken) {
    if (fits_gpus(context, *release)) built.push_back(release);
  }
  const Bound& first = context.first_cuda;
  const Bound& last = context.last_cuda;
  if (built.empty() && last.gpu && older(last.value, taken.back()->number)) {
    return refuse(context, track,
                  format("CUDA {} does not support {}: {} is the last release that does", track.text,
                         last.gpu->text(), last.value),
                  driver);
  }
  if (built.empty()) {
    return refuse(context, track,
                  format("CUDA {} does not support {}: {} is the first release that does", track.text,
                         first.gpu->text(), first.value),
                  driver);
  }
  const bool driver_serves = std::any_of(built.begin(), built.end(), [&](const CudaRelease* release) {
    return fits_driver(context, *release, driver);
  });
  if (!driver_serves) {
    const std::string least = context.tables.minimum_driver(*built.back());
    const std::string whose =
        context.wishes.branch.empty() ? "is installed" : "is what the driver's step takes";
    const bool reachable = !context.last_branch.gpu || !older(context.last_branch.value, major_of(least));
    return refuse(context, track,
                  format("CUDA {} needs driver {} or newer, and {} {}", track.text, least, driver, whose),
                  driver, reachable ? format("take driver branch {}", major_of(least)) : "");
  }
  return refuse(context, track,
                format("CUDA {} is not known to be packaged for {}", track.text, context.platform.title),
                driver);
}

std::string reason_for(const Context& context, const Track& track, const CudaRelease& release) {
  const std::string least = context.tables.minimum_driver(release);
  const std::string runs = least.empty() ? "" : format(" and runs with drivers from {} on", least);
  if (context.last_cuda.gpu && context.last_cuda.value == release.number) {
    return format("CUDA {} is the last that supports {}{}", release.number, context.last_cuda.gpu->text(),
                  runs);
  }
  if (track.text == "latest") return format("CUDA {} is the newest that fits{}", release.number, runs);
  if (track.text == major_of(release.number)) {
    return format("CUDA {} is the newest {} that fits{}", release.number, track.text, runs);
  }
  return format("CUDA {} was asked for{}", track.text, runs);
}

std::optional<Refusal> choose_one(const Context& context, const std::string& wish, const std::string& driver,
                                  Stack& stack) {
  const Track track = parse_track(wish);
  for (const CudaRelease* release : context.tables.cuda_newest_first()) {
    if (!track.takes(*release) || !fits(context, *release, driver)) continue;
    const LibraryRow& row = *source_of(context, *release);
    const std::string have = offered(context, track, *release, row);
    if (context.archive.known() && have.empty()) continue;
    std::string version = have;
    if (have.empty() && !track.patch.empty())
      version = expand({row.version}, {{"version", track.patch}}).front();
    Choice choice{release->number, reason_for(context, track, *release), {}};
    for (const std::string& name : names_of(row, *release)) choice.packages.push_back({name, version});
    stack.cuda.push_back(std::move(choice));
    stack.library_repository = row.origin;
    if (!driver.empty() && older(driver, release->branch)) {
      stack.warnings.push_back(
          format("CUDA {} came with driver branch {}: with {} its programs run, except where they carry "
                 "only PTX.",
                 release->number, release->branch, driver));
    }
    if (const auto avoid = release->avoid.find(track.patch); avoid != release->avoid.end()) {
      stack.warnings.push_back(format("CUDA {}: {}.", avoid->first, avoid->second));
    }
    return std::nullopt;
  }
  return no_cuda(context, track, driver);
}

}  // namespace

std::string least_driver(const Context& context) {
  std::string most;
  for (const std::string& wish : context.wishes.cuda) {
    const Track track = parse_track(wish);
    std::string least;
    for (const CudaRelease* release : context.tables.cuda_newest_first()) {
      if (!track.takes(*release) || !fits_gpus(context, *release)) continue;
      const std::string minimum = context.tables.minimum_driver(*release);
      if (least.empty() || older(minimum, least)) least = minimum;
    }
    if (older(most, least)) most = least;
  }
  return most;
}

std::optional<Refusal> choose_cuda(const Context& context, const std::string& driver, Stack& stack) {
  for (const std::string& wish : context.wishes.cuda) {
    if (auto refusal = choose_one(context, wish, driver, stack)) return refusal;
  }
  return std::nullopt;
}

}  // namespace rigsetup::compat
