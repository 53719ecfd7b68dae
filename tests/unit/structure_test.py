#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the rigsetup authors
"""Review comments that became checks: the direction of includes, where third-party code may be, and a few banned words.

Run alone: python3 tests/unit/structure_test.py   (from the top of the checkout)
"""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]

# Each module and the modules it may include. The same as the USES in src/*/CMakeLists.txt.
MAY_USE = {
    "base": "",
    "data": "base",
    "host": "base",
    "event": "base data",
    "recipe": "base data",
    "compat": "base data",
    "facts": "base data host compat",
    "fetch": "base data host",
    "apt": "base data host event",
    "journal": "base data event",
    "protocol": "base data event",
    "diagnosis": "base data host event compat facts apt",
    "resource": "base data host event recipe compat facts fetch apt",
    "plan": "base data host event recipe compat facts fetch apt resource",
    "run": "base data host event recipe compat facts fetch apt journal diagnosis resource plan",
    "server": "base data host event recipe compat facts fetch apt journal protocol diagnosis resource plan run",
    "daemon": "base data host event recipe compat facts fetch apt journal protocol diagnosis resource plan run server",
    "cli": "base data event protocol",
}

# Third-party headers, and the only folders or files that may include them.
CONFINED = {
    r"spdlog/|fmt/": "src/base include/rigsetup/base/format.hpp",
    r"sha2\.h": "src/base src/fetch",
    r"yaml-cpp/": "src/data",
    r"nlohmann/": "src/data",
    r"boost/process": "src/host",
    r"boost/asio/(thread_pool|post)": "src/run src/server src/host",
    r"boost/asio": "src/run src/server src/host src/cli",
    r"boost/beast": "src/server src/cli",
    r"sqlite3\.h": "src/journal",
    r"curl/": "src/fetch",
    r"apt-pkg/": "src/apt/resolve",
    r"systemd/": "src/server",
    r"crypt\.h": "src/resource/nvidia/one_time_code.cpp",
}

# What must not be written, where, and why.
BANNED = [
    (r"\bco_(await|return|yield)\b", "", "g++-11 miscompiles natural coroutines; the server uses callbacks"),
    (r"catch\s*\(\s*\.\.\.\s*\)", "", "catch what you can say something about"),
    (r"\b(system|popen)\s*\(", "", "no shell: use Programs"),
    (r"\bstd::(this_thread::)?sleep_(for|until)\b", "src/fetch/transfer.cpp",
     "time is a seam: use Clock (the fetch helper is a process of its own, with nothing to fake in it)"),
    (r"\bstd::regex\b", "", "slow to compile and to run; parse by hand"),
    (r"\b(TODO|FIXME|XXX|HACK)\b", "", "finish it or file it"),
    (r"using namespace (?!rigsetup|std::(chrono|literals|chrono_literals|string_literals|string_view_literals);)", "",
     "name what is used"),
]


def module_of(path):
    parts = path.relative_to(TOP).parts
    return parts[2] if parts[0] == "include" else parts[1]


def main():
    faults = []
    files = sorted([*TOP.glob("src/**/*.[ch]pp"), *TOP.glob("include/**/*.hpp")])
    if len(files) < 50:
        faults.append(f"only {len(files)} source files were found: is this the top of the checkout? {TOP}")
    for path in files:
        name = str(path.relative_to(TOP))
        module = module_of(path)
        if module not in MAY_USE:
            faults.append(f"{name}: module {module} is not in the table of tests/unit/structure_test.py")
            continue
        allowed = set(MAY_USE[module].split()) | {module}
        text = path.read_text()
        if not text.startswith(("// SPDX-License-Identifier: Apache-2.0\n// SPDX-FileCopyrightText:",
                                "// SPDX-License-Identifier: GPL-3.0-or-later\n// SPDX-FileCopyrightText:")):
            faults.append(f"{name}:1: the two SPDX lines are missing")
        for number, line in enumerate(text.splitlines(), 1):
            place = f"{name}:{number}"
            include = re.match(r'\s*#include\s+[<"]([^>"]+)[>"]', line)
            if include:
                header = include.group(1)
                used = re.match(r"rigsetup/(\w+)/", header)
                if used and used.group(1) not in allowed:
                    faults.append(f"{place}: {module} may not use {used.group(1)} (it may use: {MAY_USE[module] or 'nothing'})")
                private = re.match(r"(\w+)/", header)
                if private and private.group(1) in MAY_USE and private.group(1) != module:
                    faults.append(f"{place}: {header} is private to {private.group(1)}; use its header in include/rigsetup")
                for pattern, places in CONFINED.items():
                    if re.match(pattern, header) and not any(name.startswith(p) for p in places.split()):
                        faults.append(f"{place}: {header} may be included only in {places}")
                        break
                continue
            code = re.sub(r'"(\\.|[^"\\])*"', '""', line).split("//")[0]
            for pattern, where, why in BANNED:
                if re.search(pattern, code if "TODO" not in pattern else line) and name not in where.split():
                    faults.append(f"{place}: {line.strip()[:60]}: {why}")
    for module, used in MAY_USE.items():
        cmake = TOP / "src" / module / "CMakeLists.txt"
        declared = re.search(r"rigsetup_module\(" + module + r"\b.*?USES ([a-z\s]*?)(?:LIBRARIES|\))", cmake.read_text(), re.S)
        if declared and not set(declared.group(1).split()) <= set(used.split()):
            faults.append(f"src/{module}/CMakeLists.txt: USES {declared.group(1).split()} is more than the table allows")
    print("\n".join(faults) if faults else f"{len(files)} files hold to the structure")
    return 1 if faults else 0


sys.exit(main())
