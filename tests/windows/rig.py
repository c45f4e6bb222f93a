"""Programs for Windows under Wine, with real Linux servers beside them, all on loopback."""

import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse

PROGRAMS = pathlib.Path(os.environ["SLUICE_PROGRAMS"])
PREFIX = pathlib.Path(os.environ["WINEPREFIX"])
PICTURES = pathlib.Path(os.environ["SLUICE_PICTURES"])
PASSWORD = "sesame"
METHOD = "aes-256-gcm"
INTERNET_SETTINGS = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until(what, is_so, limit=30):
    """Waits until `is_so` returns a true value, and returns it."""
    until = time.monotonic() + limit
    while True:
        found = is_so()
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError(f"not in {limit} s: {what}")
        time.sleep(0.05)


def accepts(port):
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def windows_path(path):
    return "Z:" + str(path).replace("/", "\\")


def run(words, timeout=120):
    """A program's exit code, output and errors. They go to files: a program that starts Wine's server hands its own to
    Wine's services, which would hold a pipe open long after its end."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        words = list(map(str, words))
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=out, stderr=err, timeout=timeout)
        return done.returncode, text_of(out), text_of(err)


def text_of(file):
    file.seek(0)
    return file.read().decode(errors="replace").replace("\r", "")


def wine(*words):
    """Runs a program of Wine and returns its output."""
    return run(["wine", *words])[1]


def registry(key, value=None):
    """The data of a value, or everything below a key; None if it does not exist."""
    words = ["/v", value] if value else ["/s"]
    found = wine("reg", "query", key, *words)
    if value is None:
        return found
    lines = [line.split(None, 2) for line in found.splitlines() if line.strip().startswith(value + " ")]
    return (lines[0][2] if len(lines[0]) > 2 else "") if lines else None


def processes(name):
    """The Windows process IDs of all programs with this name."""
    rows = re.findall(r"^[ >]*([0-9a-f]{8}) .*'(.*)'$", wine("winedbg", "--command", "info proc"), re.MULTILINE)
    return [int(pid, 16) for pid, program in rows if program.lower() == name.lower()]


def no_proxy():
    """Has the desktop use none: what a killed engine has set stays where its watcher is killed with it."""
    wine("reg", "add", INTERNET_SETTINGS, "/v", "ProxyEnable", "/t", "REG_DWORD", "/d", "0", "/f")


class SsServer:
    """A real ss-server."""

    def __init__(self):
        self.port = free_port()
        self.link = f"ss://{METHOD}:{PASSWORD}@127.0.0.1:{self.port}#{self.port}"
        words = ["-s", "127.0.0.1", "-p", self.port, "-k", PASSWORD, "-m", METHOD]
        self.process = subprocess.Popen(["ss-server", *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until("ss-server listens", lambda: accepts(self.port))

    def kill(self):
        self.process.kill()
        self.process.wait()


class Page(http.server.BaseHTTPRequestHandler):
    """`/204`, `/bytes/N`, and `/slow/N`: N bytes, ten a second."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        kind, _, count = self.path.strip("/").partition("/")
        if kind == "204":
            self.send_response(204)
            self.end_headers()
            return
        count = int(count)
        if kind == "slow":
            self.server.slow.set()
        self.send_response(200)
        self.send_header("Content-Length", str(count))
        self.end_headers()
        if kind == "bytes":
            self.wfile.write(b"x" * count)
        for _ in range(count if kind == "slow" else 0):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.1)

    def log_message(self, *words):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256

    def __init__(self, *words):
        super().__init__(*words)
        # Set when a slow page is requested.
        self.slow = threading.Event()

    def handle_error(self, request, client_address):
        pass


class Origin:
    """A web server."""

    def wait_for_slow(self):
        assert self.server.slow.wait(60), "no slow page was requested"

    def __init__(self):
        self.server = Server(("127.0.0.1", 0), Page)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Terminal:
    """A terminal, which Wine makes the console of a program: what is pressed goes to every process of this console."""

    def __init__(self):
        self.keyboard, self.program_side = os.openpty()
        threading.Thread(target=self.discard_output, daemon=True).start()

    def discard_output(self):
        try:
            while os.read(self.keyboard, 4096):
                pass
        except OSError:
            pass

    def press(self, keys):
        os.write(self.keyboard, keys)

    def close(self):
        os.close(self.program_side)
        os.close(self.keyboard)


