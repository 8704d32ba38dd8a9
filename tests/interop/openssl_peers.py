"""The programs `openssl s_client` and `openssl s_server` as peers. They know DTLS and TLS, but nothing of CoAP:
messages go through their standard input and output. They say which alert ended a handshake, and they speak TLS 1.3."""

import asyncio
import contextlib
import random
import re
from dataclasses import dataclass

import messages
from peers import Failure, Reply, Server

VERSIONS = {"DTLS 1.2": "-dtls1_2", "TLS 1.2": "-tls1_2", "TLS 1.3": "-tls1_3"}


def transport_of(version):
    return "dtls" if version.startswith("DTLS") else "tls"


def credentials(certificate, trusted):
    own = ["-cert", certificate.certificate, "-key", certificate.key] if certificate else []
    return [*own, "-CAfile", trusted, "-verify_return_error"] if trusted else own


def alert_in(text):
    """The number of the alert that the peer has sent, or None."""
    found = re.search(r"SSL alert number (\d+)", text)
    return int(found[1]) if found else None


@dataclass
class Outcome:
    """What has come of a connection: a response, or not; if not, perhaps for an alert that the peer has sent."""

    reply: Reply | None
    alert: int | None
    said: str


class OpensslClient:
    """s_client, with one request."""

    def __init__(self, setting, security, version, *options):
        self.setting, self.security, self.version, self.options = setting, security, version, options

    def command(self, server):
        security, transport = self.security, transport_of(self.version)
        if security.key:
            how = ["-psk", security.key.encode().hex(), "-psk_identity", security.identity]
        else:
            how = credentials(security.client, security.trusted_by_client)
        where = f"{server.address}:{server.ports[transport]}"
        return ["openssl", "s_client", "-brief", VERSIONS[self.version], "-connect", where, *how, *self.options]

    async def request(self, server, method, path, body=None, patience=10):
        """Returns the outcome: without reply and alert if nothing happens within the patience, in seconds."""
        pipe = asyncio.subprocess.PIPE
        process = await self.setting.start(*self.command(server), stdin=pipe, stdout=pipe, stderr=pipe)
        message = messages.request(method, path, body)
        if transport_of(self.version) == "dtls":
            process.stdin.write(message.datagram())
        else:
            process.stdin.write(messages.Message(messages.CSM).on_stream() + message.on_stream())
        reply, err = None, b""
        try:
            with contextlib.suppress(asyncio.TimeoutError):
                reply = await asyncio.wait_for(self.response(process.stdout, message.token), patience)
            process.stdin.close()  # it ends the connection then, and itself
            with contextlib.suppress(asyncio.TimeoutError):
                err = await asyncio.wait_for(process.stderr.read(), 1)
        finally:
            await self.setting.end(process)
        said = (err + await process.stderr.read()).decode(errors="replace")
        return Outcome(reply, alert_in(said), said)

    async def response(self, stdout, token):
        """The response with this token, or None if the connection ends before."""
        data = b""
        while True:
            more = await stdout.read(65536)
            if not more:
                return None
            data += more
            if transport_of(self.version) == "dtls":
                message, data = messages.from_datagram(data), b""
            else:
                message, data = messages.from_stream(data)
                while message and message.code >> 5 == 7:
                    message, data = messages.from_stream(data)
            if message and message.token == token:
                return Reply(message.dotted_code, message.body)


class OpensslServer(Server):
    """s_server, which answers every request by 2.05 with its path in the body."""

    name = "s_server"

    def __init__(self, setting, security, version, *options):
        super().__init__(setting, options=options)
        self.security, self.version = security, version

    async def start(self):
        security, transport = self.security, transport_of(self.version)
        port = random.randrange(20000, 30000)
        if security.key:
            how = ["-nocert", "-psk", security.key.encode().hex(), "-psk_identity", security.identity]
        else:
            how = credentials(security.server, security.trusted_by_server)
            how += ["-Verify", "1"] if security.trusted_by_server else []
        pipe = asyncio.subprocess.PIPE
        with open(self.log, "wb") as log:
            self.process = await self.setting.start(
                *("openssl", "s_server", "-quiet", VERSIONS[self.version], "-accept", f"{self.address}:{port}"),
                *(*how, *self.options),
                stdin=pipe, stdout=pipe, stderr=log,
            )  # fmt: skip
        self.ports = {transport: port}
        await self.wait_until_bound("udp" if transport == "dtls" else "tcp", port)
        self.task = asyncio.ensure_future(self.answer())

    async def wait_until_bound(self, kind, port):
        address = bytes(map(int, reversed(self.address.split(".")))).hex().upper()
        for _ in range(200):
            with open(f"/proc/net/{kind}") as table:
                if f" {address}:{port:04X} " in table.read():
                    return
            self.check()
            await asyncio.sleep(0.05)
        raise Failure("s_server does not start")

    async def answer(self):
        data = b""
        while more := await self.process.stdout.read(65536):
            data += more
            while data:
                if transport_of(self.version) == "dtls":
                    message, data = messages.from_datagram(data), b""
                    if message.code and message.type == messages.CON:
                        self.process.stdin.write(self.answer_to(message).datagram())
                else:
                    message, data = messages.from_stream(data)
                    if not message:
                        break
                    answer = message if message.code == messages.CSM else self.answer_to(message)
                    self.process.stdin.write(answer.on_stream())

    @staticmethod
    def answer_to(request):
        return messages.Message(0x45, request.token, b"", b"by s_server", messages.ACK, request.id)

    async def end(self):
        """Returns the alert that the client has sent, or None."""
        await self.setting.end(self.process)
        await self.task
        return alert_in(self.log.read_text(errors="replace"))
