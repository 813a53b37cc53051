"""The sinks of `statshard serve` before real stores: what was sent is read back."""

import json
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import ExitStack

import pytest

from tests.peers.carbon import carbon_cache
from tests.peers.differential import INTERVAL_MS
from tests.peers.graphite_receiver import GraphiteReceiver
from tests.peers.hostile import HOSTILE
from tests.peers.hostile import SENDINGS as HOSTILE_SENDINGS
from tests.peers.influx import DATABASE, influxdb, show
from tests.peers.process import LOOPBACK, find_free_ports
from tests.peers.prometheus import check_metrics, prometheus
from tests.peers.serve import Serve, list_events, serving
from tests.peers.test_stores import SENDINGS
from tests.peers.udp_queue import send_paced
from tests.peers.victoria import victoria_metrics
from tests.support.proxy import Proxy
from tests.support.wait import TIMEOUT_S, wait_until

FAST_MS = 250
OWN = "statsd."
Sums = Mapping[str, float]


def wait_for(expected: Sums, fetch: Callable[[], Sums]) -> None:
    """Wait until a store has exactly these series but for the server's own."""
    kept: list[Sums] = []

    def is_there() -> bool:
        kept[:] = [{k: v for k, v in fetch().items() if OWN not in k}]
        return expected == kept[0]

    wait_until(is_there, blame=lambda: f"kept was {kept}, not {expected}")


def influx_url(port: int) -> str:
    """Return the URL of a sink to the database."""
    return f"influxdb://{LOOPBACK}:{port}/{DATABASE}?type_tag=type"


def kept(name: str, kind: str, **tags: str) -> str:
    """Return what InfluxDB shows a series as."""
    return show(name, {**tags, "type": kind})


def test_influxdb_keeps_what_was_sent() -> None:
    """Its own client reads each figure under the name, with the tags and the type."""
    with (
        influxdb() as store,
        serving(influx_url(store.port), interval_ms=FAST_MS) as server,
    ):
        send_paced(server.port, SENDINGS)
        counts = {
            kept("gorets", "counter"): 11,
            kept("tagged", "counter", env="prod", az="1"): 3,
            kept("glork", "timer"): 2,
            kept("uniques", "set"): 2,
        }
        wait_for(counts, lambda: store.sums("count"))
        wait_for({kept("gaugor", "gauge"): 327}, lambda: store.lasts("value"))
        wait_for({kept("glork", "timer"): 420}, lambda: store.sums("sum"))
        wait_for({kept("glork", "timer"): 320}, lambda: store.sums("upper_90"))


def test_influxdb_refuses_a_line_and_takes_the_others() -> None:
    """A series whose field has another type there is dropped, one point each flush, and
    the lines beside it are kept.
    """
    with influxdb() as store:
        post(store.port, f"{HOSTILE[0].text},type=counter count=1i".encode())
        url = influx_url(store.port)
        with serving(url, interval_ms=FAST_MS, flags=["--no-sanitize"]) as server:
            send_paced(server.port, HOSTILE_SENDINGS)
            wait_until(lambda: len(store.sums("count")) >= len(HOSTILE))
            assert server.process.stop() == 0
            (dropped,) = list_events(server.process.log, "sink_dropped")
            (balance,) = list_events(server.process.log, "balance_sink")
            kept_sums = store.sums("count")
    assert kept_sums[kept(HOSTILE[0].text, "counter")] == 1
    assert kept_sums[kept(HOSTILE[1].text, "counter")] == 2
    assert (dropped["reason"], balance["closes"]) == ("partial_write", "yes")
    assert balance["dropped_points"] == dropped["points"] >= 1
    assert balance["sent_points"] >= (len(HOSTILE) - 1) * dropped["points"]


def post(port: int, line: bytes) -> None:
    """Write a line to InfluxDB's database."""
    query = urllib.parse.urlencode({"db": DATABASE})
    url = f"http://{LOOPBACK}:{port}/write?{query}"
    urllib.request.urlopen(url, data=line, timeout=TIMEOUT_S).close()


def test_influxdb_keeps_hostile_names_in_their_place() -> None:
    """Each name is one series with its own sum, and there is no other; no line was
    refused.
    """
    with (
        influxdb() as store,
        serving(
            influx_url(store.port), interval_ms=FAST_MS, flags=["--no-sanitize"]
        ) as server,
    ):
        send_paced(server.port, HOSTILE_SENDINGS)
        expected = {
            kept(each.text, "counter", **each.tags): float(1 << number)
            for number, each in enumerate(HOSTILE)
        }
        wait_for(expected, lambda: store.sums("count"))
        assert nothing_refused(server)


