"""What a flush tells: the code against its plain twins, over any series and options."""

import math
import re
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from statshard.flush.figures import BASE, FigureTable, HistogramRule, percentile_names
from statshard.flush.idle import IdleRules, Kind
from statshard.flush.js_number import number_text
from statshard.flush.naming import Naming
from statshard.flush.snapshot import Flush, Own, with_lag, with_own_counters
from tests.model.figures import bin_name, bins_for, timer_figures
from tests.model.graphite_names import Names
from tests.model.js_number import write_number
from tests.model.series_name import sanitized
from tests.model.server import VARIES, Options, Server

PERCENTILES = st.lists(
    st.one_of(
        st.integers(-100, 100).filter(bool),
        st.floats(-100, 100).filter(lambda p: round(p, 1) != 0),
    ).map(float),
    max_size=4,
    unique=True,
)
BINS = st.lists(
    st.one_of(st.floats(0.001, 1e6), st.just(math.inf)), max_size=4, unique=True
).map(sorted)
RULES = st.lists(st.tuples(st.sampled_from(["", "a", "ab", "zz"]), BINS), max_size=3)
CHOSEN = st.lists(
    st.sampled_from(
        ["count", "upper_percent", "lower_percent", "mean", "count_ps", "histogram"]
    )
)
VALUES = st.lists(st.floats(0, 1e6), max_size=12)
TEXT = st.text(st.sampled_from("ab.;=- /_x\u00e9\t\u00a0\x1b"), max_size=10)
WORDS = st.sampled_from(["", "stats", "x", "a.b"])


@given(st.one_of(st.floats(), st.integers(-(10**25), 10**25).map(float)))
def test_numbers_have_the_text_of_the_twin(number: float) -> None:
    """Any double has the text that the standard's steps give, and reads back."""
    text = number_text(number)
    assert write_number(number) == text
    assert math.isnan(number) or float(text) == number


def row_of(
    figures: Mapping[str, float], percentiles: list[float], bins: list[float]
) -> list[float]:
    """Return all figures of a timer as the compiled fold lays them out."""
    names = [name for each in percentiles for name in percentile_names(each)]
    names += [*BASE, *(f"histogram.{bin_name(limit)}" for limit in bins)]
    return [figures.get(name, 0.0) for name in names]


@given(VALUES, PERCENTILES, RULES, CHOSEN, st.sampled_from(["a", "ab", "c"]))
def test_figures_are_named_and_chosen_as_by_the_twin(
    values: list[float],
    percentiles: list[float],
    rules: list[tuple[str, list[float]]],
    chosen: list[str],
    key: str,
) -> None:
    """A row of figures has the twin's names, in its order, and no other."""
    bins = list(bins_for(key, rules))
    table = FigureTable(
        tuple(percentiles),
        tuple(HistogramRule(part, tuple(bins)) for part, bins in rules),
        frozenset(chosen),
    )
    every = timer_figures(values, 7.0, 10.0, percentiles, bins=bins)
    told = timer_figures(values, 7.0, 10.0, percentiles, bins=bins, chosen=chosen)
    read = table.read(key, row_of(every, percentiles, bins)) if values else table.idle()
    assert list(told.items()) == list(zip(read.names, read.values, strict=True))


def rooted(name: str) -> str:
    """Return a name that etsy makes as it is here, at its beginning."""
    return re.sub(r"^(\.|(?=;)|$)", "_", name)


@given(
    key=TEXT,
    prefixes=st.tuples(*[WORDS] * 5),
    suffix=WORDS,
    is_legacy=st.booleans(),
)
def test_names_are_those_of_the_twin(
    key: str,
    prefixes: tuple[str, str, str, str, str],
    suffix: str,
    *,
    is_legacy: bool,
) -> None:
    """Each figure has the twin's name, where no tag and no first dot is unfit."""
    naming = Naming(is_legacy, *prefixes, suffix)
    names = Names(is_legacy, *prefixes, suffix)
    path, semicolon, tags = key.partition(";")
    key = path + semicolon + sanitized(tags.encode()).decode()
    flush = Flush(
        timestamp=1,
        interval_s=1.0,
        counters={key: 1.0},
        timers={key: FigureTable(()).idle()},
        gauges={key: 2.0},
        sets={key: 3},
    )
    expected = [
        *names.of_counter(key),
        names.of_timer(key, "count_ps"),
        names.of_timer(key, "count"),
        names.of_gauge(key),
        names.of_set(key),
    ]
    told = [point.name for point in naming.list_points(flush)]
    assert [rooted(name) for name in expected] == told
    for own in ("numStats", "graphiteStats.flush_time"):
        assert names.of_own(own) == naming.own(own)


