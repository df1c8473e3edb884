#!/usr/bin/env python3
"""The loads that wrk and h2load do not make. One JSON line on standard output.

  load.py rate URL REQUESTS_PER_SECOND SECONDS CONNECTIONS   evenly spaced requests; latencies in microseconds
  load.py source PORT                                        serves bytes to whoever connects, until ended
  load.py drain PORT SECONDS                                 reads what comes from there; bytes and seconds
"""
import collections
import json
import select
import socket
import sys
import time
import urllib.parse

BLOCK = 1 << 20


def rate(url, per_second, seconds, connections):
    """A request is due each 1/per_second, whatever became of those before it; one that finds no idle connection waits,
    and its wait counts as latency."""
    address = urllib.parse.urlparse(url)
    request = (f"GET {address.path or '/'} HTTP/1.1\r\nHost: {address.netloc}\r\nUser-Agent: bench\r\n"
               "Accept: */*\r\n\r\n").encode()

    def connect():
        connection = socket.create_connection((address.hostname, address.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setblocking(False)
        return connection

    idle = collections.deque(connect() for _ in range(connections))
    busy = {}
    waiting = collections.deque()
    latencies = []
    failures = 0
    interval = 1.0 / per_second
    begun = time.perf_counter()
    total = int(per_second * seconds)
    made = 0
    give_up = begun + seconds + 10
    while made < total or busy or waiting:
        now = time.perf_counter()
        if now > give_up:
            failures += len(busy) + len(waiting)
            break
        while made < total and begun + made * interval <= now:
            waiting.append(now if idle else begun + made * interval)
            made += 1
        while waiting and idle:
            connection = idle.popleft()
            connection.send(request)
            busy[connection] = [waiting.popleft(), b"", -1]
        pause = max(0.0, begun + made * interval - time.perf_counter()) if made < total else 1.0
        for connection in select.select(list(busy), (), (), pause)[0]:
            exchange = busy[connection]
            data = connection.recv(65536)
            now = time.perf_counter()
            exchange[1] += data
            if exchange[2] < 0:
                end = exchange[1].find(b"\r\n\r\n")
                if end >= 0:
                    head = exchange[1][:end].lower()
                    length = head.find(b"content-length:")
                    exchange[2] = end + 4 + int(head[length + 15:].split(b"\r\n", 1)[0]) if length >= 0 else 0
                    if exchange[1][9:12] != b"200" or length < 0:
                        failures += 1
            if not data or 0 <= exchange[2] <= len(exchange[1]):
                latencies.append((now - exchange[0]) * 1e6)
                del busy[connection]
                if not data:
                    failures += 1
                    connection = connect()
                idle.append(connection)
    latencies.sort()

    def percentile(share):
        return round(latencies[min(len(latencies) - 1, int(share * len(latencies)))], 1)

    return {"requests": len(latencies), "failures": failures, "seconds": time.perf_counter() - begun,
            "p50": percentile(0.5), "p90": percentile(0.9), "p99": percentile(0.99), "p999": percentile(0.999)}


def source(port):
    listener = socket.create_server(("127.0.0.1", port))
    block = bytes(BLOCK)
    while True:
        connection, _ = listener.accept()
        with connection:
            try:
                while True:
                    connection.sendall(block)
            except OSError:
                pass


def drain(port, seconds):
    buffer = bytearray(BLOCK)
    received = 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(10)
        begun = time.perf_counter()
        while time.perf_counter() - begun < seconds:
            count = connection.recv_into(buffer)
            if count == 0:
                raise SystemExit("the connection ended early")
            received += count
        return {"bytes": received, "seconds": time.perf_counter() - begun}


def main(verb, *arguments):
    if verb == "rate":
        print(json.dumps(rate(arguments[0], *map(int, arguments[1:]))))
    elif verb == "source":
        source(int(arguments[0]))
    elif verb == "drain":
        print(json.dumps(drain(*map(int, arguments))))
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
