// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_engine.hpp"

#include <algorithm>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/when.hpp>

#include "resource/conda/conda_release.hpp"
#include "resource/program_file.hpp"

namespace rigsetup {
namespace {

constexpr std::uint64_t k_largest = 256 << 20;  // bytes; a release has about 20 MB

std::string digest_of(const Tree& files, const std::filesystem::path& path) {
  Sha256 digest;
  files.read_in_pieces(path, [&](std::string_view piece) {
    digest.add(piece);
    return true;
  });
  return digest.hex();
}

class CondaEngine final : public Resource {
 public:
  explicit CondaEngine(const Fields& fields)
      : version_(fields.text("version")),
        url_(fields.text("url")),
        sha256_(fields.text("sha256")),
        path_(fields.has("path") ? fields.text("path") : engine_path(version_).string()) {}

  Inspection inspect(const Host& host, std::stop_token) const override {
    const std::string have = difference(host.files);
    if (have.empty()) return AsWanted{"micromamba " + version_};
    return Differs{have, "micromamba " + version_};
  }

  Applied apply(const Context& context) const override {
    if (context.stop.stop_requested()) throw Cancelled();
    const Tree& files = context.host.files;
    if (difference(files).empty()) return Done{};
    const auto folder = std::filesystem::path(path_).parent_path();
    if (const Owner owner = code_owner(files, folder); owner.uid != 0) {
      throw Error(
          Code::conflict,
          format("cannot bring micromamba to {}: a folder above it belongs to user {}", path_, owner.uid),
          "everybody runs it: name a path whose folders are root's");
    }
    Progress progress;
    progress.label = "fetching micromamba " + version_;
    context.reporter.progress(progress);
    context.downloads.fetch({url_, context.work / "micromamba", sha256_, k_largest}, {}, context.stop);
    const Tree work(context.work);
    files.make_directories(folder);
    files.write(path_, *work.read("/micromamba", k_largest), 0755);
    work.remove("/micromamba");
    return Done{};
  }

  std::vector<Thing> things() const override { return {{"conda_engine", path_}}; }

  std::vector<Thing> would_make(const Host& host, std::stop_token) const override {
    if (host.files.info(path_)) return {};
    return things();
  }

 private:
  /// What is there instead; empty when it is that very file. Its 20 MB are read each time: others run it.
  std::string difference(const Tree& files) const {
    const auto info = files.info(path_);
    if (!info) return "absent";
    if (info->type != FileInfo::Type::regular) return "something else";
    if (digest_of(files, path_) != sha256_) return "another file";
    if (const Owner owner = code_owner(files, path_); owner.uid != 0)
      return format("it belongs to user {}", owner.uid);
    return info->mode == 0755 ? "" : format("mode {:04o}", info->mode);
  }

  std::string version_;
  std::string url_;
  std::string sha256_;
  std::string path_;
};

class NoEngines final : public Resource {
 public:
  explicit NoEngines(const std::vector<Thing>& things) : things_(things) {}

  Inspection inspect(const Host& host, std::stop_token) const override {
    std::vector<std::string> have;
    for (const Thing& thing : things_) {
      if (host.files.info(thing.name)) have.push_back(thing.name);
    }
    if (have.empty()) return AsWanted{"absent"};
    return Differs{join(have, ", "), "absent"};
  }

  Applied apply(const Context& context) const override {
    const Tree& files = context.host.files;
    for (const Thing& thing : things_) {
      if (context.stop.stop_requested()) throw Cancelled();
      files.remove(thing.name);
      // The folder of its version; one that others use, too, is not empty.
      const auto folder = std::filesystem::path(thing.name).parent_path();
      if (files.list(folder).empty()) files.remove(folder);
    }
    return Done{};
  }

  std::vector<Thing> removed(const Host&) const override { return things_; }

 private:
  std::vector<Thing> things_;
};

std::unique_ptr<Resource> make_removal(const std::vector<Thing>& things) {
  return std::make_unique<NoEngines>(things);
}

std::string title(const Fields& fields) {
  const std::string where = fields.has("path") ? " as " + fields.text("path") : "";
  return format("micromamba {}{}", fields.text("version"), where);
}

std::unique_ptr<Resource> make(const Step& step, const Attachments&, Complaints& complaints) {
  check_download(step.fields, complaints);
  const std::string version = step.fields.text("version");
  const bool is_version = version >= "0" && version < ":";
  if (!is_version || version.find_first_not_of("0123456789.-_abcr") != std::string::npos) {
    complaints.push_back({step.fields.place("version"),
                          format("\"{}\" is not a version of micromamba", excerpt(version)), "as 2.9.0-0"});
  }
  return std::make_unique<CondaEngine>(step.fields);
}

}  // namespace

std::filesystem::path engine_path(std::string_view version) {
  return std::filesystem::path("/opt/rigsetup/micromamba") / version / "micromamba";
}

std::optional<Engine> engine_for(const Step& step, const Recipe& recipe, const Surroundings& around,
                                 Complaints& complaints) {
  const auto own = std::find_if(recipe.steps.begin(), recipe.steps.end(), [&](const Step& other) {
    return other.kind == "conda_engine" && other.sound && !other.fields.has("path") &&
           why_not_wanted(other.when, around.facts).empty();
  });
  if (own != recipe.steps.end()) return Engine{own->fields.text("version"), std::nullopt};
  const compat::ClientRelease* release = compat::newest_usable(around.compat.clients.micromamba);
  if (release == nullptr) {
    complaints.push_back({step.place, "no micromamba is known that could make environments",
                          "add a conda_engine step above, or a row in /etc/rigsetup/compat.d"});
    return std::nullopt;
  }
  Expansion::Part part;
  part.name = "conda.engine";
  part.kind = "conda_engine";
  part.shared = true;
  part.fields =
      Value::map({{"version", release->version}, {"url", release->url}, {"sha256", release->sha256}});
  return Engine{release->version, std::move(part)};
}

const Kind& conda_engine_kind() {
  static const Kind kind = {
      .name = "conda_engine",
      .summary =
          "The micromamba that makes conda environments: one file, verified before it is there. Steps that "
          "need it bring it; this one is for a mirror or another version.",
      .example = R"(- conda_engine:
    version: 2.9.0-0
    url: https://mirror.example.com/micromamba-2.9.0-0-linux-64
    sha256: fc19885023623123f6e16333d1dfbe0bbd34a1019310cb9fc495c1c09520523e
)",
      .fields =
          {
              {.name = "version", .summary = "with its build, as the release is called", .required = true},
              {.name = "url",
               .summary = "of the bare program, not of an archive; file:// too",
               .required = true},
              {.name = "sha256", .summary = "of that file", .required = true},
              {.name = "path",
               .type = FieldType::path,
               .summary = "where it lies; without one it is /opt/rigsetup/micromamba/VERSION/micromamba, "
                          "where steps look for it"},
          },
      .usual = std::chrono::seconds(5),
      .independent_of = {"apt_packages", "apt_repository", "service", "nvidia_modules", "nvidia_loaded",
                         "nvidia_runfile", "mok_enrolment", "virtualenv_packages", "conda_installation"},
      .noun = "conda engine",
      .title = title,
      .make = make,
      .make_removal = make_removal,
  };
  return kind;
}

}  // namespace rigsetup
