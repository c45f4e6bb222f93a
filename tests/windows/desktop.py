#!/usr/bin/env python3
"""The tray and the window under Wine, in a virtual desktop with a taskbar: by clicks and keys, with pictures."""

import collections

from rig import *

SCREEN = "1280x800"
# Where the taskbar shows the only icon, and where its menu opens.
ICON = (1270, 790)
TASKBAR = 780
RUN = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run"

# The menu's entries from the bottom up to that of the modes; lines stand for separators. Without a window manager keys do
# not reach them.
MENU = "quit login language activity settings - terminal scan import - fix group strategy nodes balance mode".split()
ROW, SEPARATOR = 17, 9


def above_taskbar(entry):
    """How far above the taskbar the middle of an entry of the menu is."""
    below = MENU[: MENU.index(entry)]
    return 12 + sum(SEPARATOR if one == "-" else ROW for one in below)


QUIT, LOGIN, MODE = (above_taskbar(entry) for entry in ("quit", "login", "mode"))
# The third entry of the submenu, which opens beside the entry of the modes.
MODE_GLOBAL = MODE - 2 * ROW


def xdotool(*words):
    subprocess.run(["xdotool", *map(str, words)], check=True)


def screenshot(region=SCREEN):
    """The colours of a part of the screen, three bytes each."""
    words = ["import", "-window", "root", "-crop", region, "+repage", "-depth", "8", "rgb:-"]
    return subprocess.run(words, capture_output=True, check=True).stdout


def pixels(region):
    """How often each colour is on a part of the screen."""
    colours = screenshot(region)
    return collections.Counter(colours[at : at + 3] for at in range(0, len(colours), 3))


class Desktop(Sluice):
    def setUp(self):
        super().setUp()
        self.start_shell()
        no_proxy()
        self.addCleanup(lambda: subprocess.run(["wineserver", "--kill"]))

    def start_shell(self):
        self.shell = self.in_background("explorer", f"/desktop=shell,{SCREEN}")
        wait_until("the taskbar is there", lambda: pixels(f"40x10+10+{TASKBAR + 5}").most_common(1)[0][1] < 400)

    def in_background(self, *words):
        words = ["wine", *map(str, words)]
        nothing = subprocess.DEVNULL
        process = subprocess.Popen(words, stdin=nothing, stdout=nothing, stderr=nothing)
        self.addCleanup(process.kill)
        return process

    def start_tray(self, *words):
        # By `start`, as a program without a console: from this script it would inherit one, and so would its children.
        program = ["start", windows_path(PROGRAMS / "sluice-tray.exe"), "--home", windows_path(self.home), *words]
        return self.in_background("explorer", f"/desktop=shell,{SCREEN}", *program)

    def tray(self):
        """Starts it, and waits for its icon and its engine."""
        tray = self.start_tray()
        wait_until("the icon is there", self.has_icon)
        wait_until("the engine answers", self.answers)
        self.ok("set", "gateway.listen", f"127.0.0.1:{self.port}")
        self.local_checks()
        return tray

    def has_icon(self):
        return len(pixels(f"18x18+1262+{TASKBAR + 1}")) > 4

    def is_menu_open(self):
        return len(pixels("200x200+1050+500")) > 2

    def open_menu(self):
        xdotool("mousemove", *ICON, "click", 3)
        wait_until("the menu is open", self.is_menu_open)
        self.settle()

    def close_menu(self):
        xdotool("mousemove", 300, 300, "click", 1)
        wait_until("the menu is closed", lambda: not self.is_menu_open())

    def click(self, above, x=1220):
        """Clicks on an entry of the open menu."""
        xdotool("mousemove", x, TASKBAR - above, "click", 1)
        self.settle()

    def settle(self):
        """Waits until nothing is drawn for a while."""
        shown = None
        while shown != (shown := screenshot()):
            time.sleep(0.5)

    def is_marked(self, above):
        """Whether an entry of the open submenu of modes has a mark."""
        return len(pixels(f"12x12+950+{TASKBAR - above - 6}")) > 1

    def marks_only(self, marked, other):
        """Opens the submenu of modes; says whether it marks this mode and not the other, and closes it if it does not."""
        self.open_menu()
        self.click(MODE)
        marks = (self.is_marked(marked), self.is_marked(other)) == (True, False)
        if not marks:
            self.close_menu()
        return marks

    def picture(self, name):
        PICTURES.mkdir(parents=True, exist_ok=True)
        subprocess.run(["import", "-window", "root", PICTURES / f"{name}.png"], check=True)

    def running(self):
        return processes("sluice-tray.exe") + processes("sluice.exe")


