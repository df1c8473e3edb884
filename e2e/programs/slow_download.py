"""Downloads and stops reading for a while, twice. slow_download.py HOST PORT BYTES"""

import hashlib
import http.client
import json
import sys
import time

size = int(sys.argv[3])
connection = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=60)
connection.request("GET", f"/bytes/{size}")
answer = connection.getresponse()
digest, count, pauses = hashlib.sha256(), 0, [size // 10, size // 2]
while part := answer.read(262144):
    digest.update(part)
    count += len(part)
    if pauses and count > pauses[0]:
        pauses.pop(0)
        time.sleep(2)
print(json.dumps({"count": count, "sha256": digest.hexdigest()}))
