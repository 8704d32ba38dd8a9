"""The peers: for each of ours, Debian's and aiocoap how to start its server, and how to send requests with its client.
(Those that are only about DTLS and TLS are in openssl_peers.py.)

A server is a process that listens on a loopback address of its own, so that ports never collide: on UDP and TCP, and if
it is given a key or a certificate on DTLS and TLS, too. A client is a process per request, or per observation.
"""

import asyncio
import base64
import contextlib
import json
import os
import random
import re
import signal
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent

SCHEMES = {"udp": "coap", "tcp": "coap+tcp", "dtls": "coaps", "tls": "coaps+tcp"}

# How long a request or an observation may take, in seconds: on a machine that has other things to do, too.
PATIENCE = 150


class Failure(Exception):
    """A peer did something that it should not have done."""


@dataclass
class Reply:
    code: str  # "2.05"
    body: bytes


class Setting:
    """Where things are, and what is cleaned up at the end."""

    def __init__(self, examples, aiocoap_python):
        self.examples = Path(examples)
        self.aiocoap_python = aiocoap_python
        self.directory = tempfile.TemporaryDirectory(prefix="interop.")
        self.processes = []
        self.count = 0

    def new_path(self, what):
        self.count += 1
        return Path(self.directory.name) / f"{self.count}-{what}"

    async def start(self, *command, **how):
        process = await asyncio.create_subprocess_exec(*map(str, command), **how)
        self.processes.append(process)
        return process

    async def run(self, *command, patience):
        """Runs a client. Returns what it wrote, standard output and standard error."""
        pipe = asyncio.subprocess.PIPE
        process = await self.start(*command, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe)
        try:
            out, err = await asyncio.wait_for(process.communicate(), patience)
        except asyncio.TimeoutError:
            raise Failure(f"no end after {patience} s: {' '.join(map(str, command))}") from None
        finally:
            await self.end(process)
        return process.returncode, out, err

    async def end(self, process):
        if process.returncode is None:
            # Not by process.terminate(): when the process is just ending, that takes its status away from asyncio.
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), 10)
            except asyncio.TimeoutError:
                process.kill()
                await process.wait()
        if process in self.processes:
            self.processes.remove(process)

    async def clean_up(self):
        for process in list(self.processes):
            await self.end(process)
        self.directory.cleanup()


def random_address():
    """A loopback address that nobody else uses, but for rare chance."""
    return ".".join(["127"] + [str(random.randrange(2, 250)) for _ in range(3)])


# ---------------------------------------------------------------------------------------------------------------------
# Servers


class Server:
    """A running server. `echo`, `slow` and `clock` are paths, or None. `options` go to its command line."""

    fetches = appends = False  # whether items know FETCH, and POST adds to them
    echo = slow = None
    clock = "clock"
    notifies_in_blocks = True
    knows_repeated_requests = True
    links = []

    def __init__(self, setting, loss=0, options=()):
        self.setting, self.loss, self.options = setting, loss, options
        self.address = random_address()
        self.ports = {}
        self.log = setting.new_path(f"{self.name}-server.log")
        self.process = None
        self.paths = 0

    def uri(self, transport, path):
        return f"{SCHEMES[transport]}://{self.address}:{self.ports[transport]}/{path}"

    def new_item(self):
        """A path that nothing has been stored at yet."""
        self.paths += 1
        return f"item-{self.paths}"

    async def start_process(self, *command, stdin=asyncio.subprocess.DEVNULL):
        with open(self.log, "wb") as log:
            self.process = await self.setting.start(
                *command, stdin=stdin, stdout=log, stderr=asyncio.subprocess.STDOUT
            )

    async def wait_for_log(self, pattern):
        for _ in range(400):
            found = re.search(pattern, self.log.read_text(errors="replace"), re.M)
            if found:
                return found
            self.check()
            await asyncio.sleep(0.05)
        raise Failure(f"the {self.name} server does not start: {self.log.read_text(errors='replace')[-500:]}")

    def check(self):
        """Complains if the server has died."""
        if self.process.returncode is not None:
            raise Failure(
                f"the {self.name} server has ended with status {self.process.returncode}: "
                f"{self.log.read_text(errors='replace')[-1500:]}"
            )

    async def stop(self):
        """Stops the server, if need be by the end of its input; it has to end in order."""
        self.check()
        if self.process.stdin:
            self.process.stdin.close()
            await asyncio.wait_for(self.process.wait(), 20)
        await self.setting.end(self.process)
        if self.process.returncode not in self.good_ends:
            raise Failure(f"the {self.name} server ends with status {self.process.returncode}")


