"""Who is let in, and who is not, over DTLS 1.2, TLS 1.2 and TLS 1.3: with the programs of OpenSSL, which say by which
alert a handshake has ended, and with Debian's, which know hints, names of servers and identities. Of a handshake that
fails, our programs have to tell the events that docs/spec/security.md, section 9, has for it."""

import asyncio
import dataclasses
import random

import certificates
from openssl_peers import VERSIONS, OpensslClient, OpensslServer, transport_of
from peers import CLIENTS, SERVERS, Failure, OurClient, OurServer, Program, events_in
from runner import Case
from security import PSK, Security, by_both, by_server

DEBIAN = ["Debian-OpenSSL", "Debian-GnuTLS"]

# What a program of ours tells of a handshake that ends with an alert, whoever has sent it, ...
ENDS = ["event DTLS_ERROR", "event DTLS_CLOSED"]
SERVER_ENDS = {"dtls": ENDS, "tls": ["event TCP_CONNECTED", *ENDS, "event TCP_CLOSED", "event SESSION_FAILED"]}
NACK = "nack TLS_FAILED"
CLIENT_ENDS = {"dtls": [*ENDS, NACK], "tls": [*ENDS, NACK, "event TCP_CLOSED", "event SESSION_FAILED"]}
# ... and of one that does not.
CONNECTED = {
    "dtls": ["event DTLS_CONNECTED"],
    "tls": ["event TCP_CONNECTED", "event DTLS_CONNECTED", "event SESSION_CONNECTED"],
}


CLOSED = {"dtls": ["event DTLS_CLOSED"], "tls": ["event DTLS_CLOSED", "event TCP_CLOSED", "event SESSION_CLOSED"]}


def without_tcp_connected(events):
    """A connection that comes about at once is no event at a client."""
    return [event for event in events if event != "event TCP_CONNECTED"]


# ---------------------------------------------------------------------------------------------------------------------
# OpenSSL's programs


def s_client_is_let_in(version, how):
    async def conversation(setting):
        server = OurServer(setting, options=how.server_options)
        await server.start()
        outcome = await OpensslClient(setting, how, version).request(server, "get", "nothing/here")
        if not outcome.reply or outcome.reply.code != "4.04":
            raise Failure(f"s_client is not let in: {outcome}, {server.said}")
        transport = transport_of(version)
        await server.expect_events(*CONNECTED[transport], *CLOSED[transport])
        await server.stop()

    return Case(f"s_client -> ours, {version} with {how.name}: is let in", conversation)


def s_client_is_refused(version, what, how, alert, server_options=None, events=None, program=None):
    """The alert None stands for silence."""

    async def conversation(setting):
        options = server_options or how.server_options
        server = Program(setting, program, *options) if program else OurServer(setting, options=options)
        await server.start()
        outcome = await OpensslClient(setting, how, version).request(server, "get", "", patience=10 if alert else 3)
        if outcome.reply or outcome.alert != alert:
            raise Failure(f"s_client gets {outcome}, not alert {alert}")
        await server.expect_events(*(SERVER_ENDS[transport_of(version)] if events is None else events))
        await server.stop()

    return Case(f"s_client -> ours, {version}: {what}, {f'alert {alert}' if alert else 'silence'}", conversation)


def s_server_is_trusted(version, how):
    async def conversation(setting):
        server = OpensslServer(setting, how, version)
        await server.start()
        transport = transport_of(version)
        client = OurClient(setting, options=how.client_options)
        reply = await client.request("get", server.uri(transport, "greeting"))
        if reply.body != b"by s_server":
            raise Failure(f"s_server sends {reply}")
        if without_tcp_connected(events_in(client.said)) != without_tcp_connected(CONNECTED[transport]):
            raise Failure(f"our client tells of {client.said}")
        await server.end()

    return Case(f"ours -> s_server, {version} with {how.name}: is trusted", conversation)


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
    """`c` are the certificates."""
    anyone = by_server("EC", c.ec_server)
    verifying = by_both("EC and EC", c.ec_server, c.ec_client)
    stranger = dataclasses.replace(PSK, identity="mallory")
    impostor = dataclasses.replace(PSK, key="not the key of alice")
    for version in VERSIONS:
        tls_1_3 = version == "TLS 1.3"
        dtls = transport_of(version) == "dtls"
        for how in (PSK, anyone, verifying, by_server("RSA", c.rsa_server), by_both("RSA and EC", c.rsa_server, c.ec_client)):
            yield s_client_is_let_in(version, how)
            yield s_server_is_trusted(version, how)

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
        nobody = dataclasses.replace(verifying, client=None)
        yield s_client_is_refused(version, "no certificate", nobody, 116 if tls_1_3 else 40)
        # In TLS 1.3 a client is connected before it hears that.
        late = {"events": ["event DTLS_CONNECTED", *CLIENT_ENDS["tls"]]} if tls_1_3 else {}
        yield s_server_is_refused(
            version, "wants a certificate, and we have none", verifying, None, client_options=nobody.client_options, **late
        )

        # A key at one end, a certificate at the other. T1: a key is no reason to trust any certificate.
        in_first_flight = {"events": []} if dtls else {}
        yield s_client_is_refused(
            version, "no key, but a certificate is needed", anyone, 40, PSK.server_options, **in_first_flight
        )
        # By TLS 1.3 it is for us to refuse: before that, the server finds that there is no common cipher suite.
        yield s_server_is_refused(
            version, "no key, only a certificate (T1)", anyone, 40 if tls_1_3 else None, client_options=PSK.client_options
        )


