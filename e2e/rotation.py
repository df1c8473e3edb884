"""Certificates that live for seconds, a control plane that dies, a split that never stands still: what tests of any length do."""

import json
import re
import time
import urllib.request

from mesh import Mesh, figure, program, until

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


class Rotation:
    """To be mixed into a test case."""

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
    def product(mesh, version, wait=True):
        return mesh.run(
            "product", *program("answer", 8000, version), service="product",
            labels=(f"version={version}", "app=product"), ports=["8000:http"], wait=wait)

    @staticmethod
    def serials(mesh):
        return {each["instance"]: each["certificate"]["serial"]
                for each in mesh.api("GET", "/api/v1/proxies") if each.get("certificate")}

    def renew_under_load(self, lifetime, rate, seconds, generations):
        mesh, _ = self.start("rotation", "--certificate-lifetime", f"{lifetime}s")
        load = Load(mesh, "http://product:8000/", rate)
        seen = {}
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for instance, serial in self.serials(mesh).items():
                seen.setdefault(instance, set()).add(serial)
            time.sleep(0.5)
        result = load.end()
        counts = sorted(len(serials) for serials in seen.values())
        figure(f"{result['answered']} requests in {seconds} s, {result['failed']} failed; {counts} certificates for each workload")
        self.assertEqual(result["failed"], 0, result)
        self.assertGreater(result["answered"], 0.7 * rate * seconds, result)
        self.assertGreaterEqual(counts[0], generations, counts)

    def lose_control_plane(self, seconds, rate):
        mesh, shell = self.start("outage")
        root = (mesh.state / "root.pem").read_text()
        load = Load(mesh, "http://product:8000/", rate)
        time.sleep(3)
        mesh.kill_control_plane()
        time.sleep(seconds / 2)
        mesh.write("split.yaml", split(100))
        time.sleep(seconds / 2)
        self.assertEqual({shell.curl("http://product:8000/")[1] for _ in range(6)}, {"v1", "v2"}, "what was known goes on")
        mesh.start_control_plane()
        begun = time.monotonic()
        # six in a row of the version that half of the requests went to before
        until(lambda: all(shell.curl("http://product:8000/")[1] == "v2" for _ in range(6)), 15, "the change is in force")
        took = time.monotonic() - begun
        time.sleep(2)
        result = load.end()
        figure(f"{result['answered']} requests, {result['failed']} failed; the change in force {took:.2f} s after the return")
        self.assertEqual(result["failed"], 0, result)
        self.assertEqual((mesh.state / "root.pem").read_text(), root)
        # a new workload joins, with an identity that the old ones trust
        fresh = mesh.shell("fresh")
        until(lambda: fresh.curl("http://product:8000/") == (0, "v2"), 10, "a newcomer is served")
        # of those that were there before, too: who asks a restarted control plane is told what the proxies have
        self.assertEqual(len(self.serials(mesh)), 4, self.serials(mesh))

    def change_without_rest(self, seconds, rate):
        mesh, _ = self.start("churn")
        load = Load(mesh, "http://product:8000/", rate)
        held = mesh.run("held", *program("load", "--rate", 2, "--connections", 1, "http://product:8000/"))
        begun, changes = time.monotonic(), 0
        guests = []
        turn = 0
        while (now := time.monotonic() - begun) < seconds:
            mesh.write("split.yaml", split(changes * 7 % 101))
            changes += 1
            if now > turn * 3:
                # one more endpoint comes; the one before last goes, in order
                guests.append(self.product(mesh, f"v{turn % 2 + 1}", wait=False))
                turn += 1
                if len(guests) > 2:
                    guests[-3].process.terminate()
            time.sleep(max(0.0, begun + changes * 0.1 - time.monotonic()))
        time.sleep(1)
        result = load.end()
        held.end()
        other = json.loads(held.output().splitlines()[-1])
        figure(f"{changes} changes, {turn} endpoints came: {result['answered'] + other['answered']} requests,"
               f" {result['failed'] + other['failed']} failed")
        self.assertGreaterEqual(changes, 5 * seconds)
        self.assertGreater(result["answered"], 0.7 * rate * seconds, result)
        self.assertEqual((result["failed"], other["failed"]), (0, 0), result)
        self.assertEqual(other["opened"], 1, "the one connection has lasted")
        self.assertGreater(min(result["bodies"].values()), 0.07 * rate * seconds, result["bodies"])

    def wait_for_acknowledgements(self, proxies):
        """From the change of a file until the last of so many proxies has said that it is in force; seconds, for ten changes."""
        mesh, shell = self.start("acknowledgement")
        shells = [mesh.shell(f"shell-{index}", wait=False) for index in range(proxies - 3)]
        for each in shells:
            until(lambda: each.process.poll() is None and mesh.states(each.name) == {"ready"}, 60, "it is there")
        for each in [shell, *shells]:
            # discovery is on demand: who has never called product need not know its routes
            until(lambda: each.curl("http://product:8000/")[1] in ("v1", "v2"), 20, "it is answered")
        took = []
        for turn in range(10):
            before = pushes()
            begun = time.monotonic()
            mesh.write("split.yaml", split(turn * 10 + 3))
            until(lambda: pushes() >= before + proxies and self.acknowledged(mesh), 20, "all have it", every=0.02)
            took.append(time.monotonic() - begun)
            time.sleep(0.5)
        figure(f"{proxies} proxies have acknowledged a change after {sorted(took)[5]:.2f} s, at worst {max(took):.2f} s")
        return took

    @staticmethod
    def acknowledged(mesh):
        return all(kind["acked"] == kind["sent"] for each in mesh.api("GET", "/api/v1/proxies") for kind in each["types"])


def pushes():
    with urllib.request.urlopen("http://127.0.0.1:15014/metrics", timeout=5) as answer:
        return int(re.search(r"^riser_control_pushes_total (\d+)", answer.read().decode(), re.MULTILINE).group(1))
