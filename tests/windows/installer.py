#!/usr/bin/env python3
"""The installer and the portable archive under Wine. The installer installs, upgrades while the program works, and
leaves the registry as it was."""

import concurrent.futures
import subprocess
import zipfile

from rig import *

SETUP = os.environ["SLUICE_INSTALLER"]
PORTABLE = os.environ["SLUICE_PORTABLE"]
APPDATA = PREFIX / "drive_c/users" / os.environ.get("USER", "root") / "AppData"
FOLDER = APPDATA / "Local/Programs/Sluice"
APP_ID = r"HKCU\Software\Classes\AppUserModelId\Sluice.Sluice"
UNINSTALL = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Sluice"
RUN = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run"


class Installer(Sluice):
    def setUp(self):
        super().setUp()
        # What an earlier run that failed has left.
        self.addCleanup(self.forget)
        self.forget()

    def forget(self):
        """Removes the program, and the files that it keeps for its user."""
        if FOLDER.exists():
            self.remove()
        for folder in ("Local", "Roaming"):
            shutil.rmtree(APPDATA / folder / "sluice", True)
        # A program that was not installed registers its name, too.
        wine("reg", "delete", APP_ID.rsplit("\\", 1)[0], "/f")

    def words(self, *words):
        """The installed program with its default folders."""
        return ["wine", str(FOLDER / "sluice.exe"), *map(str, words)]

    def install(self):
        self.assertEqual(run(["wine", SETUP, "/S"], 180)[0], 0)

    def remove(self):
        run(["wine", FOLDER / "uninstall.exe", "/S"], 180)
        # The uninstaller continues in a copy of itself.
        wait_until("the folder is gone", lambda: not FOLDER.exists(), 60)

    def start_tray(self):
        words = ["wine", str(FOLDER / "sluice-tray.exe"), "--at-login"]
        tray = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(tray.kill)
        wait_until("the engine answers", self.answers)
        return tray

    def test_install_upgrade_and_remove(self):
        no_proxy()
        user = registry(r"HKCU\Software")
        self.install()
        self.assertEqual(registry(UNINSTALL, "DisplayName"), "Sluice")
        opened = registry(r"HKCU\Software\Classes\ss\shell\open\command")
        self.assertIn("sluice-tray.exe\" open \"%1\"", opened)
        self.assertIsNone(registry(RUN, "Sluice"), "start at login is the user's choice")
        self.assertIn("Sluice", registry(APP_ID))

        tray = self.start_tray()
        self.ok("set", "gateway.listen", f"127.0.0.1:{self.port}")
        origin = self.local_checks()
        self.connected()
        self.global_mode()

        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            download = pool.submit(self.fetch, origin.url + "/slow/30")
            origin.wait_for_slow()
            self.install()
            self.assertEqual(download.result(), 30, "an upgrade waits for short downloads")
        tray.wait(20)
        wait_until("the new program runs", self.answers)
        self.assertEqual(len(self.json("nodes")), 1)
        self.assertEqual(self.status()["mode"], "global")
        self.assertEqual([file.name for file in FOLDER.iterdir() if file.name.endswith(".old")], [])

        self.remove()
        self.assertEqual(processes("sluice.exe") + processes("sluice-tray.exe"), [])
        self.assertIn(registry(INTERNET_SETTINGS, "ProxyEnable"), (None, "0x0"))
        changed = set(registry(r"HKCU\Software").splitlines()) ^ set(user.splitlines())
        # What Windows and Wine keep for themselves.
        own = ("MuiCache", r"Software\Wine")
        self.assertEqual(sorted(line for line in changed if line.strip() and not any(word in line for word in own)), [])


class Portable(Sluice):
    # As a user may name a folder.
    home_prefix = "sluice portable é "

    def words(self, *words):
        """The program of the archive, with the files beside it."""
        home = windows_path(self.folder / "files")
        return ["wine", str(self.folder / "sluice.exe"), "--home", home, *map(str, words)]

    def test_it_starts_from_its_folder_and_keeps_its_files_there(self):
        with zipfile.ZipFile(PORTABLE) as archive:
            archive.extractall(self.home)
        (self.folder,) = self.home.iterdir()
        self.assertEqual(run(["wine", "cmd", "/c", windows_path(self.folder / "Sluice.cmd")])[0], 0)
        wait_until("the engine answers", self.answers)
        self.ok("set", "language", "ru")
        self.assertIn('"ru"', (self.folder / "files/settings.json").read_text())
        self.assertIsNone(registry(UNINSTALL, "DisplayName"), "nothing is installed")
        self.assertIsNone(registry(RUN, "Sluice"))
        tray = ["wine", str(self.folder / "sluice-tray.exe"), "--home", windows_path(self.folder / "files"), "quit"]
        self.assertEqual(run(tray)[0], 0)
        self.assertEqual(processes("sluice.exe") + processes("sluice-tray.exe"), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
