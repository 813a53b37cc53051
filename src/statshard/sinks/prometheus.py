"""Prometheus: a listener of its own, at which a server scrapes what flushes came to.

    prometheus://HOST[:9102]   GET /metrics    text 0.0.4 or OpenMetrics 1.0, as asked
        ?timers=ms|s|none      what times are in; shown in seconds, or as they are
        ?plain=PART:PART       timers whose key has one of these are shown as they are
        ?idle=3600             seconds after which an untold counter is forgotten

Rules: a flush is sent once it is shown, whether or not anybody looks. Between two
flushes nothing changes, so that its text is written once for each format, in a thread.
Only reading: whatever else is asked is answered 404 or 405. The formats are
prometheus_client's. Must not know: what is shown and how it is counted (exposition.py).
"""

import asyncio
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aiohttp import web
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from statshard.errors import SocketError
from statshard.sinks.exposition import (
    Exposition,
    Family,
    Shown,
    Units,
    cumulated,
)
from statshard.sinks.query import Query, host_of, no_path
from statshard.sinks.sink import Flush, LastFlush, Order, Parcel, Sink

PORT = 9102  # statsd_exporter's
PATH = "/metrics"
BACKLOG = 128
IDLE_S = 3600
IDLES_S = range(1, 366 * 86_400)
CLOSE_S = 1.0
UNITS: Mapping[str, tuple[float, str]] = {
    "ms": (1000.0, "seconds"),
    "s": (1.0, "seconds"),
    "none": (1.0, ""),
}
KEYS = ("timers", "plain", "idle")


@dataclass
class Page(Collector):
    """What is shown, and its texts; used by the thread of a flush and by scrapes'."""

    exposition: Exposition

    def __post_init__(self) -> None:
        self._lock = threading.Lock()  # who has the exposition
        self._texts: dict[str, bytes] = {}  # by content type, of the last flush

    def take(self, flush: Flush) -> tuple[int, dict[str, int]]:
        """Add a flush; return what is shown of it, and what is not, by reason."""
        with self._lock:
            shown = self.exposition.take(flush)
            unfit = dict(self.exposition.unfit)
            self.exposition.unfit.clear()
            self._texts = {}
        return shown, unfit

    def collect(self) -> list[Metric]:
        """Return all families, as prometheus_client has them."""
        with self._lock:
            return [as_metric(*each) for each in self.exposition.list_families()]

    def text(self, accept: str) -> tuple[str, bytes]:
        """Return the content type and the text for what a scrape accepts."""
        encode, content_type = choose_encoder(accept)
        texts = self._texts  # of one flush: the next brings a new one
        if content_type not in texts:
            texts[content_type] = encode(self)
        return content_type, texts[content_type]


class PrometheusSink(Sink):
    """One listener."""

    def __init__(self, order: Order) -> None:
        query = Query(order, KEYS)
        no_path(order, query)
        self._url = order.url
        self._host = host_of(order, query, "prometheus://HOST:PORT")
        self._port = order.port or PORT
        units = Units(
            *UNITS[query.choice("timers", "ms", UNITS)],
            tuple(filter(None, query.text("plain").split(":"))),
        )
        idle_s = query.whole("idle", IDLE_S, IDLES_S)
        self._page = Page(Exposition(order.wording.number, units, idle_s))
        self._unfit: dict[str, int] = {}
        self._runner: web.AppRunner | None = None
        self._opening: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Listen; raises SocketError."""
        listener = self._bind()
        self._opening = asyncio.create_task(self._serve(listener))

    def render(self, flush: Flush, _: LastFlush) -> Iterator[Parcel]:
        """Show a flush; the parcel says how many series that are."""
        shown, self._unfit = self._page.take(flush)
        yield Parcel(b"", shown)

    async def deliver(self, parcel: Parcel) -> None:
        """Do nothing: it is shown."""

    async def close(self) -> None:
        """Close the listener."""
        opening, self._opening = self._opening, None
        if opening is not None:
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    def count_unfit(self) -> Mapping[str, int]:
        """Return the series that could not be shown."""
        unfit, self._unfit = self._unfit, {}
        return unfit

    def _bind(self) -> socket.socket:
        try:
            found = socket.getaddrinfo(
                self._host, self._port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
            family, _, _, _, address = found[0]
            return socket.create_server(
                address[:2], family=family, backlog=BACKLOG, reuse_port=False
            )
        except OSError as fault:
            # Python tells the address once more, in brackets.
            why = (fault.strerror or str(fault)).partition(" (")[0]
            raise SocketError(
                f"sink {self._url!r}: {why}; valid: an address of "
                "this host and a port that nobody has"
            ) from fault

    async def _serve(self, listener: socket.socket) -> None:
        app = web.Application()
        app.router.add_get(PATH, self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=CLOSE_S)
        await self._runner.setup()
        await web.SockSite(self._runner, listener, backlog=BACKLOG).start()

    async def _answer(self, request: web.Request) -> web.Response:
        accept = ",".join(request.headers.getall("Accept", []))
        content_type, text = await asyncio.to_thread(self._page.text, accept)
        response = web.Response(body=text, headers={"Content-Type": content_type})
        response.enable_compression()
        return response


def as_metric(family: Family, series: list[Shown]) -> Metric:
    """Return a family as prometheus_client has it."""
    metric = Metric(family.name, family.help, family.kind, family.unit)
    for shown in series:
        for end, label, value in list_samples(family.kind, shown):
            labels = {**shown.labels, **label}
            metric.add_sample(family.name + end, labels, value)
    return metric


def list_samples(
    kind: str, shown: Shown
) -> Iterator[tuple[str, Mapping[str, str], float]]:
    """Yield (what is behind the name, label of its own, value) of a series."""
    if kind == "gauge":
        yield "", {}, shown.value
    elif kind == "counter":
        yield "_total", {}, shown.value
    else:
        for quantile, value in shown.quantiles:
            yield "", {"quantile": quantile}, value / shown.divisor
        if kind == "histogram":
            for le, count in cumulated(shown):
                yield "_bucket", {"le": le}, count
        yield "_sum", {}, shown.sum / shown.divisor
        yield "_count", {}, shown.count
