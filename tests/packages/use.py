"""Runs in a system into which the packages of the version before have just been installed; its user is alice."""

import glob
import json
import os
import pwd
import re
import signal
import subprocess
import time

import clients
import files
import servers

ALICE = pwd.getpwnam("alice")
HOME = ALICE.pw_dir
ENVIRONMENT = {
    "HOME": HOME, "USER": "alice", "LANG": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin",
    "XDG_RUNTIME_DIR": f"/run/user/{ALICE.pw_uid}",
}
CONFIG = f"{HOME}/.config/sluice"
LIMIT = 60


def say(what):
    print(f"  {what}", flush=True)


def as_alice(args, **more):
    return dict(args=args, user=ALICE.pw_uid, group=ALICE.pw_gid, extra_groups=[], cwd=HOME, env=ENVIRONMENT,
                stdin=subprocess.DEVNULL, text=True, **more)


def run(*args):
    """A command of alice's that must succeed; its output."""
    output = subprocess.run(**as_alice(list(args), capture_output=True))
    assert output.returncode == 0, f"{args}: {output.returncode}\n{output.stdout}{output.stderr}"
    return output.stdout


def start(*args):
    """A program of alice's in the background."""
    log = open(f"/tmp/{os.path.basename(args[0])}.log", "a")
    return subprocess.Popen(**as_alice(list(args), stdout=log, stderr=log))


def root(*args):
    output = subprocess.run(args, capture_output=True, text=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    assert output.returncode == 0, f"{args}\n{output.stdout}{output.stderr}"
    return output.stdout


def wait_until(what, is_so):
    end = time.monotonic() + LIMIT
    while not is_so():
        assert time.monotonic() < end, f"not within {LIMIT} s: {what}"
        time.sleep(0.1)


def answers():
    return subprocess.run(**as_alice(["sluice", "status"], capture_output=True)).returncode == 0


def proxy():
    """The desktop's proxy settings."""
    return sorted(run("gsettings", "list-recursively", "org.gnome.system.proxy").splitlines())


def processes():
    """Alice's processes of Sluice that are running."""
    lines = root("ps", "-u", "alice", "-o", "pid=", "-o", "stat=", "-o", "comm=").splitlines()
    found = [line.split() for line in lines]
    return [int(pid) for pid, state, name, *_ in found if name.startswith("sluice") and not state.startswith("Z")]


def desktop():
    """A headless desktop, with a proxy that alice has set herself."""
    os.makedirs(ENVIRONMENT["XDG_RUNTIME_DIR"], mode=0o700)
    os.chown(ENVIRONMENT["XDG_RUNTIME_DIR"], ALICE.pw_uid, ALICE.pw_gid)
    os.makedirs("/tmp/.X11-unix", exist_ok=True)
    os.chmod("/tmp/.X11-unix", 0o1777)
    started = [start("Xvfb", ":9", "-nolisten", "tcp", "-noreset")]
    wait_until("the X server is there", lambda: os.path.exists("/tmp/.X11-unix/X9"))
    bus = f"unix:path={ENVIRONMENT['XDG_RUNTIME_DIR']}/bus"
    ENVIRONMENT.update(DISPLAY=":9", DBUS_SESSION_BUS_ADDRESS=bus, XDG_CURRENT_DESKTOP="GNOME")
    started.append(start("dbus-daemon", "--session", "--nofork", f"--address={bus}"))
    wait_until("the session bus is there", lambda: os.path.exists(bus.removeprefix("unix:path=")))
    run("gsettings", "set", "org.gnome.system.proxy", "mode", "manual")
    run("gsettings", "set", "org.gnome.system.proxy.http", "host", "proxy.corp.example")
    run("gsettings", "set", "org.gnome.system.proxy.http", "port", "3128")
    return started


def check_files():
    """What the packages have installed."""
    root("desktop-file-validate", "/usr/share/applications/sluice.desktop")
    root("appstreamcli", "validate", "--no-net", *glob.glob("/usr/share/metainfo/*sluice*"))
    for program in ("sluice", "sluice-tray"):
        assert f"{program.upper()}(1)".lower() in root("man", program).lower()
        completion = f"source /usr/share/bash-completion/completions/{program}; complete -p {program}"
        assert program in root("bash", "-c", completion)
        for file in (f"zsh/vendor-completions/_{program}", f"fish/vendor_completions.d/{program}.fish"):
            assert os.path.getsize(f"/usr/share/{file}") > 0
    for scheme in ("ss", "ssr", "ssconf"):
        assert run("xdg-mime", "query", "default", f"x-scheme-handler/{scheme}").strip() == "sluice.desktop", scheme
    say("man pages, completions, desktop entry and metadata are valid")


def first_five_minutes(before):
    """The commands of that section of the README, word by word."""
    with open("/test/README.md") as readme:
        section = readme.read().split("## The first five minutes")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.S)
    lines = [line.split(" #")[0].strip() for block in blocks for line in block.splitlines()]
    with open(f"{HOME}/my-links.txt", "w") as file:
        file.write(servers.links())
    engine = None
    for line in lines:
        say(f"$ {line}")
        if line == "sluice serve":
            engine = start("sluice", "serve")
            wait_until("the engine answers", answers)
            continue
        output = run("sh", "-c", line)
        if line.startswith("curl"):
            assert output == "a page of the test\n", output
        if line == "sluice mode global":
            assert "org.gnome.system.proxy.http host '127.0.0.1'" in proxy(), proxy()
    assert engine and len(lines) >= 8, lines
    assert proxy() == before, proxy()
    engine.terminate()
    assert engine.wait(LIMIT) == 0
    say("the README's first five minutes hold, and the desktop's proxy is as before")


