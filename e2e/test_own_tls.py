"""Applications that speak TLS themselves, on ports whose protocol nobody declared."""

import subprocess
import unittest

from mesh import Mesh, until

OPEN = """
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: open, namespace: prod}
spec:
  selector: {matchLabels: {app: secure}}
  portLevelMtls:
    8443: {mode: PERMISSIVE}
"""


class OwnTls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mesh = Mesh("own-tls")
        cls.addClassCleanup(cls.mesh.stop)
        cls.mesh.write("open.yaml", OPEN)
        mesh = cls.mesh.start()
        key, certificate = mesh.directory / "key.pem", mesh.directory / "certificate.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
             "-subj", "/CN=the-application", "-addext", "subjectAltName=DNS:secure", "-keyout", str(key),
             "-out", str(certificate)], check=True, capture_output=True)
        cls.certificate = certificate
        site = mesh.directory / "nginx"
        site.mkdir()
        (site / "nginx.conf").write_text(f"""
daemon off; worker_processes 1; pid {site}/nginx.pid; error_log stderr;
events {{ worker_connections 64; }}
http {{
    access_log off; client_body_temp_path {site}; proxy_temp_path {site}; fastcgi_temp_path {site};
    uwsgi_temp_path {site}; scgi_temp_path {site};
    server {{ listen 8443 ssl http2; ssl_certificate {certificate}; ssl_certificate_key {key};
              location / {{ return 200 "$ssl_protocol $server_protocol\\n"; }} }}
}}
""")
        cls.secure = mesh.run(
            "secure", "nginx", "-p", site, "-c", site / "nginx.conf", service="secure", ports=[8443])
        cls.shell = mesh.shell()
        cls.legacy = mesh.shell("legacy", options=["--unmeshed"])
        until(lambda: cls.https(cls.shell)[0] == 0, 15, "the endpoint is there")

    @classmethod
    def https(cls, caller, *options):
        """curl offers h2 and http/1.1, as the mesh does too."""
        return caller.curl(
            "--fail", "--cacert", cls.certificate, "--resolve", f"secure:8443:{cls.secure.address}",
            *options, "https://secure:8443/", timeout=5)

    def test_a_caller_without_a_proxy_reaches_the_application(self):
        for option, spoken in (("--http2", "HTTP/2.0"), ("--http1.1", "HTTP/1.1")):
            with self.subTest(option):
                code, text = self.https(self.legacy, option)
                self.assertEqual((code, text.split()[1:]), (0, [spoken]), text)

    def test_so_does_a_workload_by_way_of_the_mesh(self):
        code, text = self.https(self.shell)
        self.assertEqual((code, text.split()[1:]), (0, ["HTTP/2.0"]), text)
        until(
            lambda: [edge for edge in self.mesh.api("GET", "/api/v1/graph?window=60s")["edges"]
                     if edge["source"] == "prod/shell" and edge["destination"] == "prod/secure" and edge["mutualTls"]],
            15, "the mesh's own TLS is around the application's")


if __name__ == "__main__":
    unittest.main()
