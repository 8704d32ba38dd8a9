"""What the aiocoap client and server have in common: losing datagrams on purpose."""

import random

from aiocoap.transports.udp6 import MessageInterfaceUDP6


def lose_datagrams(percent):
    """Lets aiocoap lose this share of the datagrams it sends."""
    if not percent:
        return
    send = MessageInterfaceUDP6.send

    def send_most(self, message):
        if random.random() * 100 >= percent:
            send(self, message)

    MessageInterfaceUDP6.send = send_most
