#!/usr/bin/env python3
"""Our library and others, talking to each other: who is client, who is server, over UDP and TCP, with and without loss.

    run.py EXAMPLES AIOCOAP_PYTHON [--only PATTERN] [--baseline] [--jobs N] [--list]

EXAMPLES is the directory with the programs of examples/, AIOCOAP_PYTHON a Python that has aiocoap, or "-" to leave the
tests with aiocoap out. tools/interop.sh makes both and calls this. --only runs the tests whose names match a regular
expression; --baseline lets the others talk to each other instead, to see what they can do.

Every pair does, over each transport:

    methods    PUT, GET, POST, FETCH, DELETE, 4.04, a wrong method, content formats, .well-known/core, a slow answer
    bodies     5 KB and 60 KB up and down, in every block size, byte for byte; by POST and FETCH both in one exchange
    observe    a clock, and an item that others change, with small and large bodies
    programs   our server once more with the programs of examples/ that have an epoll loop, or call select()
    loss       over UDP the same with a few block sizes, with 20 % of the datagrams of either end lost

What is left out, and why: see `leave_out`. Prints a line per test, and ends with 0 if all have passed.
"""

import argparse
import asyncio
import contextlib
import random
import signal
import re
import sys
import time
from dataclasses import dataclass
from typing import Callable

from peers import CLIENTS, SERVERS, Failure, OurClient, Program, Setting

LOSS = 20  # per cent
BLOCK_SIZES = [16, 32, 64, 128, 256, 512, 1024]
KB5, KB60 = 5_000, 60_000


def random_body(size):
    return random.randbytes(size)


def expect(reply, code, body=None):
    if reply.code != code:
        raise Failure(f"{reply.code} instead of {code}: {reply.body[:60]!r}")
    if body is not None and reply.body != body:
        where = next((i for i, (a, b) in enumerate(zip(reply.body, body)) if a != b), min(len(reply.body), len(body)))
        raise Failure(f"{len(reply.body)} bytes instead of {len(body)}, different from byte {where} on")


# ---------------------------------------------------------------------------------------------------------------------
# The conversations. Each gets a client, a server and a transport.


async def methods(client, server, transport):
    path = server.new_item()
    uri = server.uri(transport, path)
    expect(await client.request("get", uri), "4.04")
    expect(await client.request("put", uri, b"first", format=0), "2.01")
    expect(await client.request("get", uri), "2.05", b"first")
    expect(await client.request("put", uri, b"second, which is 0123456789", format=0), "2.04")
    expect(await client.request("get", uri), "2.05", b"second, which is 0123456789")
    expect(await client.request("post", uri, b" and more", format=0), "2.04")
    whole = b"second, which is 0123456789 and more" if server.appends else b" and more"
    expect(await client.request("get", uri), "2.05", whole)
    if server.fetches:
        expect(await client.request("fetch", uri, b"17-26", format=0), "2.05", b"0123456789")
    else:
        expect(await client.request("fetch", uri, b"17-26", format=0), "4.05")
    expect(await client.request("delete", uri), "2.02")
    expect(await client.request("get", uri), "4.04")
    expect(await client.request("post", uri, b"posted"), "2.01")


async def non_confirmable(client, server, transport):
    uri, body = server.uri(transport, server.new_item()), random_body(KB5)
    expect(await client.request("put", uri, b"small", non=True), "2.01")
    expect(await client.request("get", uri, non=True), "2.05", b"small")
    expect(await client.request("put", uri, body, non=True), "2.04")
    expect(await client.request("get", uri, non=True), "2.05", body)


async def discovery(client, server, transport):
    for block in (None, 16, 64):
        reply = await client.request("get", server.uri(transport, ".well-known/core"), block=block)
        expect(reply, "2.05")
        for link in server.links:
            if link not in reply.body.decode():
                raise Failure(f"no {link} in {reply.body!r}")


