"""What a Prometheus server is shown after some flushes."""

import math
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from statshard.flush.figures import BASE, Figures, FigureTable, HistogramRule
from statshard.flush.js_number import number_text
from statshard.flush.snapshot import Flush
from statshard.sinks.exposition import Exposition, Units
from statshard.sinks.prometheus import Page

Samples = dict[str, float]


def page_of(units: Units | None = None, idle_s: int = 60) -> Page:
    """Return a page that nothing is on yet."""
    return Page(Exposition(number_text, units or Units(), idle_s))


def text_of(page: Page, accept: str = "text/plain") -> str:
    """Return what a scrape gets."""
    return page.text(accept)[1].decode()


def samples_of(page: Page) -> Samples:
    """Return the samples of a page, by name and labels as they are written."""
    rows = [row for row in text_of(page).splitlines() if not row.startswith("#")]
    return {name: float(value) for name, _, value in (r.rpartition(" ") for r in rows)}


def flush_of(timestamp: int = 1, **kinds: Any) -> Flush:  # noqa: ANN401 -- by kind
    """Return a flush of these series."""
    return Flush(timestamp=timestamp, interval_s=1.0, percentiles=(90, 99.9), **kinds)


def timer(*values: float, weight: float = 1.0, bins: tuple[float, ...] = ()) -> Figures:
    """Return the figures of a timer with some values, each counted so many times."""
    count, total = len(values), sum(values)
    row = [0.0] * 10 + [
        0.0,
        0.0,
        0.0,
        count * weight,
        0.0,
        total,
        0.0,
        total / count,
        0.0,
    ]
    row[0], row[2] = 1.0, max(values)  # count_90, upper_90
    limits = [-math.inf, *bins]
    row += [
        float(sum(low <= each < high for each in values))
        for low, high in zip(limits, bins, strict=False)
    ]
    rules = (HistogramRule("", bins),) if bins else ()
    return FigureTable((90, 99.9), rules).read("t", row)


def test_counters_add_up_since_the_start() -> None:
    """A counter is the sum of all flushes, and keeps it in one that has 0 of it."""
    page = page_of()
    for count in (3.0, 0.0, 4.5):
        page.take(flush_of(counters={"a.b": count}))
    assert {"a_b_total": 7.5} == samples_of(page)


def test_gauges_and_sets_are_those_of_the_last_flush() -> None:
    """A gauge is its last value and a set its last size; both go with their series."""
    page = page_of()
    page.take(flush_of(gauges={"g": 1.0, "h": 2.0}, sets={"s": 3}))
    page.take(flush_of(gauges={"g": -4.0}, sets={"s": 0}))
    assert {"g": -4, "s": 0} == samples_of(page)


def test_timers_are_summaries_in_seconds() -> None:
    """Quantiles are of the last flush, by percentile; sum and count of all."""
    page = page_of()
    page.take(flush_of(timers={"t": timer(100, 500)}))
    page.take(flush_of(timers={"t": timer(30)}))
    assert {
        't_seconds{quantile="0.9"}': 0.03,
        "t_seconds_sum": 0.63,
        "t_seconds_count": 3,
    } == samples_of(page)


def test_an_idle_timer_has_no_quantiles() -> None:
    """Without values in the last flush, only sum and count are shown."""
    page = page_of()
    page.take(flush_of(timers={"t": timer(100), "never": FigureTable().idle()}))
    shown = page.take(flush_of(timers={"t": FigureTable().idle()}))
    assert (1, {}) == shown
    assert {"t_seconds_sum": 0.1, "t_seconds_count": 1} == samples_of(page)


