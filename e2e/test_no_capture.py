"""A mesh without capture: an ordinary user's, in the machine's own network, without a namespace of its own."""

import json
import os
import subprocess
import unittest
from pathlib import Path

import mesh as suite
from mesh import RISER, Mesh, until

NOBODY = 65534


def nobody(*command):
    """Whether an ordinary user succeeds with a command."""
    # env, because setpriv itself still finds what only root may see
    done = subprocess.run(
        ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups", "env", *command],
        check=False, capture_output=True)
    return done.returncode == 0


# One that was installed into root's home is nobody's but root's.
PYTHON = next((each for each in (suite.PYTHON, "/usr/bin/python3") if nobody(each, "-c", "pass")), None)


def program(name, *arguments):
    return [PYTHON, *suite.program(name, *arguments)[1:]]


@unittest.skipUnless(os.geteuid() == 0, "only root can act as another user")
@unittest.skipUnless(PYTHON and nobody("test", "-r", RISER), "an ordinary user cannot read this directory")
class NoCapture(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mesh = Mesh("no-capture", user=NOBODY)
        cls.addClassCleanup(cls.mesh.stop)
        mesh = cls.mesh.start("--no-capture")
        mesh.run(
            "cache", "redis-server", "--port", "6379", "--save", "", "--bind", "127.0.0.1", service="cache",
            ports=["6379:tcp-redis"], options=["--no-capture"])
        mesh.run("web", *program("answer", 8000, "hello"), service="web", ports=[8000], options=["--no-capture"])
        mesh.run("mail", *program("banner", 2525), service="mail", ports=["2525:tcp-mail"], options=["--no-capture"])
        cls.grpc = nobody(PYTHON, "-c", "import grpc")
        mesh.run(
            "echo", *program(*(("grpc_echo", 50051) if cls.grpc else ("answer", 50051, "hello"))), service="echo", ports=["50051"],
            options=["--no-capture", "--sidecar"])
        until(cls.all_ready, 20, "the mesh calls all of them ready")

    @classmethod
    def all_ready(cls):
        return [each["ready"] for each in cls.mesh.api("GET", "/api/v1/workloads")] == [True] * 4

    def output(self, name, *command, options=()):
        """What a command prints as a workload of its own, without riser's own line."""
        client = self.mesh.run(name, *command, options=["--no-capture", *options], wait=False)
        code = client.process.wait(timeout=90)
        lines = [line for line in client.output().splitlines() if not line.startswith("riser: nothing is captured")]
        self.assertEqual(code, 0, client.output())
        return "\n".join(lines)

    def test_an_http_client_that_knows_proxies_is_in_the_mesh(self):
        for option in ([], ["--sidecar"]):
            with self.subTest(option):
                self.assertEqual(self.output("shell", "curl", "-s", "http://web:8000/", options=option), "hello")

    def test_nothing_of_it_has_a_namespace_of_its_own(self):
        own = [os.readlink(f"/proc/self/ns/{kind}") for kind in ("net", "user", "mnt")]
        for workload in self.mesh.workloads[:4]:
            self.assertEqual(
                [os.readlink(f"/proc/{workload.pid}/ns/{kind}") for kind in ("net", "user", "mnt")], own)
            self.assertEqual(Path(f"/proc/{workload.pid}").stat().st_uid, NOBODY)
        self.assertEqual(list(self.mesh.directory.rglob("holder*")), [])

    def test_grpc_goes_through_a_tunnel_and_is_balanced_by_request_all_the_same(self):
        if not self.grpc:
            self.skipTest("an ordinary user has no Python with grpcio here")
        result = json.loads(self.output("caller", *program("grpc_client", "echo:50051")).splitlines()[-1])
        self.assertEqual((result["unary"], result["status"], result["trailer"]), (100, "FAILED_PRECONDITION", "kept"))
        until(
            lambda: [edge for edge in self.mesh.api("GET", "/api/v1/graph?window=60s")["edges"]
                     if edge["source"] == "prod/caller" and edge["protocol"] == "grpc" and edge["mutualTls"]],
            15, "the edge is counted as gRPC over mutual TLS")

    def test_what_knows_no_proxies_calls_an_upstream(self):
        answer = self.output(
            "user", "sh", "-c", "redis-cli -h $CACHE_SERVICE_HOST -p $CACHE_SERVICE_PORT ping",
            options=["--upstream", "cache:6379"])
        self.assertEqual(answer, "PONG")

    def test_a_server_that_speaks_first_behind_an_upstream(self):
        answer = self.output(
            "reader", "sh", "-c",
            " ".join(program("banner_client")) + " $MAIL_SERVICE_HOST $MAIL_SERVICE_PORT 5",
            options=["--upstream", "mail.prod:2525"])
        result = json.loads(answer.splitlines()[-1])
        self.assertEqual((result["greeting"], result["wrong"]), ("220 ready when you are", 0), result)

    def test_strict_holds_at_the_proxys_port(self):
        web = next(each for each in self.mesh.api("GET", "/api/v1/workloads") if each["name"] == "web")
        done = subprocess.run(
            ["curl", "-s", "-m", "5", f"http://{web['address4']}:15100/"], capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (52, b""))

    def test_another_user_may_not_speak_for_a_workload(self):
        web = next(each for each in self.mesh.api("GET", "/api/v1/workloads") if each["name"] == "web")
        done = subprocess.run(
            ["setpriv", "--reuid", "65533", "--clear-groups", "curl", "-s", "-m", "5", "-x",
             f"http://{web['address4']}:15001", "http://web:8000/"], capture_output=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, b"")


if __name__ == "__main__":
    unittest.main()
