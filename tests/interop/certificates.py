"""Certificates for the tests, good ones and bad ones: made by the program `openssl` in a directory of the run, anew by
each run.

    certificates.py DIRECTORY   makes them there, to try things by hand
"""

import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

# For `openssl ca`, which, unlike `openssl x509`, takes any dates; and for what goes into the certificates.
CONFIGURATION = """
[ca]
default_ca = authority
[authority]
database = {directory}/index
new_certs_dir = {directory}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = names
[names]
commonName = supplied
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:false
subjectAltName = DNS:{host}
[req]
distinguished_name = nothing
[nothing]
"""

# The name that all leaves are for. Nobody looks it up.
HOST = "interop.example"

KEYS = {"ec": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["-newkey", "rsa:2048"]}


@dataclass(frozen=True)
class Certificate:
    """PEM files: a certificate, its key, and the certificate of who signed it."""

    certificate: Path
    key: Path
    ca: Path


class Authority:
    """Signs certificates whose keys are of its own kind."""

    def __init__(self, directory, name, kind):
        self.directory = Path(directory) / name
        self.directory.mkdir()
        (self.directory / "index").touch()
        self.configuration = self.directory / "configuration"
        self.configuration.write_text(CONFIGURATION.format(directory=self.directory, host=HOST))
        self.kind = kind
        self.root = self.self_signed("root", "root")

    def openssl(self, *arguments):
        done = subprocess.run(["openssl", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.decode()}")

    def file(self, name):
        return self.directory / name

    def ask(self, name, *more):
        """Makes a key, and a request for a certificate, or with -x509 the certificate itself."""
        self.openssl(
            "req", "-config", self.configuration, *KEYS[self.kind], "-nodes", "-subj", f"/CN={name}", *more,
            "-keyout", self.file(f"{name}.key"),
        )  # fmt: skip

    def self_signed(self, name, extensions="leaf"):
        certificate = self.file(f"{name}.pem")
        self.ask(name, "-x509", "-extensions", extensions, "-days", 30, "-out", certificate)
        return Certificate(certificate, self.file(f"{name}.key"), certificate)

    def signed(self, name, valid=(-1, 30)):
        """Signs a certificate that is valid from and until so many days from now."""
        first, last = ((datetime.now(timezone.utc) + timedelta(days=days)).strftime("%Y%m%d%H%M%SZ") for days in valid)
        request, certificate = self.file(f"{name}.csr"), self.file(f"{name}.pem")
        self.ask(name, "-out", request)
        self.openssl(
            "ca", "-config", self.configuration, "-batch", "-notext", "-extensions", "leaf",
            "-cert", self.root.certificate, "-keyfile", self.root.key,
            "-startdate", first, "-enddate", last, "-in", request, "-out", certificate,
        )  # fmt: skip
        return Certificate(certificate, self.file(f"{name}.key"), self.root.certificate)


class Certificates:
    """All there are: of servers and clients that can be trusted, and of some that cannot."""

    def __init__(self, directory):
        ec, rsa = Authority(directory, "ec", "ec"), Authority(directory, "rsa", "rsa")
        stranger = Authority(directory, "stranger", "ec")
        self.ec_server, self.ec_client = ec.signed("server"), ec.signed("client")
        self.rsa_server, self.rsa_client = rsa.signed("server"), rsa.signed("client")
        self.expired = ec.signed("expired", valid=(-30, -1))
        self.not_yet_valid = ec.signed("not-yet-valid", valid=(10, 30))
        self.self_signed = ec.self_signed("self-signed")
        self.of_a_stranger = stranger.signed("stranger")


if __name__ == "__main__":
    Certificates(sys.argv[1])
