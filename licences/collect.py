#!/usr/bin/env python3
"""Writes licences/third-party.txt: the crates that are built into Sluice on any system, each with the licence
that it is used under, and the texts of those licences.

    python3 licences/collect.py

To be run when a crate has come or gone; tests/it/licences.rs says so. Reads what cargo has downloaded
(`cargo fetch`). Where a crate leaves the choice, Apache-2.0 is taken: its text is the same for all. A text that
several crates share stands there once.
"""

import json
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "licences" / "third-party.txt"
RULE = "-" * 72
FIRST = ("Apache-2.0", "MIT", "ISC", "Zlib", "BSD-3-Clause", "BSD-2-Clause", "BSL-1.0", "Unlicense", "0BSD")
TEXT_NAMES = re.compile(r"^(licen[cs]e|copying|copyright|unlicense|ofl|ufl)", re.IGNORECASE)
MIT = "Permission" + (ROOT / "LICENSE-MIT").read_text().split("Permission", 1)[1]


def cargo(*arguments):
    command = ["cargo", *arguments, "--offline", "--locked"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def built_in():
    edges = ["--edges", "normal,no-proc-macro", "--target", "all", "--prefix", "none", "--format", "{p}"]
    words = (line.split() for line in cargo("tree", *edges).splitlines() if line)
    return {(word[0], word[1].removeprefix("v")) for word in words} - {("sluice", own_version())}


def own_version():
    return re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]


def choice(expression):
    """The licence that is used, of those that a crate offers; all of it where it wants several."""
    expression = expression.replace("/", " OR ")
    if " AND " in expression:
        return expression.replace("(MIT OR Apache-2.0)", "Apache-2.0").replace("(Apache-2.0 OR MIT)", "Apache-2.0")
    offered = [part.strip() for part in re.split(r"\s+OR\s+", expression.strip("()"))]
    return next((name for name in FIRST if name in offered), offered[0])


def files(folder):
    found = [path for path in sorted(folder.glob("*")) + sorted(folder.glob("*/*")) if TEXT_NAMES.match(path.name)]
    return [path for path in found if path.is_file() and path.suffix.lower() not in (".rs", ".toml", ".html", ".py")]


def texts(package, licence):
    """The texts of a crate's licence, but that of Apache-2.0, which is there once."""
    found = files(pathlib.Path(package["manifest_path"]).parent)
    plain = [path for path in found if "apache" not in path.name.lower()]
    named = [path for path in plain if licence.split("-")[0].lower() in path.name.lower()]
    chosen = named if named and " AND " not in licence else plain
    read = [clean(path.read_text(errors="replace")) for path in chosen]
    read = [text for text in read if not text.startswith("Apache License")]
    if read or licence in ("Apache-2.0", "Apache-2.0 WITH LLVM-exception"):
        return read
    authors = ", ".join(re.sub(r"\s*<.*?>", "", author) for author in package["authors"])
    head = f"Copyright (c) {authors or 'the authors of ' + package['name']}"
    # A few packages come without a text.
    return [clean(f"{head}\n\n{MIT if licence == 'MIT' else f'https://spdx.org/licenses/{licence}.html'}")]


def clean(text):
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\t", "    ").splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def main():
    packages = json.loads(cargo("metadata", "--format-version", "1"))["packages"]
    packages = {(package["name"], package["version"]): package for package in packages}
    heads, shared = [], {}
    for name, version in sorted(built_in()):
        package = packages[name, version]
        licence = choice(package["license"] or "see its text")
        heads.append(f"{name} {version}: {licence}")
        if licence != "Apache-2.0":
            for text in texts(package, licence):
                shared.setdefault(re.sub(r"\s+", " ", text), (text, []))[1].append(name)
    parts = ["Crates that are built into Sluice, with the licence that each is used under.", "\n".join(heads)]
    for text, names in sorted(shared.values(), key=lambda entry: (-len(entry[1]), entry[1])):
        parts.append(f"{RULE}\n{', '.join(dict.fromkeys(names))}\n\n{text}")
    parts.append(f"{RULE}\nApache-2.0\n\n{clean((ROOT / 'LICENSE-APACHE').read_text())}")
    TARGET.write_text("\n\n".join(parts) + "\n")


main()
