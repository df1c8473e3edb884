"""Uploads in chunks as fast as it is taken, to a server that reads slowly. upload.py HOST PORT BYTES"""

import hashlib
import http.client
import json
import sys

left = int(sys.argv[3])
digest = hashlib.sha256()


def parts():
    global left
    index = 0
    while left > 0:
        part = (hashlib.sha256(b"%d" % index).digest() * 4096)[:left]
        index += 1
        left -= len(part)
        digest.update(part)
        yield part


connection = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=120)
connection.request("POST", "/slow", body=parts(), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
answer = connection.getresponse()
print(json.dumps({"answer": answer.read().decode(), "sha256": digest.hexdigest()}))
