"""What a flush tells: the code against its plain twins, over any series and options."""

import math
import re
from collections import Counter
from collections.abc import Mapping

from hypothesis import example, given
from hypothesis import strategies as st

from statshard.flush.clock import Interval
from statshard.flush.figures import BASE, FigureTable, HistogramRule, percentile_names
from statshard.flush.gather import Beside, Recipe, forget_idle, gather
from statshard.flush.idle import IdleRules
from statshard.flush.js_number import number_text
from statshard.flush.naming import Naming
from statshard.flush.snapshot import Flush, Own
from tests.model.figures import bin_name, bins_for, timer_figures
from tests.model.graphite_names import Names
from tests.model.js_number import write_number
from tests.model.sample import Sample
from tests.model.series_name import sanitized
from tests.model.server import VARIES, Options, Server
from tests.model.store import Store

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
    fits_tags=st.booleans(),
)
def test_names_are_those_of_the_twin(
    key: str,
    prefixes: tuple[str, str, str, str, str],
    suffix: str,
    *,
    is_legacy: bool,
    fits_tags: bool,
) -> None:
    """Each figure has the twin's name, where no tag and no first dot is unfit."""
    naming = Naming(is_legacy, *prefixes, suffix, fits_tags=fits_tags)
    names = Names(is_legacy, *prefixes, suffix, fits_tags=fits_tags)
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
    told = [name for name, _ in naming.list_points(flush)]
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


def is_carbons(segment: str) -> bool:
    """Tell whether carbon takes a part of a path for a tag, and as the one it is."""
    name, equals, value = segment.partition("=")
    has_parts = bool(equals and name and value)
    is_allowed = not set(";!^") & set(name) and not value.startswith("~")
    return has_parts and is_allowed and name != "name"


@given(
    tags=st.lists(st.text("ab=:;~!^ \t/\u00e9") | st.sampled_from(["name=x", "k="])),
    word=st.sampled_from(["a", "b.c"]),
)
def test_every_tag_is_one_for_carbon(tags: list[str], word: str) -> None:
    """Whatever the tags are, each is fit: a name, `=`, a value; and stays a tag."""
    key = ";".join([word, *tags])
    flush = Flush(timestamp=1, interval_s=1.0, gauges={key: 1.0})
    ((name, _),) = Naming(fits_tags=True).list_points(flush)
    path, *segments = name.split(";")
    assert f"stats.gauges.{word}" == path
    assert key.count(";") == len(segments)
    assert [] == [each for each in segments if not is_carbons(each)]


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


OPTIONS = st.builds(
    Options,
    compat=st.sampled_from(["strict", "etsy"]),
    percentiles=PERCENTILES,
    histogram=RULES,
    timer_figures=CHOSEN,
    flush_counts=st.booleans(),
    delete_counters=st.booleans(),
    delete_timers=st.booleans(),
    delete_gauges=st.booleans(),
    delete_sets=st.booleans(),
    gauges_max_ttl=st.integers(1, 3),
    names=st.builds(Names, is_legacy=st.booleans()),
)


def recipe_of(options: Options) -> Recipe:
    """Return the recipe of a twin's options."""
    return Recipe(
        FigureTable(
            tuple(options.percentiles),
            tuple(HistogramRule(part, tuple(bins)) for part, bins in options.histogram),
            frozenset(options.timer_figures),
        ),
        IdleRules(
            options.delete_counters,
            options.delete_timers,
            options.gauges_max_ttl * options.delete_gauges,
            options.delete_sets,
        ),
    )


@given(st.lists(DATAGRAMS, min_size=1, max_size=4), OPTIONS)
@example([[b"a:1|g"], [b"a:+2|g"]], Options(delete_gauges=True))
def test_flushes_are_told_as_by_the_twin(
    intervals: list[list[bytes]], options: Options
) -> None:
    """Flush after flush, whatever was received and whatever is set, the series and
    their figures are told in the words of the whole server's twin.
    """
    server = Server(options)
    naming = Naming(options.names.is_legacy, has_counts=options.flush_counts)
    store = Store()
    for turn, datagrams in enumerate(intervals):
        own = Counter(packets_received=len(datagrams))
        for datagram in datagrams:
            reading = server.receive(datagram)
            own.update(metrics_received=reading.lines, bad_lines_seen=reading.bad)
            for key, sample in reading.samples:
                store.take(key, sample)
        recipe = recipe_of(options)
        forget_idle(store, recipe.idle)
        store.fold()
        now_s = 100 + 10 * turn
        flush = gather(
            store,
            recipe,
            Interval(now_s, 10.0, 10.0, is_irregular=False),
            Beside(own=Own(**own), lag_s=0.0 if turn else None),
        )
        told = [
            f"{name} {number_text(value)} {now_s}"
            for name, value in naming.list_points(flush)
        ]
        told.append(f"{naming.own('numStats')} {flush.num_stats} {now_s}")
        lines = [line for line in server.flush(now_s) if VARIES not in line]
        assert sorted(lines) == sorted(told)


@given(
    st.dictionaries(st.text(max_size=6), st.sets(st.binary(max_size=3), min_size=1)),
    st.lists(st.sampled_from([b"_e{1,1}:a|b", b"_sc|a|0", b"_e{1,1}:c|d"])),
)
def test_bytes_come_back_as_they_were(
    sets: dict[str, set[bytes]], raw: list[bytes]
) -> None:
    """Members of any bytes, events and checks reach a sink that shows them."""
    store = Store()
    for key, members in sets.items():
        for member in members:
            store.take(key, Sample("set", 0.0, 1.0, member))
    store.take("t", Sample("timer", 2.0, 1.0, b""))
    store.take("t", Sample("timer", 1.0, 1.0, b""))
    store.fold()
    flush = gather(
        store,
        Recipe(wants_values=True),
        Interval(1, 10.0, 10.0, is_irregular=False),
        Beside(raw=raw),
    )
    told = {
        key: {member.encode("utf-8", "surrogateescape") for member in members}
        for key, members in flush.set_members.items()
    }
    assert (sets, {"t": [1.0, 2.0]}) == (told, flush.timer_values)
    assert sorted(raw) == sorted([*flush.events, *flush.checks])


def test_rates_of_an_irregular_interval_are_of_its_length() -> None:
    """Unless etsy's way is asked for, an interval cut short has rates of its own."""
    store = Store()
    store.take("c", Sample("counter", 6.0, 1.0, b""))
    store.take("t", Sample("timer", 6.0, 1.0, b""))
    store.fold()
    cut = Interval(1, 10.0, 2.0, is_irregular=True)
    for by_elapsed, rate, times_a_second in ((True, 3.0, 0.5), (False, 0.6, 0.1)):
        flush = gather(store, Recipe(rates_by_elapsed=by_elapsed), cut, Beside())
        figures = flush.timers["t"]
        told = dict(zip(figures.names, figures.values, strict=True))
        assert (rate, times_a_second) == (flush.rates()["c"], told["count_ps"])
