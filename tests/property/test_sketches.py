"""Sketches and their plain twins agree, whatever is put in and however it is merged.

Rule: as in test_pure.py, each test draws, asks both, compares; doubles to the last bit.
"""

import math
from collections.abc import Sequence

from hypothesis import example, given
from hypothesis import strategies as st

from statshard.plane import _sketching
from tests.model import ddsketch as model
from tests.model import hyperloglog as hyperloglog_model

EDGES = st.integers(-37_000, 35_000).map(lambda i: math.exp(i / 50))
VALUES = st.lists(
    st.one_of(
        st.floats(allow_nan=False),
        st.floats(0, 1000),
        st.integers(-5, 5).map(float),
        st.floats(-1, 1).map(lambda x: math.copysign(math.exp(abs(x) * 700), x)),
        EDGES,
        EDGES.map(lambda x: -x),
    ),
    max_size=60,
)
FAR_APART = [math.exp(2.56 * n) for n in range(-40, 40)]
HASHES = st.lists(
    st.one_of(
        st.integers(0, 2**64 - 1),
        st.builds(
            lambda register, bits: register << 50 | bits,
            st.integers(0, 9),
            st.integers(0, 2**12),
        ),
    ),
    max_size=60,
)


def told(sketch: _sketching.Sketch | model.Sketch) -> list[object]:
    """Return all that a sketch tells, doubles with each bit."""
    return [
        sketch.bins(),
        [(value.hex(), count) for value, count in sketch.levels()],
        [float(moment).hex() for moment in sketch.moments()],
    ]


@given(st.lists(VALUES, min_size=1, max_size=4))
@example([FAR_APART])
@example([FAR_APART[::-1], [-x for x in FAR_APART]])
@example([FAR_APART[:40], FAR_APART[::3], FAR_APART[1::5]])
@example([[math.inf, -math.inf, 0.0, -0.0], [5e-324, -5e-324, 1.7e308]])
def test_a_sketch(parts: Sequence[Sequence[float]]) -> None:
    """Of any values, in one sketch or merged, all that is told is the twin's."""
    sketches = [_sketching.Sketch() for _ in parts]
    twins = [model.Sketch() for _ in parts]
    for sketch, twin, values in zip(sketches, twins, parts, strict=True):
        sketch.add(values)
        twin.add(values)
        assert told(twin) == told(sketch)
    for sketch, twin in zip(sketches[1:], twins[1:], strict=True):
        sketches[0].merge(sketch)
        twins[0].merge(twin)
    assert told(twins[0]) == told(sketches[0])


@given(st.lists(VALUES, min_size=1, max_size=4))
@example([FAR_APART[:20], FAR_APART[60:], FAR_APART[10:70]])
def test_a_merged_sketch_is_the_one_of_all(parts: list[list[float]]) -> None:
    """However values are split and in whatever order they come, bins and bounds are
    those of one sketch that has had them all.
    """
    whole, merged = _sketching.Sketch(), _sketching.Sketch()
    values = [value for part in parts for value in part]
    whole.add(values)
    for part in reversed(parts):
        sketch = _sketching.Sketch()
        sketch.add(reversed(part))
        merged.merge(sketch)
    assert whole.bins() == merged.bins()
    assert whole.levels() == merged.levels()
    assert whole.moments()[:3] == merged.moments()[:3]


@given(st.lists(HASHES, min_size=1, max_size=3))
@example([[2**64 - 1, 0, 1, 1 << 50]])
def test_a_hyperloglog(parts: Sequence[Sequence[int]]) -> None:
    """Of any hashes, in one or merged, registers and estimate are the twin's."""
    counted = [_sketching.Distinct() for _ in parts]
    twins = [hyperloglog_model.Distinct() for _ in parts]
    for each, twin, hashes in zip(counted, twins, parts, strict=True):
        each.add(hashes)
        twin.add(hashes)
    for each, twin in zip(counted[1:], twins[1:], strict=True):
        counted[0].merge(each)
        twins[0].merge(twin)
    assert twins[0].registers() == counted[0].registers()
    assert twins[0].estimate().hex() == counted[0].estimate().hex()
