#!/usr/bin/env python3
"""Whole tests of the programs for Windows, under Wine. Started by tests/windows.sh, which says where the programs are."""

import concurrent.futures
import json
import signal
import subprocess
import sys
import time
import unittest

from rig import *


class CommandLine(Sluice):
    # Not in every code page.
    home_prefix = "sluice-百度 é "

    def test_what_needs_an_engine_says_so(self):
        code, out, err = self.run_sluice("status")
        self.assertEqual((code, out), (3, ""))
        self.assertTrue(err.startswith("sluice: "), err)
        self.assertEqual(self.run_sluice("no-such-command")[0], 2)
        self.assertRegex(self.ok("--version"), r"^sluice \d+\.\d+\.\d+\n$")

    def test_nodes_are_imported_listed_shared_scanned_and_restored(self):
        self.serve()
        link = "ss://" + METHOD + ":sesame@192.0.2.7:8388#" + quoted("节点 one")
        self.ok("import", link)
        (node,) = self.json("nodes")
        self.assertEqual((node["name"], node["port"]), ("节点 one", 8388))
        self.assertIn("192.0.2.7", self.ok("share", node["id"]) + node["host"])
        picture = windows_path(self.home / "qr.png")
        self.ok("share", node["id"], "--qr", picture)
        self.ok("node", "remove", node["id"])
        self.assertEqual(self.json("nodes"), [])
        self.ok("scan", picture)
        self.assertEqual(self.json("nodes")[0]["name"], "节点 one")
        backup = windows_path(self.home / "all.json")
        self.ok("backup", backup)
        self.ok("node", "remove", node["id"])
        self.ok("restore", backup, "--yes")
        self.assertEqual(len(self.json("nodes")), 1)
        self.assertIn("settings", self.ok("diagnose", "-"))
        self.assertEqual(self.run_sluice("import", "nonsense")[0], 1)

    def test_rules_and_settings_are_kept_over_a_restart(self):
        engine = self.serve()
        self.ok("set", "cluster.strategy", "fastest")
        self.assertEqual(self.run_sluice("set", "cluster.size", "0")[0], 1)
        engine.send_signal(signal.SIGINT)
        self.assertEqual(engine.wait(20), 0)
        self.serve()
        self.assertEqual(self.ok("get", "cluster.strategy").strip().strip('"'), "fastest")

    def test_only_one_engine_runs_on_one_home(self):
        self.serve()
        code, _, err = self.run_sluice("serve", "--listen", f"127.0.0.1:{free_port()}")
        self.assertEqual(code, 1)
        self.assertIn((self.home / "engine.pid").read_text().strip(), err)

    def test_the_pipe_is_not_for_others(self):
        # Another home's pipe has another name: no engine is found there.
        self.serve()
        other = self.home / "other"
        words = ["wine", str(PROGRAMS / "sluice.exe"), "--home", windows_path(other), "status"]
        self.assertEqual(run(words)[0], 3)

    def test_commands_at_once_are_answered(self):
        self.serve()
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            codes = list(pool.map(lambda _: self.run_sluice("status")[0], range(30)))
        self.assertEqual(set(codes), {0})

    def test_commands_during_a_start_are_answered_or_refused(self):
        # Each before the engine is there, while it opens its pipe, and after.
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(self.run_sluice, "status", timeout=60) for _ in range(8)]
            self.serve()
            asked += [pool.submit(self.run_sluice, "status", timeout=60) for _ in range(8)]
            codes = [one.result()[0] for one in asked]
        self.assertLessEqual(set(codes[:8]), {0, 1, 3})
        self.assertEqual(set(codes[8:]), {0})

    def test_the_demo_fails_over_without_a_failed_request(self):
        code, out, err = self.run_sluice("demo")
        self.assertEqual(code, 0, f"{out}{err}")


class Gateway(Sluice):
    def test_every_protocol_goes_through_a_member(self):
        _, _, origin = self.balanced(1)
        for scheme in ["socks5", "socks5h", "socks4", "socks4a", "http"]:
            words = ["curl", "-sS", "--max-time", "20", "--proxy", f"{scheme}://127.0.0.1:{self.port}"]
            done = subprocess.run([*words, origin.url + "/bytes/100000"], capture_output=True)
            self.assertEqual((done.returncode, len(done.stdout)), (0, 100000), (scheme, done.stderr))
        self.assertGreaterEqual(self.status()["gateway"]["total"], 5)

    def test_no_request_fails_when_a_server_is_killed(self):
        _, servers, origin = self.balanced(4)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            asked = []
            for number in range(300):
                asked.append(pool.submit(self.fetch, f"{origin.url}/bytes/{2000 + number}"))
                if number == 100:
                    servers[0].kill()
            lengths = [one.result() for one in asked]
        self.assertEqual(lengths, [2000 + number for number in range(300)])

    def test_a_killed_member_comes_back_and_no_request_fails(self):
        _, _, origin = self.balanced(3)
        before = {member["pid"] for member in self.serving()}
        wine("taskkill", "/f", "/pid", min(before))
        lengths = [self.fetch(origin.url + "/bytes/500") for _ in range(20)]
        self.assertEqual(lengths, [500] * 20)
        wait_until("three members serve again", lambda: len({m["pid"] for m in self.serving()} - {min(before)}) == 3)

    def test_ctrl_c_waits_for_a_download(self):
        keyboard = self.started(Terminal())
        engine, _, origin = self.balanced(1, keyboard)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            download = pool.submit(self.fetch, origin.url + "/slow/30")
            origin.wait_for_slow()
            keyboard.press(b"\x03")
            self.assertEqual(download.result(), 30)
        self.assertEqual(engine.wait(20), 0)


