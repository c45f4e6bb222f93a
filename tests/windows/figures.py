#!/usr/bin/env python3
"""Figures of the programs for Windows under Wine: sizes, start times, memory. With three members and no traffic."""

from desktop import Desktop
from rig import *


def memory(pid):
    """Private memory of a Linux process and what it has in memory with shared pages, in MiB: for Wine's processes with
    what Wine itself takes."""
    rows = [line.split() for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]]
    size = {row[0].rstrip(":"): int(row[1]) / 1024 for row in rows}
    return size["Private_Clean"] + size["Private_Dirty"], size["Rss"]


def timed(call, *words):
    """How long a call takes, in milliseconds."""
    begun = time.monotonic()
    call(*words)
    return 1000 * (time.monotonic() - begun)


def told(sizes):
    return ", ".join(f"{private:.1f} ({resident:.1f})" for private, resident in sorted(sizes, reverse=True))


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
    def test_sizes(self):
        for name in ("sluice.exe", "sluice-tray.exe"):
            print(f"{name}: {(PROGRAMS / name).stat().st_size / 1e6:.1f} MB")

    def test_start_times(self):
        # The first one starts Wine's server too.
        times = [timed(self.ok, "--version") for _ in range(9)]
        print(f"sluice.exe --version: {min(times[1:]):.0f} ms; the first, with Wine's server, {times[0]:.0f} ms")
        nothing = [timed(wine, PROGRAMS / "nothing.exe") for _ in range(9)]
        print(f"a program that does nothing: {min(nothing):.0f} ms")

    def test_time_until_the_port_accepts(self):
        engine, _, _ = self.balanced(3)
        times = []
        for _ in range(6):
            self.end(engine)
            begun = time.monotonic()
            engine = self.start_engine()
            while not accepts(self.port):
                time.sleep(0.001)
            times.append(1000 * (time.monotonic() - begun))
            wait_until("the members serve", lambda: self.answers() and len(self.serving()) == 3)
        print(f"sluice.exe serve until its port accepts, three members: {min(times):.0f} ms")

    def test_memory_of_an_engine_and_its_members(self):
        self.balanced(3)
        time.sleep(5)
        running = linux_processes("sluice.exe")
        self.assertEqual(len(running), 4, "an engine and three members")
        print("engine and members, private (with shared pages):", told(map(memory, running)), "MiB")


class TrayFigures(Desktop):
    def test_memory_of_the_tray_and_its_members(self):
        self.tray()
        self.balance(3)
        time.sleep(5)
        (tray,) = linux_processes("sluice-tray.exe")
        print("tray with its engine, private (with shared pages):", told([memory(tray)]), "MiB")
        print("its members:", told(map(memory, linux_processes("sluice.exe"))), "MiB")


if __name__ == "__main__":
    unittest.main(verbosity=2)
