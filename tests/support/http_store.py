"""Stores that are posted to by HTTP, in the place of InfluxDB: answers as told."""

from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(frozen=True)
class Posted:
    """What came in one request."""

    path: str
    query: Mapping[str, str]
    authorization: str
    lines: list[str]


@dataclass
class HttpStore:
    """A server that keeps what is posted; an answer that is not told is 204."""

    port: int = 0
    posted: list[Posted] = field(default_factory=list)
    answers: deque[tuple[int, str]] = field(default_factory=deque)

    async def answer(self, request: web.Request) -> web.Response:
        """Keep a request, and answer it."""
        octets = await request.read()  # aiohttp has taken off the gzip
        assert request.headers["Content-Encoding"] == "gzip"
        self.posted.append(
            Posted(
                request.path,
                dict(request.query),
                request.headers.get("Authorization", ""),
                octets.decode().splitlines(),
            )
        )
        status, text = self.answers.popleft() if self.answers else (204, "")
        return web.Response(status=status, text=text or None)


@asynccontextmanager
async def open_http_store() -> AsyncIterator[HttpStore]:
    """Open a store on a port of loopback that the kernel chose."""
    store = HttpStore()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", store.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    store.port = int(runner.addresses[0][1])
    try:
        yield store
    finally:
        await runner.cleanup()
