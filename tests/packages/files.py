"""The files of the system: `save` writes them down, and `changed()` compares."""

import hashlib
import json
import os
import stat
import sys

SAVED = "/test/files.json"

# What every installation of any package changes, what `apt-get update` writes, what the test itself changes, and what is no
# part of the system.
OMITTED = {
    "/dev", "/etc/hosts", "/home", "/proc", "/run", "/sys", "/test", "/tmp", "/var/cache", "/var/lib/app-info",
    "/var/lib/apt", "/var/lib/dpkg", "/var/lib/swcatalog", "/var/log",
}


def files():
    found = {}
    for folder, names, here in os.walk("/"):
        names[:] = [name for name in names if os.path.join(folder, name) not in OMITTED and name != "__pycache__"]
        for path in (os.path.join(folder, name) for name in here + names):
            if path in OMITTED:
                continue
            info = os.lstat(path)
            content = None
            if stat.S_ISLNK(info.st_mode):
                content = os.readlink(path)
            elif stat.S_ISREG(info.st_mode):
                with open(path, "rb") as file:
                    content = hashlib.file_digest(file, "sha1").hexdigest()
            found[path] = [info.st_mode, content]
    return found


def changed():
    """What differs from what was saved."""
    with open(SAVED) as file:
        before = json.load(file)
    now = files()
    return sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))


if __name__ == "__main__" and sys.argv[1] == "save":
    with open(SAVED, "w") as out:
        json.dump(files(), out)
