"""The server's benchmark: rows, what is read from the kernel, verdicts, the page."""

import datetime as dt
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from bench.page import Conditions
from bench.server_page import format_page
from bench.server_rows import (
    BESIDE,
    BY_SERIES,
    COSTS,
    DURING,
    LOAD_S,
    Row,
    Rows,
    choose,
    shorten,
)
from bench.server_tables import (
    Beside,
    Costed,
    Delayed,
    Result,
    datagram_bytes,
    has_passed,
)
from bench.serving import (
    Served,
    count_aggregated,
    count_lost_points,
    load_words,
    read_events,
    serve_words,
    spans,
)
from bench.store import Arrived, Store, read_end
from bench.waiting import Look, parse_waiting, percentile_ms, weigh_datagram
from statshard.load.corpus import open_traffic
from statshard.load.flags import load_from_flags
from statshard.load.options import LOAD

OWN = b"""statsd.numStats 7 1700000000
stats.statsd.graphiteStats.calculationtime 3 1700000000
stats.statsd.processing_time 2 1700000000
stats.statsd.graphiteStats.flush_length 99 1700000000
"""
FLUSH = Arrived(20.5, 1000, 7, 2, {})
LATER = replace(FLUSH, at_s=31.0)
ROW = replace(
    COSTS[0], most_us=1.0, stream=replace(COSTS[0].stream, rate=100, interval_s=10.0)
)
SERVED = Served(1.0, 0.5, 100.0, 0, 0, 40.0, (FLUSH, LATER), began_s=10.0)
# 832 bytes at 100 datagrams/s: 10 ms.
LOOKS = tuple(
    Look(at_s, waiting)
    for at_s, waiting in ((15.0, 832), (20.2, 1664), (25.0, 832), (30.5, 832))
)
DELAYED = Delayed(
    replace(DURING[0], stream=ROW.stream, most_usual_ms=10.0),
    replace(SERVED, looks=LOOKS),
    832.0,
)


def test_every_row_has_a_name_of_its_own_and_can_be_chosen() -> None:
    """--only means one row."""
    names = Rows().names
    assert len(names) == len(set(names))
    assert [(name,) for name in names] == [choose(Rows(), {n}).names for n in names]


def test_a_quick_run_has_all_rows() -> None:
    """Shortened rows are the same but for their streams."""
    assert Rows().names == shorten(Rows()).names


@pytest.mark.parametrize("row", [*COSTS, *BY_SERIES], ids=lambda row: row.name)
def test_a_load_ends_before_the_flush_that_tells_it(row: Row) -> None:
    """What a line costs holds one flush of the usual interval, not two."""
    assert (LOAD_S, True) == (row.stream.seconds, LOAD_S < row.stream.interval_s)


def test_each_stream_is_one_that_the_load_can_send() -> None:
    """The flags are valid, and a datagram is as long as the weight is taken of."""
    stream = DURING[0].stream
    _, _, *words, _ = load_words(stream, 8125)
    flags = dict(zip(words[::2], words[1::2], strict=True))
    given = {row.key: flags.get(row.flag) for row in LOAD.rows if not row.is_list}
    settings = load_from_flags(
        given | {"receive": (), "json": True, "find_limit": False}
    )
    assert datagram_bytes(stream) == open_traffic(settings).datagram_max


def test_the_bytes_that_wait_are_those_of_the_port() -> None:
    """Rows of /proc/net/udp whose remote end has the port are passed over."""
    head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when\n"
    rows = (
        "  1: 0100007F:1FBD 00000000:0000 07 00000000:00000340 00:00000000",
        "  2: 0100007F:1FBE 0100007F:1FBD 07 00000000:00000001 00:00000000",
        "  3: 00000000:1FBD 00000000:0000 07 00000001:00000340 00:00000000",
    )
    assert parse_waiting(head + "\n".join(rows), 0x1FBD) == 2 * 832


def test_a_datagram_weighs_more_than_its_bytes() -> None:
    """The kernel counts its own records into a socket's buffer, alike for each."""
    assert weigh_datagram(34) == weigh_datagram(34) > 34


def test_a_percentile_is_a_delay_at_the_rate() -> None:
    """As many bytes as come in 20 ms have waited for up to 20 ms."""
    assert percentile_ms(LOOKS, 0.99, 83_200.0) == 20.0
    assert percentile_ms((), 0.99, 83_200.0) == 0.0


