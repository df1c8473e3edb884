"""Opens a WebSocket, sends sixty messages of growing length, closes. websocket_client.py HOST PORT"""

import base64
import hashlib
import json
import os
import socket
import sys

connection = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=10)
key = base64.b64encode(os.urandom(16))
connection.sendall(
    b"GET /chat HTTP/1.1\r\nHost: " + sys.argv[1].encode() + b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n")
stream = connection.makefile("rb")
status = int(stream.readline().split()[1])
accept = b""
while (line := stream.readline()) not in (b"\r\n", b""):
    name, _, value = line.partition(b":")
    if name.lower() == b"sec-websocket-accept":
        accept = value.strip()
expected = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
if accept != expected:
    sys.exit(f"status {status}, sec-websocket-accept {accept!r} instead of {expected!r}")


def send(operation, data):
    size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
    mask = os.urandom(4)
    connection.sendall(
        bytes([0x80 | operation]) + size + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(data)))


def receive():
    head = stream.read(2)
    length = head[1]
    if length == 126:
        length = int.from_bytes(stream.read(2), "big")
    return head[0] & 0x0F, stream.read(length)


echoed = 0
for number in range(60):
    message = hashlib.sha256(b"%d" % number).digest() * (number * 3 + 1)
    send(2, message)
    echoed += receive() == (2, message)
send(8, b"\x03\xe8")
closed = receive()[0] == 8 and stream.read() == b""
print(json.dumps({"status": status, "echoed": echoed, "closed": closed}))
