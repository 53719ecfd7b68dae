// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "compat/context.hpp"

namespace rigsetup::compat {
namespace {

/// The CUDA that cuDNN is for.
struct Cuda {
  std::string major;
  std::string release;  ///< "12.9"; empty: none was chosen
};

struct Found {
  const CudnnLine* line;
  const LibraryRow* row;
  std::string release;
};

bool takes(const std::string& wish, std::string_view release) {
  return wish == "latest" || within(release, wish);
}

std::vector<std::string> names_of(const LibraryRow& row, const Cuda& cuda) {
  return expand(row.packages, {{"major", cuda.major}});
}

const LibraryRow* source_of(const Context& context, const std::string& release, const Cuda& cuda) {
  return library_for(context, context.platform.cudnn, release,
                     [&](const LibraryRow& row) { return names_of(row, cuda); });
}

/// The version that the packages have in the archive; what is not known of it ends in *.
std::string package_version(const Context& context, const Found& found, const Cuda& cuda) {
  const std::string pattern =
      expand({found.row->version}, {{"version", found.release}, {"major", cuda.major}}).front();
  if (!context.archive.known()) return pattern;
  return context.archive.newest(
      names_of(*found.row, cuda).front(), found.row->origin, [&](std::string_view version) {
        return pattern.ends_with('*')
                   ? version.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1))
                   : version == pattern;
      });
}

/// The line that a release falls into; nullptr: older than all.
const CudnnLine* line_holding(const Context& context, const std::string& release) {
  for (const CudnnLine* line : context.tables.cudnn_newest_first()) {
    if (!older(release, line->first)) return line;
  }
  return nullptr;
}

/// Releases of the line, newest first: those in the tables, and those that only an archive knows.
std::vector<std::string> releases_of(const Context& context, const CudnnLine& line, const Cuda& cuda) {
  std::vector<std::string> releases = line.releases;
  for (const LibraryRow& row : context.platform.cudnn) {
    for (const std::string& version : context.archive.versions(names_of(row, cuda).front(), row.origin)) {
      const std::string release = upstream(version);
      if (line_holding(context, release) == &line) releases.push_back(release);
    }
  }
  std::sort(releases.begin(), releases.end(), [](const auto& a, const auto& b) { return older(b, a); });
  return releases;
}

bool has_code_for_gpus(const Context& context, const CudnnLine& line) {
  const std::string& oldest = context.oldest_compute.value;
  const std::string& newest = context.newest_compute.value;
  return (oldest.empty() || line.oldest_compute.empty() || !older(oldest, line.oldest_compute)) &&
         (newest.empty() || line.newest_compute.empty() || !older(line.newest_compute, newest));
}

bool serves_cuda(const Context& context, const CudnnLine& line, const Cuda& cuda) {
  if (!line.cuda.contains(cuda.major)) return false;
  const bool blackwell =
      !context.newest_compute.value.empty() && !older(context.newest_compute.value, "10.0");
  return !blackwell || line.blackwell_cuda.empty() || cuda.release.empty() ||
         !older(cuda.release, line.blackwell_cuda);
}

std::optional<Found> find(const Context& context, const std::string& wish, const Cuda& cuda,
                          const std::string& driver) {
  for (const CudnnLine* line : context.tables.cudnn_newest_first()) {
    if (!has_code_for_gpus(context, *line) || !serves_cuda(context, *line, cuda)) continue;
    if (!driver.empty() && older(driver, line->cuda.at(cuda.major))) continue;
    for (const std::string& release : releases_of(context, *line, cuda)) {
      if (!takes(wish, release)) continue;
      const Found found{line, source_of(context, release, cuda), release};
      if (found.row != nullptr && !package_version(context, found, cuda).empty()) return found;
    }
  }
  return std::nullopt;
}

/// The line that the wish would have come from: of its newest release, or the one that it falls into.
const CudnnLine* line_of(const Context& context, const std::string& wish) {
  const auto lines = context.tables.cudnn_newest_first();
  for (const CudnnLine* line : lines) {
    for (const std::string& release : line->releases) {
      if (takes(wish, release)) return line;
    }
  }
  const auto own = std::find_if(lines.begin(), lines.end(),
                                [&](const CudnnLine* one) { return !older(wish, one->first); });
  return own != lines.end() ? *own : nullptr;
}

