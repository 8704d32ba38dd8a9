"""A CoAP client of aiocoap for the tests with real peers.

Sends one request, or observes with --observe, and prints a JSON object per response:
{"code": "2.05", "body": "<base64>"}. Ends with 0 if all responses came, whatever their codes.
"""

import argparse
import asyncio
import base64
import json

import aiocoap
from aiocoap.numbers import TransportTuning

from aiocoap_common import lose_datagrams

# Beyond these, aiocoap itself chooses.
EXPONENTS = {16 << exponent: exponent for exponent in range(7)}


class Patient(TransportTuning):
    """Sends again soon and often, so that loss costs little time and no test."""

    ACK_TIMEOUT = 0.3
    MAX_RETRANSMIT = 8


def say(response):
    code = f"{response.code >> 5}.{response.code & 31:02}"
    body = base64.b64encode(response.payload).decode()
    print(json.dumps({"code": code, "body": body}), flush=True)


async def run(arguments):
    context = await aiocoap.Context.create_client_context()
    request = aiocoap.Message(
        code=getattr(aiocoap, arguments.method.upper()),
        uri=arguments.uri,
        transport_tuning=Patient(),
        _mtype=aiocoap.NON if arguments.non else None,
    )
    if arguments.file:
        with open(arguments.file, "rb") as file:
            request.payload = file.read()
    if arguments.format is not None:
        request.opt.content_format = arguments.format
    if arguments.block:
        exponent = EXPONENTS[arguments.block]
        await context.find_remote_and_interface(request)
        if not arguments.uri.startswith("coap+tcp"):
            request.remote.maximum_block_size_exp = exponent
        if arguments.method in ("get", "fetch") and not arguments.late:
            request.opt.block2 = (0, False, exponent)
    if not arguments.observe:
        say(await context.request(request).response)
        await context.shutdown()
        return

    request.opt.observe = 0
    observation = context.request(request)
    say(await observation.response)
    seen = 1
    if seen < arguments.observe:
        async for notification in observation.observation:
            say(notification)
            seen += 1
            if seen >= arguments.observe:
                break
    observation.observation.cancel()
    await context.shutdown()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("uri")
    parser.add_argument("--method", default="get")
    parser.add_argument("--file")
    parser.add_argument("--format", type=int)
    parser.add_argument("--block", type=int, help="block size")
    parser.add_argument("--late", action="store_true", help="tell the block size from the second block on")
    parser.add_argument("--observe", type=int, help="number of notifications", metavar="N")
    parser.add_argument("--non", action="store_true", help="non-confirmable")
    parser.add_argument("--loss", type=int, default=0, metavar="PERCENT")
    arguments = parser.parse_args()
    lose_datagrams(arguments.loss)
    asyncio.run(run(arguments))


main()
