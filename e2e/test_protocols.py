"""Protocols that a mesh must carry byte for byte: gRPC, WebSocket, Redis, a server that speaks first, large bodies."""

import hashlib
import json
import time
import unittest

from mesh import Mesh, program, resident, until

MIB = 1024 * 1024


class Protocols(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mesh = Mesh("protocols")
        cls.addClassCleanup(cls.mesh.stop)
        mesh = cls.mesh.start()
        mesh.run(
            "cache", "redis-server", "--port", "6379", "--save", "", "--bind", "0.0.0.0", "--protected-mode", "no",
            service="cache", ports=[6379])
        mesh.run("web", *program("answer", 8000, "hello"), service="web", ports=[8000])
        mesh.run("site", *program("answer", 8080, "hello"), service="site", ports=["8080:http"])
        mesh.run("banner", *program("banner", 2525), service="banner", ports=[2525])
        mesh.run("mail", *program("banner", 2525), service="mail", ports=["2525:tcp-mail"])
        mesh.run("echo", *program("grpc_echo", 50051), service="echo", ports=["50051"])
        cls.shell = mesh.shell()
        until(lambda: cls.shell.curl("http://web:8000/") == (0, "hello"), 15, "the mesh answers")

    def json(self, name, *arguments, timeout=120):
        done = self.shell.enter(*program(name, *arguments), timeout=timeout)
        self.assertEqual(done.returncode, 0, done.stderr.decode() + done.stdout.decode())
        return json.loads(done.stdout.splitlines()[-1])

    def test_redis_with_pipelines(self):
        self.assertEqual(self.shell.enter("redis-cli", "-h", "cache", "ping").stdout, b"PONG\n")
        lines = b"".join(b"SET key%d %s\r\n" % (index, b"v%d" % index * 50) for index in range(5000))
        done = self.shell.enter("redis-cli", "-h", "cache", "--pipe", input=lines)
        self.assertIn(b"errors: 0, replies: 5000", done.stdout, done.stderr)
        done = self.shell.enter("redis-cli", "-h", "cache", "get", "key4999")
        self.assertEqual(done.stdout.strip(), b"v4999" * 50)

    def test_a_server_that_speaks_first(self):
        result = self.json("banner_client", "banner", 2525, 20)
        self.assertEqual(
            (result["greeting"], result["wrong"], result["halfClose"]), ("220 ready when you are", 0, True), result)
        # where nothing declares the protocol, detection may wait for a silent client once, and briefly
        self.assertLess(result["fastest"], 0.2, result)

    def test_a_declared_server_that_speaks_first_waits_for_nobody(self):
        result = self.json("banner_client", "mail", 2525, 20)
        self.assertEqual(
            (result["greeting"], result["wrong"], result["halfClose"]), ("220 ready when you are", 0, True), result)
        self.assertLess(result["fastest"], 0.05, result)

    def test_websocket_echo(self):
        for name, port in (("web", 8000), ("site", 8080)):
            with self.subTest(name):
                result = self.json("websocket_client", name, port)
                self.assertEqual(result, {"status": 101, "echoed": 60, "closed": True})

    def test_grpc_unary_and_the_three_streaming_kinds(self):
        result = self.json("grpc_client", "echo:50051")
        self.assertEqual(
            result,
            {"unary": 100, "server": 200, "client": 200, "both": 200, "status": "FAILED_PRECONDITION",
             "trailer": "kept", "cancelled": True, "deadline": True})

    def test_a_large_download_with_a_slow_reader(self):
        size = 200 * MIB
        result = self.json("slow_download", "web", 8000, size)
        self.assertEqual(result["count"], size)
        self.assertEqual(result["sha256"], expected_download(size))
        self.assertLess(resident(self.mesh.proxy_pid()), 256)

    def test_a_large_upload_to_a_slow_reader(self):
        size = 200 * MIB
        result = self.json("upload", "web", 8000, size)
        self.assertEqual(result["answer"], f"{result['sha256']} {size}")
        self.assertLess(resident(self.mesh.proxy_pid()), 256)


def expected_download(size):
    block = b"".join(hashlib.sha256(b"%d" % index).digest() for index in range(2048))
    digest = hashlib.sha256()
    for _ in range(size // len(block)):
        digest.update(block)
    digest.update(block[: size % len(block)])
    return digest.hexdigest()
