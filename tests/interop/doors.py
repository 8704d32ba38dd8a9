"""Who is let in, and who is not, over DTLS 1.2, TLS 1.2 and TLS 1.3: with the programs of OpenSSL, which say by which
alert a handshake has ended. (With Debian's: doors_debian.py.) Of a handshake that fails, our programs have to tell the
events of events.py."""

import asyncio
import dataclasses
import random

import doors_debian
from events import CLIENT_ENDS, CLOSED, CONNECTED, NACK, SERVER_ENDS, without_tcp_connected
from openssl_peers import VERSIONS, OpensslClient, OpensslServer, transport_of
from peers import Failure, OurClient, OurServer, events_in
from runner import Case
from security import PSK, by_both, by_server


def s_client_is_let_in(version, how, *options):
    async def conversation(setting):
        server = OurServer(setting, options=how.server_options)
        await server.start()
        outcome = await OpensslClient(setting, how, version, *options).request(server, "get", "nothing/here")
        if not outcome.reply or outcome.reply.code != "4.04":
            raise Failure(f"s_client is not let in: {outcome}, {server.said}")
        transport = transport_of(version)
        await server.expect_events(*CONNECTED[transport], *CLOSED[transport])
        await server.stop()

    return Case(f"s_client -> ours, {version} with {' '.join([how.name, *options])}: is let in", conversation)


def s_client_is_refused(version, what, how, alert, server_options=None, events=None):
    """The alert None stands for silence."""

    async def conversation(setting):
        server = OurServer(setting, options=server_options or how.server_options)
        await server.start()
        outcome = await OpensslClient(setting, how, version).request(server, "get", "", patience=10 if alert else 3)
        if outcome.reply or outcome.alert != alert:
            raise Failure(f"s_client gets {outcome}, not alert {alert}")
        await server.expect_events(*(SERVER_ENDS[transport_of(version)] if events is None else events))
        await server.stop()

    return Case(f"s_client -> ours, {version}: {what}, {f'alert {alert}' if alert else 'silence'}", conversation)


def s_client_gets_no_session(version, how):
    """T4: neither session nor ticket, by which it could come back without being asked who it is."""

    async def conversation(setting):
        server = OurServer(setting, options=how.server_options)
        await server.start()
        session = setting.new_path("session")
        client = OpensslClient(setting, how, version, "-sess_out", session)
        outcome = await client.request(server, "get", "nothing/here")
        if not outcome.reply or session.exists():
            raise Failure(f"s_client gets {outcome}, and {'a' if session.exists() else 'no'} session")
        await server.stop()

    return Case(f"s_client -> ours, {version} with {how.name}: gets no session to come back with (T4)", conversation)


def s_server_is_trusted(version, how, *options):
    async def conversation(setting):
        server = OpensslServer(setting, how, version, *options)
        await server.start()
        transport = transport_of(version)
        client = OurClient(setting, options=how.client_options)
        reply = await client.request("get", server.uri(transport, "greeting"))
        if reply.body != b"by s_server":
            raise Failure(f"s_server sends {reply}")
        if without_tcp_connected(events_in(client.said)) != without_tcp_connected(CONNECTED[transport]):
            raise Failure(f"our client tells of {client.said}")
        await server.end()

    return Case(f"ours -> s_server, {version} with {' '.join([how.name, *options])}: is trusted", conversation)


def s_server_is_refused(version, what, how, alert, more=(), client_options=None, events=None):
    """`alert` is what our client sends; None for none."""

    async def conversation(setting):
        server = OpensslServer(setting, how, version, *more)
        await server.start()
        transport = transport_of(version)
        client = OurClient(setting, options=client_options or how.client_options)
        told = without_tcp_connected(await client.fail(server.uri(transport, "greeting")))
        if told != (CLIENT_ENDS[transport] if events is None else events):
            raise Failure(f"our client tells of {told}: {client.said}")
        sent = await server.end()
        if sent != alert:
            raise Failure(f"our client sends alert {sent}, not {alert}")

    return Case(f"ours -> s_server, {version}: {what}", conversation)


