// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/backup.hpp"

#include <filesystem>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/data/json.hpp>

namespace rigsetup {

std::string backup_of(const std::string& path, const Tree& files) {
  Sha256 digest;
  files.read_in_pieces(path, [&](std::string_view piece) {
    digest.add(piece);
    return true;
  });
  return format("/var/lib/rigsetup/backups{}.{}", path, digest.hex().substr(0, 12));
}

void keep(const std::string& path, const Context& context) {
  const Tree& files = context.host.files;
  const std::string copy = backup_of(path, files);
  if (!files.info(copy)) {
    files.make_directories(std::filesystem::path(copy).parent_path(), 0700);
    files.copy(path, copy, 0600);
  }
  context.reporter.finding(format("the earlier {} is kept as {}", path, copy));
}

std::string note_of(const Backup& backup) {
  return to_json(Value::map({{"backup", backup.path},
                             {"mode", backup.mode},
                             {"uid", backup.owner.uid},
                             {"gid", backup.owner.gid}}));
}

std::optional<Backup> backup_from(const std::string& note) {
  if (note.empty()) return std::nullopt;
  const Value value = parse_json(note, "the note of a file");
  const auto number = [&](std::string_view name) { return static_cast<unsigned>(value.at(name).as_int()); };
  return Backup{value.at("backup").as_string(), number("mode"), {number("uid"), number("gid")}};
}

}  // namespace rigsetup
