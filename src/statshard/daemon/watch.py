"""Watch: successive balances into changes of state, each told once.

    takes     -> refuses    ICMP errors came back since the last look
    refuses   -> takes      QUIET_LOOKS looks in a row without one, while lines went out
    flows     -> waits      datagrams wait for a backend that cannot take them
    waits     -> flows      nothing waits any more
    kernel drops            more since the last time it was told, at most once in KERNEL_DROPS_S

Pure: no clock, no log; the time is handed in, what is to be told is returned.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from statshard.daemon.balance import BackendCounts, Balance

QUIET_LOOKS = 3
KERNEL_DROPS_S = 60.0
WAITING_LOOKS = 2  # lines that are only packed are gone by the next look

Event = tuple[str, Mapping[str, object]]


@dataclass(slots=True)
class _BackendState:
    """What was last told of a backend, and since when it is otherwise."""

    counts: BackendCounts
    refuses: bool = False
    quiet_looks: int = 0
    waits: bool = False
    waiting_looks: int = 0


@dataclass(slots=True)
class Watch:
    """Remembers what has been told."""

    backends: dict[str, _BackendState] = field(default_factory=dict)
    told_drops: dict[int, int] = field(default_factory=dict)
    told_drops_at: float = float("-inf")

    def look(self, balance: Balance, now_s: float) -> Iterator[Event]:
        """Yield what has changed since the last look, as (event, fields)."""
        for name, counts in balance.backends.items():
            state = self.backends.setdefault(name, _BackendState(counts))
            yield from _refusals(name, state, counts)
            yield from _waiting(name, state, counts)
            state.counts = counts
        if now_s - self.told_drops_at >= KERNEL_DROPS_S:
            yield from self._kernel_drops(balance, now_s)

    def _kernel_drops(self, balance: Balance, now_s: float) -> Iterator[Event]:
        """Tell of datagrams lost before they could be read."""
        for index, drops in enumerate(balance.kernel_dropped):
            more = drops - self.told_drops.get(index, 0)
            if more > 0:
                self.told_drops[index] = drops
                self.told_drops_at = now_s
                yield "kernel_dropped", {"listener": index, "datagrams": more}


def _refusals(name: str, state: _BackendState, counts: BackendCounts) -> Iterator[Event]:
    """Tell when a backend's host begins to refuse datagrams, and when it has ceased to."""
    refused = counts.refused_datagrams - state.counts.refused_datagrams
    went_out = counts.forwarded_datagrams > state.counts.forwarded_datagrams
    if refused:
        state.quiet_looks = 0
        if not state.refuses:
            state.refuses = True
            yield "backend_refuses", {"backend": name, "datagrams": refused}
    elif state.refuses and went_out:
        state.quiet_looks += 1
        if state.quiet_looks == QUIET_LOOKS:
            state.refuses = False
            yield "backend_takes", {"backend": name, "refused_datagrams": counts.refused_datagrams}


def _waiting(name: str, state: _BackendState, counts: BackendCounts) -> Iterator[Event]:
    """Tell when lines begin to wait for longer than packing takes, and when none does any more."""
    state.waiting_looks = state.waiting_looks + 1 if counts.waiting_lines else 0
    if state.waits and not counts.waiting_lines:
        state.waits = False
        yield "backend_flows", {"backend": name}
    elif not state.waits and state.waiting_looks == WAITING_LOOKS:
        state.waits = True
        yield "backend_waits", {"backend": name, "lines": counts.waiting_lines}
