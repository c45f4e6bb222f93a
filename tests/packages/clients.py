"""Clients of the port that work all the time, each on its own thread, and say at the end whether all went well."""

import hashlib
import os
import socket
import threading
import time

import servers

PORT = 1080
NAME = b"example.org"


def connect():
    """A connection to the page's server through SOCKS5 (RFC 1928)."""
    stream = socket.create_connection(("127.0.0.1", PORT), timeout=60)
    stream.sendall(b"\x05\x01\x00")
    read(stream, 2)
    stream.sendall(b"\x05\x01\x00\x03" + bytes([len(NAME)]) + NAME + (80).to_bytes(2, "big"))
    reply = read(stream, 10)
    assert reply[1] == 0, reply
    return stream


def read(stream, length):
    data = b""
    while len(data) < length:
        more = stream.recv(length - len(data))
        if not more:
            raise EOFError(f"{len(data)} of {length} bytes")
        data += more
    return data


def head(stream):
    """The head of a response."""
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        data += read(stream, 1)
    return data


def get(path):
    return b"GET " + path + b" HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n"


class Client(threading.Thread):
    """Works until it is stopped."""

    def __init__(self):
        super().__init__(daemon=True)
        self.is_over = threading.Event()
        self.count = 0
        self.error = None
        self.start()

    def run(self):
        try:
            self.work()
        except Exception as error:  # whatever it is, the test reports it
            self.error = f"{type(self).__name__} after {self.count}: {error!r}"

    def wait_for(self, more):
        """Waits until it has succeeded so many times more."""
        wanted, end = self.count + more, time.monotonic() + 60
        while self.count < wanted:
            assert self.error is None, self.error
            assert time.monotonic() < end, f"{type(self).__name__} hangs at {self.count}"
            time.sleep(0.02)

    def stop(self):
        self.is_over.set()
        self.join()
        assert self.error is None, self.error
        return self.count


class Requests(Client):
    """A small page, again and again."""

    def work(self):
        while not self.is_over.is_set():
            with connect() as stream:
                stream.sendall(get(b"/"))
                assert head(stream).startswith(b"HTTP/1.1 200")
                assert read(stream, 19) == b"a page of the test\n"
            self.count += 1


class WebSocket(Client):
    """Messages over one connection."""

    def work(self):
        with connect() as stream:
            stream.sendall(
                b"GET /echo HTTP/1.1\r\nHost: example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head(stream)
            while not self.is_over.wait(0.1):
                word, mask = f"message {self.count}".encode(), os.urandom(4)
                masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(word))
                stream.sendall(bytes([0x81, 0x80 | len(word)]) + mask + masked)
                assert read(stream, 2 + len(word))[2:] == word
                self.count += 1


class Download(Client):
    """A gigabyte in about SECONDS."""

    SECONDS = 60

    def work(self):
        received, began, seen = 0, time.monotonic(), hashlib.sha1()
        with connect() as stream:
            stream.sendall(get(b"/gigabyte"))
            assert head(stream).startswith(b"HTTP/1.1 200")
            while received < servers.GIGABYTE:
                block = stream.recv(1 << 18)
                if not block:
                    raise EOFError(f"{received} bytes")
                seen.update(block)
                received += len(block)
                self.count = received >> 20
                time.sleep(max(0, received / servers.GIGABYTE * self.SECONDS - (time.monotonic() - began)))
        expected = hashlib.sha1()
        for _ in range(servers.GIGABYTE // len(servers.BLOCK)):
            expected.update(servers.BLOCK)
        assert seen.digest() == expected.digest(), "the content differs"
