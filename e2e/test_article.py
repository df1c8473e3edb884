"""The article, step by step, with programs that nobody wrote for a mesh: python3 -m http.server, nginx, redis, curl."""

import json
import re
import subprocess
import time
import unittest

from mesh import PYTHON, Mesh, program, until

MARKER = "attack-at-dawn-5f2c1e"
OPEN_MARKER = "weather-is-fine-77aa01"

NGINX = """
daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log stderr;
events {{ worker_connections 256; }}
http {{
    access_log off; client_body_temp_path {directory}; proxy_temp_path {directory}; fastcgi_temp_path {directory};
    uwsgi_temp_path {directory}; scgi_temp_path {directory};
    server {{ listen 8080; location / {{ return 200 "from nginx\\n"; }} }}
}}
"""

CANARY = """
apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata: {name: product-vs, namespace: prod}
spec:
  hosts:
    - product.prod.svc.cluster.local
  http:
  - route:
    - destination:
        host: product.prod.svc.cluster.local
        subset: v1
      weight: 90
    - destination:
        host: product.prod.svc.cluster.local
        subset: v2
      weight: 10
---
apiVersion: networking.istio.io/v1beta1
kind: DestinationRule
metadata: {name: product, namespace: prod}
spec:
  host: product.prod.svc.cluster.local
  subsets:
  - {name: v1, labels: {version: v1}}
  - {name: v2, labels: {version: v2}}
"""

ONE_PORT_OPEN = """
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: product-for-legacy, namespace: prod}
spec:
  selector: {matchLabels: {app: product}}
  portLevelMtls:
    8000: {mode: PERMISSIVE}
"""


