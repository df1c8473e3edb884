#!/usr/bin/env python3
"""A whole mesh with one shared proxy and ever more workloads behind it: what the proxy's memory is then.

  bench/shared.py 30 60     prints JSON: for each count, megabytes resident, and how long a workload took to be ready

`bench/run` starts it in network, mount and process namespaces of its own. Every workload is a program under `riser run`
with a service of its own, a network namespace, a certificate, listeners; a caller in the mesh asks each of them, so that
both ends of mutual TLS, routes, clusters and connections exist. Each `riser run` is the real command.
"""
import json
import pathlib
import re
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from mesh import Mesh, until  # noqa: E402

# As small as a program gets that answers HTTP: the machine also has to hold sixty of them.
SERVER = """
import socket
listener = socket.create_server(("", 8000), backlog=64)
while True:
    connection, _ = listener.accept()
    connection.settimeout(60)
    try:
        while connection.recv(65536):
            connection.sendall(b"HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\nconnection: close\\r\\n\\r\\nok")
            break
    except OSError:
        pass
    connection.close()
"""
CALLER = """
import sys, time, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
for name in sys.argv[1:]:
    for attempt in range(200):
        try:
            assert opener.open(f"http://{name}:8000/", timeout=5).read() == b"ok"
            break
        except OSError:
            time.sleep(0.1)
    else:
        raise SystemExit(f"{name} is not answered")
"""
SETTLE_SECONDS = 20
CALLS = 5


def megabytes(pid):
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return {name: int(re.search(rf"^{name}:\s+(\d+)", rollup, re.MULTILINE)[1]) / 1024 for name in ("Rss", "Anonymous")}


def main():
    counts = sorted(int(word) for word in sys.argv[1:])
    result = {"counts": {}, "ready_seconds": []}
    mesh = Mesh("shared-bench").start()
    try:
        caller = mesh.shell("caller")
        names = []
        for count in counts:
            while len(names) < count:
                name = f"server-{len(names)}"
                begun = time.monotonic()
                server = mesh.run(name, sys.executable, "-I", "-S", "-c", SERVER, service=name, ports=["8000:http"])
                result["ready_seconds"].append(time.monotonic() - begun)
                names.append(name)
                assert server.process.poll() is None
            for _ in range(CALLS):
                done = caller.enter(sys.executable, "-c", CALLER, *names, timeout=300)
                if done.returncode:
                    raise SystemExit(f"shared: {done.stderr.decode()[-500:]}")
            until(lambda: mesh.proxy_pid(), what="the shared proxy")
            time.sleep(SETTLE_SECONDS)
            found = megabytes(mesh.proxy_pid())
            result["counts"][count] = {"resident": found["Rss"], "anonymous": found["Anonymous"]}
    finally:
        mesh.stop()
    result["ready_seconds"] = statistics.median(result["ready_seconds"])
    print(json.dumps(result))


if __name__ == "__main__":
    main()
