// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/backup.hpp"
#include "resource/program_file.hpp"

namespace rigsetup {
namespace {

std::string_view described(FileInfo::Type type) {
  switch (type) {
    case FileInfo::Type::regular:
      return "a file";
    case FileInfo::Type::directory:
      return "a directory";
    case FileInfo::Type::symlink:
      return "a symbolic link";
    case FileInfo::Type::other:
      return "a device, pipe or socket";
  }
  return "";
}

std::string mode_text(unsigned mode) { return format("{:04o}", mode); }

/// The number of the first line in which a file differs from the text. The lines themselves are not shown: a
/// plan is for anyone to read, a file may not be.
std::optional<std::size_t> first_difference(const Tree& files, const std::string& path,
                                            std::string_view text) {
  std::size_t line = 1;
  bool same = true;
  files.read_in_pieces(path, [&](std::string_view piece) {
    const auto [end, of_text] = std::mismatch(piece.begin(), piece.end(), text.begin(), text.end());
    same = end == piece.end();
    line += static_cast<std::size_t>(std::count(piece.begin(), end, '\n'));
    text.remove_prefix(static_cast<std::size_t>(of_text - text.begin()));
    return same;
  });
  if (same && text.empty()) return std::nullopt;
  return line;
}

class File final : public Resource {
 public:
  File(const Fields& fields, std::string content)
      : path_(fields.text("path")),
        content_(std::move(content)),
        mode_(fields.mode("mode").value_or(0644)),
        owner_(fields.text("owner")),
        group_(fields.text("group")) {}

  Inspection inspect(const Host& host, std::stop_token) const override {
    if (const auto missing = missing_name(host.files); !missing.empty()) return Pending{missing};
    const auto info = host.files.info(path_);
    if (!info) return Differs{"absent", wanted_text()};
    if (info->type != FileInfo::Type::regular)
      return Differs{std::string(described(info->type)), wanted_text()};

    std::vector<std::string> have;
    std::vector<std::string> want;
    const auto differs = [&](std::string is, std::string should) {
      have.push_back(std::move(is));
      want.push_back(std::move(should));
    };
    if (const auto line = first_difference(host.files, path_, content_)) {
      differs(format("{}, other content from line {} on", human_bytes(info->size), *line),
              human_bytes(content_.size()));
    }
    if (info->mode != mode_) differs("mode " + mode_text(info->mode), "mode " + mode_text(mode_));
    if (const Owner wanted = owner(host.files); info->owner != wanted) {
      differs(format("owner {}:{}", info->owner.uid, info->owner.gid),
              format("owner {}:{}", wanted.uid, wanted.gid));
    }
    if (have.empty()) return AsWanted{format("{}, mode {}", human_bytes(content_.size()), mode_text(mode_))};
    return Differs{join(have, ", "), join(want, ", ")};
  }

  Applied apply(const Context& context) const override {
    if (context.stop.stop_requested()) throw Cancelled();
    const Tree& files = context.host.files;
    if (const auto missing = missing_name(files); !missing.empty()) {
      throw Error(Code::not_found, format("cannot write {}: {}", path_, missing),
                  "name an owner and a group that the target has");
    }
    const auto info = files.info(path_);
    if (info && info->type != FileInfo::Type::regular) {
      throw Error(Code::conflict, format("cannot write {}: it is {}", path_, described(info->type)),
                  "move it away, or name another path");
    }
    if (info && !first_difference(files, path_, content_)) {
      files.set_attributes(path_, mode_, owner(files));
      return Done{};
    }
    if (info) keep(path_, context);
    const auto parent = std::filesystem::path(path_).parent_path();
    files.make_directories(parent, 0755,
                           code_owner(files, parent));  // root's, or below a user's folder that user's
    files.write(path_, content_, mode_, owner(files));
    return Done{};
  }

  std::vector<Thing> things() const override { return {thing()}; }

  /// A file that has another content is kept, and can be brought back.
  std::vector<Thing> would_make(const Host& host, std::stop_token) const override {
    const auto info = host.files.info(path_);
    if (!info) return {thing()};
    const bool other = info->type == FileInfo::Type::regular && first_difference(host.files, path_, content_);
    if (!other) return {};
    return {thing(note_of({backup_of(path_, host.files), info->mode, info->owner}))};
  }

  std::optional<std::pair<std::string, std::string>> apt_preferences() const override {
    if (std::filesystem::path(path_).parent_path() != "/etc/apt/preferences.d") return std::nullopt;
    return std::pair(path_, content_);
  }