def with_openssl_programs(c):
    anyone = by_server("EC", c.ec_server)
    verifying = by_both("EC and EC", c.ec_server, c.ec_client)
    stranger = dataclasses.replace(PSK, identity="mallory")
    impostor = dataclasses.replace(PSK, key="not the key of alice")
    rsa, mixed = by_server("RSA", c.rsa_server), by_both("RSA and EC", c.rsa_server, c.ec_client)
    for version in VERSIONS:
        tls_1_3 = version == "TLS 1.3"
        dtls = transport_of(version) == "dtls"
        for how in (PSK, anyone, verifying, rsa, mixed):
            yield s_client_is_let_in(version, how)
            yield s_server_is_trusted(version, how)
        yield s_client_gets_no_session(version, PSK)
        yield s_client_gets_no_session(version, anyone)
        if not tls_1_3:  # T21: what RFC 7252 wants of everybody
            for how, suite in ((PSK, "PSK-AES128-CCM8"), (anyone, "ECDHE-ECDSA-AES128-CCM8")):
                yield s_client_is_let_in(version, how, "-cipher", f"{suite}:@SECLEVEL=0")
                yield s_server_is_trusted(version, how, "-cipher", f"{suite}:@SECLEVEL=0")

        # Keys. DTLS does not say that a key is wrong (docs/spec/security.md, section 4.2).
        wrong_key = None if dtls else 47 if tls_1_3 else 20
        silence = {"events": []} if dtls else {}
        yield s_client_is_refused(version, "a wrong key", impostor, wrong_key, PSK.server_options, **silence)
        silence = {"events": ["event DTLS_CLOSED", NACK]} if dtls else {}
        yield s_server_is_refused(version, "a wrong key", PSK, None, ("-psk", b"other".hex()), **silence)

        # Certificates of clients, and of servers (section 5.6).
        for what, certificate, alert in (
            ("expired", c.expired, 45),
            ("not yet valid", c.not_yet_valid, 42),
            ("self-signed", c.self_signed, 48),
            ("of a stranger", c.of_a_stranger, 48),
        ):
            bad_client = dataclasses.replace(verifying, client=certificate)
            yield s_client_is_refused(version, f"a certificate that is {what}", bad_client, alert)
            bad_server = dataclasses.replace(anyone, server=certificate)
            yield s_server_is_refused(version, f"a certificate that is {what}", bad_server, alert)
        others = [*verifying.server_options, "-a", "another.example"]
        yield s_client_is_refused(version, "a certificate of somebody else", verifying, 42, others)
        others = [*anyone.client_options, "-S", "another.example"]
        yield s_server_is_refused(version, "a certificate of somebody else", anyone, 42, client_options=others)
        nobody = dataclasses.replace(verifying, client=None)
        yield s_client_is_refused(version, "no certificate", nobody, 116 if tls_1_3 else 40)
        # In TLS 1.3 a client is connected before it hears that.
        late = {"events": ["event DTLS_CONNECTED", *CLIENT_ENDS["tls"]]} if tls_1_3 else {}
        what = "wants a certificate, and we have none"
        yield s_server_is_refused(version, what, verifying, None, client_options=nobody.client_options, **late)

        # A key at one end, a certificate at the other. T1: a key is no reason to trust any certificate.
        in_first_flight = {"events": []} if dtls else {}
        what = "wants a certificate, and we have a key only"
        yield s_client_is_refused(version, what, anyone, 40, PSK.server_options, **in_first_flight)
        # By TLS 1.3 it is for us to refuse: before that, the server finds that there is no common cipher suite.
        what, alert = "no key, only a certificate (T1)", 40 if tls_1_3 else None
        yield s_server_is_refused(version, what, anyone, alert, client_options=PSK.client_options)


def both_ways_in(version, c):
    """T6: the same server has a key and a certificate."""

    async def conversation(setting):
        certain = by_server("", c.ec_server)
        server = OurServer(setting, options=[*PSK.server_options, *certain.server_options])
        await server.start()
        for how in (PSK, certain, certain, PSK):
            outcome = await OpensslClient(setting, how, version).request(server, "get", "nothing/here")
            if not outcome.reply:
                raise Failure(f"{how} gets {outcome}: {server.said}")
        await server.stop()

    return Case(f"s_client -> ours, {version}: key or certificate, as the client likes (T6)", conversation)


def restarted(transport, how):
    """Our server ends and comes back, and our client, which has a session with it, goes on."""

    async def conversation(setting):
        server, again = (OurServer(setting, options=how.server_options) for _ in range(2))
        again.address = server.address
        again.port = server.port = random.randrange(20000, 30000)
        await server.start()
        client = OurClient(setting, options=how.client_options)
        request = asyncio.ensure_future(client.repeat(server.uri(transport, "clock"), "-G", 3, "-I", 2000))
        await server.wait_for_log("^event DTLS_CONNECTED")
        await asyncio.sleep(0.5)
        await server.stop()
        await again.start()
        codes, told = await request
        if codes != ["2.05"] * 3:
            raise Failure(f"our client gets {codes}: {client.said}")
        connected = [event for event in CONNECTED[transport] if event != "event TCP_CONNECTED"]
        if without_tcp_connected(told) != [*connected, *CLOSED[transport], *connected]:
            raise Failure(f"our client tells of {told}")
        await again.stop()

    return Case(f"ours -> ours, {transport} with {how.name}: the server is restarted", conversation)


def tests(c):
    """`c` are the certificates."""
    yield from with_openssl_programs(c)
    yield from doors_debian.tests(c)
    for version in VERSIONS:
        yield both_ways_in(version, c)
    for transport in ("dtls", "tls"):
        for how in (PSK, by_both("EC and EC", c.ec_server, c.ec_client)):
            yield restarted(transport, how)
