"""Judge: what a soak has seen, held against what must hold. Pure.

Each expectation is a row of EXPECTATIONS: its name, and a function that returns what
was seen, in a few words, and every fault. Events are those of the proxy's log. Must not
know: processes, sockets, clocks.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from soak.lines import REFUSED
from soak.schedule import GONE

Event = Mapping[str, Any]  # Any: what JSON holds

WARM_UP_S = 60.0  # in which memory may still be touched for the first time
WARM_UP_SHARE = 0.5  # of a run, at most
RSS_BYTES = 1 << 20  # by which memory may differ afterwards
REACHED = 0.9  # of the rate that was asked for
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the proxy's process; seconds since the begin of the run."""

    at_s: float
    rss_bytes: int
    descriptors: int
    threads: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """What one receiver got."""

    name: str
    role: str
    lines: int
    datagrams: int
    lost: int  # datagrams that the kernel had no room for, at the receiver's socket
    absences: int  # that are over


@dataclass(frozen=True, slots=True)
class Run:
    """All that a soak has seen."""

    rate: int  # datagrams/s that were asked for
    sent: Event  # of the generator's report: datagrams, lines, datagrams_per_s
    looks: Sequence[Look]
    log: Sequence[Event]
    errors: Sequence[str]  # what the proxy said that is no event, such as a traceback
    status: int  # of the proxy
    arrived: Sequence[Arrived]

    def events(self, name: str) -> list[Event]:
        """Return the events of a name."""
        return [event for event in self.log if event["event"] == name]

    @property
    def balance(self) -> Event:
        """The closing balance; empty where the log has none."""
        return next(iter(self.events("balance")), {})

    @property
    def settled_looks(self) -> list[Look]:
        """Those after the warm-up."""
        last_s = max((look.at_s for look in self.looks), default=0.0)
        warm_s = min(WARM_UP_S, last_s * WARM_UP_SHARE)
        return [look for look in self.looks if look.at_s >= warm_s]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one expectation held."""

    name: str
    seen: str
    faults: tuple[str, ...]


Judged = tuple[str, list[str]]  # what was seen, every fault


def judge(run: Run) -> list[Verdict]:
    """Return a verdict on each expectation."""
    verdicts = []
    for name, expectation in EXPECTATIONS:
        seen, faults = expectation(run)
        verdicts.append(Verdict(name, seen, tuple(faults)))
    return verdicts


def judge_end(run: Run) -> Judged:
    """SIGTERM ends the proxy with status 0 and the account of the whole run."""
    faults = [] if run.status == 0 else [f"status {run.status}, not 0"]
    if not run.balance:
        faults.append("no closing balance in the log")
    elif run.balance["closes"] != "yes":
        faults.append("the closing balance says that it does not close")
    faults += [f"it said: {row.rstrip()}" for row in run.errors]
    return f"status {run.status}", faults


def judge_rate(run: Run) -> Judged:
    """Hold the rate against the one asked for: with less the soak is a lighter one."""
    rate = run.sent["datagrams_per_s"]
    seen = f"{rate:,.0f} datagrams/s of {run.rate:,} asked for"
    return seen, [] if rate >= REACHED * run.rate else [f"only {seen}"]


def judge_balance(run: Run) -> Judged:
    """Received = forwarded + dropped + waiting, at each look; at last nothing waits."""
    balances = [*run.events("summary"), *run.events("balance")]
    faults = []
    for one in balances:
        told = one["forwarded_lines"] + one["dropped_lines"] + one["waiting_lines"]
        if one["received_lines"] != told:
            faults.append(
                f"{one['ts']}: received {one['received_lines']} lines, "
                f"but forwarded + dropped + waiting are {told}"
            )
    if waiting := run.balance.get("waiting_lines"):
        faults.append(f"{waiting} lines wait at the end")
    if len(balances) < 2:  # noqa: PLR2004 -- one while it runs, and the closing one
        faults.append("no summary in the log")
    lines = run.balance.get("received_lines", 0)
    return f"closed at {len(balances)} looks; {lines:,} lines received", faults


def judge_datagrams(run: Run) -> Judged:
    """Sent = what was read + what the kernel dropped before that, exactly."""
    sent = run.sent["datagrams"]
    received = run.balance.get("received_datagrams", 0)
    dropped = run.balance.get("kernel_dropped_datagrams", 0)
    seen = f"sent {sent:,} = received {received:,} + kernel dropped {dropped:,}"
    faults = [] if sent == received + dropped else [f"not so: {seen}"]
    faults += [
        f"{name} {count}, not 0"
        for name in ("truncated_datagrams", "receive_errors")
        if (count := run.balance.get(name))
    ]
    return seen, faults


def judge_drops(run: Run) -> Judged:
    """Lines are dropped for what is wrong with them, and for nothing else."""
    drops = run.events("balance_dropped")
    faults = [
        f"{drop['backend'] or 'no backend'}: {drop['lines']} lines dropped: "
        f"{drop['reason']}"
        for drop in drops
        if drop["backend"] or drop["reason"] not in REFUSED
    ]
    return f"{sum(drop['lines'] for drop in drops):,} lines refused", faults


def judge_arrivals(run: Run) -> Judged:
    """Nobody gets more than was forwarded; who never closed its port gets all of it.

    What its own socket had no room for is counted in datagrams, and so is known too.
    """
    told = {event["backend"]: event for event in run.events("balance_backend")}
    faults = []
    for got in run.arrived:
        if got.name in told:
            faults += [
                f"{got.name} ({got.role}): {fault}"
                for fault in _arrival_faults(got, told[got.name])
            ]
        else:
            faults.append(f"{got.name}: not in the closing balance")
    lines = sum(got.lines for got in run.arrived)
    lost = sum(got.lost for got in run.arrived)
    return f"{lines:,} lines; {lost:,} datagrams lost at full receivers", faults


def _arrival_faults(got: Arrived, told: Event) -> Iterator[str]:
    """Yield what is wrong between a receiver and what the proxy tells of it."""
    lines, datagrams = told["forwarded_lines"], told["forwarded_datagrams"]
    if got.lines > lines:
        yield f"got {got.lines} lines, more than the {lines} forwarded"
    seen = got.datagrams + got.lost
    if got.role == GONE:
        seen += told["refused_datagrams"]
        if seen > datagrams:
            yield f"{seen} datagrams got or refused, of {datagrams} forwarded"
        return
    if seen != datagrams:
        yield f"{seen} datagrams got or lost here, of {datagrams} forwarded"
    if not got.lost and got.lines != lines:
        yield f"got {got.lines} lines of {lines} forwarded"
    if told["refused_datagrams"]:
        yield f"{told['refused_datagrams']} datagrams refused, though it was there"


def judge_absences(run: Run) -> Judged:
    """Backends really went: each one that did has refused something."""
    told = {event["backend"]: event for event in run.events("balance_backend")}
    faults = [
        f"{got.name} was gone {got.absences} times, and nothing was refused"
        for got in run.arrived
        if got.role == GONE
        and got.absences
        and not told.get(got.name, {}).get("refused_datagrams")
    ]
    seen = ", ".join(f"{got.name} {got.role} {got.absences}" for got in run.arrived)
    return seen, faults


def judge_memory(run: Run) -> Judged:
    """After the warm-up memory stays where it is."""
    sizes = [look.rss_bytes for look in run.settled_looks]
    if not sizes:
        return "no look", ["the proxy's process was never looked at"]
    lowest, highest = min(sizes) - sizes[0], max(sizes) - sizes[0]
    seen = (
        f"{sizes[0] / MIB:.2f} MiB, then {lowest / MIB:+.2f} to {highest / MIB:+.2f}, "
        f"at last {(sizes[-1] - sizes[0]) / MIB:+.2f}"
    )
    is_still = highest <= RSS_BYTES and abs(sizes[-1] - sizes[0]) <= RSS_BYTES
    return seen, [] if is_still else [f"more than {RSS_BYTES / MIB:g} MiB: {seen}"]


def judge_descriptors(run: Run) -> Judged:
    """As many file descriptors at each look."""
    return _constant("file descriptors", [look.descriptors for look in run.looks])


def judge_threads(run: Run) -> Judged:
    """As many threads at each look."""
    return _constant("threads", [look.threads for look in run.looks])


def _constant(what: str, counts: Sequence[int]) -> Judged:
    """Return the verdict on what must not change."""
    seen = f"{' or '.join(map(str, sorted(set(counts))))} at {len(counts)} looks"
    return seen, [] if len(set(counts)) == 1 else [f"{what}: {seen}"]


EXPECTATIONS: tuple[tuple[str, Callable[[Run], Judged]], ...] = (
    ("end", judge_end),
    ("rate", judge_rate),
    ("balance", judge_balance),
    ("datagrams", judge_datagrams),
    ("dropped", judge_drops),
    ("arrivals", judge_arrivals),
    ("absences", judge_absences),
    ("memory", judge_memory),
    ("descriptors", judge_descriptors),
    ("threads", judge_threads),
)