# ---------------------------------------------------------------------------------------------------------------------
# Debian's programs: hints, names of servers, identities


def written(setting, what, *rows):
    """A file with lines of texts."""
    path = setting.new_path(what)
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))
    return path


async def expect_greeting(client, server, transport, path="time", greeting=None):
    reply = await client.request("get", server.uri(transport, path), patience=20)
    if reply.code != "2.05" or (greeting and reply.body != greeting):
        raise Failure(f"{reply} instead of 2.05 {greeting or ''}")


def our_client_knows_hint(debian, transport):
    """The key on its command line would be the wrong one."""

    async def conversation(setting):
        server = SERVERS[debian](setting, options=["-h", "north", "-k", "northern key"])
        await server.start()
        hints = written(setting, "hints", ("south", "alice", "southern key"), ("north", "bob", "northern key"))
        client = OurClient(setting, options=["-u", "alice", "-k", "another", "-h", hints])
        await expect_greeting(client, server, transport)
        if "\nhint: north\n" not in "\n" + client.said:
            raise Failure(f"our client got no hint: {client.said}")
        await server.stop()

    return Case(f"ours -> {debian}, {transport}: a key chosen by the server's hint", conversation)


def debian_client_knows_hint(debian, transport):
    async def conversation(setting):
        server = OurServer(setting, options=["-h", "north", "-k", "northern key"])
        await server.start()
        hints = written(setting, "hints", ("south", "alice", "southern key"), ("north", "bob", "northern key"))
        client = CLIENTS[debian](setting, options=["-u", "alice", "-k", "another", "-h", hints])
        await expect_greeting(client, server, transport, "clock")
        await server.stop()

    return Case(f"{debian} -> ours, {transport}: a key chosen by our hint", conversation)


def our_client_asks_for_name(debian, transport):
    """The server has another key, and another certificate, for whoever does not ask for this name."""

    async def conversation(setting):
        names = written(setting, "names", ("north.example", "north", "northern key"))
        server = SERVERS[debian](setting, options=["-k", "another", "-s", names])
        await server.start()
        client = OurClient(setting, options=["-S", "north.example", "-u", "alice", "-k", "northern key"])
        await expect_greeting(client, server, transport)
        await server.stop()

    return Case(f"ours -> {debian}, {transport}: a key chosen by the name we ask for", conversation)


def our_client_asks_for_certificate(debian, transport, c):
    async def conversation(setting):
        both = setting.new_path("certificate-and-key.pem")
        both.write_text(c.ec_server.certificate.read_text() + c.ec_server.key.read_text())
        names = written(setting, "names", (certificates.HOST, both, c.ec_server.ca))
        server = SERVERS[debian](setting, options=[*by_server("", c.self_signed).server_options, "-S", names])
        await server.start()
        client = OurClient(setting, options=["-S", certificates.HOST, "-C", c.ec_server.ca])
        await expect_greeting(client, server, transport)
        if f"certificate at depth 0: {certificates.HOST}\n" not in client.said:
            raise Failure(f"our client has not seen the certificate: {client.said}")
        await server.stop()

    return Case(f"ours -> {debian}, {transport}: a certificate chosen by the name we ask for", conversation)


async def start_identities(setting):
    """Our psk_identities. Debian's clients ask for an address by itself, if there is no name in the URI."""
    server = Program(setting, "psk_identities", "-h", "elsewhere", "-k", "another key")
    server.options += (
        "-s",
        written(setting, "names", (server.address, "north", "northern key"), ("south.example", "south", "")),
        "-i",
        written(setting, "identities", ("north", "alice", "key of alice"), ("south", "alice", "southern alice")),
    )
    await server.start()
    return server


def debian_clients_are_known(debian, transport):
    async def conversation(setting):
        server = await start_identities(setting)
        for identity, key in (("alice", "key of alice"), ("bob", "northern key")):
            client = CLIENTS[debian](setting, options=["-u", identity, "-k", key])
            await expect_greeting(client, server, transport, "", f"You are {identity}.\n".encode())
        await server.stop()

    return Case(f"{debian} -> ours, {transport}: keys chosen by name and identity", conversation)


