"""What our programs have to tell of a session, by docs/spec/security.md, section 9."""

# What a program of ours tells of a handshake that ends with an alert, whoever has sent it, ...
ENDS = ["event DTLS_ERROR", "event DTLS_CLOSED"]
SERVER_ENDS = {"dtls": ENDS, "tls": ["event TCP_CONNECTED", *ENDS, "event TCP_CLOSED", "event SESSION_FAILED"]}
NACK = "nack TLS_FAILED"
CLIENT_ENDS = {"dtls": [*ENDS, NACK], "tls": [*ENDS, NACK, "event TCP_CLOSED", "event SESSION_FAILED"]}
# ... and of one that succeeds, and of the end of the session then.
CONNECTED = {
    "dtls": ["event DTLS_CONNECTED"],
    "tls": ["event TCP_CONNECTED", "event DTLS_CONNECTED", "event SESSION_CONNECTED"],
}
CLOSED = {"dtls": ["event DTLS_CLOSED"], "tls": ["event DTLS_CLOSED", "event TCP_CLOSED", "event SESSION_CLOSED"]}


def without_tcp_connected(events):
    """A connection that comes about at once is no event at a client."""
    return [event for event in events if event != "event TCP_CONNECTED"]
