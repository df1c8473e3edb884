"""Waits in silence for a greeting, sends lines, half-closes, reads to the end. banner_client.py HOST PORT TIMES"""

import json
import socket
import sys
import time

host, port, times = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
wrong, fastest, half_close, greeting = 0, 1e9, True, ""
for attempt in range(times):
    begun = time.monotonic()
    with socket.create_connection((host, port), timeout=10) as connection:
        stream = connection.makefile("rb")
        greeting = stream.readline().decode().strip()
        fastest = min(fastest, time.monotonic() - begun)
        for index in range(10):
            line = b"line %d of %d\r\n" % (index, attempt)
            connection.sendall(line)
            wrong += stream.readline() != b"250 " + line
        connection.shutdown(socket.SHUT_WR)
        half_close &= stream.read() == b"221 10 lines\r\n"
print(json.dumps({"greeting": greeting, "wrong": wrong, "halfClose": half_close, "fastest": fastest}))