class Tray(Desktop):
    def test_the_menu_chooses_the_mode_and_marks_it(self):
        self.tray()
        self.connected()
        wait_until("the member serves", self.serving)
        wait_until("the mode manual is marked", lambda: self.marks_only(MODE, MODE_GLOBAL))
        self.picture("menu-mode-manual-en")
        self.click(MODE_GLOBAL, 1015)
        wait_until("the mode is global", lambda: self.status()["mode"] == "global")
        wait_until("the mode global is marked", lambda: self.marks_only(MODE_GLOBAL, MODE))
        self.picture("menu-mode-global-en")

    def test_the_menu_speaks_chinese(self):
        self.tray()
        self.open_menu()
        in_english = screenshot()
        self.close_menu()
        self.ok("set", "language", "zh-CN")
        wait_until("the menu has changed", lambda: self.shows_other_than(in_english))
        self.click(MODE)
        self.picture("menu-zh-CN")

    def shows_other_than(self, menu):
        """Opens the menu; says whether it differs from a picture, and closes it if it does not."""
        self.open_menu()
        differs = screenshot() != menu
        if not differs:
            self.close_menu()
        return differs

    def test_quit_ends_everything(self):
        self.tray()
        self.open_menu()
        self.click(QUIT)
        wait_until("all has ended", lambda: not self.running())
        self.assertFalse((self.home / "tray.pid").exists())

    def test_start_at_login_is_the_users_quoted(self):
        self.addCleanup(wine, "reg", "delete", RUN, "/v", "Sluice", "/f")
        self.tray()
        self.open_menu()
        self.click(LOGIN)
        value = wait_until("it is in the registry", lambda: registry(RUN, "Sluice"))
        program, home = windows_path(PROGRAMS / "sluice-tray.exe"), windows_path(self.home)
        self.assertEqual(value.lower(), f'"{program}" --at-login --home {home}'.lower())
        self.assertIsNone(registry(RUN.replace("HKCU", "HKLM"), "Sluice"))

    def test_the_end_of_the_session_ends_it_in_order(self):
        self.tray()
        self.connected()
        self.global_mode()
        # In the tray's own desktop: the windows of other ones are not told.
        wine("explorer", f"/desktop=shell,{SCREEN}", "wineboot", "--end-session")
        wait_until("all has ended", lambda: not self.running())
        self.assertFalse((self.home / "engine.pid").exists(), "the engine has given up its lock")
        self.assertNotEqual(registry(INTERNET_SETTINGS, "ProxyEnable"), "0x1")

    def test_the_icon_is_back_when_the_taskbar_restarts(self):
        self.tray()
        taskbar = ["explorer", f"/desktop=shell,{SCREEN}", windows_path(PROGRAMS / "taskbar.exe")]
        self.in_background(*taskbar, "end")
        wait_until("the icon is gone", lambda: not self.has_icon())
        self.in_background(*taskbar, "start")
        wait_until("the icon is back", self.has_icon)

    def test_no_console_opens_for_members_and_watcher(self):
        self.tray()
        servers = [self.started(SsServer()) for _ in range(3)]
        self.ok("import", "\n".join(server.link for server in servers))
        self.ok("cluster", "on", "--size", "3")
        self.ok("mode", "global")
        wait_until("three members and the watcher run", lambda: len(processes("sluice.exe")) == 4)
        time.sleep(2)
        self.assertEqual(len(pixels(f"1280x{TASKBAR}+0+0")), 1, "nothing but the desktop is to be seen")

    def test_quit_from_outside_gives_the_proxy_back(self):
        self.tray()
        self.connected()
        self.global_mode()
        words = ["wine", str(PROGRAMS / "sluice-tray.exe"), "--home", windows_path(self.home), "quit"]
        self.assertEqual(run(words)[0], 0)
        self.assertEqual(processes("sluice-tray.exe"), [])
        self.assertNotEqual(registry(INTERNET_SETTINGS, "ProxyEnable"), "0x1")
        wait_until("members and watcher have ended", lambda: not self.running())
        self.assertEqual(run(words)[0], 3, "nothing runs any more")


class Window(Desktop):
    def window_picture(self, name):
        wait_until("the window is drawn", lambda: len(pixels("600x400+200+150")) > 20, 60)
        time.sleep(2)
        self.picture(name)

    def test_a_second_start_opens_the_window(self):
        self.tray()
        self.start_tray()
        self.window_picture("window-en")

    def test_the_window_speaks_chinese(self):
        self.tray()
        self.ok("set", "language", "zh-CN")
        self.connected()
        wait_until("the member serves", self.serving)
        self.start_tray("window", "balance")
        self.window_picture("window-zh-CN")


if __name__ == "__main__":
    unittest.main(verbosity=2)
