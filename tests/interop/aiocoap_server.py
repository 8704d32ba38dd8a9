"""A CoAP server of aiocoap for the tests with real peers.

    /clock       changes all the time; observable
    /<anything>  PUT creates or replaces, POST appends, FETCH reads the bytes that its body names (10-19), GET, DELETE;
                 observable
    /echo        POST and FETCH give back what was sent
    /slow        answers after half a second, by a separate response

Listens on UDP and TCP, on the same address and port, and prints "ready".
"""

import argparse
import asyncio
import time

import aiocoap
from aiocoap import resource

from aiocoap_common import lose_datagrams


class Clock(resource.ObservableResource):
    def __init__(self, period):
        super().__init__()
        self.period = period
        self.task = None

    async def tick(self):
        while True:
            await asyncio.sleep(self.period)
            self.updated_state()

    def update_observation_count(self, newcount):
        if newcount and not self.task:
            self.task = asyncio.create_task(self.tick())
        elif not newcount and self.task:
            self.task.cancel()
            self.task = None

    async def render_get(self, request):
        return aiocoap.Message(payload=f"{time.time():.3f}".encode(), content_format=0)


class Echo(resource.Resource):
    async def render_post(self, request):
        return aiocoap.Message(code=aiocoap.CONTENT, payload=request.payload)

    render_fetch = render_post


class Slow(resource.Resource):
    async def render_get(self, request):
        await asyncio.sleep(0.5)
        return aiocoap.Message(payload=b"Here it is at last.\n")


class Item(resource.ObservableResource):
    """What clients create; there is nothing until one has."""

    body = None

    async def render_get(self, request):
        return aiocoap.Message(payload=self.there(), content_format=self.format)

    async def render_put(self, request):
        code = aiocoap.CREATED if self.body is None else aiocoap.CHANGED
        self.body, self.format = request.payload, request.opt.content_format
        self.updated_state()
        return aiocoap.Message(code=code)

    async def render_post(self, request):
        if self.body is None:
            return await self.render_put(request)
        self.body += request.payload
        self.updated_state()
        return aiocoap.Message(code=aiocoap.CHANGED)

    async def render_fetch(self, request):
        first, last = map(int, request.payload.split(b"-"))
        return aiocoap.Message(code=aiocoap.CONTENT, payload=self.there()[first : last + 1])

    async def render_delete(self, request):
        self.body = None
        return aiocoap.Message(code=aiocoap.DELETED)

    def there(self):
        if self.body is None:
            raise aiocoap.error.NotFound
        return self.body


class OpenSite(resource.Site):
    """A site that has an Item for every path."""

    def __init__(self):
        super().__init__()
        self.paths = set()

    def add_resource(self, path, child):
        super().add_resource(path, child)
        self.paths.add(tuple(path))

    async def render_to_pipe(self, pipe):
        path = pipe.request.opt.uri_path
        if path not in self.paths:
            self.add_resource(path, Item())
        return await super().render_to_pipe(pipe)


async def run(arguments):
    site = OpenSite()
    site.add_resource(["clock"], Clock(arguments.clock / 1000))
    site.add_resource(["echo"], Echo())
    site.add_resource(["slow"], Slow())
    site.add_resource([".well-known", "core"], resource.WKCResource(site.get_resources_as_linkheader))
    await aiocoap.Context.create_server_context(site, bind=(arguments.address, arguments.port))
    print("ready", flush=True)
    await asyncio.get_running_loop().create_future()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("--clock", type=int, default=300, help="milliseconds from tick to tick")
    parser.add_argument("--loss", type=int, default=0, metavar="PERCENT")
    arguments = parser.parse_args()
    lose_datagrams(arguments.loss)
    asyncio.run(run(arguments))


main()
