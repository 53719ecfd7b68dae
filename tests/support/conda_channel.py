#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the rigsetup authors
"""conda_channel.py FOLDER < PACKAGES: writes a conda channel of real packages, and says what each file is.

PACKAGES is a list of maps as tests/support/conda_channel.cpp writes them. The same list gives the same bytes.
"""
import bz2
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import tarfile
import zipfile

WRITTEN = 1_700_000_000
PLACEHOLDER = "/opt/placehold" + "_placehold" * 20  # what a package's text has where its prefix belongs


def zst(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout


def tar(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path, data, mode, link in members:
            info = tarfile.TarInfo(path)
            info.mtime, info.mode, info.size = WRITTEN, mode, len(data)
            if link:
                info.type, info.linkname = tarfile.SYMTYPE, link
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def files_of(package):
    for file in package["files"]:
        data = file["content"].replace("{PREFIX}", PLACEHOLDER).encode()
        yield file["path"], data, 0o755 if file["executable"] else 0o644, file["link"]
    if package["size"]:
        data = random.Random(package["name"]).randbytes(package["size"])
        yield f"share/{package['name']}/data.bin", data, 0o644, ""


def paths_json(files):
    paths = []
    for path, data, _, link in files:
        entry = {"_path": path, "path_type": "softlink" if link else "hardlink",
                 "sha256": hashlib.sha256(data).hexdigest(), "size_in_bytes": len(data)}
        if PLACEHOLDER.encode() in data:
            entry.update(prefix_placeholder=PLACEHOLDER, file_mode="text")
        paths.append(entry)
    return {"paths": paths, "paths_version": 1}


def index_json(package):
    index = {key: package[key] for key in ("name", "version", "build", "build_number", "depends", "constrains", "subdir")}
    index.update(license="BSD-3-Clause", timestamp=WRITTEN * 1000)
    if package["subdir"] == "noarch":
        index["noarch"] = "python" if package["noarch_python"] else "generic"
    else:
        index.update(arch="x86_64", platform="linux")
    return index


def archive_of(package, name):
    files = list(files_of(package))
    texts = {"info/index.json": json.dumps(index_json(package), indent=2),
             "info/paths.json": json.dumps(paths_json(files), indent=2),
             "info/files": "".join(file[0] + "\n" for file in files),
             "info/about.json": "{}"}
    info = [(path, text.encode(), 0o644, "") for path, text in texts.items()]
    if package["tar_bz2"]:
        return bz2.compress(tar(info + files))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for member, data in (("metadata.json", b'{"conda_pkg_format_version": 2}'),
                             (f"pkg-{name}.tar.zst", zst(tar(files))), (f"info-{name}.tar.zst", zst(tar(info)))):
            archive.writestr(zipfile.ZipInfo(member, (2023, 11, 14, 22, 13, 20)), data)
    return out.getvalue()


def main():
    folder = sys.argv[1]
    indexes = {subdir: {"info": {"subdir": subdir}, "packages": {}, "packages.conda": {}, "removed": [],
                        "repodata_version": 1} for subdir in ("noarch", "linux-64")}
    written = {}
    for package in json.load(sys.stdin):
        name = "{name}-{version}-{build}".format(**package)
        fn = name + (".tar.bz2" if package["tar_bz2"] else ".conda")
        data = archive_of(package, name)
        os.makedirs(os.path.join(folder, package["subdir"]), exist_ok=True)
        with open(os.path.join(folder, package["subdir"], fn), "wb") as file:
            file.write(data)
        digests = {"md5": hashlib.md5(data).hexdigest(), "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        record = index_json(package) | digests
        if package["listed_sha256"]:
            record["sha256"] = package["listed_sha256"]
        indexes[package["subdir"]]["packages" if package["tar_bz2"] else "packages.conda"][fn] = record
        written[name] = {"path": package["subdir"] + "/" + fn, **digests}
    for subdir, index in indexes.items():
        os.makedirs(os.path.join(folder, subdir), exist_ok=True)
        data = json.dumps(index, indent=1, sort_keys=True).encode()
        for fn, content in (("repodata.json", data), ("repodata.json.zst", zst(data))):
            with open(os.path.join(folder, subdir, fn), "wb") as file:
                file.write(content)
    json.dump(written, sys.stdout)


main()