def engine_pid():
    """The engine's process; 0 while another one takes over."""
    with open(f"{HOME}/.local/share/sluice/engine.pid") as file:
        return int(file.read() or 0)


def upgrade(tray):
    """The new packages are installed while connections are open: none is cut, no request fails."""
    requests = [clients.Requests() for _ in range(4)]
    others = [clients.WebSocket(), clients.Download()]
    for client in (*requests, *others):
        client.wait_for(10)
    old = engine_pid()
    assert old == tray.pid, "the tray has the engine"
    root("sh", "-c", "apt-get install -y /test/new/*.deb")
    wait_until("the new tray takes over", lambda: engine_pid() not in (0, old) and answers())
    new = engine_pid()
    assert os.readlink(f"/proc/{new}/exe") == "/usr/bin/sluice-tray"
    assert others[1].is_alive(), "the download goes on"
    assert tray.poll() is None, "the old tray has connections"
    for client in (*requests, others[0]):
        client.wait_for(50)
    others[1].join()
    assert others[1].error is None, others[1].error
    counts = [sum(client.stop() for client in requests), others[0].stop()]
    assert tray.wait(LIMIT) == 0, "the old tray ends"
    say(f"upgraded during a download of 1 GB, a WebSocket ({counts[1]} messages) and {counts[0]} requests; none failed")
    return new


def remove(tray, before):
    """The packages are removed while the tray is running; then it ends, and they are purged."""
    root("apt-get", "remove", "-y", "sluice", "sluice-tray")
    requests = clients.Requests()
    requests.wait_for(3)
    requests.stop()
    assert proxy() != before
    os.kill(tray, signal.SIGTERM)
    wait_until("the tray ends", lambda: tray not in processes())
    assert proxy() == before, proxy()
    # Without a panel the tray had opened the window, which outlives it.
    for pid in processes():
        os.kill(pid, signal.SIGTERM)
    wait_until("all end", lambda: not processes())
    root("dpkg", "--purge", "sluice-tray", "sluice")
    root("apt-get", "autoremove", "-y", "--purge")
    with open(f"{CONFIG}/nodes.json") as file:
        assert len(json.load(file)["nodes"]) == 3
    assert os.path.exists(f"{CONFIG}/settings.json")
    say("removed and purged; alice's files are kept, and the desktop's proxy is as before")


def main():
    running = servers.start()
    session = desktop()
    before = proxy()
    first_five_minutes(before)

    tray = start("sluice-tray")
    wait_until("the tray's engine answers", answers)
    run("sluice", "cluster", "on")
    run("sluice", "mode", "global")
    requests = clients.Requests()
    requests.wait_for(3)
    requests.stop()
    say("the tray runs, and traffic flows")
    new = upgrade(tray)
    # Not before: the version before may lack some of it.
    check_files()
    remove(new, before)

    for process in session:
        process.terminate()
    servers.stop(running)
    changed = files.changed()
    assert changed == [], "\n".join(["the system has changed:", *changed])
    say("nothing of the system has changed")


main()
