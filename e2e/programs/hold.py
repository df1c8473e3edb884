"""Keeps one connection to banner.py and sends a line ten times a second; writes what comes. hold.py HOST PORT FILE"""

import socket
import sys
import time

with open(sys.argv[3], "w", buffering=1) as out:
    try:
        with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=10) as connection:
            stream = connection.makefile("rb")
            out.write(stream.readline().decode())
            while True:
                connection.sendall(b"still here\r\n")
                line = stream.readline()
                if not line:
                    break
                out.write(line.decode())
                time.sleep(0.1)
    except OSError as error:
        out.write(f"{error}\n")
    out.write("closed\n")