class Sluice(unittest.TestCase):
    """A test with its own home; everything that it starts is ended with it."""

    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix=getattr(self, "home_prefix", "sluice-")))
        self.addCleanup(shutil.rmtree, self.home, True)
        self.port = free_port()

    def started(self, thing):
        end = getattr(thing, "kill", None) or thing.close
        self.addCleanup(end)
        return thing

    def words(self, *words):
        return ["wine", str(PROGRAMS / "sluice.exe"), "--home", windows_path(self.home), *map(str, words)]

    def run_sluice(self, *words, timeout=120):
        """The command's exit code, output and errors."""
        return run(self.words(*words), timeout)

    def ok(self, *words):
        code, out, err = self.run_sluice(*words)
        self.assertEqual(code, 0, f"{words}: {out}{err}")
        return out

    def answers(self):
        """Whether the engine answers."""
        return self.run_sluice("status", timeout=30)[0] == 0

    def json(self, *words):
        return json.loads(self.ok(*words, "--json"))

    def serve(self, terminal=None):
        """Starts the engine, without a console or in a terminal; returns its process on Linux once it answers."""
        engine = self.start_engine(terminal)
        wait_until("the engine answers", lambda: engine.poll() is None and self.answers())
        return engine

    def start_engine(self, terminal=None):
        words = self.words("serve", "--listen", f"127.0.0.1:{self.port}")
        stdin, words = (terminal.program_side, ["setsid", "--ctty", *words]) if terminal else (subprocess.DEVNULL, words)
        with open(self.home / "serve.out", "wb") as log:
            engine = subprocess.Popen(words, stdin=stdin, stdout=log, stderr=log, start_new_session=terminal is None)
        self.addCleanup(self.end, engine)
        return engine

    def end(self, engine):
        if engine.poll() is None:
            engine.send_signal(signal.SIGINT)
            try:
                engine.wait(15)
            except subprocess.TimeoutExpired:
                engine.kill()
                engine.wait()

    def balanced(self, count, terminal=None):
        """Starts an engine that balances over `count` servers; returns it with them and an origin."""
        return self.serve(terminal), *self.balance(count)

    def balance(self, count):
        """Has the engine balance over `count` servers; returns them and an origin."""
        origin = self.local_checks()
        servers = [self.started(SsServer()) for _ in range(count)]
        self.ok("import", "\n".join(server.link for server in servers))
        self.ok("cluster", "on", "--size", min(count, 3))
        wait_until("the members serve", lambda: len(self.serving()) == min(count, 3))
        return servers, origin

    def local_checks(self):
        """Has health and connectivity be checked with an origin of its own, which is returned."""
        origin = self.started(Origin())
        pages = json.dumps([origin.url + "/204"])
        self.ok("set", "health.urls", pages)
        self.ok("set", "health.direct_urls", pages)
        self.ok("set", "health.transfer_bytes", "0")
        return origin

    def connected(self):
        """Connects the engine to a server of its own."""
        server = self.started(SsServer())
        self.ok("import", server.link)
        (node,) = [node for node in self.json("nodes") if node["port"] == server.port]
        self.ok("connect", node["id"])
        return server

    def global_mode(self):
        """Has the gateway be the desktop's proxy."""
        self.ok("mode", "global")
        ours = f"127.0.0.1:{self.port}"
        wait_until("the proxy is ours", lambda: registry(INTERNET_SETTINGS, "ProxyServer") == ours)

    def status(self):
        return self.json("status")

    def serving(self):
        return [member for member in self.status()["members"] if member["state"] in ("warming", "serving")]

    def fetch(self, url, *words):
        """Fetches a page through the gateway; returns its length, or None if that failed."""
        proxy = ["--proxy", f"socks5h://127.0.0.1:{self.port}"]
        done = subprocess.run(["curl", "-sS", "--max-time", "60", *proxy, *words, url], capture_output=True)
        return len(done.stdout) if done.returncode == 0 else None


def quoted(text):
    return urllib.parse.quote(text)
