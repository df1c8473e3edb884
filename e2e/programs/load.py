"""Sends requests at a steady rate until told to stop, and prints what came of them as one JSON object.

load.py --rate 100 --connections 8 --seconds 30 URL
Ends after --seconds, or at SIGTERM. A request fails where its answer is not the expected status or does not come whole.
Requests keep their connections; a connection that the server closed between two requests is opened anew, as every
client library does, unless part of an answer had come.
"""

import argparse
import http.client
import json
import signal
import threading
import time
from collections import Counter
from urllib.parse import urlsplit

parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float, default=50)
parser.add_argument("--connections", type=int, default=8)
parser.add_argument("--seconds", type=float, default=3600)
parser.add_argument("--requests", type=int, default=0, help="end after so many")
parser.add_argument("--new-connections", action="store_true", help="one connection for each request")
parser.add_argument("--header", action="append", default=[])
parser.add_argument("--progress", help="a file that holds the count of failures so far, written twice a second")
parser.add_argument("url")
arguments = parser.parse_args()

target = urlsplit(arguments.url)
path = target.path or "/"
headers = dict(each.split(":", 1) for each in arguments.header)
if arguments.new_connections:
    headers["Connection"] = "close"
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
lock = threading.Lock()
statuses, failures, versions = Counter(), [], Counter()
latencies = []
sent = opened = 0
start = time.monotonic()


def next_turn():
    """When the next request is due; None at the end."""
    global sent
    with lock:
        due = start + sent / arguments.rate
        if stop.is_set() or due - start >= arguments.seconds or (arguments.requests and sent >= arguments.requests):
            return None
        sent += 1
        return due


def record(status, version, elapsed, error):
    with lock:
        if error:
            failures.append(f"{time.time():.3f} {error}")
            return
        statuses[status] += 1
        versions[version] += 1
        latencies.append(elapsed)
        if status != 200:
            failures.append(f"{time.time():.3f} status {status}, x-riser-failure {version}")


def client():
    global opened
    connection = None
    while (due := next_turn()) is not None:
        delay = due - time.monotonic()
        if delay > 0 and stop.wait(delay):
            # it was never sent
            with lock:
                global sent
                sent -= 1
            break
        begun = time.monotonic()
        status, version, error = 0, "", None
        for attempt in (1, 2):
            fresh = connection is None
            if fresh:
                with lock:
                    opened += 1
                connection = http.client.HTTPConnection(target.hostname, target.port or 80, timeout=20)
            try:
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                body = answer.read()
                status = answer.status
                version = body.decode("utf-8", "replace").strip()[:40] if status == 200 else answer.getheader("x-riser-failure", "")
                if answer.will_close or arguments.new_connections:
                    connection.close()
                    connection = None
                break
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as e:
                connection.close()
                connection = None
                if fresh or attempt == 2:
                    error = repr(e)
                    break
            except (OSError, http.client.HTTPException) as e:
                connection.close()
                connection = None
                error = repr(e)
                break
        record(status, version, time.monotonic() - begun, error)


threads = [threading.Thread(target=client) for _ in range(arguments.connections)]
for each in threads:
    each.start()
while any(each.is_alive() for each in threads):
    if arguments.progress:
        with open(arguments.progress, "w") as out:
            out.write(f"{sum(statuses.values())} {len(failures)}\n")
    time.sleep(0.2)
latencies.sort()


def percentile(share):
    return round(1000 * latencies[min(len(latencies) - 1, int(share * len(latencies)))], 3) if latencies else None


print(json.dumps({
    "sent": sent,
    "answered": sum(statuses.values()),
    "statuses": dict(statuses),
    "bodies": dict(versions),
    "opened": opened,
    "failed": len(failures),
    "failures": failures[:20],
    "p50": percentile(0.5), "p95": percentile(0.95), "p99": percentile(0.99),
}), flush=True)
