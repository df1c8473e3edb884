"""Calls grpc_echo.py in every way and says how much came back right. grpc_client.py HOST:PORT"""

import json
import queue
import sys

import grpc

channel = grpc.insecure_channel(sys.argv[1])
result = {}
unary = channel.unary_unary("/riser.Echo/Unary")
messages = [b"m" * (index * 997) for index in range(100)]
result["unary"] = sum(unary(each, timeout=10, wait_for_ready=True) == each for each in messages)
answers = list(channel.unary_stream("/riser.Echo/Server")(b"a" * 5000, timeout=10))
result["server"] = sum(each == b"a" * 5000 + b"%d" % index for index, each in enumerate(answers))
total = channel.stream_unary("/riser.Echo/Client")(iter([b"b" * 1000] * 200), timeout=10)
result["client"] = int(total) // 1000

# each message waits for the answer to the one before: it must not be held back
turns = queue.Queue()
call = channel.stream_stream("/riser.Echo/Both")(iter(turns.get, None), timeout=20)
right = 0
for index in range(200):
    turns.put(b"turn %d" % index)
    right += next(call) == b"turn %d" % index
turns.put(None)
right -= len(list(call))
result["both"] = right

try:
    channel.unary_unary("/riser.Echo/Fail")(b"", timeout=10)
except grpc.RpcError as error:
    result["status"] = error.code().name
    result["trailer"] = dict(error.trailing_metadata()).get("x-note")

endless = channel.unary_stream("/riser.Echo/Forever")(b"", timeout=30)
next(endless)
endless.cancel()
try:
    for _ in endless:
        pass
except grpc.RpcError:
    pass
result["cancelled"] = endless.code() is grpc.StatusCode.CANCELLED
late = channel.unary_stream("/riser.Echo/Forever")(b"", timeout=0.5)
try:
    for _ in late:
        pass
except grpc.RpcError:
    pass
result["deadline"] = late.code() is grpc.StatusCode.DEADLINE_EXCEEDED
print(json.dumps(result))
