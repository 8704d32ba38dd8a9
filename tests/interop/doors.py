"""Who is let in, and who is not, over DTLS 1.2, TLS 1.2 and TLS 1.3: with the programs of OpenSSL, which say by which
alert a handshake has ended, and with Debian's, which know hints, names of servers and identities. Of a handshake that
fails, our programs have to tell the events that docs/spec/security.md, section 9, has for it."""

import dataclasses

import security
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
        yield s_server_is_refused(
            version, "wants a certificate, and we have none", verifying, None, client_options=nobody.client_options
        )

        # A key at one end, a certificate at the other. T1: a key is no reason to trust any certificate.
        in_first_flight = {"events": []} if dtls else {}
        yield s_client_is_refused(
            version, "no key, but a certificate is needed", anyone, 40, PSK.server_options, **in_first_flight
        )
        yield s_server_is_refused(
            version, "no key, only a certificate (T1)", anyone, TODO, client_options=PSK.client_options
        )
