"""Watch: successive balances into changes of state, each told once.

    takes     -> refuses    ICMP errors came back since the last look
    refuses   -> takes      QUIET_LOOKS looks in a row without one, while lines went out
    flows     -> waits      datagrams wait for a backend that cannot take them
    waits     -> flows      nothing waits any more
    kernel drops            more since the last time it was told, at most once in
                            KERNEL_DROPS_S

Pure: no clock, no log; the time is handed in, what is to be told is returned.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from statshard.daemon.balance import BackendCounts, Balance

QUIET_LOOKS = 3
KERNEL_DROPS_S = 60.0
KERNEL_DROPS_ADVICE = (
    "lost before they could be read: raise net.core.rmem_max and receive_buffer, "
    "or add workers"
)

Event = tuple[str, Mapping[str, object]]


@dataclass(slots=True)
class _BackendState:
    """What was seen of a backend at the last look, and what was told of it."""

    refused_datagrams: int = 0
    forwarded_datagrams: int = 0
    refuses: bool = False
    quiet_looks: int = 0
    waits: bool = False


@dataclass(slots=True)
class Watch:
    """Remembers what has been told; `listeners` are their URLs."""

    listeners: Sequence[str]
    backends: dict[str, _BackendState] = field(default_factory=dict)
    told_drops: dict[int, int] = field(default_factory=dict)
    told_drops_at_s: float = float("-inf")

    def look(self, balance: Balance, now_s: float) -> Iterator[Event]:
        """Yield what has changed since the last look, as (event, fields)."""
        for name, counts in balance.backends.items():
            state = self.backends.setdefault(name, _BackendState())
            yield from _refusals(name, state, counts)
            yield from _waiting(name, state, counts)
            state.refused_datagrams = counts.refused_datagrams
            state.forwarded_datagrams = counts.forwarded_datagrams
        if now_s - self.told_drops_at_s >= KERNEL_DROPS_S:
            yield from self._kernel_drops(balance, now_s)

    def _kernel_drops(self, balance: Balance, now_s: float) -> Iterator[Event]:
        """Tell of datagrams lost before they could be read."""
        for index, drops in enumerate(balance.kernel_dropped):
            more = drops - self.told_drops.get(index, 0)
            if more > 0:
                self.told_drops[index] = drops
                self.told_drops_at_s = now_s
                yield (
                    "kernel_dropped",
                    {
                        "listener": self.listeners[index],
                        "datagrams": more,
                        "advice": KERNEL_DROPS_ADVICE,
                    },
                )


def _refusals(
    name: str, state: _BackendState, counts: BackendCounts
) -> Iterator[Event]:
    """Tell when a backend's host begins to refuse datagrams, and when it has ceased."""
    refused = counts.refused_datagrams - state.refused_datagrams
    went_out = counts.forwarded_datagrams > state.forwarded_datagrams
    if refused:
        state.quiet_looks = 0
        if not state.refuses:
            state.refuses = True
            yield "backend_refuses", {"backend": name, "datagrams": refused}
    elif state.refuses and went_out:
        state.quiet_looks += 1
        if state.quiet_looks == QUIET_LOOKS:
            state.refuses = False
            told = {"backend": name, "refused_datagrams": counts.refused_datagrams}
            yield "backend_takes", told


def _waiting(name: str, state: _BackendState, counts: BackendCounts) -> Iterator[Event]:
    """Tell when lines begin to queue for a backend, and when none does any more."""
    if state.waits != (counts.queued_lines > 0):
        state.waits = not state.waits
        if state.waits:
            yield "backend_waits", {"backend": name, "lines": counts.queued_lines}
        else:
            yield "backend_flows", {"backend": name}