def events_in(said):
    """What one of our programs says about the events of its sessions, and about requests that get no response."""
    return re.findall(r"^(event \w+|nack \w+)", said, re.M)


class OurServer(Server):
    name = "ours"
    fetches = appends = True
    echo, slow = "echo", "slow?ms=500"
    links = ["</>", "</clock>", "</echo>", "</large>", "</slow>", ";obs", 'title="The time"']
    good_ends = {0}
    port = 0  # any

    async def start(self):
        loss = ["-l", f"{self.loss}%"] if self.loss else []
        await self.start_process(
            self.setting.examples / "server",
            *("-p", self.port, "-A", self.address, "-t", 300, "-v", 5, *loss, *self.options),
        )
        await self.read_ports()

    async def read_ports(self):
        await self.wait_for_log("^ready")
        ports = re.findall(r"^(UDP|TCP|DTLS|TLS) port (\d+)$", self.log.read_text(errors="replace"), re.M)
        self.ports = {transport.lower(): int(port) for transport, port in ports}


    @property
    def said(self):
        return self.log.read_text(errors="replace")

    async def expect_events(self, *expected):
        """Waits until the server has told of these events and of no others."""
        for _ in range(100):
            if events_in(self.said) == list(expected):
                return
            await asyncio.sleep(0.05)
        raise Failure(f"our server tells of {events_in(self.said)}, not of {list(expected)}")


class Program(OurServer):
    """Another program of examples/ that serves a resource, and tells its ports in the same way."""

    links = []

    def __init__(self, setting, name, *options, typed=None):
        self.name = name
        super().__init__(setting, options=options)
        self.typed = typed

    async def start(self):
        stdin = asyncio.subprocess.PIPE if self.typed else asyncio.subprocess.DEVNULL
        await self.start_process(
            self.setting.examples / self.name, "-p", 0, "-A", self.address, *self.options, stdin=stdin
        )
        await self.read_ports()
        if self.typed:
            await self.type_line(self.typed)

    async def type_line(self, line):
        self.process.stdin.write(line + b"\n")
        await self.process.stdin.drain()


class DebianServer(Server):
    name = "Debian"
    program = "coap-server-notls"
    clock = "time"
    knows_repeated_requests = False
    links = ["</>", "</time>", "</async>", ";obs", 'title="Internal Clock"']
    good_ends = {0}

    async def start(self):
        port = random.randrange(20000, 30000)
        loss = ["-l", f"{self.loss}%"] if self.loss else []
        await self.start_process(
            self.program, *("-p", port, "-A", self.address, "-d", 1000, "-L", 3, *loss, *self.options)
        )
        self.ports = {"udp": port, "tcp": port, "dtls": port + 1, "tls": port + 1}
        for _ in range(400):
            self.check()
            with contextlib.suppress(OSError):
                socket.create_connection((self.address, port), 5).close()
                return
            await asyncio.sleep(0.05)
        raise Failure("the Debian server does not start")


class DebianOpensslServer(DebianServer):
    name, program = "Debian-OpenSSL", "coap-server-openssl"


class DebianGnutlsServer(DebianServer):
    name, program = "Debian-GnuTLS", "coap-server-gnutls"


