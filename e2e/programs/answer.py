"""An HTTP/1.1 server that answers every request with one text, and keeps connections.

answer.py PORT TEXT [DELAY]
GET gives the text after DELAY seconds. POST reads the body whole and gives its SHA-256 and length. GET /bytes/N gives N
bytes of a fixed pseudo-random sequence. A GET with "Upgrade: websocket" is answered as RFC 6455 says and echoed.
SIGTERM ends it in good order.
"""

import base64
import hashlib
import signal
import socket
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler

PORT, TEXT = int(sys.argv[1]), sys.argv[2].encode()
ending = False
busy, idle = set(), set()
lock = threading.Lock()
DELAY = float(sys.argv[3]) if len(sys.argv) > 3 else 0
BLOCK = b"".join(hashlib.sha256(b"%d" % index).digest() for index in range(2048))


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        self.request.setsockopt(6, 1, 1)  # TCP_NODELAY
        super().setup()

        with lock:
            idle.add(self)

    def finish(self):
        with lock:
            idle.discard(self)
        super().finish()

    def handle_one_request(self):
        try:
            super().handle_one_request()
        finally:
            with lock:
                busy.discard(self)
                idle.add(self)
        if ending:
            self.close_connection = True

    def parse_request(self):
        with lock:
            if ending:
                # it came after the connection was closed: no part of an answer may leave
                self.close_connection = True
                return False
            idle.discard(self)
            busy.add(self)
        return super().parse_request()

    def do_GET(self):
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self.echo()
        elif self.path.startswith("/bytes/"):
            left = int(self.path.rsplit("/", 1)[1])
            self.head(left)
            while left > 0:
                part = BLOCK[:left]
                self.wfile.write(part)
                left -= len(part)
        else:
            if DELAY:
                time.sleep(DELAY)
            self.head(len(TEXT))
            self.wfile.write(TEXT)

    def do_POST(self):
        digest, count = hashlib.sha256(), 0
        for part in self.body():
            digest.update(part)
            count += len(part)
            if "slow" in self.path:
                time.sleep(0.002)
        text = f"{digest.hexdigest()} {count}".encode()
        self.head(len(text))
        self.wfile.write(text)

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while (size := int(self.rfile.readline().split(b";")[0], 16)) > 0:
                left = size
                while left > 0:
                    part = self.rfile.read(min(left, 65536))
                    if not part:
                        raise ConnectionError("cut")
                    left -= len(part)
                    yield part
                self.rfile.readline()
            self.rfile.readline()
        else:
            left = int(self.headers.get("Content-Length", "0"))
            while left > 0:
                part = self.rfile.read(min(left, 65536))
                if not part:
                    raise ConnectionError("cut")
                left -= len(part)
                yield part

    def head(self, length):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def echo(self):
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.wfile.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept.encode() + b"\r\n\r\n")
        while True:
            head = self.rfile.read(2)
            if len(head) < 2:
                break
            length = head[1] & 0x7F
            if length == 126:
                length = int.from_bytes(self.rfile.read(2), "big")
            elif length == 127:
                length = int.from_bytes(self.rfile.read(8), "big")
            mask = self.rfile.read(4)
            data = bytes(byte ^ mask[index % 4] for index, byte in enumerate(self.rfile.read(length)))
            size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + len(data).to_bytes(2, "big")
            self.wfile.write(head[:1] + size + data)
            if head[0] & 0x0F == 8:
                break
        self.close_connection = True

    def log_message(self, *arguments):
        pass


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


def leave(*_):
    """As servers do that are told to end: no new connections, idle ones are closed, what was begun is finished."""
    threading.Thread(target=server.shutdown).start()


signal.signal(signal.SIGTERM, leave)
server = Server(("", PORT), Answer)
server.serve_forever()
server.server_close()
with lock:
    ending = True
    for each in idle:
        try:
            each.request.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
deadline = time.monotonic() + 5
while busy and time.monotonic() < deadline:
    time.sleep(0.01)