def test_sampled_timers_keep_their_mean() -> None:
    """Where values count several times, so do sum and buckets."""
    page = page_of()
    page.take(flush_of(timers={"t": timer(100, 300, weight=10)}))
    samples = samples_of(page)
    assert (4, 20) == (samples["t_seconds_sum"], samples["t_seconds_count"])
    page = page_of()
    figures = timer(100, 300, weight=10, bins=(200,))
    page.take(flush_of(timers={"t": figures}))
    assert {
        't_seconds_bucket{le="0.2"}': 10,
        't_seconds_bucket{le="+Inf"}': 20,
        "t_seconds_sum": 4,
        "t_seconds_count": 20,
    } == samples_of(page)


@pytest.mark.parametrize("last", [math.inf, 1000])
def test_timers_with_bins_are_histograms(last: float) -> None:
    """Buckets are cumulative, over values and over flushes; the last has all."""
    page = page_of()
    for _ in range(2):
        figures = timer(0, 0.5, 20, 30, 500, bins=(0.25, 25, last))
        page.take(flush_of(timers={"t": figures}))
    buckets = {
        name: value for name, value in samples_of(page).items() if "bucket" in name
    }
    finite = {} if last == math.inf else {'t_seconds_bucket{le="1.0"}': 10}
    assert {
        't_seconds_bucket{le="0.00025"}': 2,
        't_seconds_bucket{le="0.025"}': 6,
        **finite,
        't_seconds_bucket{le="+Inf"}': 10,
    } == buckets
    assert 'quantile="' not in text_of(page)


def test_units_are_as_told() -> None:
    """Times in seconds are not divided; a plain timer has no unit; none comes twice."""
    page = page_of(Units(1.0, "seconds", ("size", "x.y")))
    timers = {key: timer(2.0) for key in ("a", "b.size", "c_seconds")}
    page.take(flush_of(timers=timers))
    sums = {name for name in samples_of(page) if name.endswith("_sum")}
    assert {"a_seconds_sum", "b_size_sum", "c_seconds_sum"} == sums
    assert samples_of(page)["a_seconds_sum"] == 2


def test_a_counter_that_goes_down_is_refused() -> None:
    """A negative count and one that is not finite change nothing, and are counted."""
    page = page_of()
    page.take(flush_of(counters={"a": 5.0}))
    assert (0, {"negative_counter": 1}) == page.take(flush_of(counters={"a": -1.0}))
    assert (0, {"not_finite": 1}) == page.take(flush_of(counters={"a": math.inf}))
    assert {"a_total": 5} == samples_of(page)


CONFLICTS = [
    ({"counters": {"a.b": 1.0, "a_b": 1.0}}, "conflicting_labels"),
    ({"gauges": {"x;k.l=v": 1.0, "x;k_l=v": 1.0}}, "conflicting_labels"),
    ({"gauges": {"x": 1.0}, "sets": {"x": 1}}, "conflicting_labels"),
    ({"counters": {"x": 1.0}, "gauges": {"x": 1.0}}, "conflicting_type"),
    ({"counters": {"x": 1.0}, "gauges": {"x_total": 1.0}}, "conflicting_type"),
    ({"timers": {"x": timer(1)}, "gauges": {"x_seconds_sum": 1.0}}, "conflicting_type"),
    ({"timers": {"x": timer(1)}, "sets": {"x.seconds.count": 1}}, "conflicting_type"),
    ({"timers": {"x": timer(1), "x;k=v": timer(1, bins=(5,))}}, "conflicting_type"),
    ({"timers": {"x": Figures(("upper",), (1.0,))}, "sets": {"x": 1}}, "no_figures"),
]


@pytest.mark.parametrize(("kinds", "reason"), CONFLICTS)
def test_who_comes_first_has_the_name(kinds: Mapping[str, Any], reason: str) -> None:
    """Of each row's two series one is shown, and one refused for this reason."""
    page = page_of()
    assert 2 * [(1, {reason: 1})] == [page.take(flush_of(**kinds)) for _ in range(2)]
    assert text_of(page).count("# TYPE") == 1