class AiocoapServer(Server):
    name = "aiocoap"
    fetches = appends = True
    notifies_in_blocks = False
    echo, slow = "echo", "slow"
    links = ["</clock>", "</echo>", "</slow>", ";obs"]
    good_ends = {-15}

    async def start(self):
        port = random.randrange(20000, 30000)
        await self.start_process(
            self.setting.aiocoap_python, HERE / "aiocoap_server.py", self.address, port, "--loss", self.loss
        )
        self.ports = {"udp": port, "tcp": port}
        await self.wait_for_log("^ready")


# ---------------------------------------------------------------------------------------------------------------------
# Clients


class Client:
    """A client. `more_options` are more options for its command line."""

    def __init__(self, setting, loss=0, options=()):
        self.setting, self.loss, self.more_options = setting, loss, options

    def another(self):
        """A client that is told the same, and loses nothing."""
        return type(self)(self.setting, options=self.more_options)

    def options(self):
        return [*(["-l", f"{self.loss}%"] if self.loss else []), *self.more_options]

    def written(self, body):
        path = self.setting.new_path("body")
        path.write_bytes(body)
        return path


class OurClient(Client):
    name = "ours"

    def __init__(self, setting, loss=0, options=(), mode=3):
        super().__init__(setting, loss, options)
        self.mode = mode

    async def request(self, method, uri, body=None, block=None, format=None, patience=PATIENCE, non=False):
        out = self.setting.new_path("response")
        # With loss: send again soon and often, so that it costs little time and no test.
        options = ["-m", method, "-o", out, "-B", patience, "-r", 8, "-a", 300, "-M", self.mode, *self.options()]
        if body is not None:
            options += ["-f", self.written(body)]
        if block:
            options += ["-b", block]
        if format is not None:
            options += ["-t", format]
        if non:
            options += ["-N"]
        status, _, err = await self.setting.run(self.setting.examples / "client", *options, uri, patience=patience + 10)
        codes = re.findall(r"^(\d\.\d\d)", err.decode(), re.M)
        self.said = err.decode(errors="replace")
        if status not in (0, 1) or len(codes) != 1:
            raise Failure(f"our client, {method} {uri}: status {status}, {err.decode()[-500:]}")
        return Reply(codes[0], out.read_bytes())

    async def repeat(self, uri, *options, good_end=0):
        """Sends a request, or the same one several times, as the options say. Returns the codes of the responses, and
        the events."""
        options = ["-B", 30, *options, *self.options()]
        status, _, err = await self.setting.run(self.setting.examples / "client", *options, uri, patience=40)
        self.said = err.decode(errors="replace")
        if status != good_end:
            raise Failure(f"our client, {uri}: status {status}, {self.said[-500:]}")
        return re.findall(r"^(\d\.\d\d)", self.said, re.M), events_in(self.said)

    async def fail(self, uri):
        """Sends a request that gets no response. Returns the events of that."""
        _, events = await self.repeat(uri, "-r", 1, good_end=3)
        return events

    async def observe(self, uri, count, on_notification, block=None, patience=PATIENCE):
        """Calls on_notification with each body. The bodies must be without ends of lines."""
        options = ["-s", count, "-B", patience, *self.options()]
        if block:
            options += ["-b", block]
        process = await self.setting.start(
            self.setting.examples / "observer",
            *options,
            uri,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=1 << 20,
        )
        try:
            await asyncio.wait_for(self.watch(process, on_notification), patience + 10)
            err = (await process.stderr.read()).decode()
            if process.returncode != 0 or "cancelled" not in err:
                raise Failure(f"our observer, {uri}: status {process.returncode}, {err[-500:]}")
        finally:
            await self.setting.end(process)

    @staticmethod
    async def watch(process, on_notification):
        async for line in process.stdout:
            await on_notification(line.rstrip(b"\n"))
        await process.wait()


