"""The console's text in pieces: what it would be if it were made at once."""

import json
import math
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statshard.flush.figures import Figures
from statshard.flush.inspect import inspected, inspected_pieces
from statshard.flush.snapshot import Flush
from statshard.sinks import console
from statshard.sinks.console import ConsoleSink
from statshard.sinks.sink import LastFlush
from tests.support.flushes import Wording, order, small_flush

KEYS = st.text(st.sampled_from("ab.'\n\x1b\u00e9\u6f22\U0001f600\udcff"), max_size=6)
NUMBERS = st.one_of(st.integers(-9, 9).map(float), st.floats())
SOME = st.dictionaries(KEYS, NUMBERS, max_size=40)
VALUES = st.recursive(
    st.one_of(NUMBERS, KEYS, st.lists(NUMBERS, max_size=9)),
    lambda each: st.dictionaries(KEYS, each, max_size=30),
    max_leaves=60,
)
FIGURES = st.dictionaries(
    st.sampled_from(["mean", "upper_90", "histogram.bin_1", "histogram.bin_inf"]),
    NUMBERS,
)
FLUSHES = st.builds(
    lambda timers, **others: replace(
        small_flush(),
        timers={key: Figures(tuple(x), tuple(x.values())) for key, x in timers.items()},
        **others,
    ),
    timers=st.dictionaries(KEYS, FIGURES, max_size=30),
    counters=SOME,
    gauges=SOME,
    sets=st.dictionaries(KEYS, st.integers(0, 9), max_size=30),
    timer_values=st.dictionaries(KEYS, st.lists(NUMBERS, max_size=9), max_size=30),
    set_members=st.dictionaries(KEYS, st.lists(KEYS, max_size=9), max_size=30),
    sketched=st.fixed_dictionaries(
        {kind: st.lists(KEYS, max_size=9).map(tuple) for kind in ("timer", "set")}
    ),
    events=st.lists(st.binary(max_size=9), max_size=3).map(tuple),
)


@given(VALUES)
def test_pieces_are_the_text_that_is_shown_at_once(value: object) -> None:
    """The pieces of any value, one behind the other, are what it is shown as."""
    assert inspected(value) == "".join(inspected_pieces(value))


@pytest.mark.parametrize("size", [1, 7, 1 << 18])
@given(FLUSHES)
def test_parcels_are_pieces_of_the_whole_text(size: int, flush: Flush) -> None:
    """Parcels of any size are the bytes of the flush's text when it is made at once,
    none is larger, and the series count with the last.
    """
    whole = {"etsy": etsy_text(flush), "json": json_text(flush)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(console, "PARCEL_BYTES", size)
        for name, text in whole.items():
            sink = ConsoleSink(order("console:", format=name))
            *others, last = sink.render(flush, LastFlush())
            octets = b"".join(each.payload for each in (*others, last))
            assert text.encode("utf-8", "backslashreplace") == octets
            assert max(len(each.payload) for each in (*others, last)) <= size
            assert ([0] * len(others), flush.num_stats) == (
                [each.points for each in others],
                last.points,
            )


def etsy_text(flush: Flush) -> str:
    """Return what etsy's console backend writes, made at once."""
    shown = {
        "counters": flush.counters,
        "timers": flush.timer_values,
        "gauges": flush.gauges,
        "timer_data": {key: nested(x) for key, x in flush.timers.items()},
        "counter_rates": flush.rates(),
        "sets": flush.set_members,
        "pctThreshold": flush.percentiles,
    }
    return f"Flushing stats at  {Wording.date(flush.timestamp)}\n{inspected(shown)}\n"


def json_text(flush: Flush) -> str:
    """Return a flush as one JSON object, made at once."""
    shown = {
        "timestamp": flush.timestamp,
        "interval_s": flush.interval_s,
        "counters": finite(flush.counters),
        "counter_rates": finite(flush.rates()),
        "gauges": finite(flush.gauges),
        "sets": flush.sets,
        "timers": {
            key: finite(dict(zip(x.names, x.values, strict=True)))
            for key, x in flush.timers.items()
        },
        "sketched": {f"{kind}s": [*keys] for kind, keys in flush.sketched.items()},
        "events": [each.decode("utf-8", "surrogateescape") for each in flush.events],
        "checks": [],
    }
    return json.dumps(shown, allow_nan=False) + "\n"


def nested(figures: Figures) -> dict[str, object]:
    """Return a timer's figures with its bins below one name."""
    named = dict(zip(figures.names, figures.values, strict=True))
    bins = {name.partition(".")[2]: x for name, x in named.items() if "." in name}
    plain = {name: x for name, x in named.items() if "." not in name}
    return {**plain, "histogram": bins} if bins else {**plain}


def finite(values: Mapping[str, float]) -> dict[str, float | None]:
    """Return values as JSON takes them."""
    return {key: x if math.isfinite(x) else None for key, x in values.items()}
