"""A gRPC server whose messages are plain bytes, so that no code needs to be generated. grpc_echo.py PORT"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import grpc


def unary(request, context):
    return request


def fail(request, context):
    context.set_trailing_metadata((("x-note", "kept"),))
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not today: 100 %")


def server_stream(request, context):
    for index in range(200):
        yield request + b"%d" % index


def client_stream(requests, context):
    return b"%d" % sum(len(each) for each in requests)


def both(requests, context):
    yield from requests


def forever(request, context):
    while context.is_active():
        yield b"more"
        time.sleep(0.01)


METHODS = {
    "Unary": grpc.unary_unary_rpc_method_handler(unary),
    "Fail": grpc.unary_unary_rpc_method_handler(fail),
    "Server": grpc.unary_stream_rpc_method_handler(server_stream),
    "Client": grpc.stream_unary_rpc_method_handler(client_stream),
    "Both": grpc.stream_stream_rpc_method_handler(both),
    "Forever": grpc.unary_stream_rpc_method_handler(forever),
}
server = grpc.server(ThreadPoolExecutor(16))
server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("riser.Echo", METHODS)])
server.add_insecure_port(f"0.0.0.0:{sys.argv[1]}")
server.start()
server.wait_for_termination()
