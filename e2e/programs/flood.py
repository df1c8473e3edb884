"""A badly made client: opens connections and leaves them, sends halves of requests, resets. flood.py HOST PORT SECONDS"""

import socket
import struct
import sys
import time

host, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
address = socket.gethostbyname(host)
end = time.monotonic() + seconds
kept = []
pieces = [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 20, b"\x16\x03\x01\xff\xff" + bytes(400),
          b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 64, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc"]
count = 0
while time.monotonic() < end:
    try:
        connection = socket.create_connection((address, port), timeout=2)
        connection.sendall(pieces[count % len(pieces)])
        if count % 3 == 0:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        elif count % 3 == 1 and len(kept) < 200:
            kept.append(connection)
        else:
            connection.close()
    except OSError:
        pass
    count += 1
    time.sleep(0.005)
print(count)
