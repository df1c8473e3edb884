"""Peers that are not who they should be, on both sides; and tokens that ask for more than they are good for."""

import subprocess
import time
import unittest
import urllib.error

from identities import Identities
from mesh import Mesh, program, until

OWN = "spiffe://cluster.local/ns/prod/sa/"


class Identity(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mesh = Mesh("identities")
        cls.addClassCleanup(cls.mesh.stop)
        mesh = cls.mesh.start()
        cls.product = mesh.run("product", *program("answer", 8000, "genuine"), service="product", ports=["8000:http"])
        cls.shell = mesh.shell()
        cls.outsider = mesh.shell("outsider", options=["--unmeshed"])
        cls.peers = Identities(mesh)
        until(lambda: cls.shell.curl("http://product:8000/") == (0, "genuine"), 15, "the mesh answers")

        cls.thief = cls.peers.register("thief", "thief")
        cls.certificates = {
            "another service account": cls.peers.issued("thief", cls.thief["token"]),
            "expired": cls.peers.signed("expired", "cluster.local/ns/prod/sa/vault", "20200101000000Z", "20200102000000Z"),
            "another trust domain": cls.peers.signed("foreign", "other.example/ns/prod/sa/vault"),
            "another authority": cls.peers.signed(
                "stranger-vault", "cluster.local/ns/prod/sa/vault", authority=cls.peers.stranger()),
            "none": (),
        }

    def new_lines(self, before, word, *parts):
        """Log lines since then that hold the failure word and all parts."""
        lines = self.mesh.proxy_log()[before:].splitlines()
        return [line for line in lines if f"reason={word}" in line and all(part in line for part in parts)]

    # --- servers ---

    def serve(self, name, certificate, protocol="http"):
        """An endpoint of a service that the mesh believes to be meshed, with whatever certificate it has."""
        service = f"vault-{name}"
        vault = self.peers.register(service, "vault", service=[service], ports=[8443], ready=True, protocol=protocol)
        self.outsider.enter("ip", "address", "add", f"{vault['address4']}/16", "dev", "eth0", check=True)
        server = self.outsider.spawn(
            *program("tls_peer", "serve", vault["address4"], 8443, *certificate),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        until(lambda: f"{vault['address4']}:8443" in self.outsider.enter("ss", "-tln").stdout.decode(), 10, "it listens")
        return service

    def test_a_server_with_the_right_identity_is_accepted(self):
        # the same arrangement as below, so that what is refused there is refused for its certificate
        genuine = self.peers.register("genuine", "vault")
        service = self.serve("genuine", self.peers.issued("vault", genuine["token"]), "tcp")
        self.assertEqual(self.shell.curl(f"http://{service}:8443/"), (0, "impostor!"))

    def test_servers_that_are_not_who_they_should_be_are_refused(self):
        for index, (name, certificate) in enumerate(self.certificates.items()):
            with self.subTest(name):
                service = self.serve(str(index), certificate)
                before = len(self.mesh.proxy_log())
                code, text = self.shell.curl("-i", f"http://{service}:8443/")
                self.assertNotIn("impostor!", text)
                self.assertIn(" 503 ", text.splitlines()[0] if text else "", f"curl {code} {text}")
                word = "TLS_HANDSHAKE" if name == "none" else "PEER_NOT_TRUSTED"
                self.assertIn(f"x-riser-failure: {word}", text.replace("\r", ""))
                claimed = {
                    "another service account": "peer_id=" + OWN + "thief", "expired": "peer_id=" + OWN + "vault",
                    "another trust domain": "peer_id=spiffe://other.example/ns/prod/sa/vault",
                    "another authority": "peer_id=" + OWN + "vault", "none": "peer_id=none"}[name]
                lines = until(
                    lambda: self.new_lines(before, word, claimed, "own_id=" + OWN + "shell"), 5,
                    f"a log line with {word} and {claimed}")
                # one for each attempt: as many as the standard retries allow
                self.assertLessEqual(len(lines), 3, lines)

    def test_bytes_for_a_server_of_another_service_account_never_leave(self):
        service = self.serve("bytes", self.certificates["another service account"], "tcp")
        before = len(self.mesh.proxy_log())
        code, text = self.shell.curl("-i", f"http://{service}:8443/")
        self.assertIn(code, (52, 56), text)
        lines = until(lambda: self.new_lines(before, "PEER_NOT_TRUSTED", "peer_id=" + OWN + "thief"), 5, "a log line")
        self.assertEqual(len(lines), 1, lines)

    # --- clients ---

    def call(self, certificate):
        done = self.outsider.enter(*program("tls_peer", "call", self.product.address, 8000, "/", *certificate))
        return done.returncode, (done.stdout + done.stderr).decode()

    def test_a_client_with_a_good_certificate_is_let_in(self):
        code, text = self.call(self.certificates["another service account"])
        self.assertEqual(code, 0, text)
        self.assertIn("genuine", text)

    def test_clients_that_are_not_who_they_say_are_refused(self):
        for name, certificate in self.certificates.items():
            if name == "another service account":
                continue
            with self.subTest(name):
                before = len(self.mesh.proxy_log())
                code, text = self.call(certificate)
                self.assertNotIn("genuine", text)
                self.assertNotEqual(code, 0, text)
                word = "TLS_HANDSHAKE" if name == "none" else "PEER_NOT_TRUSTED"
                claimed = {
                    "expired": "peer_id=" + OWN + "vault",
                    "another trust domain": "peer_id=spiffe://other.example/ns/prod/sa/vault",
                    "another authority": "peer_id=" + OWN + "vault", "none": "peer_id=none"}[name]
                lines = until(
                    lambda: self.new_lines(before, word, claimed, "own_id=" + OWN + "product"), 5,
                    f"a log line with {word} and {claimed}")
                self.assertEqual(len(lines), 1, lines)

    def test_a_client_of_another_service_account_is_refused_where_a_policy_names_its_callers(self):
        self.mesh.write("callers.yaml", f"""
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: only-shell, namespace: prod}}
spec:
  selector: {{matchLabels: {{app: product}}}}
  action: ALLOW
  rules:
  - from: [{{source: {{principals: ["cluster.local/ns/prod/sa/shell"]}}}}]
""")
        self.addCleanup(lambda: until(lambda: "genuine" in self.call(thief)[1], 10, "the policy is gone"))
        self.addCleanup(self.mesh.remove, "callers.yaml")
        thief = self.certificates["another service account"]
        code, text = until(
            lambda: (answer := self.call(thief)) and "genuine" not in answer[1] and answer, 10, "the policy is in force")
        self.assertIn(" 403 ", text.splitlines()[0] if text else text)
        self.assertIn("x-riser-failure: DENIED_BY_POLICY", text.replace("\r", ""))
        self.assertEqual(self.shell.curl("http://product:8000/"), (0, "genuine"))
        # the header in which a proxy tells who its workload is counts only from a peer that has proven it
        done = self.outsider.enter(*program("tls_peer", "call", self.product.address, 8000, "/", *thief))
        self.assertIn(b" 403 ", done.stdout.splitlines()[0])

    # --- tokens ---

    def test_the_identity_comes_from_the_token_alone(self):
        chain, _ = self.peers.issued("liar", self.thief["token"], asked="cluster.local/ns/prod/sa/product")
        text = subprocess.run(
            ["openssl", "x509", "-in", str(chain), "-noout", "-text"], capture_output=True, text=True, check=True).stdout
        self.assertIn("URI:" + OWN + "thief", text)
        self.assertNotIn("sa/product", text)

    def test_without_a_good_token_there_is_no_certificate(self):
        head, body, signature = self.thief["token"].split(".") if self.thief["token"].count(".") == 2 else (
            self.thief["token"][:-20], self.thief["token"][-20:-10], self.thief["token"][-10:])
        for name, token in (("no-token", ""), ("made-up", "abc"), ("changed", self.thief["token"][:-4] + "AAAA")):
            with self.subTest(name):
                with self.assertRaises(PermissionError):
                    self.peers.issued(name, token)

    def test_a_workload_gets_no_token_of_another(self):
        product = next(each for each in self.mesh.api("GET", "/api/v1/workloads") if each["name"] == "product")
        done = subprocess.run(
            ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST",
             "-H", f"Authorization: Bearer {self.thief['token']}",
             f"http://127.0.0.1:15080/api/v1/workloads/{product['id']}/token"], capture_output=True, text=True)
        self.assertEqual(done.stdout, "403")
        done = self.shell.curl("-m", "3", "http://10.88.0.1:15080/api/v1/workloads")
        self.assertNotIn('"product"', done[1], "the API is not on the mesh's network")