class Children(Sluice):
    """Nothing outlives the engine that it was started for."""

    def own_program(self):
        """A member that is the user's own program, which has a helper."""
        self.serve()
        self.ok("set", "members.ss_local", windows_path(PROGRAMS / "ss-local.exe"))
        self.connected()
        wait_until("the program runs with its helper", lambda: len(processes("ss-local.exe")) == 2)

    def members(self):
        return [member["pid"] for member in self.status()["members"]]

    def test_members_end_with_a_killed_engine(self):
        self.balanced(2)
        members = self.members()
        (engine,) = set(processes("sluice.exe")) - set(members)
        wine("taskkill", "/f", "/pid", engine)
        wait_until("the members end", lambda: not set(members) & set(processes("sluice.exe")))

    def test_the_users_own_program_ends_with_a_killed_engine_and_what_it_has_started_too(self):
        self.own_program()
        engine = processes("sluice.exe")
        self.assertEqual(len(engine), 1)
        wine("taskkill", "/f", "/pid", engine[0])
        wait_until("all of it ends", lambda: not processes("ss-local.exe"))

    def test_the_users_own_program_ends_with_its_node(self):
        self.own_program()
        self.ok("disconnect")
        wait_until("all of it ends", lambda: not processes("ss-local.exe"))


class SystemProxy(Sluice):
    """The desktop's proxy is given back, however the engine ends."""

    BEFORE = {"ProxyEnable": "0x1", "ProxyServer": "proxy.corp.example:3128", "ProxyOverride": "*.corp.example"}

    def setUp(self):
        super().setUp()
        wine("reg", "add", INTERNET_SETTINGS, "/v", "ProxyEnable", "/t", "REG_DWORD", "/d", "1", "/f")
        for value in ["ProxyServer", "ProxyOverride"]:
            wine("reg", "add", INTERNET_SETTINGS, "/v", value, "/t", "REG_SZ", "/d", self.BEFORE[value], "/f")
        self.addCleanup(no_proxy)
        self.assertEqual(self.now(), self.BEFORE)

    def now(self):
        values = {name: registry(INTERNET_SETTINGS, name) for name in [*self.BEFORE, "AutoConfigURL"]}
        return {name: value for name, value in values.items() if value is not None}

    def test_global_sets_the_gateway_and_disconnecting_gives_it_back(self):
        self.balanced(1)
        self.global_mode()
        self.assertEqual(registry(INTERNET_SETTINGS, "ProxyEnable"), "0x1")
        self.ok("disconnect")
        wait_until("the proxy is the user's", lambda: self.now() == self.BEFORE)

    def test_pac_sets_the_script_and_ctrl_c_gives_it_back(self):
        engine, _, _ = self.balanced(1)
        self.ok("mode", "pac")
        script = wait_until("the script is set", lambda: registry(INTERNET_SETTINGS, "AutoConfigURL"))
        self.assertIn(f"127.0.0.1:{self.port}", script)
        self.assertEqual(registry(INTERNET_SETTINGS, "ProxyEnable"), "0x0")
        done = subprocess.run(["curl", "-sS", script], capture_output=True)
        self.assertIn(b"FindProxyForURL", done.stdout)
        engine.send_signal(signal.SIGINT)
        self.assertEqual(engine.wait(20), 0)
        self.assertEqual(self.now(), self.BEFORE)

    def test_the_watcher_gives_it_back_when_the_engine_is_killed(self):
        self.balanced(1)
        self.global_mode()
        self.kill_engine()
        wait_until("the proxy is the user's", lambda: self.now() == self.BEFORE)
        wait_until("nothing runs any more", lambda: not processes("sluice.exe"))

    def kill_engine(self):
        pid = (self.home / "engine.pid").read_text().strip()
        wine("taskkill", "/f", "/pid", pid)


if __name__ == "__main__":
    unittest.main(verbosity=2, durations=0) if sys.version_info >= (3, 12) else unittest.main(verbosity=2)
