#!/usr/bin/env python3
"""Figures of the programs for Windows under Wine: sizes, start times, private memory. Of three members and no traffic."""

from rig import *


def private(pid):
    """Private memory of a Linux process, in MiB: for Wine's processes with what Wine itself takes."""
    rows = (line.split() for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return sum(int(row[1]) for row in rows if row[0] in ("Private_Clean:", "Private_Dirty:")) / 1024


def linux_processes(name):
    """Wine shows the command line of the Windows program; the name of the process is that of its first thread."""
    found = []
    for words in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            program = words.read_text().split("\0")[0].replace("\\", "/")
        except (OSError, UnicodeDecodeError):
            continue
        if program.endswith("/" + name):
            found.append(int(words.parent.name))
    return found


class Figures(Sluice):
    def test_figures(self):
        for name in ("sluice.exe", "sluice-tray.exe"):
            print(f"{name}: {(PROGRAMS / name).stat().st_size / 1e6:.1f} MB")
        # The first one starts Wine's server too.
        times = []
        for _ in range(6):
            begun = time.monotonic()
            self.ok("--version")
            times.append(time.monotonic() - begun)
        print(f"sluice.exe --version: {min(times[1:]):.2f} s; the first, with Wine's server, {times[0]:.2f} s")
        self.balanced(3)
        time.sleep(5)
        running = linux_processes("sluice.exe")
        self.assertEqual(len(running), 4, "an engine and three members")
        sizes = sorted((private(pid) for pid in running), reverse=True)
        print("engine and members, private:", ", ".join(f"{size:.1f}" for size in sizes), "MiB")


if __name__ == "__main__":
    unittest.main(verbosity=2)
