// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <cstdlib>
#include <fstream>

#include "tests/contract/manual_page.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/shell.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;
using namespace rigsetup::test;

namespace {

struct Page {
  const char* file;
  std::string (*make)();
};
const Page k_pages[] = {{"src/cli/rigsetup.1", client_page},
                        {"src/daemon/rigsetupd.8", daemon_page},
                        {"src/resource/rigsetup-recipe.5", recipe_page}};

std::string path_of(const Page& page) { return std::string(RIGSETUP_SOURCE_DIR) + "/" + page.file; }

}  // namespace

// With RIGSETUP_WRITE_MANUAL=1 in its environment this writes the files instead of comparing them.
TEST_CASE("the manual pages are what the programs' tables say") {
  for (const Page& page : k_pages) {
    const std::string wanted = page.make();
    if (std::getenv("RIGSETUP_WRITE_MANUAL")) std::ofstream(path_of(page)) << wanted;
    INFO("bring " << page.file << " up to date: RIGSETUP_WRITE_MANUAL=1 " << RIGSETUP_BUILD_DIR
                  << "/tests/contract/test_manual");
    CHECK((file_text(path_of(page)) == wanted));
  }
}

TEST_CASE("nothing in the manual pages is complained of by what shows them") {
  struct Reader {
    const char* program;
    const char* line;
  };
  const Reader readers[] = {{"man",
                             "LC_ALL=C.UTF-8 MANROFFSEQ= MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "
                             "\"$page\" 2>&1 >/dev/null"},
                            {"groff", "groff -ww -man -Tutf8 -z \"$page\" 2>&1"},
                            {"mandoc", "mandoc -T lint -W warning \"$page\" 2>&1 || true"}};
  const TemporaryFolder folder;
  for (const Reader& reader : readers) {
    if (shell(folder.path(), std::string("command -v ") + reader.program + " || true").empty()) {
      WARN("SKIPPED: there is no " << reader.program << " here");
      continue;
    }
    for (const Page& page : k_pages) {
      CAPTURE(reader.program, page.file);
      CHECK(shell(folder.path(), "page='" + path_of(page) + "'; " + reader.line) == "");
    }
  }
}
