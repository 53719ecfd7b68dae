// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/pylock.hpp"

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "resource/python/python_code.hpp"

namespace rigsetup {
namespace {

constexpr std::string_view k_script = R"python(
import json, sys
try:
    import tomllib
except ImportError:  # before Python 3.11
    from pip._vendor import tomli as tomllib
from pip._vendor.packaging.markers import Marker
from pip._vendor.packaging.specifiers import SpecifierSet
from pip._vendor.packaging.tags import sys_tags
from pip._vendor.packaging.utils import parse_wheel_filename

class Refused(Exception):
    pass

def wheel_name(wheel):
    return wheel.get("name") or (wheel.get("url") or wheel.get("path") or "").rpartition("/")[2]

def best_wheel(package, order):
    fitting = []
    for wheel in package.get("wheels", []):
        ranks = [order[tag] for tag in parse_wheel_filename(wheel_name(wheel))[3] if tag in order]
        if ranks:
            fitting.append((min(ranks), wheel_name(wheel), wheel))
    return min(fitting, key=lambda one: one[:2])[2] if fitting else package.get("sdist")

def sha256_of(name, file):
    digest = file.get("hashes", {}).get("sha256")
    if not digest:
        raise Refused("it has no sha256 of " + name)
    return " --hash=sha256:" + digest

def requirement(package, order, from_urls):
    name = package["name"]
    for source in ("vcs", "directory", "archive"):
        if source in package:
            raise Refused("it has %s from a %s, and only wheels and source archives are taken" % (name, source))
    files = package.get("wheels", []) + ([package["sdist"]] if "sdist" in package else [])
    if not from_urls:
        return "%s==%s%s" % (name, package["version"], "".join(sha256_of(name, file) for file in files))
    file = best_wheel(package, order)
    if file is None:
        raise Refused("it has no wheel of %s that fits this machine and its Python" % name)
    if "url" not in file:
        raise Refused("it does not say where %s is to be had: name an index_url" % name)
    return "%s @ %s%s" % (name, file["url"], sha256_of(name, file))

def read(path, from_urls):
    with open(path, "rb") as file:
        lock = tomllib.load(file)
    if not str(lock.get("lock-version", "")).startswith("1."):
        raise Refused("it is of lock-version %s, and 1.0 is known" % lock.get("lock-version", "(none)"))
    here = "%d.%d.%d" % sys.version_info[:3]
    if "requires-python" in lock and here not in SpecifierSet(lock["requires-python"]):
        raise Refused("it is for Python %s, and the environment has %s" % (lock["requires-python"], here))
    order = {tag: rank for rank, tag in reversed(list(enumerate(sys_tags())))}
    wanted = []
    for package in lock.get("packages", []):
        marker = package.get("marker")
        if marker and ("extras" in marker or "dependency_groups" in marker):
            raise Refused("%s is only for some extras or groups, and a lock for one purpose is taken" % package["name"])
        if marker and not Marker(marker).evaluate():
            continue
        wanted.append(requirement(package, order, from_urls))
    return "".join(line + "\n" for line in wanted)

try:
    print("\n" + json.dumps({"requirements": read(sys.argv[1], sys.argv[2] == "urls")}))
except (Refused, tomllib.TOMLDecodeError, KeyError, ValueError) as error:
    print("\n" + json.dumps({"refused": str(error) if isinstance(error, Refused) else "%s: %s" % (type(error).__name__, error)}))
)python";

}  // namespace

std::variant<std::string, Failed> read_pylock(const Context& context, const std::string& python,
                                              const std::string& user, const std::filesystem::path& lock,
                                              bool from_urls) {
  constexpr auto k_limit = std::chrono::minutes(2);
  const auto ran =
      run_python(context, {python, user, k_script, {lock.string(), from_urls ? "urls" : "index"}, k_limit});
  if (const auto* failed = std::get_if<Failed>(&ran)) return *failed;
  const auto& finished = std::get<Finished>(ran);
  if (!finished.ok()) {
    return Failed{
        format("the lock cannot be read: {}: {}", finished.text(), printable(last_lines(finished.err, 1))),
        "its Python or the pip in it is too old: Python 3.11 or pip 22 can"};
  }
  const Value answer = parse_json(last_lines(finished.out, 1), "what the lock comes to");
  if (const Value* refused = answer.find("refused")) {
    return Failed{format("the lock cannot be used: {}", printable(refused->text())),
                  "pip lock and uv export --format pylock.toml write one"};
  }
  return answer.at("requirements").as_string();
}

}  // namespace rigsetup
