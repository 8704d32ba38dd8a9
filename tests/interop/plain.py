"""The tests over UDP and TCP. Every pair does, over each transport:

    methods    PUT, GET, POST, FETCH, DELETE, 4.04, a wrong method, content formats, .well-known/core, a slow answer
    bodies     5 KB and 60 KB up and down, in every block size, byte for byte; by POST and FETCH both in one exchange
    observe    a clock, and an item that others change, with small and large bodies
    programs   our server once more with the programs of examples/ that have an epoll loop, or call select()
    loss       over UDP the same with a few block sizes, with 20 % of the datagrams of either end lost

What is left out, and why: see `leave_out`.
"""

from conversations import (
    KB5,
    KB60,
    both_ways,
    discovery,
    down_with_loss,
    epoll_loop,
    methods,
    non_confirmable,
    observe_clock,
    observe_item,
    select_loop,
    several_at_once,
    slow,
    up_and_down,
    up_with_loss,
)
from peers import SERVERS
from runner import LOSS, Test

PEERS = ["ours", "Debian", "aiocoap"]
BLOCK_SIZES = [16, 32, 64, 128, 256, 512, 1024]


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


def tests(with_aiocoap, baseline):
    """All of them, or with `baseline` those in which ours has no part."""
    peers = [peer for peer in PEERS if with_aiocoap or peer != "aiocoap"]
    pairs = [(client, server) for client in peers for server in peers if ("ours" not in (client, server)) == baseline]
    return [test for pair in pairs for test in tests_of(*pair)]
