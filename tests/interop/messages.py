"""As much of CoAP's message formats as peers need that know nothing of CoAP (openssl s_client and s_server): small
requests and responses, as datagrams (RFC 7252, section 3) and on streams (RFC 8323, section 3.2)."""

from dataclasses import dataclass

METHODS = {"get": 1, "post": 2, "put": 3, "delete": 4}
URI_PATH = 11
CON, ACK = 0, 2
CSM = 0xE1  # 7.01


@dataclass
class Message:
    code: int
    token: bytes = b""
    options: bytes = b""  # as they are on the wire
    body: bytes = b""
    type: int = CON  # the type and the message ID are those of datagrams only
    id: int = 0

    @property
    def after_token(self):
        return self.options + (b"\xff" + self.body if self.body else b"")

    @property
    def dotted_code(self):
        return f"{self.code >> 5}.{self.code & 31:02}"

    def datagram(self):
        header = bytes([0x40 | self.type << 4 | len(self.token), self.code]) + self.id.to_bytes(2, "big")
        return header + self.token + self.after_token

    def on_stream(self):
        length = len(self.after_token)
        if length < 13:
            nibble, extended = length, b""
        elif length < 269:
            nibble, extended = 13, bytes([length - 13])
        else:
            nibble, extended = 14, (length - 269).to_bytes(2, "big")
        return bytes([nibble << 4 | len(self.token)]) + extended + bytes([self.code]) + self.token + self.after_token


def request(method, path, body):
    """A request for a path whose segments are shorter than 13 bytes each."""
    options, last = b"", 0
    for segment in path.encode().split(b"/"):
        options += bytes([(URI_PATH - last) << 4 | len(segment)]) + segment
        last = URI_PATH
    return Message(METHODS[method], b"tok", options, body or b"", id=0x1234)


def after_options(rest):
    """The options, and the body after the marker."""
    at = 0
    while at < len(rest) and rest[at] != 0xFF:
        delta, length = rest[at] >> 4, rest[at] & 15
        at += 1 + {13: 1, 14: 2}.get(delta, 0)
        extended = {13: 1, 14: 2}.get(length, 0)
        if extended:
            length = int.from_bytes(rest[at : at + extended], "big") + {1: 13, 2: 269}[extended]
        at += extended + length
    return rest[:at], rest[at + 1 :]


def from_datagram(data):
    length = data[0] & 15
    options, body = after_options(data[4 + length :])
    return Message(data[1], data[4 : 4 + length], options, body, data[0] >> 4 & 3, int.from_bytes(data[2:4], "big"))


def from_stream(data):
    """The first message, and what comes after it; None and all of the data if the message is not complete."""
    if not data:
        return None, data
    length, token = data[0] >> 4, data[0] & 15
    extended = {13: 1, 14: 2, 15: 4}.get(length, 0)
    if extended:
        length = int.from_bytes(data[1 : 1 + extended], "big") + {1: 13, 2: 269, 4: 65805}[extended]
    start = 2 + extended + token
    if len(data) < start + length:
        return None, data
    options, body = after_options(data[start : start + length])
    message = Message(data[1 + extended], data[start - token : start], options, body)
    return message, data[start + length :]