@pytest.mark.parametrize("version", [1, 2])
def test_victoria_metrics_keeps_hostile_names_in_their_place(version: int) -> None:
    """By /write and by /api/v2/write each name is one series, and there is no other."""
    path, added = ("/db", {"db": "db"}) if version == 1 else ("?org=o&bucket=b", {})
    with victoria_metrics() as store:
        url = f"influxdb://{LOOPBACK}:{store.http_port}{path}"
        with serving(url, interval_ms=FAST_MS, flags=["--no-sanitize"]) as server:
            send_paced(server.port, HOSTILE_SENDINGS)
            expected = {
                as_json(f"{each.text}_count", {**each.tags, **added}): float(
                    1 << number
                )
                for number, each in enumerate(HOSTILE)
            }
            wait_for(
                expected,
                lambda: {k: v for k, v in store.sums().items() if '_count"' in k},
            )
            assert nothing_refused(server)


def as_json(name: str, labels: Mapping[str, str]) -> str:
    """Return a series of Prometheus' kin as text."""
    return json.dumps({"__name__": name, **labels}, sort_keys=True)


def nothing_refused(server: Serve) -> bool:
    """Tell whether, once stopped, the server has dropped no point."""
    status = server.process.stop()
    return status == 0 and '"sink_dropped"' not in server.process.log