async def slow(client, server, transport):
    reply = await client.request("get", server.uri(transport, server.slow))
    expect(reply, "2.05", b"Here it is at last.\n")


async def up_and_down(client, server, transport, size, block):
    uri = server.uri(transport, server.new_item())
    first, second = random_body(size), random_body(size - 7)
    expect(await client.request("put", uri, first, block=block, format=42), "2.01")
    expect(await client.request("get", uri, block=block), "2.05", first)
    expect(await client.request("put", uri, second, block=block, format=42), "2.04")
    expect(await client.request("get", uri, block=block), "2.05", second)


async def up_with_loss(client, server, transport, size, block):
    """A stream, on which nothing is lost, tells what has come of it."""
    item, body = server.new_item(), random_body(size)
    reply = await client.request("put", server.uri(transport, item), body, block=block, format=42)
    # Debian's server, which does not know a repeated request, may say that there was something, and answers a repeated
    # last block by 5.00, whoever the client is.
    if server.knows_repeated_requests or reply.code not in ("2.04", "5.00"):
        expect(reply, "2.01")
    expect(await client.request("get", server.uri("tcp", item)), "2.05", body)


async def down_with_loss(client, server, transport, size, block):
    item, body = server.new_item(), random_body(size)
    expect(await client.request("put", server.uri("tcp", item), body), "2.01")
    expect(await client.request("get", server.uri(transport, item), block=block), "2.05", body)


async def both_ways(client, server, transport, size, block):
    """Large bodies in request and response of the same exchange."""
    uri = server.uri(transport, server.echo)
    for method in ("post", "fetch"):
        body = random_body(size)
        expect(await client.request(method, uri, body, block=block, format=42), "2.05", body)


async def observe_clock(client, server, transport):
    seen = []

    async def on_notification(body):
        seen.append(body)

    await client.observe(server.uri(transport, server.clock), 6, on_notification)
    if len(seen) != 6:
        raise Failure(f"{len(seen)} notifications instead of 6")
    if seen != sorted(set(seen)):
        raise Failure(f"the clock does not go forward: {seen}")


async def observe_item(client, server, transport, size, block=None):
    """Each change of an item is seen, once and in order, by a client that observes it."""
    uri = server.uri(transport, server.new_item())
    writer = type(client)(client.setting)
    states = [bytes([ord("a") + i]) * (size + i) for i in range(6)]
    seen = []
    expect(await writer.request("put", uri, states[0], block=block), "2.01")

    async def on_notification(body):
        expected = states[len(seen)]
        if body != expected:
            raise Failure(f"notification {len(seen)}: {body[:20]}... ({len(body)}), not {expected[:20]}...")
        seen.append(body)
        if len(seen) < len(states):
            expect(await writer.request("put", uri, states[len(seen)], block=block), "2.04")

    await client.observe(uri, len(states), on_notification, block=block)
    if len(seen) != len(states):
        raise Failure(f"{len(seen)} notifications instead of {len(states)}")


async def several_at_once(client, server, transport):
    """Eight clients of the same server at the same time."""
    await asyncio.gather(*(up_and_down(client, server, transport, KB60, 1024) for _ in range(8)))


async def epoll_loop(client, server, transport):
    """A program with an epoll loop of its own: its ticks go on whatever its clients do, and reach them."""
    program = Program(client.setting, "epoll_loop", "-t", 200)
    await program.start()
    seen = []

    async def on_notification(body):
        seen.append(int(body))

    await client.observe(program.uri(transport, "ticks"), 6, on_notification)
    if len(seen) != 6 or seen != sorted(set(seen)):
        raise Failure(f"the ticks are {seen}")
    expect(await client.request("get", program.uri(transport, "nothing")), "4.04")
    await program.stop()


