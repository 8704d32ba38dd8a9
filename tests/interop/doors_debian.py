"""Who is let in, and who is not, with Debian's programs, which know hints, names of servers and identities: so keys and
certificates are chosen by them. What our psk_identities makes of all versions, the program of OpenSSL finds out."""

import dataclasses

import certificates
from events import CLIENT_ENDS, NACK, SERVER_ENDS, without_tcp_connected
from openssl_peers import VERSIONS, OpensslClient, transport_of
from peers import CLIENTS, SERVERS, Failure, OurClient, OurServer, Program
from runner import Case
from security import PSK, Security, by_both, by_server

DEBIAN = ["Debian-OpenSSL", "Debian-GnuTLS"]


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


def tests(c):
    """`c` are the certificates."""
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
            # GnuTLS's client resets the connection before its alert is out.
            if not (transport == "tls" and debian == "Debian-GnuTLS"):
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
