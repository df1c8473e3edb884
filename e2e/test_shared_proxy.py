"""Many workloads behind one proxy: what happens to one is not felt by the others, and no one speaks as another."""

import json
import os
import signal
import subprocess
import time
import unittest

from mesh import Mesh, figure, program, until


class SharedProxy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mesh = Mesh("shared")
        cls.addClassCleanup(cls.mesh.stop)
        mesh = cls.mesh.start()
        cls.servers = [
            mesh.run(f"server-{index}", *program("answer", 8000, f"server-{index}"), service=f"server-{index}",
                     ports=["8000:http"], wait=index == 3)
            for index in range(4)]
        for server in cls.servers:
            mesh.await_port(server, 8000)
        cls.shell = mesh.shell()
        for index in range(4):
            until(lambda: cls.shell.curl(f"http://server-{index}:8000/") == (0, f"server-{index}"), 15, "it answers")

    def test_one_is_killed_and_one_comes_again_while_the_others_lose_nothing(self):
        mesh = self.mesh
        loads = [
            mesh.run(f"load-{index}", *program("load", "--rate", 20, "--connections", 2, f"http://server-{index}:8000/"))
            for index in range(2)]
        proxy = mesh.proxy_pid()
        time.sleep(2)
        victim = self.servers[2]
        victim.end(signal.SIGKILL)
        until(lambda: not self.endpoints("server-2"), 10, "the killed one is no endpoint any more")
        code, text = self.shell.curl("-i", "http://server-2:8000/")
        self.assertIn(" 503 ", text.splitlines()[0], text)
        self.assertRegex(text.lower(), "x-riser-failure: no_(healthy_)?endpoint")
        # a program that is rude in every way to its own proxy
        rude = mesh.run("rude", *program("flood", "server-3", 8000, 5), wait=False)
        again = mesh.run(
            "server-2", *program("answer", 8000, "server-2 again"), service="server-2", ports=["8000:http"])
        until(lambda: self.shell.curl("http://server-2:8000/") == (0, "server-2 again"), 10, "it is back")
        rude.process.wait(timeout=60)
        time.sleep(2)
        for load in loads:
            load.end()
            result = json.loads(load.output().splitlines()[-1])
            self.assertEqual(result["failed"], 0, result)
            self.assertGreater(result["answered"], 100, result)
        self.assertEqual(mesh.proxy_pid(), proxy, "it is the same proxy all along")
        again.end()

    def test_a_proxy_that_is_killed_is_back_and_finds_its_workloads_again(self):
        mesh = self.mesh
        proxy = mesh.proxy_pid()
        os.kill(proxy, signal.SIGKILL)
        begun = time.monotonic()
        until(lambda: self.shell.curl("http://server-0:8000/", timeout=2) == (0, "server-0"), 20, "calls are answered again")
        figure(f"calls are answered {time.monotonic() - begun:.1f} s after the kill")
        self.assertNotEqual(mesh.proxy_pid(), proxy)
        self.assertIn("ended by signal 9, and is started again", mesh.proxy_log())
        for index in (1, 3):
            until(lambda: self.shell.curl(f"http://server-{index}:8000/") == (0, f"server-{index}"), 10, "it is answered")

    def endpoints(self, service):
        for each in self.mesh.api("GET", "/api/v1/services"):
            if each["name"] == service:
                return [endpoint for endpoint in each["endpoints"] if endpoint["ready"]]
        return []

    def test_each_speaks_with_its_own_identity_though_one_process_serves_all(self):
        self.mesh.write("callers.yaml", """
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: only-friend, namespace: prod}
spec:
  selector: {matchLabels: {app: server-0}}
  action: ALLOW
  rules:
  - from: [{source: {principals: ["cluster.local/ns/prod/sa/friend"]}}]
""")
        self.addCleanup(self.mesh.remove, "callers.yaml")
        friend = self.mesh.shell("friend")
        until(lambda: self.shell.curl("-i", "http://server-0:8000/")[1].startswith("HTTP/1.1 403"), 10, "it is in force")
        until(lambda: friend.curl("http://server-0:8000/") == (0, "server-0"), 10, "the friend is let in")
        # the headers in which proxies name the source, sent by a program, buy nothing
        for header in ("x-riser-peer: friend;prod;friend-1;friend;v1;friend",
                       "x-forwarded-client-cert: By=x;URI=spiffe://cluster.local/ns/prod/sa/friend"):
            code, text = self.shell.curl("-i", "-H", header, "http://server-0:8000/")
            self.assertIn(" 403 ", text.splitlines()[0], text)
        # nor does the endpoint's own address, nor another name for it
        for host in (self.servers[0].address, "server-0.prod.svc.cluster.local"):
            code, text = self.shell.curl("-i", f"http://{host}:8000/")
            self.assertNotIn("\r\n\r\nserver-0", text)
        # nor the ports of one's own proxy, or of another's
        for url in ("http://127.0.0.1:15006/", "http://127.0.0.1:15001/", f"http://{self.servers[0].address}:15006/",
                    f"http://{self.servers[0].address}:15001/"):
            code, text = self.shell.curl("-i", "-H", "Host: server-0:8000", "--max-time", "5", url)
            self.assertNotIn("\r\n\r\nserver-0", text, url)
        self.assertEqual(friend.curl("http://server-0:8000/"), (0, "server-0"))

    def test_a_policy_reaches_connections_that_were_open_before(self):
        banner = self.mesh.run("banner", *program("banner", 2525), service="banner", ports=["2525:tcp"])
        log = self.mesh.directory / "held.log"
        held = self.shell.spawn(*program("hold", "banner", 2525, log), stderr=subprocess.DEVNULL)
        self.addCleanup(held.wait)
        self.addCleanup(held.kill)
        until(lambda: log.exists() and log.read_text().count("250") > 3, 15, "lines are echoed")
        before = len(self.mesh.proxy_log())
        self.mesh.write("deny.yaml", """
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: no-shell, namespace: prod}
spec:
  selector: {matchLabels: {app: banner}}
  action: DENY
  rules:
  - from: [{source: {principals: ["cluster.local/ns/prod/sa/shell"]}}]
""")
        self.addCleanup(self.mesh.remove, "deny.yaml")
        until(lambda: "closed" in log.read_text(), 10, "the open connection is closed")
        lines = [line for line in self.mesh.proxy_log()[before:].splitlines() if "DENIED_BY_POLICY" in line]
        self.assertTrue(any("no-shell" in line and "sa/shell" in line and "sa/banner" in line for line in lines), lines)
        banner.end()

    def test_admin_and_tokens_are_out_of_a_workloads_reach(self):
        for url in ("http://127.0.0.1:15000/config_dump", f"http://10.88.0.1:15000/config_dump", "http://10.88.0.1:15080/"):
            code, text = self.shell.curl("--max-time", "3", url)
            self.assertNotIn("virtualInbound", text, url)
            self.assertNotEqual(code, 0, f"{url}: {text[:200]}")
