// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/wheel.hpp"

#include <rigsetup/base/format.hpp>

#include "tests/support/shell.hpp"
#include "tests/support/temporary_folder.hpp"

namespace rigsetup::test {
namespace {

/// RECORD has digests in URL-safe base64 without padding, and one without sizes is a valid one for pip: it
/// writes its own when it installs.
std::string record_of(const std::filesystem::path& info, const std::map<std::string, std::string>& files) {
  std::string record;
  for (const auto& [path, content] : files) record += path + ",,\n";
  return record + (info / "METADATA").string() + ",,\n" + (info / "WHEEL").string() + ",,\n" +
         (info / "RECORD").string() + ",,\n";
}

}  // namespace

std::filesystem::path make_wheel(const std::filesystem::path& folder, const Wheel& wheel) {
  const TemporaryFolder content;
  const std::string info = format("{}-{}.dist-info", wheel.name, wheel.version);
  for (const auto& [path, text] : wheel.files) write_text(content / path, text);
  std::string metadata = format("Metadata-Version: 2.1\nName: {}\nVersion: {}\n", wheel.name, wheel.version);
  for (const auto& other : wheel.requires_) metadata += format("Requires-Dist: {}\n", other);
  write_text(content / (info + "/METADATA"), metadata);
  write_text(content / (info + "/WHEEL"),
             "Wheel-Version: 1.0\nGenerator: rigsetup\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
  write_text(content / (info + "/RECORD"), record_of(info, wheel.files));
  const auto path =
      std::filesystem::absolute(folder) / format("{}-{}-py3-none-any.whl", wheel.name, wheel.version);
  std::filesystem::create_directories(folder);
  std::filesystem::remove(path);
  // The whole folder in one archive, always with the same bytes.
  shell(content.path(), format("find . -exec touch -d @1700000000 {{}} +; "
                               "find . -type f | LC_ALL=C sort | sed 's,^\\./,,' | "
                               "python3 -c 'import sys, zipfile\n"
                               "with zipfile.ZipFile(sys.argv[1], \"w\") as wheel:\n"
                               "    for line in sys.stdin: wheel.write(line.rstrip())' '{}'",
                               path.string()));
  return path;
}

}  // namespace rigsetup::test