async def select_loop(client, server, transport):
    """A program that waits with select() for its standard input and its clients."""
    lines = [b"first line", b"second", b"third, which is longer than a block of 16 bytes", b"last"]
    program = Program(client.setting, "select_loop", typed=lines[0])
    await program.start()
    uri = program.uri(transport, "line")
    for _ in range(100):  # until the program has read the first line
        if (await client.request("get", uri)).body == lines[0]:
            break
    seen = []

    async def on_notification(body):
        seen.append(body)
        if len(seen) < len(lines):
            await program.type_line(lines[len(seen)])

    await client.observe(uri, len(lines), on_notification)
    if seen != lines:
        raise Failure(f"the lines are {seen}")
    expect(await client.request("get", uri, block=16), "2.05", lines[-1])
    await program.stop()


# ---------------------------------------------------------------------------------------------------------------------
# The tests


@dataclass
class Test:
    client: str
    server: str
    transport: str
    what: str
    conversation: Callable  # of client, server and transport
    client_loss: int = 0
    server_loss: int = 0
    mode: int = 3  # block mode of our client
    alone: bool = False  # on a server of its own, whose resources nobody changes meanwhile

    @property
    def loses(self):
        return bool(self.client_loss or self.server_loss)

    @property
    def name(self):
        loss = f", {LOSS} % lost by the {'client' if self.client_loss else 'server'}" if self.loses else ""
        return f"{self.client} -> {self.server}, {self.transport}: {self.what}{loss}"


def leave_out(test):
    """Why a test is not made, or None."""
    server = SERVERS[test.server]
    if test.what == "slow" and not server.slow:
        return "the /async of Debian's server counts in seconds and is covered by nothing here"
    if test.what.startswith("both ways") and not server.echo:
        return "Debian's server has no resource that gives back what was sent, and no FETCH"
    if test.what.startswith("observe a large") and test.transport == "udp" and not server.notifies_in_blocks:
        return "aiocoap's server sends large notifications in one datagram, whatever their size"
    if test.what == "methods" and test.loses and not server.knows_repeated_requests:
        return "Debian's server does once more what a repeated request asks for: codes are up to chance"
    return None


def tests_of(client, server):
    def add(what, conversation, transports=("udp", "tcp"), **how):
        for transport in transports:
            tests.append(Test(client, server, transport, what, conversation, **how))

    def bodies(size, block, note="", **how):
        blocks = f"blocks of {block}" if block else "blocks as they like"
        add(f"{size} bytes up and down, {blocks}{note}", lambda c, s, t: up_and_down(c, s, t, size, block), **how)

    tests = []
    add("methods", methods)
    add("discovery", discovery, alone=True)
    add("non-confirmable", non_confirmable)
    add("slow", slow)
    for block in BLOCK_SIZES + [None]:
        bodies(KB5, block)
        bodies(KB60, block)
    for block in (16, 1024, None):
        add(f"both ways, {KB5} bytes, blocks of {block}", lambda c, s, t, b=block: both_ways(c, s, t, KB5, b))
    add(f"both ways, {KB60} bytes, blocks of 1024", lambda c, s, t: both_ways(c, s, t, KB60, 1024))
    add("observe a clock", observe_clock)
    add("observe an item", lambda c, s, t: observe_item(c, s, t, 10))
    add("observe a large item", lambda c, s, t: observe_item(c, s, t, KB5))
    add("observe a large item, blocks of 64", lambda c, s, t: observe_item(c, s, t, KB5, 64))
    add("several at once", several_at_once)
    if server == "ours":
        add("a program with an epoll loop", epoll_loop)
        add("a program with select()", select_loop)
    if client == "ours":
        for size, block in ((KB5, 64), (KB60, 1024)):
            bodies(size, block, ", block mode 1", mode=1)
    for loss in ({"client_loss": LOSS}, {"server_loss": LOSS}):
        udp = {"transports": ("udp",), **loss}
        add("methods", methods, **udp)
        # Debian's client cannot be told to send again soon, so it gets less to do.
        for size, block in ((KB5, 256 if client == "Debian" else 64), (KB5, 1024), (KB60, 1024)):
            for way, conversation in (("up", up_with_loss), ("down", down_with_loss)):
                what = f"{size} bytes {way}, blocks of {block}"
                add(what, lambda c, s, t, d=conversation, z=size, b=block: d(c, s, t, z, b), **udp)
        add("observe a clock", observe_clock, **udp)
    return [test for test in tests if not leave_out(test)]