/// "9.10.2.21" as a person writes it: the fourth part counts builds.
std::string short_release(const std::string& release) {
  std::vector<std::string> parts = split(release, '.');
  if (parts.size() > 3) parts.resize(3);
  return join(parts, ".");
}

Refusal no_cudnn(const Context& context, const Cuda& cuda, const std::string& driver) {
  const std::string& wish = context.wishes.cudnn;
  const std::string asked = wish == "latest" ? "cuDNN" : "cuDNN " + excerpt(wish);
  auto best = find(context, "latest", cuda, driver);
  const std::string nearest = best ? short_release(best->release) : std::string();
  Refusal refusal{"cudnn", wish, {}, nearest, nearest.empty() ? "" : format("write \"{}\"", nearest)};
  const CudnnLine* line = line_of(context, wish);
  if (line == nullptr || wish.find_first_not_of("0123456789.") != std::string::npos) {
    refusal.reason = format("no table knows {}", asked);
  } else if (!has_code_for_gpus(context, *line)) {
    const bool too_old = older(context.oldest_compute.value, line->oldest_compute);
    const auto& gpu = too_old ? context.oldest_compute.gpu : context.newest_compute.gpu;
    refusal.reason = format("{} does not support {}", asked, gpu->text());
    if (too_old && best) refusal.reason += format(": {} is the last that does", nearest);
  } else if (!line->cuda.contains(cuda.major)) {
    refusal.reason = format("{} is not made for CUDA {}", asked, cuda.major);
  } else if (!serves_cuda(context, *line, cuda)) {
    refusal.reason = format("{} supports {} with CUDA {} and newer only", asked,
                            context.newest_compute.gpu->text(), line->blackwell_cuda);
  } else if (!driver.empty() && older(driver, line->cuda.at(cuda.major))) {
    refusal.reason = format("{} for CUDA {} needs driver {} or newer, and this one is {}", asked, cuda.major,
                            line->cuda.at(cuda.major), driver);
  } else {
    refusal.reason = format("{} for CUDA {} is not known to be packaged for {}", asked, cuda.major,
                            context.platform.title);
  }
  return refusal;
}

/// The major of the default toolkit; where none is asked for, the newest that every GPU and the driver run.
Cuda cuda_for(const Context& context, const std::string& driver, const Stack& stack) {
  if (!stack.cuda.empty()) return {major_of(stack.cuda.front().value), stack.cuda.front().value};
  for (const CudaRelease* release : context.tables.cuda_newest_first()) {
    const std::string least = context.tables.minimum_driver(*release);
    const bool built = context.last_cuda.value.empty() || !older(context.last_cuda.value, release->number);
    if (built && (driver.empty() || !older(driver, least))) return {major_of(release->number), {}};
  }
  return {};
}

std::string reason_for(const Context& context, const Found& found, const Cuda& cuda) {
  const std::string& wish = context.wishes.cudnn;
  const auto lines = context.tables.cudnn_newest_first();
  if (!lines.empty() && found.line != lines.front() && !has_code_for_gpus(context, *lines.front()) &&
      takes(wish, lines.front()->releases.back())) {
    return format("cuDNN {} is the last that supports {}", found.release, context.oldest_compute.gpu->text());
  }
  if (wish == "latest" || wish == major_of(found.release)) {
    return format("cuDNN {} is the newest for CUDA {}", found.release, cuda.major);
  }
  return format("cuDNN {} was asked for, and is made for CUDA {}", wish, cuda.major);
}

}  // namespace

std::optional<Refusal> choose_cudnn(const Context& context, const std::string& driver, Stack& stack) {
  if (context.wishes.cudnn.empty()) return std::nullopt;
  const Cuda cuda = cuda_for(context, driver, stack);
  const auto found = find(context, context.wishes.cudnn, cuda, driver);
  if (!found) return no_cudnn(context, cuda, driver);
  const std::string version = package_version(context, *found, cuda);
  stack.cudnn = {found->release, reason_for(context, *found, cuda), {}};
  for (const std::string& name : names_of(*found->row, cuda)) stack.cudnn.packages.push_back({name, version});
  stack.library_repository = found->row->origin;
  const bool other = std::any_of(stack.cuda.begin(), stack.cuda.end(),
                                 [&](const Choice& choice) { return major_of(choice.value) != cuda.major; });
  if (other) {
    stack.warnings.push_back(format(
        "cuDNN is installed for CUDA {} only: its variants for two majors do not go together.", cuda.major));
  }
  return std::nullopt;
}

}  // namespace rigsetup::compat
