"""What clients and servers of all kinds have to say to each other: each conversation gets a client, a server and a
transport, and raises Failure if something is not as it should be."""

import asyncio
import random

from peers import Failure, Program

KB5, KB60 = 5_000, 60_000

# By which transport a client reaches the same server without loss.
ON_STREAM = {"udp": "tcp", "dtls": "tls"}


def random_body(size):
    return random.randbytes(size)


def expect(reply, code, body=None):
    if reply.code != code:
        raise Failure(f"{reply.code} instead of {code}: {reply.body[:60]!r}")
    if body is not None and reply.body != body:
        where = next((i for i, (a, b) in enumerate(zip(reply.body, body)) if a != b), min(len(reply.body), len(body)))
        raise Failure(f"{len(reply.body)} bytes instead of {len(body)}, different from byte {where} on")


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
    expect(await client.request("get", server.uri(ON_STREAM[transport], item), block=block), "2.05", body)


async def down_with_loss(client, server, transport, size, block):
    item, body = server.new_item(), random_body(size)
    expect(await client.request("put", server.uri(ON_STREAM[transport], item), body, block=block), "2.01")
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
    # It may tick right after it has answered the registration.
    if seen != sorted(seen) or seen[1:] != sorted(set(seen[1:])):
        raise Failure(f"the clock does not go forward: {seen}")


async def observe_item(client, server, transport, size, block=None):
    """Each change of an item is seen, once and in order, by a client that observes it."""
    uri = server.uri(transport, server.new_item())
    writer = client.another()
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
    program = Program(client.setting, "epoll_loop", "-t", 200, *server.options)
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
    program = Program(client.setting, "select_loop", *server.options, typed=lines[0])
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
