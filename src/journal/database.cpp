// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "journal/database.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>

namespace rigsetup {
namespace {

struct Cause {
  Code code;
  std::string why;
  std::string hint;
};

Cause cause_of(sqlite3* database, int result) {
  const int error_number = sqlite3_system_errno(database);
  const bool system = error_number != 0;
  int primary = result & 0xff;
  // SQLite sorts only some of the system's errors into codes of their own.
  if (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) {
    if (error_number == ENOSPC || error_number == EDQUOT) primary = SQLITE_FULL;
    if (error_number == EROFS) primary = SQLITE_READONLY;
  }
  switch (primary) {
    case SQLITE_FULL:
      return {Code::io, "no space is left on its file system", "free some space there (df -h) and try again"};
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return {Code::io, "it is read-only",
              "look whether its file system is mounted read-only (findmnt -T) and who owns the file"};
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
      return {Code::io, system ? std::strerror(error_number) : "it cannot be opened",
              "look whether its folder is there and who may write to it"};
    case SQLITE_IOERR:
      return {Code::io, system ? std::strerror(error_number) : sqlite3_errstr(result),
              "look in dmesg for faults of the disk"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Code::io, primary == SQLITE_CORRUPT ? "its content is damaged" : "it is no journal",
              "move it away, with the files of the same name that end in -wal and -shm: a new one is begun"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Code::io, "another program holds it",
              "look whether a second rigsetupd, or sqlite3, works on the same file (fuser)"};
    default:
      return {Code::internal, sqlite3_errmsg(database), {}};
  }
}

[[noreturn]] void fail(sqlite3* database, int result, const std::string& file) {
  const Cause cause = cause_of(database, result);
  throw Error(cause.code, format("cannot use the journal {}: {}", file, cause.why), cause.hint);
}

[[noreturn]] void fail(sqlite3* database, int result) {
  fail(database, result, sqlite3_db_filename(database, "main"));
}

void expect_ok(sqlite3* database, int result) {
  if (result != SQLITE_OK) fail(database, result);
}

/// SQLite would make it readable for all. An existing file is not opened here: closing it would drop the
/// locks that another connection of this process holds on it.
void make_file(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (descriptor >= 0) {
    ::close(descriptor);
  } else if (errno != EEXIST) {
    const Error cause = errno_error(format("make the journal {}", file.string()), errno);
    throw Error(Code::io, cause.message(), cause.hint());
  }
}

}  // namespace

void Statement::Reset::operator()(sqlite3_stmt* statement) const {
  sqlite3_reset(statement);  // repeats the error of the last step, which was thrown then
  sqlite3_clear_bindings(statement);
}

void Statement::bind(int at, std::int64_t value) {
  expect_ok(database_, sqlite3_bind_int64(statement_.get(), at, value));
}
void Statement::bind(int at, std::string_view text) {
  // A null pointer would be bound as NULL.
  const char* data = text.empty() ? "" : text.data();
  expect_ok(database_,
            sqlite3_bind_text64(statement_.get(), at, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}
void Statement::bind(int at, Blob blob) {
  const char* data = blob.bytes.empty() ? "" : blob.bytes.data();
  expect_ok(database_, sqlite3_bind_blob64(statement_.get(), at, data, blob.bytes.size(), SQLITE_TRANSIENT));
}

bool Statement::next() {
  const int result = sqlite3_step(statement_.get());
  if (result != SQLITE_ROW && result != SQLITE_DONE) fail(database_, result);
  return result == SQLITE_ROW;
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
std::string Statement::text(int column) const {
  const void* data =
      sqlite3_column_blob(statement_.get(), column);  // null when empty; the bytes of a TEXT as they are
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return data ? std::string(static_cast<const char*>(data), size) : std::string();
}
bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

Database::Database(const std::filesystem::path& file) {
  make_file(file);
  sqlite3* database = nullptr;
  const int result =
      sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(database);  // also when it failed
  if (!database)
    throw Error(Code::internal, format("cannot open the journal {}: out of memory", file.string()));
  sqlite3_extended_result_codes(database, 1);
  if (result != SQLITE_OK) fail(database, result, file.string());  // it does not know its name yet
  // SQLite falls back to reading where it may not write.
  if (sqlite3_db_readonly(database, "main") == 1) fail(database, SQLITE_READONLY);
  expect_ok(database, sqlite3_busy_timeout(database, 5000));
}

void Database::execute(const std::string& sql) {
  expect_ok(database_.get(), sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr));
}

std::int64_t Database::last_id() const { return sqlite3_last_insert_rowid(database_.get()); }
bool Database::in_transaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }
void Database::rollback() noexcept { sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr); }

sqlite3_stmt* Database::prepared(std::string_view sql) {
  const auto known = prepared_.find(sql);
  if (known != prepared_.end()) return known->second.get();
  sqlite3_stmt* statement = nullptr;
  expect_ok(database_.get(), sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                                SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
  prepared_.emplace(sql, statement);
  return statement;
}

void Database::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }
void Database::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Transaction::Transaction(Database& database) : database_(database) { database_.run("BEGIN IMMEDIATE"); }
void Transaction::commit() { database_.run("COMMIT"); }
Transaction::~Transaction() {
  // SQLite rolls back by itself on some errors (disk full); what it leaves open is undone here.
  if (database_.in_transaction()) database_.rollback();
}

}  // namespace rigsetup
