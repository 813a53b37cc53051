"""Words: what is said before and behind the figures. Pure.

Five lines at the start: what is up, where to send, where it shows, what the
demonstration is, how to stop. At the end a line for each balance. None of the first is
longer than 80 characters, unless an address or a sink's is.
"""

from collections.abc import Mapping, Sequence

from statshard.settings.reading import printable, shortest
from statshard.up.cells import dropped_text, number
from statshard.up.demonstration import LINES_PER_S, PREFIX
from statshard.up.options import UpSettings
from statshard.up.view import PROXY, Counts, Dropped, Fields, News

NAMES_MAX = 3  # in a line
# Of a listener, the addresses of no host; from here they are reached by these.
ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- compared


def reach(url: str) -> tuple[str, int]:
    """Return the address by which this host reaches a listener that is bound."""
    host, _, port = url.removeprefix("udp://").rpartition(":")
    host = host.strip("[]")
    return ANY.get(host, host), int(port)


def greeting(settings: UpSettings, listening: Sequence[str]) -> tuple[str, ...]:
    """Return the first five lines."""
    host, port = reach(listening[0])
    servers = "a server" if settings.backends == 1 else f"{settings.backends} servers"
    every_s = shortest(settings.flush_interval)
    sinks = "".join(f", and {each.url.text}" for each in settings.sink)
    demo = f"{LINES_PER_S} lines/s of {PREFIX}* come from here (none with --no-demo)"
    if settings.no_demo:
        demo = "none; what you see is yours"
    return (
        f"statshard is up: {' '.join(listening)}, with {servers} behind it",
        f'send  echo "hello:1|c" > /dev/udp/{host}/{port} (bash); or a StatsD client',
        f"see   here every {every_s} s, your own metrics first{sinks}",
        f"demo  {demo}",
        "stop  Ctrl-C",
    )


def list_news(news: Sequence[News]) -> list[str]:
    """Return changes of state as lines: what several tell alike is one."""
    tellers: dict[str, list[str]] = {}
    for each in news:
        tellers.setdefault(each.text, []).append(each.where)
    return [
        printable(f"{_list_names(names)}: {text}") for text, names in tellers.items()
    ]


def closing(
    counts: Mapping[str, Counts],
    dropped: Sequence[Dropped],
    sinks: Mapping[str, Sequence[Fields]],
) -> tuple[str, ...]:
    """Return what became of every line and every sample, by the last balances."""
    proxy = counts.get(PROXY, Counts({}))
    servers = [each for name, each in counts.items() if name != PROXY]
    why = {
        unit: dropped_text([each for each in dropped if each.unit == unit])
        for unit in ("lines", "samples")
    }
    forwarded = proxy.of("forwarded_lines")
    lines = (
        f"lines    {number(proxy.of('received_lines'))} in"
        f" = {number(forwarded)} out"
        f" + {number(proxy.of('dropped_lines'))} dropped{_behind(why['lines'])}"
        f" + {number(proxy.of('waiting_lines'))} waiting{_doubt([proxy])}"
    )
    samples = (
        f"samples  {number(_sum(servers, 'received_samples'))} in"
        f" = {number(_sum(servers, 'aggregated_samples'))} aggregated"
        f" + {number(_sum(servers, 'dropped_samples'))} dropped"
        f"{_behind(why['samples'])}{_doubt(servers)}"
    )
    arrived = _sum(servers, "received_lines")
    between = f"between  {number(arrived)} of {number(forwarded)} lines out arrived"
    if arrived != forwarded:
        lost = number(_sum(servers, "kernel_dropped_datagrams"))
        between += f"; the servers' kernel dropped {lost} datagrams"
    return (lines, samples, between, *(_sink_text(*each) for each in sinks.items()))


def _list_names(names: Sequence[str]) -> str:
    """Return some names, or how many they are."""
    return ", ".join(names) if len(names) <= NAMES_MAX else f"{len(names)} servers"


def _sink_text(name: str, balances: Sequence[Fields]) -> str:
    """Return what became of the points of one sink of every server."""
    sent, dropped, waiting = (
        number(sum(each[field] for each in balances))
        for field in ("sent_points", "dropped_points", "waiting_points")
    )
    return f"sink     {name}: {sent} points sent, {dropped} dropped, {waiting} waiting"


def _behind(why: str) -> str:
    return f" ({why})" if why else ""


def _doubt(each: Sequence[Counts]) -> str:
    """Return nothing where balances close, as they do; who was killed told none."""
    closes = {counts.total.get("closes") for counts in each}
    if "no" in closes:
        return "; this does NOT close: a defect, please report it"
    return "; of who was killed, as last told" if None in closes else ""


def _sum(each: Sequence[Counts], field: str) -> int:
    return sum(counts.of(field) for counts in each)