def test_the_end_of_a_flush_tells_of_it() -> None:
    """Series, and what the fold took, stand in the server's own figures."""
    arrived = read_end(b"a 1 1700000000\n" + OWN, 5.0, 123)
    assert (5.0, 123, 7, 2) == (
        arrived.at_s,
        arrived.size_bytes,
        arrived.series,
        arrived.processing_ms,
    )


def test_a_store_knows_when_a_flush_is_whole() -> None:
    """One that comes in pieces, cut within its last line, is one flush."""
    with Store() as store:
        with socket.create_connection(("127.0.0.1", store.port)) as sender:
            for piece in (b"a 1 1700000000\n" * 9000, OWN[:-9], OWN[-9:], OWN):
                sender.sendall(piece)
        assert store.wait_for(2, 10.0)
    sizes = [each.size_bytes for each in store.arrived]
    assert sizes == [9000 * 15 + len(OWN), len(OWN)]


def test_a_flush_is_made_from_when_it_is_due_until_all_has_come() -> None:
    """Due at whole intervals after the start, the latest that it can have been."""
    assert [(20.0, 20.5), (30.0, 31.0)] == spans(SERVED, 10.0)


def test_a_flush_longer_than_an_interval_was_due_before() -> None:
    """The first to come tells of the first interval, however late it is."""
    late = replace(SERVED, flushes=(replace(FLUSH, at_s=33.0),))
    assert [(20.0, 33.0)] == spans(late, 10.0)


def test_losses_are_read_from_the_balances() -> None:
    """Samples that went into a series; points dropped, and those still waiting."""
    log = read_events("""not JSON
{"event": "balance_sink", "dropped_points": 2, "waiting_points": 3}
{"event": "balance", "aggregated_samples": 5}
""")
    assert (5, 5) == (count_aggregated(log), count_lost_points(log))


@pytest.mark.parametrize(
    ("result", "passes"),
    [
        (Costed(ROW, (SERVED,)), True),
        (Costed(ROW, (replace(SERVED, us_per_line=1.01),)), False),
        (Costed(ROW, (replace(SERVED, rate=90.0),)), False),
        (Costed(ROW, (replace(SERVED, lost=1),)), False),
        (Costed(ROW, (replace(SERVED, lost_points=1),)), False),
        (Costed(replace(ROW, most_us=None), (replace(SERVED, rate=9.0),)), True),
        (Costed(replace(ROW, most_us=None), (replace(SERVED, lost=1),)), False),
        (DELAYED, True),
        (replace(DELAYED, row=replace(DELAYED.row, most_ratio=1.9)), False),
        (replace(DELAYED, row=replace(DELAYED.row, most_usual_ms=9.9)), False),
        (replace(DELAYED, served=replace(SERVED, looks=LOOKS, lost=1)), False),
        (replace(DELAYED, served=replace(SERVED, looks=LOOKS[:1])), False),
    ],
)
def test_a_target_is_met_up_to_its_limit(result: Result, *, passes: bool) -> None:
    """At the limit a row passes; beyond it, slower, or with a loss it does not."""
    assert passes == has_passed(result)


def test_the_page_tells_all_rows_and_what_was_missed() -> None:
    """Each row has its command, and a MISS stands at the top."""
    results: list[Result] = [
        Costed(ROW, (replace(SERVED, lost=1),)),
        Costed(BY_SERIES[0], (SERVED,)),
        Beside(BESIDE[0], replace(SERVED, lost=2_000)),
        DELAYED,
    ]
    taken = Conditions(dt.date(2026, 1, 2), "a CPU, 2 cores", 2, "abc", 3)
    page = format_page(results, taken, 0.25)
    assert "of 2 targets and 4 rows, MISS: server-single\n" in page
    assert all(f"--only {each.row.name}" in page for each in results)
    assert "a flush is made | 2 | 20.00 | 20.00 | 20.00 | 2.00 x (<= 2.00)" in page
    assert "| 1.000 | 0 | 2 000 | 40 |" in page
    assert " ".join(serve_words(ROW.stream, 8125, 2003)) in page


@pytest.mark.filterwarnings("ignore")  # matplotlib's own are not ours
def test_the_same_figures_give_the_same_plot(tmp_path: Path) -> None:
    """A plot has no date and no random name, so that git shows what changed."""
    plots = pytest.importorskip(
        "bench.server_plots", reason="matplotlib: only by make bench"
    )
    (tmp_path / "again").mkdir()
    rows = [Costed(BY_SERIES[0], (SERVED,))]
    first, again = plots.plot(rows, tmp_path), plots.plot(rows, tmp_path / "again")
    assert first.read_text() == again.read_text()
