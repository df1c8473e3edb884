"""Certificates for peers that the mesh must refuse: from the mesh's own authority, through its service for certificate
requests, or made with its key, or with a stranger's."""

import subprocess
from pathlib import Path

XDS = "127.0.0.1:15012"


def openssl(*arguments, text=None):
    done = subprocess.run(["openssl", *map(str, arguments)], input=text, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"openssl {arguments[0]}: {done.stderr}")
    return done.stdout


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def fields(message):
    """The length-delimited fields of a protobuf message, as (number, bytes)."""
    at = 0

    def read():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    found = []
    while at < len(message):
        key = read()
        length = read()
        if key & 7 == 2:
            found.append((key >> 3, message[at:at + length]))
            at += length
    return found


class Identities:
    """Files of keys and certificates in one directory."""

    def __init__(self, mesh):
        self.mesh = mesh
        self.directory = mesh.directory / "identities"
        self.directory.mkdir(exist_ok=True)

    def register(self, name, account, service=(), ports=(), ready=False, namespace="prod", protocol=""):
        """Puts a workload on the registry, which gives an address and a token."""
        answer = self.mesh.api("POST", "/api/v1/workloads", {
            "namespace": namespace, "name": name, "service": list(service), "labels": {"app": name},
            "ports": [{"port": port, "name": protocol} for port in ports], "serviceAccount": account, "meshed": True})
        if ready:
            self.mesh.api("POST", f"/api/v1/workloads/{answer['id']}/ready", {})
        return answer

    def key(self, name):
        file = self.directory / f"{name}.key"
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", file)
        return file

    def request(self, key, name):
        return openssl("req", "-new", "-key", key, "-subj", "/", "-addext", f"subjectAltName=URI:spiffe://{name}")

    def issued(self, name, token, seconds=0, asked="cluster.local/ns/prod/sa/anybody"):
        """A certificate from the mesh's service, as a proxy asks for one: the key stays here. Gives (chain, key)."""
        key = self.key(name)
        csr = self.request(key, asked).encode()
        message = b"\x0a" + varint(len(csr)) + csr
        if seconds:
            message += b"\x18" + varint(seconds)
        body = self.directory / f"{name}.message"
        body.write_bytes(b"\0" + len(message).to_bytes(4, "big") + message)
        answer = self.directory / f"{name}.answer"
        done = subprocess.run(
            ["curl", "--silent", "--show-error", "--http2", "--cacert", str(self.mesh.state / "root.pem"),
             "-H", "content-type: application/grpc", "-H", "te: trailers", "-H", f"authorization: Bearer {token}",
             "--data-binary", f"@{body}", "-D", "-", "-o", str(answer),
             f"https://{XDS}/istio.v1.auth.IstioCertificateService/CreateCertificate"], capture_output=True, text=True)
        if done.returncode != 0 or "grpc-status: 0" not in done.stdout:
            raise PermissionError(done.stdout + done.stderr)
        chain = self.directory / f"{name}.pem"
        chain.write_bytes(b"".join(value for number, value in fields(answer.read_bytes()[5:]) if number == 1))
        return chain, key

    def signed(self, name, identity, begin="20200101000000Z", end="20491231235959Z", authority=None):
        """A certificate for any identity and time, signed with the key of the mesh's authority or of `authority`."""
        key = self.key(name)
        certificate, signer_key = authority or self.mesh_authority()
        (self.directory / "index").write_text("")
        (self.directory / "index.attr").write_text("unique_subject = no\n")
        settings = self.directory / f"{name}.cnf"
        settings.write_text(f"""
[ca]
default_ca = own
[own]
database = {self.directory}/index
new_certs_dir = {self.directory}
default_md = sha256
rand_serial = yes
policy = any
x509_extensions = leaf
unique_subject = no
[any]
commonName = optional
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
authorityKeyIdentifier = keyid
subjectAltName = critical,URI:spiffe://{identity}
""")
        csr = self.directory / f"{name}.csr"
        csr.write_text(openssl("req", "-new", "-key", key, "-subj", "/CN=x"))
        leaf = openssl(
            "ca", "-batch", "-notext", "-config", settings, "-cert", certificate, "-keyfile", signer_key,
            "-in", csr, "-startdate", begin, "-enddate", end)
        chain = self.directory / f"{name}.pem"
        chain.write_text(leaf[leaf.index("-----BEGIN"):] + Path(certificate).read_text())
        return chain, key

    def mesh_authority(self):
        """The files of the issuing certificate and its key."""
        blocks = (self.mesh.state / "ca" / "issuer.pem").read_text()
        certificate, key = self.directory / "mesh-issuer.pem", self.directory / "mesh-issuer.key"
        certificate.write_text(block(blocks, "CERTIFICATE"))
        key.write_text(block(blocks, "PRIVATE KEY"))
        return certificate, key

    def stranger(self):
        """An authority that nobody here trusts."""
        key, certificate = self.key("stranger"), self.directory / "stranger.pem"
        openssl("req", "-x509", "-key", key, "-subj", "/CN=stranger", "-days", "30", "-out", certificate)
        return certificate, key


def block(pem, kind):
    """The first PEM block whose kind ends so."""
    lines, keep = [], False
    for line in pem.splitlines():
        keep = keep or (line.startswith("-----BEGIN ") and line.endswith(f"{kind}-----"))
        if keep:
            lines.append(line)
            if line.startswith("-----END "):
                return "\n".join(lines) + "\n"
    raise AssertionError(f"no {kind} in the file")
