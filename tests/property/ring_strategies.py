"""What Hypothesis draws of rings: 1 to 200 backends, weights, prefix, map, who is out.

Rules: names and nodes differ within a ring; weights are those that the function takes;
anyone may be out, also all.
"""

from hypothesis import strategies as st

from tests.model.live import HASHES, KEYS, Backend, Ring

MOST = 200

hashes = st.sampled_from(HASHES)
keys = st.sampled_from(sorted(KEYS))

_WEIGHTS = {
    "rendezvous": st.sampled_from([1.0, 1.0, 2.0, 0.5, 2.5, 0.001, 100_000.0]),
    "ketama": st.sampled_from([1.0, 1.0, 2.0, 3.0]),
    "libketama": st.sampled_from([1.0, 1.0, 2.0, 3.0, 1000.0]),
}
_PLAIN = st.just(1.0)


@st.composite
def backends(draw: st.DrawFn, hash_name: str, most: int = MOST) -> tuple[Backend, ...]:
    """Draw backends (name, node, weight) for a function, 1 to ``most``."""
    count = draw(st.integers(1, most) | st.integers(1, min(most, 8)))
    salt = draw(st.integers(0, 9999))
    weights = draw(
        st.lists(_WEIGHTS.get(hash_name, _PLAIN), min_size=count, max_size=count)
    )
    return tuple(
        (b"s%d.%d" % (salt, index), b"10.%d.0.%d:8125" % (salt, index), weight)
        for index, weight in enumerate(weights)
    )


@st.composite
def outs(draw: st.DrawFn, count: int) -> frozenset[int]:
    """Draw who of ``count`` is out: nobody, some, or any subset."""
    some = st.frozensets(st.integers(0, count - 1), max_size=3)
    some_live = some.map(lambda live: frozenset(range(count)) - live)
    return draw(st.just(frozenset[int]()) | some | some_live)


@st.composite
def rings(draw: st.DrawFn, hash_name: str, most: int = MOST) -> Ring:
    """Draw a ring of a function, and who is out of it."""
    drawn = draw(backends(hash_name, most))
    indices = st.integers(0, len(drawn) - 1)
    prefixes = st.sampled_from([b"", b"prod", b"a.b"])
    return Ring(
        hash_name,
        drawn,
        draw(prefixes) if hash_name == "jump" else b"",
        tuple(draw(st.lists(indices, max_size=300)) if hash_name == "murmur3" else ()),
        draw(outs(len(drawn))),
    )
