// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/wheel.hpp"

#include <rigsetup/base/format.hpp>

#include "tests/support/shell.hpp"
#include "tests/support/temporary_folder.hpp"

namespace rigsetup::test {
namespace {

/// Packs the folder that it runs in, always into the same bytes, with the RECORD that wheels have.
constexpr const char* k_pack = R"python(
import base64, hashlib, pathlib, sys, zipfile
info, wheel = sys.argv[1:]
files = {str(path): path.read_bytes() for path in sorted(pathlib.Path(".").rglob("*")) if path.is_file()}
record = ""
for path, content in files.items():
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    record += "%s,sha256=%s,%d\n" % (path, digest, len(content))
files[info + "/RECORD"] = (record + info + "/RECORD,,\n").encode()
with zipfile.ZipFile(wheel, "w") as archive:
    for path, content in files.items():
        archive.writestr(zipfile.ZipInfo(path, (2023, 11, 14, 0, 0, 0)), content)
)python";

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
  const auto path =
      std::filesystem::absolute(folder) / format("{}-{}-py3-none-any.whl", wheel.name, wheel.version);
  std::filesystem::create_directories(folder);
  const TemporaryFolder script;
  write_text(script / "pack.py", k_pack);
  shell(content.path(),
        format("python3 -I '{}' '{}' '{}'", (script / "pack.py").string(), info, path.string()));
  return path;
}

}  // namespace rigsetup::test
