"""The internet of the test: Shadowsocks servers, and pages for every name that the program or the README uses."""

import base64
import hashlib
import http.server
import os
import socketserver
import ssl
import subprocess
import threading

PASSWORD = "secret"
METHOD = "aes-256-gcm"
PORTS = (8388, 8389, 8390)
GIGABYTE = 1 << 30
BLOCK = bytes(range(256)) * 256
NAMES = """www.gstatic.com cp.cloudflare.com connectivitycheck.gstatic.com captive.apple.com connect.rom.miui.com
 www.msftconnecttest.com example.org""".split()
# The key of RFC 6455, section 1.3.
KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Pages(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/echo":
            return self.echo()
        if self.path == "/gigabyte":
            return self.send(BLOCK, GIGABYTE // len(BLOCK))
        if self.path == "/generate_204":
            self.send_response(204)
            return self.end_headers()
        self.send(b"a page of the test\n", 1)

    def send(self, block, times):
        self.send_response(200)
        self.send_header("Content-Length", str(len(block) * times))
        self.end_headers()
        for _ in range(times):
            self.wfile.write(block)

    def echo(self):
        """A WebSocket whose messages come back."""
        accept = base64.b64encode(hashlib.sha1(self.headers["Sec-WebSocket-Key"].encode() + KEY).digest()).decode()
        self.wfile.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        self.close_connection = True
        while head := self.rfile.read(2):
            # Messages below 126 bytes, masked, as clients send them.
            mask = self.rfile.read(4)
            text = bytes(byte ^ mask[place % 4] for place, byte in enumerate(self.rfile.read(head[1] & 0x7F)))
            self.wfile.write(bytes([head[0], len(text)]) + text)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 1024


def start():
    with open("/etc/hosts", "a") as hosts:
        hosts.write("127.0.0.1 localhost " + " ".join(NAMES) + "\n")
    certificate, key = "/usr/local/share/ca-certificates/test.crt", "/test/key.pem"
    os.makedirs(os.path.dirname(certificate), exist_ok=True)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=example.org",
         "-addext", "subjectAltName=DNS:example.org", "-keyout", key, "-out", certificate],
        check=True, stderr=subprocess.DEVNULL,
    )
    subprocess.run(["update-ca-certificates"], check=True, stdout=subprocess.DEVNULL)
    for port in (80, 443):
        server = Server(("127.0.0.1", port), Pages)
        if port == 443:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    return [
        subprocess.Popen(["ss-server", "-s", "127.0.0.1", "-p", str(port), "-k", PASSWORD, "-m", METHOD],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for port in PORTS
    ]


def stop(servers):
    for server in servers:
        server.kill()
        server.wait()
    os.remove("/usr/local/share/ca-certificates/test.crt")
    subprocess.run(["update-ca-certificates", "--fresh"], check=True, stdout=subprocess.DEVNULL)
    with open("/etc/hosts") as hosts:
        lines = [line for line in hosts if NAMES[0] not in line]
    with open("/etc/hosts", "w") as hosts:
        hosts.writelines(lines)


def links():
    """The nodes as a provider gives them."""
    login = base64.urlsafe_b64encode(f"{METHOD}:{PASSWORD}".encode()).decode().rstrip("=")
    return "".join(f"ss://{login}@127.0.0.1:{port}#node-{port}\n" for port in PORTS)