def test_one_name_may_have_several_sets_of_labels() -> None:
    """Series of one name and type with other labels are all shown."""
    page = page_of()
    assert (3, {}) == page.take(
        flush_of(counters={"x": 1.0, "x;k=v": 2.0, "x;k=w;l=1": 3.0})
    )
    assert {"x_total": 1, 'x_total{k="v"}': 2, 'x_total{k="w",l="1"}': 3} == (
        samples_of(page)
    )


def test_a_name_is_free_once_its_series_is_gone() -> None:
    """A counter that is told of no longer is forgotten after its time, not before; a
    gauge may then have its name.
    """
    page = page_of(idle_s=10)
    page.take(flush_of(100, counters={"x": 1.0}))
    page.take(flush_of(110, gauges={"y": 1.0}))
    assert {"x_total": 1, "y": 1} == samples_of(page)
    assert (0, {"conflicting_type": 1}) == page.take(flush_of(111, gauges={"x": 1.0}))
    assert (1, {}) == page.take(flush_of(112, gauges={"x": 1.0}))
    assert {"x": 1} == samples_of(page)


LABELS = [
    ("x;__name__=y", '{_name__="y"}'),
    ("x;quantile=2", '{quantile="2"}'),
    ('x;k="},y{ 1', r'{k="\"},y{ 1"}'),
    ("x;k=a\\nb\nc", r'{k="a\\nb_c"}'),
    ("x;1k=v;é=\udcff", '{_1k="v",unnamed="\ufffd"}'),
    ("x;a.b=1;a-b=2", '{a_b="2__1"}'),
    ("x;bare", '{unnamed="bare"}'),
]


@pytest.mark.parametrize(("key", "labels"), LABELS)
def test_labels_are_escaped(key: str, labels: str) -> None:
    """Each row's key is shown with these labels."""
    page = page_of()
    page.take(flush_of(gauges={key: 1.0}))
    assert {f"x{labels}": 1} == samples_of(page)


def test_labels_of_a_kind_are_not_a_senders() -> None:
    """A tag `quantile` of a summary and `le` of a histogram get another name."""
    page = page_of()
    page.take(flush_of(timers={"x;quantile=1;le=2": timer(1)}))
    page.take(flush_of(timers={"y;quantile=1;le=2": timer(1, bins=(5,))}))
    assert {'{le="2",quantile_="1"}', '{le_="2",quantile="1"}'} == {
        name.partition("_sum")[2] for name in samples_of(page) if "_sum" in name
    }


@given(st.text(st.characters(codec=None), max_size=30))
def test_any_key_is_one_sample_that_reads_back(key: str) -> None:
    """Whatever the key, prometheus_client's parser finds one sample under a valid name,
    in which nothing but the labels came from it.
    """
    page = page_of()
    page.take(flush_of(counters={key: 1.0}))
    (family,) = text_string_to_metric_families(text_of(page))
    (sample,) = family.samples
    assert re.fullmatch("[A-Za-z_][A-Za-z0-9_]*_total", sample.name)
    assert all(re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", each) for each in sample.labels)
    assert not any(each.startswith("__") for each in sample.labels)
    assert ("counter", 1.0) == (family.type, sample.value)


def test_formats_are_as_asked_for() -> None:
    """OpenMetrics ends by its mark and has units; the text of 0.0.4 has neither."""
    page = page_of()
    page.take(flush_of(timers={"t": timer(1)}, counters={"c": 1.0}))
    asked = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
    content_type, text = page.text(asked)
    assert content_type.startswith("application/openmetrics-text; version=1.0.0")
    assert text.endswith(b"# EOF\n")
    assert b"# UNIT t_seconds seconds\n" in text
    assert b"# TYPE c counter\n" in text
    content_type, text = page.text("*/*")
    assert content_type.startswith("text/plain; version=0.0.4")
    assert b"# TYPE c_total counter\n" in text


def test_the_figures_of_a_timer_are_those_that_are_read() -> None:
    """The names that an exposition reads of a timer are names of figures."""
    assert {"count", "sum", "mean"} <= set(BASE)
