// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "journal/schema.hpp"

#include <array>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>

namespace rigsetup {
namespace {

/// What leads from format i to format i + 1 (`user_version`). Journals of all of them are in use: never
/// change one, only add; an empty one when there is a new event, so that older code refuses what it cannot
/// read. Times are milliseconds since 1970, UTC.
constexpr std::array<const char*, 2> k_migrations = {R"sql(
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  started INTEGER NOT NULL,
  ended INTEGER,                 -- of its RunFinished; NULL while it goes on
  outcome TEXT NOT NULL,
  recipe TEXT NOT NULL,
  root TEXT NOT NULL,
  user TEXT NOT NULL
) STRICT;
CREATE TABLE stored (            -- what was agreed to
  run INTEGER PRIMARY KEY REFERENCES runs (id),
  recipe_file TEXT NOT NULL,
  recipe_text BLOB NOT NULL,
  plan BLOB NOT NULL
) STRICT;
CREATE TABLE attachments (
  run INTEGER NOT NULL REFERENCES runs (id),
  name TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (run, name)
) STRICT;
CREATE TABLE records (
  run INTEGER NOT NULL REFERENCES runs (id),
  sequence INTEGER NOT NULL,
  record TEXT NOT NULL,          -- JSON, as it is sent
  PRIMARY KEY (run, sequence)
) STRICT, WITHOUT ROWID;
CREATE TABLE checks (            -- the latest result of each check
  root TEXT NOT NULL,
  key TEXT NOT NULL,
  record TEXT NOT NULL,          -- JSON of a step-finished
  PRIMARY KEY (root, key)
) STRICT, WITHOUT ROWID;
)sql",
                                                     R"sql(
CREATE TABLE owned (             -- what rigsetup made and did not take away again
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  root TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,            -- the natural name: a path, a package
  note TEXT NOT NULL,
  along INTEGER NOT NULL,        -- it came along with another
  run INTEGER NOT NULL REFERENCES runs (id),
  step TEXT NOT NULL,
  UNIQUE (root, kind, name)
) STRICT;
)sql"};

}  // namespace

void migrate(Database& database, const std::string& file) {
  const auto newest = static_cast<std::int64_t>(k_migrations.size());
  Transaction transaction(database);
  const auto found = [&] {
    Statement version = database.query("PRAGMA user_version");
    version.next();
    return version.integer(0);
  }();
  if (found > newest) {
    throw Error(Code::unsupported,
                format("cannot use the journal {}: it has format {}, and this rigsetup knows up to {}", file,
                       found, newest),
                "install the newer rigsetup again, or move the file away to begin a new journal");
  }
  if (found == newest) return;
  for (auto format_number = found; format_number < newest; ++format_number) {
    database.execute(k_migrations[static_cast<std::size_t>(format_number)]);
  }
  database.execute(format("PRAGMA user_version = {}", newest));
  transaction.commit();
}

}  // namespace rigsetup
