"""Repeater: what came in, on to another StatsD server or a proxy, each flush.

    statsd://HOST[:8125]
        ?max_payload=1432    bytes of a datagram, 512 to 65507
        ?rate=10000          datagrams a second, at most
        ?pack=yes            values of a timer in one line (DogStatsD 1.1)

Rules: a parcel is one datagram. Sent means that the kernel took it and that no refusal
(ICMP) is known yet; one whose refusal is seen at once, as on this host, is sent again
later. Datagrams of a flush are paced, so that the receiver's buffer does not overflow.
What lines there are and what they come to there: statsd_lines.py. Source: udp(7).
"""

import asyncio
import errno
import os
import socket
from collections.abc import Iterator, Mapping

from statshard.errors import RefusedError
from statshard.sinks.query import Query, host_of, no_path
from statshard.sinks.sink import Flush, LastFlush, Order, Parcel, Sink
from statshard.sinks.statsd_lines import StatsdLines

PORT = 8125
MAX_PAYLOAD = 1432  # of Ethernet without jumbo frames, below any tunnel's cost
PAYLOADS = range(512, 65_508)
RATE = 10_000  # datagrams a second
RATES = range(10, 1_000_001)
PACE_S = 0.001  # a burst is what the rate allows in this time, and at least one


class RepeaterSink(Sink):
    """Another server, by UDP."""

    wants_values = True

    def __init__(self, order: Order) -> None:
        query = Query(order, ("max_payload", "rate", "pack"))
        no_path(order, query)
        self._host = host_of(order, query, "statsd://HOST:PORT")
        self._port = order.port or PORT
        self._rate = query.whole("rate", RATE, RATES)
        self._burst = max(1, int(self._rate * PACE_S))
        self._sent = 0  # datagrams
        self._lines = StatsdLines(
            order.wording,
            order.own_prefix,
            max_bytes=query.whole("max_payload", MAX_PAYLOAD, PAYLOADS),
            packs=query.switch("pack", usual=False),
        )
        self._socket: socket.socket | None = None

    def render(self, flush: Flush, _: LastFlush) -> Iterator[Parcel]:
        """Write a flush, a parcel for each datagram."""
        for octets, points in self._lines.list_datagrams(flush):
            yield Parcel(octets, points)

    async def deliver(self, parcel: Parcel) -> None:
        """Send a datagram; raises OSError, RefusedError."""
        opened = await self._open()
        try:
            await asyncio.get_running_loop().sock_sendall(opened, parcel.payload)
        except OSError as fault:
            if fault.errno != errno.EMSGSIZE:
                raise
            raise RefusedError(str(fault), reason="too_large") from fault
        refusal = opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if refusal:
            raise OSError(refusal, os.strerror(refusal))
        self._sent += 1
        if self._sent % self._burst == 0:
            await asyncio.sleep(self._burst / self._rate)

    async def close(self) -> None:
        """Close the socket."""
        opened, self._socket = self._socket, None
        if opened is not None:
            opened.close()

    def count_unfit(self) -> Mapping[str, int]:
        """Return what could not be written."""
        unfit = dict(self._lines.unfit)
        self._lines.unfit.clear()
        return unfit

    async def _open(self) -> socket.socket:
        """Return the socket, connected; raises OSError."""
        if self._socket is None:
            found = await asyncio.get_running_loop().getaddrinfo(
                self._host, self._port, type=socket.SOCK_DGRAM
            )
            family, kind, protocol, _, address = found[0]
            opened = socket.socket(family, kind, protocol)
            try:
                opened.setblocking(False)  # noqa: FBT003 -- the library's own signature
                opened.connect(address)
            except OSError:
                opened.close()
                raise
            self._socket = opened
        return self._socket