class Article(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mesh = Mesh("article")
        cls.addClassCleanup(cls.mesh.stop)
        mesh = cls.mesh.start()
        for version in ("v1", "v2"):
            pages = mesh.directory / f"pages-{version}"
            pages.mkdir()
            (pages / "index.html").write_text(version)
            (pages / "marker.txt").write_text(MARKER)
            (pages / "open.txt").write_text(OPEN_MARKER)
            mesh.run(
                "product", PYTHON, "-m", "http.server", "8000", "--directory", pages,
                service="product", labels=(f"version={version}", "app=product"), ports=[8000, 8001],
                wait=False)
        site = mesh.directory / "nginx"
        site.mkdir()
        (site / "nginx.conf").write_text(NGINX.format(directory=site))
        mesh.run("site", "nginx", "-p", site, "-c", site / "nginx.conf", service="site", ports=["8080:http"], wait=False)
        mesh.run(
            "cache", "redis-server", "--port", "6379", "--save", "", "--bind", "0.0.0.0", "--protected-mode", "no",
            service="cache", ports=[6379])
        cls.shell = mesh.shell()
        cls.legacy = mesh.shell("legacy", options=["--unmeshed"])
        for product in mesh.workloads[:2]:
            mesh.await_port(product, 8000)
        mesh.await_port(mesh.workloads[2], 8080)
        # Something answers on the second port too: a caller that is kept out must not be kept out for lack of a listener.
        for product in mesh.workloads[:2]:
            product.second = product.spawn(PYTHON, "-m", "http.server", "8001", "--directory", mesh.directory / "pages-v1",
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            cls.addClassCleanup(product.second.kill)
            mesh.await_port(product, 8001)

    def fetch(self, *arguments):
        """Curl from inside until it succeeds: endpoints appear within moments of a program's start."""
        def attempt():
            code, text = self.shell.curl("--fail", *arguments)
            return text if code == 0 else None
        return until(attempt, 15, f"curl {arguments}", every=0.2)

    def capture(self, action):
        """What goes over the bridge meanwhile, as bytes of a capture file."""
        file = self.mesh.directory / f"capture-{time.monotonic_ns()}.pcap"
        dump = subprocess.Popen(
            ["tcpdump", "--immediate-mode", "-U", "-n", "-i", "riser0", "-w", str(file), "-s", "0"],
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        try:
            dump.stderr.readline()
            action()
            time.sleep(0.5)
        finally:
            dump.terminate()
            dump.communicate()
        return file.read_bytes()

    def test_1_curl_answers_as_before_and_the_proxy_names_itself(self):
        for name in ("product", "product.prod", "product.prod.svc.cluster.local"):
            text = self.fetch("-i", f"http://{name}:8000/")
            self.assertRegex(text, r"^HTTP/1\.[01] 200 ")
            self.assertRegex(text.lower(), r"\nserver: riser\r?\n")
            self.assertRegex(text, r"\r?\n\r?\nv[12]$")
        self.assertIn("from nginx", self.fetch("http://site:8080/"))

    def test_2_the_wire_carries_tls_1_3_and_no_marker(self):
        self.fetch("http://product:8000/")

        def talk():
            # a fresh shell has no connection to the servers yet, so its handshakes are in the capture
            fresh = self.mesh.shell("fresh")
            code, text = fresh.curl("http://product:8000/marker.txt")
            self.assertEqual((code, text), (0, MARKER))
            code, text = fresh.curl("--data", MARKER, "-H", f"x-note: {MARKER}", f"http://site:8080/{MARKER}")
            self.assertEqual(code, 0, text)
            done = fresh.enter("redis-cli", "-h", "cache", "set", "note", MARKER)
            self.assertEqual(done.stdout, b"OK\n", done.stderr)
            fresh.end()
        seen = self.capture(talk)
        self.assertNotIn(MARKER.encode(), seen)
        # a ServerHello that selects version 1.3 and one that takes the key share X25519MLKEM768
        self.assertIn(b"\x00\x2b\x00\x02\x03\x04", seen)
        self.assertRegex(seen, re.compile(rb"\x00\x33..\x11\xec", re.DOTALL))

    def test_3_a_caller_without_a_proxy_is_refused_under_strict(self):
        for server, port in ((self.mesh.workloads[0], 8000), (self.mesh.workloads[0], 8001), (self.mesh.workloads[2], 8080)):
            code, text = self.legacy.curl(f"http://{server.address}:{port}/")
            # 7 refused, 52 closed without an answer, 56 reset
            self.assertIn(code, (7, 52, 56), text)
        lines = [line for line in self.mesh.proxy_log().splitlines() if "PLAINTEXT_REFUSED" in line]
        self.assertTrue(lines, "no log line says PLAINTEXT_REFUSED")

    def test_4_permissive_on_one_port_lets_it_in_there_and_nowhere_else(self):
        server = self.mesh.workloads[0]
        self.mesh.write("open.yaml", ONE_PORT_OPEN)
        self.addCleanup(self.refused_again, server)
        self.addCleanup(self.mesh.remove, "open.yaml")
        until(lambda: self.legacy.curl(f"http://{server.address}:8000/")[0] == 0, 10, "the open port lets it in", every=0.2)
        seen = self.capture(lambda: self.assertEqual(
            self.legacy.curl(f"http://{server.address}:8000/open.txt"), (0, OPEN_MARKER)))
        self.assertIn(OPEN_MARKER.encode(), seen, "the capture shows plaintext where there is some")
        code, text = self.legacy.curl(f"http://{server.address}:8001/")
        self.assertIn(code, (7, 52, 56), text)
        site = self.mesh.workloads[2]
        code, text = self.legacy.curl(f"http://{site.address}:8080/")
        self.assertIn(code, (7, 52, 56), text)
        # those of the mesh go on over TLS
        seen = self.capture(lambda: self.assertEqual(self.fetch("http://product:8000/marker.txt"), MARKER))
        self.assertNotIn(MARKER.encode(), seen)

    def refused_again(self, server):
        until(lambda: self.legacy.curl(f"http://{server.address}:8000/")[0] != 0, 10, "the port is closed again", every=0.2)

    def test_5_ten_percent_go_to_v2(self):
        self.mesh.write("canary.yaml", CANARY)
        self.addCleanup(self.mesh.remove, "canary.yaml")
        until(lambda: self.mesh.api("GET", "/api/v1/objects?kind=VirtualService&namespace=prod"), 10, "it is in force")
        time.sleep(1)
        done = self.mesh.run(
            "buyer", *program("load", "--rate", 80, "--requests", 600, "--connections", 4, "http://product:8000/"), wait=False)
        self.assertEqual(done.process.wait(timeout=60), 0, done.output())
        result = json.loads(done.output().splitlines()[-1])
        self.assertEqual((result["failed"], result["answered"]), (0, 600), result)
        second = result["bodies"].get("v2", 0)
        # three standard deviations of a binomial with 600 draws of 10 %
        self.assertTrue(60 - 22 <= second <= 60 + 22, result["bodies"])

    def test_5b_a_program_that_calls_its_own_service_meets_its_own_proxy(self):
        site, cache = self.mesh.workloads[2:4]
        until(lambda: site.curl("--fail", "http://site:8080/") == (0, "from nginx\n"), 15, "nginx calls itself")
        self.assertEqual(cache.enter("redis-cli", "-h", "cache", "ping").stdout, b"PONG\n")
        until(
            lambda: [edge for edge in self.mesh.api("GET", "/api/v1/graph?window=60s")["edges"]
                     if edge["source"] == edge["destination"] == "prod/site" and edge["mutualTls"]
                     and edge["sourcePrincipal"] == "spiffe://cluster.local/ns/prod/sa/site"],
            15, "the edge from nginx to itself has mutual TLS")

    def test_6_the_table_agrees_with_what_the_client_counted(self):
        self.mesh.run("slow", *program("answer", 9000, "slow", 0.1), service="slow", ports=["9000:http"])
        self.fetch("http://slow:9000/")
        until(lambda: self.mesh.requests(window="5m").get("slow", {}).get("requests"), 20, "the first requests are counted")
        before = self.mesh.requests(window="5m")["slow"]["requests"]
        done = self.mesh.run(
            "counter", *program("load", "--rate", 25, "--requests", 300, "--connections", 5, "http://slow:9000/"), wait=False)
        self.assertEqual(done.process.wait(timeout=60), 0, done.output())
        client = json.loads(done.output().splitlines()[-1])
        self.assertEqual((client["failed"], client["answered"]), (0, 300), client)
        count = lambda: self.mesh.requests(window="5m")["slow"]["requests"] - before
        until(lambda: count() >= 300, 20, "all requests are counted", every=0.5)
        self.assertEqual(count(), 300)
        caller = self.mesh.requests(window="5m", **{"from": "deploy/counter.prod"})
        self.assertEqual(caller["slow"]["requests"], 300)
        self.assertAlmostEqual(caller["slow"]["p50"], client["p50"], delta=client["p50"] * 0.1, msg=f"{client}")
        for name in ("p95", "p99"):
            # the client's own threads wait for a processor too: its figure may be above the mesh's, never below
            self.assertGreater(caller["slow"][name], 95, f"{name} {client}")
            self.assertLess(caller["slow"][name], client[name] * 1.1, f"{name} {client}")

        table = self.mesh.riser("viz", "stat", "deploy", "-n", "prod", "-t", "5m")
        self.assertEqual(table.returncode, 0, table.stderr)
        lines = table.stdout.splitlines()
        self.assertEqual(
            lines[0].split()[:6], ["NAME", "SUCCESS", "RPS", "LATENCY_P50", "LATENCY_P95", "LATENCY_P99"], table.stdout)
        row = next(line.split() for line in lines if line.startswith("slow"))
        self.assertEqual(row[1], "100.00%", table.stdout)
        self.assertRegex(" ".join(row[3:6]), r"^1\d\dms 1\d\dms \d+ms$")
