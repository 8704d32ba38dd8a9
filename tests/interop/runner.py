"""Runs tests side by side, and says what has come of each."""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import Callable

from peers import CLIENTS, SERVERS, Failure, OurClient
from security import NONE, Security

LOSS = 20  # per cent

# Of tests with loss. One message in 3,000 (0.2 ** 5) is lost with all its repetitions, and handshakes have more chances
# to fail: then the others give up, rightly.
TRIES = 3


@dataclass
class Test:
    """A conversation between a client and a server, which other tests use as well."""

    client: str
    server: str
    transport: str
    what: str
    conversation: Callable  # of client, server and transport
    client_loss: int = 0
    server_loss: int = 0
    mode: int = 3  # block mode of our client
    alone: bool = False  # on a server of its own, whose resources nobody changes meanwhile
    security: Security = NONE

    @property
    def loses(self):
        return bool(self.client_loss or self.server_loss)

    @property
    def name(self):
        loss = f", {LOSS} % lost by the {'client' if self.client_loss else 'server'}" if self.loses else ""
        security = f" with {self.security.name}" if self.security.name else ""
        return f"{self.client} -> {self.server}, {self.transport}{security}: {self.what}{loss}"

    async def run(self, runner):
        server = await runner.server(self)
        how = {"mode": self.mode} if CLIENTS[self.client] is OurClient else {}
        client = CLIENTS[self.client](runner.setting, self.client_loss, self.security.client_options, **how)
        await self.conversation(client, server, self.transport)
        server.check()


@dataclass
class Case:
    """A conversation that starts what it needs itself."""

    name: str
    conversation: Callable  # of a Setting
    loses = False

    async def run(self, runner):
        await self.conversation(runner.setting)


class Runner:
    def __init__(self, setting, jobs):
        self.setting = setting
        self.turn = asyncio.Semaphore(jobs)
        self.servers = {}  # by kind, loss, use and security: started when the first test needs them
        self.failures = []
        self.more_tries = 0

    async def server(self, test):
        async def start():
            server = SERVERS[test.server](self.setting, test.server_loss, test.security.server_options)
            await server.start()
            return server

        which = (test.server, test.server_loss, test.alone, test.security.name)
        if which not in self.servers:
            self.servers[which] = asyncio.ensure_future(start())
        return await self.servers[which]

    async def run(self, test):
        # Those with loss wait most of the time: they run all at once, beside the others.
        async with contextlib.nullcontext() if test.loses else self.turn:
            start = time.monotonic()
            result, why = "ok", ""
            try:
                for tries_left in reversed(range(TRIES if test.loses else 1)):
                    try:
                        await test.run(self)
                        break
                    except (Failure, asyncio.TimeoutError) as failure:
                        if not tries_left:
                            raise
                        self.more_tries += 1
                        why = f", once more after: {failure}"
            except Exception as failure:  # whatever it is: the other tests go on
                result, why = "FAIL", f": {type(failure).__name__ if not str(failure) else failure}{why}"
                self.failures.append(test)
            print(f"{result:4} {test.name} ({time.monotonic() - start:.1f} s){why}", flush=True)

    async def run_all(self, tests):
        """Runs the tests, and stops the servers, which has to work, too. Should we be stopped, all tests end their
        clients before this ends."""
        async with asyncio.TaskGroup() as group:
            for test in sorted(tests, key=lambda test: not test.loses):
                group.create_task(self.run(test))
        for server in self.servers.values():
            try:
                await (await server).stop()
            except Failure as failure:
                print(f"FAIL {failure}")
                self.failures.append(failure)
