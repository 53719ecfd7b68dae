// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace rigsetup {

/// Bytes of any kind, for a BLOB column.
struct Blob {
  std::string_view bytes;
};

/// A prepared statement in use. Given back, reset, when it goes.
class Statement {
 public:
  Statement(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}

  void bind(int at, std::int64_t value);
  void bind(int at, std::string_view text);
  void bind(int at, Blob blob);

  bool next();  ///< moves to the next row, false when there is none
  std::int64_t integer(int column) const;
  std::string text(int column) const;  ///< also of a BLOB
  bool is_null(int column) const;

 private:
  struct Reset {
    void operator()(sqlite3_stmt* statement) const;
  };
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Reset> statement_;
};

/// One connection to one SQLite file. For one thread at a time. What SQLite cannot do is an Error that names
/// the file: Error(io) for all that the disk, its fullness, its rights or its content is to blame for.
class Database {
 public:
  /// Opens or makes (mode 0600) the file.
  explicit Database(const std::filesystem::path& file);

  /// One or more statements without parameters; rows are passed over.
  void execute(const std::string& sql);
  /// `sql` is prepared once and kept.
  template <class... Values>
  Statement query(std::string_view sql, const Values&... values) {
    Statement statement(database_.get(), prepared(sql));
    int at = 0;
    (statement.bind(++at, values), ...);
    return statement;
  }
  template <class... Values>
  void run(std::string_view sql, const Values&... values) {
    query(sql, values...).next();
  }
  std::int64_t last_id() const;  ///< of the row inserted last
  bool in_transaction() const;
  void rollback() noexcept;  ///< what cannot be undone now was not committed either

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  sqlite3_stmt* prepared(std::string_view sql);

  std::unique_ptr<sqlite3, Close> database_;
  std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>, std::less<>> prepared_;
};

/// All or nothing: undone unless committed. Takes the write lock at once, so that what is read in it stays
/// true.
class Transaction {
 public:
  explicit Transaction(Database& database);
  Transaction(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Database& database_;
};

}  // namespace rigsetup
