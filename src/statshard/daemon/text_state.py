"""Text state: what the text port asks, answered from the counts and the store.

The series are those of the last flush: what has come since is in the workers' tables,
which nobody else may read. Must not know: connections, how verbs are written.
"""

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from statshard.daemon.account import Account
from statshard.daemon.flushing import Flushing
from statshard.flush.gather import count_sketched, list_members, list_values
from statshard.flush.inspect import inspected
from statshard.flush.snapshot import with_own_counters, with_own_gauges
from statshard.settings.section import Section
from statshard.settings.server import SERVER, ServerSettings

EPOCH_FIELDS = ("last_flush", "last_exception")  # told as seconds ago, as etsy does


@dataclass
class TextState:
    """One server, as the text port sees it."""

    settings: ServerSettings
    flushing: Flushing
    is_up: bool = True

    def __post_init__(self) -> None:
        self._started_s = time.time()
        self._seen_s = self._started_s  # when the last datagram was noticed
        self._seen_datagrams = 0

    def set_health(self, *, is_up: bool) -> None:
        """Let `health` tell that from now on."""
        self.is_up = is_up

    def look(self, account: Account) -> None:
        """Take note of whether datagrams came; called each second."""
        if account.received_datagrams != self._seen_datagrams:
            self._seen_datagrams = account.received_datagrams
            self._seen_s = time.time()

    def list_stats(self) -> Iterator[tuple[str, object]]:
        """Yield uptime, what came, its balance, and what is known of each sink."""
        account = self.flushing.account()
        self.look(account)
        now_s = time.time()
        yield "uptime", round(now_s - self._started_s)
        yield "messages.last_msg_seen", round(now_s - self._seen_s)
        yield "messages.bad_lines_seen", account.bad_samples
        yield "samples.received", account.received_samples
        for kind, samples in account.aggregated.items():
            yield f"samples.aggregated.{kind}", samples
        for kind, samples in account.overflowed.items():
            yield f"overflowed.{kind}", samples
        for reason, samples in account.dropped.items():
            yield f"samples.dropped.{reason}", samples
        for kind, count in account.sketched.items():
            yield f"series.sketched.{kind}", count
        for number, outlet in enumerate(self.flushing.outlets, 1):
            scheme = outlet.name.partition(":")[0]
            name = scheme if number == 1 else f"{scheme}_{number}"
            counts = outlet.statistics()
            for field, value in asdict(counts.last).items():
                is_epoch = field in EPOCH_FIELDS
                yield f"{name}.{field}", round(now_s) - value if is_epoch else value
            yield f"{name}.waiting_points", counts.waiting_points
            yield f"{name}.dropped_points", sum(counts.dropped_points.values())

    async def list_overflow(self) -> Iterable[tuple[str, object]]:
        """Return series known, their caps, and of what overflowed last, whose it was.

        Offenders are of the last interval in which any of their type overflowed.
        """
        async with self.flushing.lock:
            counts, size_bytes = self.flushing.store.sizes()
        overflow, settings = self.flushing.overflow, self.settings
        lines: list[tuple[str, object]] = [
            ("series_bytes", f"{size_bytes} of {settings.series_bytes}")
        ]
        for kind, series in counts.items():
            lines += [
                (f"{kind}.series", f"{series} of {settings.series_max}"),
                (f"{kind}.overflowed_samples", overflow.total[kind]),
            ]
            lines += [
                (f"{kind}.offender", f"{share} {prefix}")
                for prefix, share in overflow.shares(kind)
            ]
        return lines

    def list_config(self) -> Iterator[tuple[str, object]]:
        """Yield the settings in force; a list as etsy shows one."""
        section: Section[ServerSettings] = SERVER
        for row in section.rows:
            value = getattr(self.settings, row.key)
            if row.is_secret or value is None:
                continue
            if row.is_list:
                for at, each in enumerate(value):
                    yield f"{row.key} > {at}", row.kind.show(each)
            else:
                shown = row.kind.show(value)
                yield row.key, json.dumps(shown) if isinstance(shown, bool) else shown

    async def show(self, kind: str) -> str:
        """Return all series of a kind as Node.js shows an object."""
        async with self.flushing.lock:
            return await self.flushing.thread.call(self._show, kind)

    async def list_keys(self, kind: str) -> Iterable[str]:
        """Return the keys of a kind, in order."""
        async with self.flushing.lock:
            return await self.flushing.thread.call(self._list_keys, kind)

    async def delete(self, kind: str, keys: Sequence[str]) -> None:
        """Forget some series; what has come for them since the last flush remains."""
        async with self.flushing.lock:
            await self.flushing.thread.call(self.flushing.store.forget, kind, keys)

    def _list_keys(self, kind: str) -> list[str]:
        """Return the keys of a kind, the server's own too."""
        if kind in ("counter", "gauge"):
            return [*self._read(kind)]
        return self.flushing.store.keys(kind)

    def _show(self, kind: str) -> str:
        return inspected(self._read(kind))

    def _read(self, kind: str) -> Mapping[str, object]:
        """Return key -> what is shown of it."""
        store, beside = self.flushing.store, self.flushing.beside
        prefix = self.settings.prefix_stats
        if kind == "timer":
            return list_values(store, store.keys("timer"))
        if kind == "set":
            return list_members(store, store.sets())
        if kind == "gauge":
            last = self.flushing.last
            sketched = count_sketched(
                last.sketched if last else {}, tells_none=beside.tells_sketched
            )
            return with_own_gauges(store.gauges(), prefix, beside.lag_s, sketched)
        return with_own_counters(beside.own, prefix, store.counters())