 private:
  Thing thing(std::string note = {}) const { return {"file", path_, std::move(note)}; }

  std::string wanted_text() const {
    return format("a file of {}, mode {}", human_bytes(content_.size()), mode_text(mode_));
  }

  std::string missing_name(const Tree& tree) const {
    if (!find_user(tree, owner_)) return format("there is no user {} yet", owner_);
    if (!group_.empty() && !find_group(tree, group_)) return format("there is no group {} yet", group_);
    return "";
  }

  /// Only when nothing is missing.
  Owner owner(const Tree& tree) const {
    Owner owner = find_user(tree, owner_)->owner;
    if (!group_.empty()) owner.gid = *find_group(tree, group_);
    return owner;
  }

  std::string path_;
  std::string content_;
  unsigned mode_;
  std::string owner_;
  std::string group_;
};

/// Takes files away again, or brings back what they replaced. What is there by then is kept.
class FilesBefore final : public Resource {
 public:
  explicit FilesBefore(const std::vector<Thing>& things) : things_(things) {}

  Inspection inspect(const Host& host, std::stop_token) const override {
    std::vector<std::string> have;
    std::vector<std::string> want;
    for (const Thing& thing : things_) {
      if (is_as_before(host.files, thing)) continue;
      have.push_back(thing.name);
      want.push_back(thing.note.empty() ? "absent" : "as it was before");
    }
    if (have.empty()) return AsWanted{"as before"};
    return Differs{join(have, ", "), join(want, ", ")};
  }

  Applied apply(const Context& context) const override {
    const Tree& files = context.host.files;
    for (const Thing& thing : things_) {
      if (context.stop.stop_requested()) throw Cancelled();
      if (is_as_before(files, thing)) continue;
      if (files.info(thing.name)) keep(thing.name, context);
      if (const auto backup = backup_from(thing.note)) {
        if (!files.info(backup->path)) {
          throw Error(Code::not_found,
                      format("cannot bring back the earlier {}: {} is gone", thing.name, backup->path),
                      "name the file in the recipe again to keep what is there");
        }
        files.copy(backup->path, thing.name, backup->mode, backup->owner);
      } else {
        files.remove(thing.name);
      }
    }
    return Done{};
  }

  std::vector<Thing> removed(const Host&) const override { return things_; }

 private:
  static bool is_as_before(const Tree& files, const Thing& thing) {
    const auto backup = backup_from(thing.note);
    if (!backup) return !files.info(thing.name);
    const auto info = files.info(thing.name);
    return info && info->mode == backup->mode && backup_of(thing.name, files) == backup->path;
  }

  std::vector<Thing> things_;
};

std::unique_ptr<Resource> make_removal(const std::vector<Thing>& things) {
  return std::make_unique<FilesBefore>(things);
}

std::string title(const Fields& fields) { return "file " + fields.text("path"); }

std::unique_ptr<Resource> make(const Step& step, const Attachments& attachments, Complaints& complaints) {
  const Fields& fields = step.fields;
  if (fields.has("content") == fields.has("source")) {
    complaints.push_back({fields.place("path"), "a file needs either content or source",
                          "content: the text itself; source: the name of a file beside the recipe"});
    return nullptr;
  }
  if (!fields.has("source")) return std::make_unique<File>(fields, fields.text("content"));
  const auto found = attachments.find(fields.text("source"));
  return std::make_unique<File>(fields, found == attachments.end() ? std::string() : found->second);
}

}  // namespace

const Kind& file_kind() {
  static const Kind kind = {
      .name = "file",
      .summary =
          "A file with this content, mode and owner. What it replaces is kept in /var/lib/rigsetup/backups.",
      .example = R"(- file:
    path: /etc/modprobe.d/nouveau-off.conf
    content: |
      blacklist nouveau
      options nouveau modeset=0
)",
      .fields =
          {
              {.name = "path",
               .type = FieldType::path,
               .summary = "where it lies; missing folders are made",
               .required = true},
              {.name = "content", .summary = "the text itself"},
              {.name = "source",
               .type = FieldType::attachment,
               .summary = "instead of content: the name of a file beside the recipe"},
              {.name = "mode",
               .type = FieldType::mode,
               .summary = "permission bits, an octal number in quotes",
               .fallback = "0644"},
              {.name = "owner", .summary = "user it belongs to, by name", .fallback = "root"},
              {.name = "group", .summary = "group it belongs to; without one, the owner's own"},
          },
      .noun = "file",
      .title = title,
      .make = make,
      .make_removal = make_removal,
  };
  return kind;
}

}  // namespace rigsetup
