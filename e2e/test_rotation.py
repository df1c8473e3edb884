"""Certificates that live for seconds, a control plane that dies, a split that never stands still: under load, nothing fails."""

import json
import subprocess
import time
import unittest

from mesh import Mesh, program, until

RULE = """
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: product, namespace: prod}}
spec:
  host: product.prod.svc.cluster.local
  subsets:
  - {{name: v1, labels: {{version: v1}}}}
  - {{name: v2, labels: {{version: v2}}}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: product, namespace: prod}}
spec:
  hosts: [product.prod.svc.cluster.local]
  http:
  - route:
    - destination: {{host: product.prod.svc.cluster.local, subset: v1}}
      weight: {first}
    - destination: {{host: product.prod.svc.cluster.local, subset: v2}}
      weight: {second}
"""


def split(second):
    return RULE.format(first=100 - second, second=second)


class Load:
    """The load program in the mesh; `end` gives what it counted."""

    def __init__(self, mesh, url, rate, name="load", connections=6):
        self.workload = mesh.run(
            name, *program("load", "--rate", rate, "--connections", connections, url), wait=True)

    def end(self):
        self.workload.end()
        return json.loads(self.workload.output().splitlines()[-1])


class Rotation(unittest.TestCase):
    def start(self, name, *arguments):
        mesh = Mesh(name)
        self.addCleanup(mesh.stop)
        mesh.start(*arguments)
        for version in ("v1", "v2"):
            self.product(mesh, version)
        shell = mesh.shell()
        mesh.write("split.yaml", split(50))
        until(lambda: {shell.curl("http://product:8000/")[1] for _ in range(6)} == {"v1", "v2"}, 20, "both versions answer")
        return mesh, shell

    @staticmethod
    def product(mesh, version):
        return mesh.run(
            "product", *program("answer", 8000, version), service="product",
            labels=(f"version={version}", "app=product"), ports=["8000:http"])

    @staticmethod
    def serials(mesh):
        return {each["instance"]: each["certificate"]["serial"]
                for each in mesh.api("GET", "/api/v1/proxies") if each.get("certificate")}

    def test_certificates_that_live_ten_seconds_renew_under_load(self):
        mesh, _ = self.start("rotation", "--certificate-lifetime", "10s")
        load = Load(mesh, "http://product:8000/", 100)
        generations = {}
        end = time.monotonic() + 60
        while time.monotonic() < end:
            for instance, serial in self.serials(mesh).items():
                generations.setdefault(instance, set()).add(serial)
            time.sleep(1)
        result = load.end()
        self.assertEqual(result["failed"], 0, result)
        self.assertGreater(result["answered"], 4000, result)
        for instance, serials in generations.items():
            self.assertGreaterEqual(len(serials), 4, f"{instance}: {len(serials)} generations")

    def test_the_control_plane_dies_for_twenty_seconds_under_load(self):
        mesh, shell = self.start("outage")
        root = (mesh.state / "root.pem").read_text()
        load = Load(mesh, "http://product:8000/", 100)
        time.sleep(3)
        mesh.kill_control_plane()
        time.sleep(10)
        mesh.write("split.yaml", split(100))
        time.sleep(10)
        self.assertEqual({shell.curl("http://product:8000/")[1] for _ in range(6)}, {"v1", "v2"}, "what was known goes on")
        mesh.start_control_plane()
        begun = time.monotonic()
        # six in a row of the version that half of the requests went to before
        until(lambda: all(shell.curl("http://product:8000/")[1] == "v2" for _ in range(6)), 10, "the change is in force")
        took = time.monotonic() - begun
        time.sleep(2)
        result = load.end()
        self.assertEqual(result["failed"], 0, result)
        self.assertLess(took, 2.0)
        self.assertEqual((mesh.state / "root.pem").read_text(), root)
        # a new workload joins, with an identity that the old ones trust
        fresh = mesh.shell("fresh")
        until(lambda: fresh.curl("http://product:8000/") == (0, "v2"), 10, "a newcomer is served")
        self.assertEqual(len(self.serials(mesh)), 5, self.serials(mesh))

    def test_a_split_that_changes_ten_times_a_second_while_endpoints_come_and_go(self):
        mesh, _ = self.start("churn")
        load = Load(mesh, "http://product:8000/", 100)
        held = mesh.run("held", *program("load", "--rate", 2, "--connections", 1, "http://product:8000/"))
        begun, changes = time.monotonic(), 0
        guests = []
        turn = 0
        while (now := time.monotonic() - begun) < 15:
            mesh.write("split.yaml", split(changes * 7 % 101))
            changes += 1
            if now > turn * 3:
                # one more endpoint comes; the one before last goes, in order
                guests.append(mesh.run(
                    "product", *program("answer", 8000, f"v{turn % 2 + 1}"), service="product",
                    labels=(f"version=v{turn % 2 + 1}", "app=product"), ports=["8000:http"], wait=False))
                turn += 1
                if len(guests) > 2:
                    guests[-3].process.terminate()
            time.sleep(max(0.0, begun + changes * 0.1 - time.monotonic()))
        time.sleep(1)
        result = load.end()
        held.end()
        other = json.loads(held.output().splitlines()[-1])
        self.assertGreaterEqual(changes, 100)
        self.assertGreater(result["answered"], 1000, result)
        self.assertEqual((result["failed"], other["failed"]), (0, 0), result)
        self.assertGreater(min(result["bodies"].values()), 100, result["bodies"])