def s_clients_are_known(version):
    async def conversation(setting):
        server = await start_identities(setting)
        for name, identity, key in (
            ("south.example", "alice", "southern alice"),
            ("SOUTH.example", "alice", "southern alice"),
            (server.address, "alice", "key of alice"),
            (server.address, "bob", "northern key"),
            (None, "alice", "another key"),
        ):
            asks = ["-servername", name] if name else ["-noservername"]
            how = Security("", identity=identity, key=key)
            outcome = await OpensslClient(setting, how, version, *asks).request(server, "get", "")
            if not outcome.reply or outcome.reply.body != f"You are {identity}.\n".encode():
                raise Failure(f"{identity} of {name} gets {outcome}: {server.said}")
        await server.stop()

    return Case(f"s_client -> ours, {version}: keys chosen by name and identity", conversation)


def s_client_is_unknown(version, what, name, identity, alert, events=None):
    async def conversation(setting):
        server = await start_identities(setting)
        how = Security("", identity=identity, key="whatever")
        outcome = await OpensslClient(setting, how, version, "-servername", name).request(server, "get", "")
        if outcome.reply or outcome.alert != alert:
            raise Failure(f"s_client gets {outcome}, not alert {alert}: {server.said}")
        await server.expect_events(*(SERVER_ENDS[transport_of(version)] if events is None else events))
        await server.stop()

    return Case(f"s_client -> ours, {version}: {what}, alert {alert}", conversation)


def debian_client_is_refused(debian, transport, what, security, server_options, patience=10):
    """By either end: the client does not say why, our server tells of it."""

    async def conversation(setting):
        server = OurServer(setting, options=server_options)
        await server.start()
        client = CLIENTS[debian](setting, options=security.client_options)
        try:
            reply = await client.request("get", server.uri(transport, ""), patience=patience)
        except Failure:
            pass
        else:
            raise Failure(f"it gets {reply}")
        await server.expect_events(*SERVER_ENDS[transport])
        await server.stop()

    return Case(f"{debian} -> ours, {transport}: {what}", conversation)


def our_client_is_refused(debian, transport, what, server_options, client_options, events):
    async def conversation(setting):
        server = SERVERS[debian](setting, options=server_options)
        await server.start()
        client = OurClient(setting, options=client_options)
        told = without_tcp_connected(await client.fail(server.uri(transport, "time")))
        if told != events:
            raise Failure(f"our client tells of {told}: {client.said}")
        await server.stop()

    return Case(f"ours -> {debian}, {transport}: {what}", conversation)


def with_debian_programs(c):
    verifying = by_both("", c.ec_server, c.ec_client)
    for debian in DEBIAN:
        for transport in ("dtls", "tls"):
            yield our_client_knows_hint(debian, transport)
            yield debian_client_knows_hint(debian, transport)
            yield our_client_asks_for_name(debian, transport)
            yield our_client_asks_for_certificate(debian, transport, c)
            yield debian_clients_are_known(debian, transport)

            for what, certificate in (
                ("expired", c.expired),
                ("self-signed", c.self_signed),
                ("of a stranger", c.of_a_stranger),
            ):
                bad = dataclasses.replace(verifying, client=certificate)
                what = f"a client certificate that is {what}"
                yield debian_client_is_refused(debian, transport, what, bad, bad.server_options)
            nobody = dataclasses.replace(verifying, client=None)
            yield debian_client_is_refused(debian, transport, "no certificate", nobody, verifying.server_options)
            mistrusting, foreign = by_server("", c.ec_server), by_server("", c.of_a_stranger)
            if not (transport == "tls" and debian == "Debian-GnuTLS"):  # which resets the connection before its alert is out
                yield debian_client_is_refused(
                    debian, transport, "does not trust our certificate", mistrusting, foreign.server_options
                )
            yield our_client_is_refused(
                debian, transport, "an expired certificate",
                by_server("", c.expired).server_options, mistrusting.client_options, CLIENT_ENDS[transport],
            )  # fmt: skip
            # Of a wrong key, GnuTLS says by TLS 1.3 no more than that it closes the connection.
            tells = CLIENT_ENDS[transport]
            if transport == "dtls" or debian == "Debian-GnuTLS":
                tells = [event for event in tells if event != "event DTLS_ERROR"]
            yield our_client_is_refused(
                debian, transport, "a wrong key", PSK.server_options, ["-u", "alice", "-k", "wrong"], tells
            )
    for version in VERSIONS:
        dtls, tls_1_3 = version == "DTLS 1.2", version == "TLS 1.3"
        yield s_clients_are_known(version)
        yield s_client_is_unknown(version, "an unknown identity", "south.example", "bob", 40 if tls_1_3 else 115)
        in_first_flight = {"events": []} if dtls else {}
        yield s_client_is_unknown(version, "an unknown name", "west.example", "alice", 112, **in_first_flight)


# ---------------------------------------------------------------------------------------------------------------------
# One server, two ways to get in, and two lives


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
    yield from with_openssl_programs(c)
    yield from with_debian_programs(c)
    for version in VERSIONS:
        yield both_ways_in(version, c)
    for transport in ("dtls", "tls"):
        for how in (PSK, by_both("EC and EC", c.ec_server, c.ec_client)):
            yield restarted(transport, how)
