"""By what a client and a server know each other: a pre-shared key, or certificates."""

from dataclasses import dataclass
from pathlib import Path

from certificates import Certificate


@dataclass(frozen=True)
class Security:
    """What both ends are told. What is None is not told."""

    name: str
    identity: str | None = None
    key: str | None = None
    server: Certificate | None = None
    client: Certificate | None = None
    trusted_by_client: Path | None = None
    trusted_by_server: Path | None = None  # None: the server does not ask who the client is

    # Ours take the same options as Debian's.

    @property
    def client_options(self):
        if self.key:
            return ["-u", self.identity, "-k", self.key]
        own = ["-c", self.client.certificate, "-j", self.client.key] if self.client else []
        return [*own, "-C", self.trusted_by_client] if self.trusted_by_client else own

    @property
    def server_options(self):
        if self.key:
            return ["-k", self.key]
        if not self.server:
            return []
        trusted = ["-C", self.trusted_by_server] if self.trusted_by_server else ["-n"]
        return ["-c", self.server.certificate, "-j", self.server.key, *trusted]


NONE = Security("")
PSK = Security("PSK", identity="alice", key="a key of alice")


def by_server(name, server):
    """The server has a certificate, the client none."""
    return Security(name, server=server, trusted_by_client=server.ca)


def by_both(name, server, client):
    """Both have certificates, and ask for the other's."""
    return Security(name, server=server, client=client, trusted_by_client=server.ca, trusted_by_server=client.ca)
