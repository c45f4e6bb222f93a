#!/usr/bin/env python3
"""The installer under Wine: installation, an upgrade of running programs, and removal without remains in the registry."""

import concurrent.futures
import subprocess

from rig import *

SETUP = os.environ.get("SLUICE_INSTALLER", "")
FOLDER = PREFIX / "drive_c/users" / os.environ.get("USER", "root") / "AppData/Local/Programs/Sluice"
UNINSTALL = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Sluice"
RUN = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run"


class Installer(Sluice):
    def words(self, *words):
        """The installed program with its default folders."""
        return ["wine", str(FOLDER / "sluice.exe"), *map(str, words)]

    def install(self):
        # Not captured: the tray that it restarts inherits its output.
        done = subprocess.run(["wine", SETUP, "/S"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=180)
        self.assertEqual(done.returncode, 0)

    def remove(self):
        subprocess.run(["wine", str(FOLDER / "uninstall.exe"), "/S"], capture_output=True, timeout=180)
        # The uninstaller continues in a copy of itself.
        wait_until("the folder is gone", lambda: not FOLDER.exists(), 60)

    def start_tray(self):
        words = ["wine", str(FOLDER / "sluice-tray.exe"), "--at-login"]
        tray = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(tray.kill)
        wait_until("the engine answers", self.answers)
        return tray

    def test_install_upgrade_and_remove(self):
        user = registry(r"HKCU\Software")
        self.install()
        self.assertEqual(registry(UNINSTALL, "DisplayName"), "Sluice")
        opened = registry(r"HKCU\Software\Classes\ss\shell\open\command")
        self.assertIn("sluice-tray.exe\" open \"%1\"", opened)
        self.assertIsNone(registry(RUN, "Sluice"), "start at login is the user's choice")
        self.assertIn("Sluice", registry(r"HKCU\Software\Classes\AppUserModelId\Sluice.Sluice"))

        origin, server = self.started(Origin()), self.started(SsServer())
        tray = self.start_tray()
        self.ok("set", "gateway.listen", f"127.0.0.1:{self.port}")
        self.ok("set", "health.urls", json.dumps([origin.url + "/204"]))
        self.ok("import", server.link)
        self.ok("connect", self.json("nodes")[0]["id"])
        self.ok("mode", "global")
        wait_until("the proxy is ours", lambda: registry(INTERNET_SETTINGS, "ProxyServer") == f"127.0.0.1:{self.port}")

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
        left = set(registry(r"HKCU\Software").splitlines()) ^ set(user.splitlines())
        self.assertEqual(sorted(line for line in left if line.strip() and "MuiCache" not in line), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
