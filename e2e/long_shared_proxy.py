"""Thirty workloads behind one proxy; four of them fare badly, and the others do not notice."""

import base64
import json
import signal
import socket
import subprocess
import time
import unittest

from mesh import Mesh, figure, program, resident, until

PAIRS = 13


class ThirtyWorkloads(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mesh = Mesh("thirty")
        cls.addClassCleanup(cls.mesh.stop)
        cls.mesh.start()

    def test_one_is_killed_one_comes_again_one_is_refused_and_one_floods(self):
        mesh = self.mesh
        servers = [
            mesh.run(f"server-{index}", *program("answer", 8000, f"server-{index}"), service=f"server-{index}",
                     ports=["8000:http"], wait=False) for index in range(PAIRS)]
        for server in servers:
            until(lambda: mesh.states(server.name) == {"ready"}, 60, f"{server.name} takes traffic")
        victim = mesh.run("victim", *program("answer", 8000, "victim"), service="victim", ports=["8000:http"])
        again = mesh.run("again", *program("answer", 8000, "first"), service="again", ports=["8000:http"])
        shell = mesh.shell()
        loads = [
            mesh.run(f"load-{index}", *program("load", "--rate", 8, "--connections", 2, f"http://server-{index}:8000/"),
                     wait=False) for index in range(PAIRS)]
        for load in loads:
            until(lambda: mesh.states(load.name) == {"ready"}, 60, f"{load.name} is there")
        self.assertEqual(sum(each["state"] == "ready" for each in mesh.api("GET", "/api/v1/workloads")), 2 * PAIRS + 3)
        for name in ("victim", "again"):
            until(lambda: shell.curl(f"http://{name}:8000/")[0] == 0, 15, "it answers")
        proxy = mesh.proxy_pid()

        victim.end(signal.SIGKILL)
        again.end()
        rude = mesh.run("rude", *program("flood", "server-0", 8000, 10), wait=False)
        refused = self.adopt_with_a_forged_token()
        self.assertRegex(refused["error"], "certificate|token")
        again = mesh.run("again", *program("answer", 8000, "second"), service="again", ports=["8000:http"])
        until(lambda: shell.curl("http://again:8000/") == (0, "second"), 15, "it is back")
        self.assertIn(" 503 ", shell.curl("-i", "http://victim:8000/")[1])
        rude.process.wait(timeout=60)
        time.sleep(3)

        answered = failed = 0
        for load in loads:
            load.end()
            result = json.loads(load.output().splitlines()[-1])
            answered += result["answered"]
            failed += result["failed"]
            self.assertEqual(result["failed"], 0, (load.name, result))
            self.assertGreater(result["answered"], 50, (load.name, result))
        self.assertEqual(mesh.proxy_pid(), proxy, "it is the same proxy all along")
        figure(f"30 workloads: {answered} requests of the others, {failed} failed; the proxy has {resident(proxy):.0f} MiB")

    def adopt_with_a_forged_token(self):
        """Asks the proxy to serve a workload whose token nobody has signed; gives its answer."""
        mesh = self.mesh
        workload = mesh.api("POST", "/api/v1/workloads", {"namespace": "prod", "name": "forger", "service": [], "meshed": True})
        head, claims, signature = workload["token"].split(".")
        forged = base64.urlsafe_b64encode(bytes(len(base64.urlsafe_b64decode(signature + "==")))).rstrip(b"=").decode()
        room = subprocess.Popen(["unshare", "--net", "--", "sleep", "infinity"])
        self.addCleanup(room.wait)
        self.addCleanup(room.kill)
        line = {"op": "adopt", "workload": {
            "id": workload["id"], "namespace": "prod", "name": "forger", "instance": workload["id"],
            "serviceAccount": "forger", "addresses": [workload["address4"]], "netns": f"/proc/{room.pid}/ns/net",
            "pid": room.pid, "token": f"{head}.{claims}.{forged}", "xds": workload["xds"],
            "rootCa": str(mesh.state / "root.pem")}}
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(90)
            connection.connect(str(mesh.state / "proxy.sock"))
            connection.sendall(json.dumps(line).encode() + b"\n")
            return json.loads(connection.makefile().readline())
