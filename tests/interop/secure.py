"""The tests over DTLS and TLS, with our library in either role, and Debian's programs with OpenSSL and with GnuTLS:

    methods, bodies, observe    some of what plain.py has over UDP and TCP, with a pre-shared key, and with certificates
                                of the server alone and of both ends, with RSA and elliptic curve keys
    loss                        over DTLS, with 20 % of the datagrams of either end lost: of the handshake, too

The other tests are about who is let in, by which key or certificate, and who is not: see doors.py.
"""

import doors
import security
from conversations import (
    KB5,
    KB60,
    both_ways,
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

OTHERS = ["Debian-OpenSSL", "Debian-GnuTLS"]


def leave_out(test):
    """Why a test is not made, or None."""
    gnutls = "Debian-GnuTLS" in (test.client, test.server)
    if test.transport == "tls" and gnutls and (test.what.endswith("as they like") or "both ways" in test.what):
        return "Debian's programs with GnuTLS do not get on after the first 16 KB of a message"
    if test.loses and gnutls and (test.security.server or test.what == "methods"):
        return "GnuTLS gives a handshake 6 seconds, and thus three tries: too few for this"
    if test.loses and test.client != "ours" and test.what.startswith(str(KB60)):
        return "Debian's client cannot be told to send again soon"
    if test.what == "methods" and test.loses and not SERVERS[test.server].knows_repeated_requests:
        return "Debian's server does once more what a repeated request asks for: codes are up to chance"
    return None


def tests_of(client, server, certificates):
    def add(what, conversation, how, transports=("dtls", "tls"), **more):
        for transport in transports:
            tests.append(Test(client, server, transport, what, conversation, security=how, **more))

    def bodies(size, block, how):
        blocks = f"blocks of {block}" if block else "blocks as they like"
        add(f"{size} bytes up and down, {blocks}", lambda c, s, t: up_and_down(c, s, t, size, block), how)

    c = certificates
    psk = security.PSK
    ec, both_ec = security.by_server("EC", c.ec_server), security.by_both("EC and EC", c.ec_server, c.ec_client)
    rsa, both_rsa = security.by_server("RSA", c.rsa_server), security.by_both("RSA and RSA", c.rsa_server, c.rsa_client)
    mixed = security.by_both("RSA and EC", c.rsa_server, c.ec_client)

    tests = []
    add("methods", methods, psk)
    add("methods", methods, both_ec)
    add("non-confirmable", non_confirmable, psk)
    bodies(KB5, 64, psk)
    bodies(KB60, 1024, psk)
    for how in (psk, ec, both_ec, rsa, both_rsa, mixed):
        bodies(KB60, None, how)
    for how in (psk, ec, both_rsa):
        add("observe a large item", lambda c, s, t: observe_item(c, s, t, KB5), how)
    add("observe an item", lambda c, s, t: observe_item(c, s, t, 10), psk)
    add("observe a clock", observe_clock, both_ec)
    add("several at once", several_at_once, psk)
    if server == "ours":
        add("slow", slow, psk)
        add(f"both ways, {KB60} bytes, blocks of 1024", lambda c, s, t: both_ways(c, s, t, KB60, 1024), psk)
        add("a program with an epoll loop", epoll_loop, psk)
        add("a program with select()", select_loop, ec)
    for loss in ({"client_loss": LOSS}, {"server_loss": LOSS}):
        dtls = {"transports": ("dtls",), **loss}
        add("methods", methods, psk, **dtls)
        for size, block, how in ((KB5, 1024, psk), (KB60, 1024, psk), (KB5, 256, both_ec), (KB5, 1024, both_rsa)):
            for way, conversation in (("up", up_with_loss), ("down", down_with_loss)):
                what = f"{size} bytes {way}, blocks of {block}"
                add(what, lambda c, s, t, d=conversation, z=size, b=block: d(c, s, t, z, b), how, **dtls)
        add("observe a clock", observe_clock, psk, **dtls)
    return [test for test in tests if not leave_out(test)]


def tests(certificates, baseline):
    """All of them, or with `baseline` those in which ours has no part."""
    peers = ["ours", *OTHERS]
    pairs = [(client, server) for client in peers for server in peers if ("ours" not in (client, server)) == baseline]
    of_pairs = [test for pair in pairs for test in tests_of(*pair, certificates)]
    return of_pairs if baseline else [*of_pairs, *doors.tests(certificates)]
