// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <fstream>

#include <sched.h>
#include <sys/mount.h>

#include <rigsetup/journal/journal.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/skip.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/journal/child.hpp"
#include "tests/unit/journal/examples.hpp"

using namespace rigsetup;
using namespace rigsetup::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

/// "code: message (hint)" of what was thrown, or "nothing".
std::string fault_in(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(to_string(error.code())) + ": " + error.message() + " (" + error.hint() + ")";
  }
  return "nothing";
}

/// Mounts of this process are its own from here on, and gone with it.
bool may_mount() {
  return unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

std::string contents(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Writes until the file system is full.
void fill(const std::filesystem::path& ballast) {
  std::ofstream stream(ballast, std::ios::binary);
  while (stream.write(std::string(4096, 'x').data(), 4096).flush()) {
  }
}

bool complete(const Journal& journal, std::int64_t run, std::int64_t last) {
  const auto records = journal.read(run, 0, 100'000);
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].sequence != static_cast<std::int64_t>(i) + 1) return false;
  }
  return static_cast<std::int64_t>(records.size()) == last;
}

/// "all well", or lines of what went otherwise than it should on a full disk.
std::string on_a_full_disk(const std::filesystem::path& folder) {
  if (!may_mount() || mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=1m") != 0) return "may not mount";
  std::string wrong;
  const auto expect = [&](bool good, const std::string& what) { wrong += good ? "" : what + "\n"; };
  const auto file = folder / "journal.db";

  fill(folder / "ballast");
  const std::string opening = fault_in([&] { Journal journal(file); });
  expect(opening.starts_with("io: ") && opening.find("free ") != opening.npos, "opening: " + opening);
  std::filesystem::remove(folder / "ballast");
  {
    Journal journal(file);
    const auto run = journal.begin(stored(), started());
    std::int64_t last = journal.append(run, finding("before")).sequence;
    fill(folder / "ballast");
    std::string appending = "nothing";
    for (int i = 0; i < 1000 && appending == "nothing"; ++i) {
      appending = fault_in([&] { last = journal.append(run, finding(std::string(500, 'y'))).sequence; });
    }
    expect(appending.starts_with("io: cannot use the journal " + file.string()) &&
               appending.find("no space") != appending.npos && appending.find("(free ") != appending.npos,
           "appending: " + appending);
    expect(complete(journal, run, last), "records while it is full");
    StoredRun big = stored();
    big.attachments["big"] = std::string(100'000, 'z');
    const std::string beginning = fault_in([&] { journal.begin(big, started()); });
    expect(beginning.starts_with("io: "), "beginning: " + beginning);
    expect(journal.latest() == run, "a run was begun by halves");

    std::filesystem::remove(folder / "ballast");
    expect(journal.append(run, finding("after")).sequence == last + 1, "the number after");
    expect(complete(journal, run, last + 1), "records afterwards");
    expect(journal.begin(big, started()) == run + 1, "a run afterwards");
    expect(journal.stored(run + 1).attachments == big.attachments, "its attachments");
  }
  const Journal journal(file);
  expect(journal.latest() == 2, "opening again");
  return wrong.empty() ? "all well" : wrong;
}

std::string on_a_read_only_disk(const std::filesystem::path& folder) {
  if (!may_mount() || mount(folder.c_str(), folder.c_str(), nullptr, MS_BIND, nullptr) != 0 ||
      mount(nullptr, folder.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) != 0) {
    return "may not mount";
  }
  return fault_in([&] { Journal journal(folder / "journal.db"); }) + "\n" +
         fault_in([&] { Journal journal(folder / "new.db"); });
}

}  // namespace

TEST_CASE("a full disk is an error that says so, and the journal goes on when there is space again") {
  TemporaryFolder folder;
  const std::string answer = in_child([&] { return on_a_full_disk(folder.path()); });
  if (answer == "may not mount") {
    return skip("mounting a small tmpfs is not allowed here");
  }
  CHECK(answer == "all well");
}

TEST_CASE("a read-only disk is an error that says so, and the file stays as it is") {
  TemporaryFolder folder;
  const auto file = folder / "journal.db";
  Journal(file).begin(stored(), started());
  const std::string before = contents(file);
  const std::string faults = in_child([&] { return on_a_read_only_disk(folder.path()); });
  if (faults == "may not mount") {
    return skip("a read-only bind mount is not allowed here");
  }
  CHECK_THAT(faults, StartsWith("io: cannot use the journal " + file.string() + ": it is read-only (look "));
  CHECK_THAT(faults, Contains("io: cannot make the journal " + (folder / "new.db").string()));
  CHECK(contents(file) == before);
  CHECK(Journal(file).append(1, finding("x")).sequence == 2);
}

TEST_CASE("a journal of somebody else is an error that names it") {
  if (geteuid() != 0) {
    return skip("becoming another user needs root");
  }
  TemporaryFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  const auto file = folder / "journal.db";
  Journal(file).begin(stored(), started());
  const std::string fault = in_child([&]() -> std::string {
    if (setgid(65534) != 0 || setuid(65534) != 0) return "cannot become nobody";
    return fault_in([&] { Journal journal(file); });
  });
  CHECK_THAT(fault, StartsWith("io: cannot use the journal " + file.string() + ": Permission denied (look "));
}

TEST_CASE("a missing folder is an error that names the file") {
  TemporaryFolder folder;
  const auto file = folder / "nowhere" / "journal.db";
  CHECK_THAT(fault_in([&] { Journal journal(file); }),
             StartsWith("io: cannot make the journal " + file.string()));
}

TEST_CASE("a file that is no journal is refused and left alone") {
  TemporaryFolder folder;
  const auto file = folder / "journal.db";
  const std::string text(10'000, 't');
  std::ofstream(file) << text;
  CHECK_THAT(fault_in([&] { Journal journal(file); }),
             StartsWith("io: cannot use the journal " + file.string() + ": it is no journal (move it away"));
  CHECK(contents(file) == text);
}

TEST_CASE("a damaged journal is an error that says so") {
  TemporaryFolder folder;
  const auto file = folder / "journal.db";
  {
    Journal journal(file);
    const auto run = journal.begin(stored(), started());
    for (int i = 0; i < 300; ++i) journal.append(run, finding(std::string(200, 'y')));
  }
  const std::string before = contents(file);
  REQUIRE(before.size() > 60'000);
  const auto damage = static_cast<std::streamsize>(before.size() - 40'960);
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(40'960);
  stream.write(std::string(static_cast<std::size_t>(damage), '\xff').data(), damage);
  stream.close();
  CHECK_THAT(fault_in([&] { Journal(file).state(1); }),
             StartsWith("io: cannot use the journal " + file.string()) &&
                 Contains("its content is damaged (move it away"));
}
