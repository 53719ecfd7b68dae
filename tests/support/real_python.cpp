// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/real_python.hpp"

#include <rigsetup/base/format.hpp>

#include "tests/support/shell.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/tiny_root.hpp"

namespace rigsetup::test {

namespace fs = std::filesystem;

std::string distribution_python() {
  std::error_code none;
  const std::string name = fs::canonical("/usr/bin/python3", none).filename();
  const bool makes = fs::exists("/usr/lib/" + name + "/ensurepip") && fs::exists("/usr/share/python-wheels");
  return makes ? name : "";
}

void add_real_python(const fs::path& root, const std::string& name) {
  const fs::path library = "/usr/lib/" + name;
  shell(root, format("cp -a {} usr/lib/", library.string()));
  shell(root, format("rm -rf usr/lib/{0}/test usr/lib/{0}/config-* usr/lib/{0}/idlelib", name));
  add_program(root, "/usr/bin/" + name);
  for (const auto& module : fs::directory_iterator(library / "lib-dynload")) {
    const std::string file = module.path().filename();
    for (const char* needed : {"_ssl.", "_hashlib.", "_bz2.", "_lzma.", "_ctypes.", "_uuid."}) {
      if (file.starts_with(needed)) add_program(root, module.path());
    }
  }
}

std::vector<CondaPackage> real_python_packages(const std::string& name) {
  const std::string version = name.substr(std::string("python").size());
  CondaPackage python{.name = "python", .version = version + ".9"};
  python.files = {
      {"bin/" + name, "", false, "/usr/bin/" + name},
      {"bin/python3", "", false, name},
      {"bin/python", "", false, name},
      {"pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = false\nversion = " + version + "\n"}};

  CondaPackage pip{.name = "pip", .depends = {"python"}, .subdir = "noarch", .noarch_python = true};
  const TemporaryFolder folder;
  shell(folder.path(), format("/usr/bin/{} -I -m venv made", name));
  const fs::path site = folder / format("made/lib/{}/site-packages", name);
  for (const auto& entry : fs::recursive_directory_iterator(site)) {
    const std::string path = entry.path().lexically_relative(site);
    if (!entry.is_regular_file() || !path.starts_with("pip") || path.ends_with(".pyc") ||
        path.ends_with(".exe"))
      continue;
    const bool tells_installer = path.ends_with("/INSTALLER");
    pip.files.push_back({"site-packages/" + path, tells_installer ? "conda\n" : file_text(entry.path())});
    constexpr std::string_view k_info = ".dist-info/METADATA";
    if (path.ends_with(k_info)) pip.version = path.substr(4, path.size() - 4 - k_info.size());
  }
  return {python, pip};
}

}  // namespace rigsetup::test