def scrape(port: int, accept: str = "text/plain") -> bytes:
    """Return what a sink answers."""
    request = urllib.request.Request(
        f"http://{LOOPBACK}:{port}/metrics", headers={"Accept": accept}
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
        return bytes(answer.read())


def test_prometheus_keeps_what_was_sent() -> None:
    """It knows each family's type, the sums since the start and the quantiles; promtool
    finds nothing to complain about.
    """
    (port,) = find_free_ports(1)
    url = f"prometheus://{LOOPBACK}:{port}"
    bins = ["--histogram=binned=100:250:inf"]
    with (
        serving(url, interval_ms=FAST_MS, flags=bins) as server,
        prometheus(port) as store,
    ):
        send_paced(server.port, [*SENDINGS, b"binned:99:100:300|ms"])
        wait_until(lambda: b"gorets_total 11.0" in scrape(port))
        send_paced(server.port, [b"gorets:1|c", b"glork:80|ms"])
        wait_for({"{}": 12}, lambda: store.query("sum by () (gorets_total)"))
        wait_for({"{}": 0.5}, lambda: store.query("sum by () (glork_seconds_sum)"))
        wait_for(
            {
                '{"__name__": "binned_seconds_bucket", "le": "+Inf"}': 3,
                '{"__name__": "binned_seconds_bucket", "le": "0.1"}': 1,
                '{"__name__": "binned_seconds_bucket", "le": "0.25"}': 2,
            },
            lambda: store.query("binned_seconds_bucket"),
        )
        wait_for(
            {'{"__name__": "tagged_total", "az": "1", "env": "prod"}': 3},
            lambda: store.query("tagged_total"),
        )
        wait_for({"{}": 327}, lambda: store.query("sum by () (gaugor)"))
        types = store.types()
        assert {
            "gorets": "counter",
            "gaugor": "gauge",
            "uniques": "gauge",
            "glork_seconds": "summary",
            "binned_seconds": "histogram",
        }.items() <= types.items()
        assert check_metrics(scrape(port)) == ""


def test_prometheus_keeps_hostile_names_in_their_place() -> None:
    """Each name is one series with its own sum, and there is no other."""
    (port,) = find_free_ports(1)
    url = f"prometheus://{LOOPBACK}:{port}"
    with (
        serving(url, interval_ms=FAST_MS, flags=["--no-sanitize"]) as server,
        prometheus(port) as store,
    ):
        send_paced(server.port, HOSTILE_SENDINGS)
        expected = {
            as_json(f"{each.metric}_total", each.labels): float(1 << number)
            for number, each in enumerate(HOSTILE)
        }
        others = '{__name__=~".+",__name__!~"(statsd_|scrape_|up).*"}'
        wait_for(expected, lambda: store.query(others))
        assert check_metrics(scrape(port)) == ""


def test_carbon_keeps_hostile_names_in_their_folder() -> None:
    """Each name is a folder below that of the counters, and one with tags a file named
    by its hash; there is no other.
    """
    with carbon_cache() as store:
        url = f"graphite://{LOOPBACK}:{store.port},namespace=new"
        flags = ["--no-sanitize"]
        with serving(url, interval_ms=INTERVAL_MS, flags=flags) as server:
            send_paced(server.port, HOSTILE_SENDINGS)
            expected = {each.path for each in HOSTILE if each.path}
            wait_until(
                lambda: expected <= folders_of(store.list_files(), "stats/counters/"),
                blame=lambda: f"kept was {store.list_files()}",
            )
            files = store.list_files()
    assert expected == folders_of(files, "stats/counters/")
    assert {"stats", "_tagged"} == {each.partition("/")[0] for each in files}
    assert len(folders_of(files, "_tagged/")) == 2  # of the count and of the rate


def folders_of(files: set[str], head: str) -> set[str]:
    """Return the folders of files below one, without those of the server's own."""
    paths = (each.removeprefix(head) for each in files if each.startswith(head))
    return {each.rpartition("/")[0] for each in paths if "statsd/" not in each}


# What the second level must come to: path -> sum over all flushes.
REPEATED = {
    "stats.counters.gorets.count": 11,
    "stats.counters.tagged.count;az=1;env=prod": 3,
    "stats.timers.glork.count": 2,
    "stats.timers.glork.sum": 420,
    "stats.timers.glork.sum_squares": 112_400,
    "stats.timers.sampled.count": 10,
    "stats.sets.uniques.count": 2,
    **{f"stats.counters.many.{number:03d}.count": number for number in range(1, 500)},
}
GAUGES = {"stats.gauges.gaugor": 327, "stats.gauges.below": -5}
REPEATED_SENDINGS = (
    *SENDINGS,
    b"below:0|g\nbelow:-5|g",
    b"sampled:7|ms|@0.1",
    *(b"many.%03d:%d|c" % (number, number) for number in range(1, 500)),
)


def sums_of(receivers: list[GraphiteReceiver]) -> dict[str, float]:
    """Return the sum of each path of REPEATED, over all flushes and receivers."""
    sums: dict[str, float] = {}
    for line in [line for each in receivers for line in list(each.lines)]:
        if line.path in REPEATED:
            sums[line.path] = sums.get(line.path, 0) + float(line.value)
    return sums


def lasts_of(receivers: list[GraphiteReceiver]) -> dict[str, float]:
    """Return the last value of each gauge."""
    lines = [line for each in receivers for line in list(each.lines)]
    return {line.path: float(line.value) for line in lines if line.path in GAUGES}


def see_second_level(
    stack: ExitStack, url: str, receivers: list[GraphiteReceiver]
) -> None:
    """Send to a first level that repeats to a URL; the second comes to the same."""
    first = stack.enter_context(serving(url, interval_ms=FAST_MS))
    send_paced(first.port, REPEATED_SENDINGS)
    wait_for(REPEATED, lambda: sums_of(receivers))
    wait_for(GAUGES, lambda: lasts_of(receivers))
    assert nothing_refused(first)
    assert sums_of(receivers) == REPEATED


def second_level(stack: ExitStack) -> tuple[GraphiteReceiver, Serve]:
    """Run a server of the second level."""
    receiver = stack.enter_context(GraphiteReceiver())
    graphite = f"graphite://{LOOPBACK}:{receiver.port},namespace=new"
    return receiver, stack.enter_context(serving(graphite, interval_ms=FAST_MS))


def test_a_second_level_comes_to_the_same() -> None:
    """A server that another one repeats to flushes the same figures."""
    with ExitStack() as stack:
        receiver, second = second_level(stack)
        see_second_level(stack, f"statsd://{LOOPBACK}:{second.port}", [receiver])


def test_a_second_level_behind_a_proxy_comes_to_the_same() -> None:
    """So do two servers behind a proxy that a server repeats into, each key on one."""
    with ExitStack() as stack:
        levels = [second_level(stack) for _ in range(2)]
        backends = [
            word
            for number, (_, server) in enumerate(levels)
            for word in ("--backend", f"shard-{number}=127.0.0.1:{server.port}")
        ]
        proxy = stack.enter_context(Proxy(*backends))
        url = f"statsd://{LOOPBACK}:{proxy.address[1]}?pack=yes"
        receivers = [receiver for receiver, _ in levels]
        see_second_level(stack, url, receivers)
        left, right = (sums_of([each]).keys() for each in receivers)
        assert left
        assert right
        assert not left & right
