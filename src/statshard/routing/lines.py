"""Lines: those that a plan counts, where it cannot count slots. Pure.

    generated   100 000 names as a fleet of services has them, a third with tags; the
                same in every release, so that two plans can be compared
    names       given, one a line: each counts once
    lines       of StatsD, given: each counts, so what is busy weighs more

What is given is told apart by its first line: one with a colon is a line of StatsD.
"""

import itertools
from collections.abc import Iterable, Iterator

GENERATED = 100_000
REST = b":1|c"  # what makes a name a line

_SERVICES = tuple(
    b"api auth billing cart catalog checkout clicks feed geo images inbox ledger mail "
    b"media orders payments push ratings search sessions shipping stock tax users "
    b"video".split()
)
_SUBJECTS = tuple(
    b"http.requests http.latency db.queries db.pool cache.hits cache.misses "
    b"queue.depth jvm.heap cpu.user disk.sda1".split()
)
_FIGURES = tuple(b"count rate mean p50 p95 p99 max errors timeouts retries".split())
_TAGS = (b"", b"", b"|#env:prod,zone:eu-1%c,version:%d")


def generate(count: int = GENERATED) -> Iterator[bytes]:
    """Yield lines of `count` names, no name twice."""
    combined = itertools.product(range(len(_SUBJECTS)), range(len(_FIGURES)))
    metrics = [_SUBJECTS[one] + b"." + _FIGURES[other] for one, other in combined]
    for number in range(count):
        rest, metric = divmod(number, len(metrics))
        host, service = divmod(rest, len(_SERVICES))
        tags = _TAGS[metric % len(_TAGS)]
        if tags:
            tags %= (ord("a") + host % 3, host % 7)
        yield b"prod.%b.web-%03d.%b%b%b" % (
            *(_SERVICES[service], host, metrics[metric]),
            *(REST, tags),
        )


def read_given(given: Iterable[bytes]) -> tuple[str, Iterator[bytes]]:
    """Return what is given, "names" or "lines", and the lines to count.

    Each is taken without its line end; empty ones go, and so do names that came before.
    """
    stripped = (each.rstrip(b"\r\n") for each in given)
    filled = (each for each in stripped if each)
    first = next(filled, b"")
    every = itertools.chain([first] if first else [], filled)
    if b":" in first or first.startswith((b"_sc|", b"_e{")):
        return "lines", every
    return "names", (name + REST for name in _each_once(every))


def _each_once(names: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what has not come before."""
    seen: set[bytes] = set()
    for name in names:
        if name not in seen:
            seen.add(name)
            yield name