class Runner:
    def __init__(self, setting, jobs):
        self.setting = setting
        self.turn = asyncio.Semaphore(jobs)
        self.servers = {}  # by kind, loss and use: started when the first test needs them
        self.failures = []
        self.second_tries = 0

    async def server(self, test):
        async def start():
            server = SERVERS[test.server](self.setting, test.server_loss)
            await server.start()
            return server

        which = (test.server, test.server_loss, test.alone)
        if which not in self.servers:
            self.servers[which] = asyncio.ensure_future(start())
        return await self.servers[which]

    async def run_once(self, test):
        server = await self.server(test)
        how = {"mode": test.mode} if CLIENTS[test.client] is OurClient else {}
        client = CLIENTS[test.client](self.setting, test.client_loss, **how)
        await test.conversation(client, server, test.transport)
        server.check()

    async def run(self, test):
        # Those with loss wait most of the time: they run all at once, beside the others.
        async with contextlib.nullcontext() if test.loses else self.turn:
            start = time.monotonic()
            result, why = "ok", ""
            try:
                try:
                    await self.run_once(test)
                except (Failure, asyncio.TimeoutError) as failure:
                    # One message in 3,000 (0.2 ** 5) is lost with all its repetitions: then the others give up, rightly.
                    if not test.loses:
                        raise
                    self.second_tries += 1
                    why = f", at the second try; the first: {failure}"
                    await self.run_once(test)
            except Exception as failure:  # whatever it is: the other tests go on
                result, why = "FAIL", f": {type(failure).__name__ if not str(failure) else failure}{why}"
                self.failures.append(test)
            print(f"{result:4} {test.name} ({time.monotonic() - start:.1f} s){why}", flush=True)


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("examples")
    parser.add_argument("aiocoap_python")
    parser.add_argument("--only", default="", help="regular expression that the name of a test must match", metavar="PATTERN")
    parser.add_argument("--baseline", action="store_true", help="the others among themselves")
    parser.add_argument("--jobs", type=int, default=6)
    parser.add_argument("--list", action="store_true", help="only list the tests")
    arguments = parser.parse_args()

    pairs = [(client, server) for client in CLIENTS for server in SERVERS]
    pairs = [pair for pair in pairs if ("ours" not in pair) == arguments.baseline]
    if arguments.aiocoap_python == "-":
        pairs = [pair for pair in pairs if "aiocoap" not in pair]
    tests = [test for pair in pairs for test in tests_of(*pair)]
    tests = [test for test in tests if re.search(arguments.only, test.name)]
    if arguments.list:
        print("\n".join(test.name for test in tests))
        return 0

    tests.sort(key=lambda test: not test.loses)
    setting = Setting(arguments.examples, arguments.aiocoap_python)
    runner = Runner(setting, arguments.jobs)
    # Who ends us by a signal wants nothing left behind, either.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)
    start = time.monotonic()
    try:
        # Should we be stopped, all tests end their clients before this ends.
        async with asyncio.TaskGroup() as group:
            for test in tests:
                group.create_task(runner.run(test))
        for server in runner.servers.values():
            try:
                await (await server).stop()
            except Failure as failure:
                print(f"FAIL {failure}")
                runner.failures.append(failure)
    finally:
        await setting.clean_up()
    print(
        f"{len(tests)} tests, {len(runner.failures)} failures, {runner.second_tries} second tries, "
        f"{time.monotonic() - start:.0f} s"
    )
    return 1 if runner.failures or not tests else 0


sys.exit(asyncio.run(main()))