class DebianClient(Client):
    name = "Debian"
    program = "coap-client-notls"

    async def request(self, method, uri, body=None, block=None, format=None, patience=PATIENCE, non=False):
        out = self.setting.new_path("response")
        # -v 6 shows the request and the response as the application sees it; -L 3 gives bodies as a whole.
        options = ["-m", method, "-o", out, "-B", patience, "-v", 6, "-L", 3, *self.options()]
        if body is not None:
            options += ["-f", self.written(body)]
        if block:
            options += ["-b", block]
        if format is not None:
            options += ["-t", format]
        if non:
            options += ["-N"]
        status, shown, err = await self.setting.run(self.program, *options, uri, patience=patience + 10)
        shown = (shown + err).decode(errors="replace")
        codes = re.findall(r"^v:\S+ (?:t:\S+ )?c:([245]\.\d\d)", shown, re.M)
        if status != 0 or len(codes) != 1:
            raise Failure(f"Debian's client, {method} {uri}: status {status}, responses {codes}, {shown[-500:]}")
        # Bodies of errors are not written.
        return Reply(codes[0], out.read_bytes() if out.exists() else b"")

    async def observe(self, uri, count, on_notification, block=None, patience=PATIENCE):
        options = ["-B", patience, "-s", patience, "-w", "-v", 2, "-L", 3, *self.options()]
        if block:
            options += ["-b", block]
        process = await self.setting.start(
            self.program,
            *options,
            uri,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=1 << 20,
        )

        async def watch():
            seen = 0
            async for line in process.stdout:
                line = line.rstrip(b"\n")
                if line:  # an empty line stands for the answer to the cancellation
                    await on_notification(line)
                    seen += 1
                if seen >= count:
                    return

        try:
            await asyncio.wait_for(watch(), patience)
        finally:
            await self.setting.end(process)  # by the signal that makes it cancel and end


class DebianOpensslClient(DebianClient):
    name, program = "Debian-OpenSSL", "coap-client-openssl"


class DebianGnutlsClient(DebianClient):
    name, program = "Debian-GnuTLS", "coap-client-gnutls"


class AiocoapClient(Client):
    name = "aiocoap"

    def command(self, *options):
        return [
            self.setting.aiocoap_python,
            HERE / "aiocoap_client.py",
            "--loss",
            self.loss,
            *options,
        ]

    @staticmethod
    def reply(line):
        said = json.loads(line)
        return Reply(said["code"], base64.b64decode(said["body"]))

    async def request(self, method, uri, body=None, block=None, format=None, patience=PATIENCE, non=False):
        options = ["--method", method]
        if body is not None:
            options += ["--file", self.written(body)]
        if block:
            options += ["--block", block]
        if format is not None:
            options += ["--format", format]
        if non:
            options += ["--non"]
        status, out, err = await self.setting.run(*self.command(*options, uri), patience=patience + 10)
        lines = out.splitlines()
        if status != 0 or len(lines) != 1:
            raise Failure(f"aiocoap, {method} {uri}: status {status}, {err.decode()[-800:]}")
        return self.reply(lines[0])

    async def observe(self, uri, count, on_notification, block=None, patience=PATIENCE):
        options = ["--observe", count] + (["--block", block] if block else [])
        process = await self.setting.start(
            *self.command(*options, uri),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=1 << 20,
        )

        async def watch():
            async for line in process.stdout:
                reply = self.reply(line)
                if reply.code != "2.05":
                    raise Failure(f"a notification is {reply.code}")
                await on_notification(reply.body)
            await process.wait()

        try:
            await asyncio.wait_for(watch(), patience)
            if process.returncode != 0:
                raise Failure(f"aiocoap's observer: {(await process.stderr.read()).decode()[-500:]}")
        finally:
            await self.setting.end(process)


SERVERS = {
    kind.name: kind for kind in (OurServer, DebianServer, AiocoapServer, DebianOpensslServer, DebianGnutlsServer)
}
CLIENTS = {
    kind.name: kind for kind in (OurClient, DebianClient, AiocoapClient, DebianOpensslClient, DebianGnutlsClient)
}