@given(key=st.text(), is_legacy=st.booleans())
def test_a_name_is_a_word_whatever_the_key(key: str, *, is_legacy: bool) -> None:
    """No key, bytes that are no UTF-8 too, puts a blank, a control byte, a slash or a
    first dot into a name.
    """
    flush = Flush(timestamp=1, interval_s=1.0, gauges={key: 1.0}, sets={key: 1})
    for naming in (Naming(is_legacy), Naming(is_legacy, "", "", "", "", "")):
        for name, _ in naming.list_points(flush):
            assert name.split() == [name]
            assert name.isprintable() or not name.isascii()
            assert "/" not in name
            assert not name.startswith(".")


DATAGRAMS = st.lists(
    st.builds(
        lambda key, value, kind, rate: f"{key}:{value}|{kind}{rate}".encode(),
        st.sampled_from(["a", "b.c", "d;e=f", "x metrics_received", ""]),
        st.sampled_from(["1", "+2", "-3.5", "1e3", "0", "bad", "7"]),
        st.sampled_from(["c", "ms", "g", "s"]),
        st.sampled_from(["", "|@0.1", "|@2"]),
    ),
    max_size=8,
)


def flush_of(server: Server, timestamp: int, lag_s: float | None) -> Flush:
    """Return the record of what a twin holds, as the daemon makes it."""
    options = server.options
    table = FigureTable(tuple(map(float, options.percentiles)))
    prefix = options.names.prefix_stats
    own = Own(
        **{
            name: int(server.counters[f"{prefix}.{name}"])
            for name in ("bad_lines_seen", "packets_received", "metrics_received")
        }
    )
    first = own.counters(prefix)
    timers = {
        key: table.read(key, row_of(server.figures(key), list(table.percentiles), []))
        if values
        else table.idle()
        for key, values in server.timers.items()
    }
    gauges = {k: v for k, v in server.gauges.items() if k != f"{prefix}.timestamp_lag"}
    return Flush(
        timestamp=timestamp,
        interval_s=options.interval_s,
        counters=with_own_counters(
            own, prefix, {k: v for k, v in server.counters.items() if k not in first}
        ),
        timers=timers,
        gauges=with_lag(gauges, prefix, lag_s),
        sets={key: len(members) for key, members in server.sets.items()},
    )


@given(
    intervals=st.lists(DATAGRAMS, min_size=1, max_size=3),
    is_legacy=st.booleans(),
    has_counts=st.booleans(),
)
def test_a_flush_is_told_as_by_the_twin(
    intervals: list[list[bytes]], *, is_legacy: bool, has_counts: bool
) -> None:
    """What the twin holds at a flush is told in its own words, whatever it received."""
    server = Server(Options(names=Names(is_legacy), flush_counts=has_counts))
    naming = Naming(is_legacy, has_counts=has_counts)
    for turn, datagrams in enumerate(intervals):
        for datagram in datagrams:
            server.receive(datagram)
        flush = flush_of(server, 100 + 10 * turn, 0.0 if turn else None)
        told = [
            f"{name} {number_text(value)} {flush.timestamp}"
            for name, value in naming.list_points(flush)
        ]
        told.append(f"{naming.own('numStats')} {flush.num_stats} {flush.timestamp}")
        lines = [line for line in server.flush(100 + 10 * turn) if VARIES not in line]
        assert sorted(lines) == sorted(told)


@given(
    has_sample=st.lists(st.booleans(), max_size=6),
    what=st.sampled_from(["gauge", "counter", "set", "timer", "own"]),
    ttl=st.integers(1, 3),
    deletes=st.booleans(),
)
def test_idle_series_live_as_long_as_the_twins(
    has_sample: list[bool], what: str, ttl: int, *, deletes: bool
) -> None:
    """A series is told of after a flush exactly where the twin still tells of it."""
    rules = IdleRules(1, 1, ttl, 1) if deletes else IdleRules()
    options = Options(
        delete_counters=deletes,
        delete_timers=deletes,
        delete_sets=deletes,
        delete_gauges=deletes,
        gauges_max_ttl=ttl,
    )
    server = Server(options)
    key, datagram, kind = {
        "gauge": ("k", b"k:1|g", Kind.GAUGE),
        "counter": ("k", b"k:1|c", Kind.COUNTER),
        "set": ("k", b"k:1|s", Kind.SET),
        "timer": ("k", b"k:1|ms", Kind.TIMER),
        "own": ("k.bad_lines_seen", b"k.bad_lines_seen:1|c", Kind.COUNTER),
    }[what]
    idle = None
    for turn, sampled in enumerate(has_sample):
        if sampled:
            server.receive(datagram)
            idle = 0
        is_told = any(f".{key}" in line for line in server.flush(10 * turn))
        lives = idle is not None and rules.keeps(kind, key, idle)
        assert is_told == lives
        idle = idle + 1 if lives and idle is not None else None
