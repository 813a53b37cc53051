"""The compiled code and its plain twin agree on everything that is pure.

Rule: each test draws, asks both, compares; what is right is the model's business
(tests/model), and what is drawn is the strategies'.
"""

import xxhash
from hypothesis import example, given, settings
from hypothesis import strategies as st

from statshard.plane import _testing
from statshard.routing.ring_id import ring_id
from statshard.settings.model import Backend
from tests.model import hash as hash_model
from tests.model import key as key_model
from tests.model import line as line_model
from tests.model import packer as packer_model
from tests.model import ring_id as ring_id_model
from tests.model import slots as slots_model
from tests.property import strategies

seeds = st.integers(0, 2**64 - 1)
rings = st.lists(
    st.tuples(strategies.backend_names.map(str.encode), strategies.weights),
    min_size=2,
    max_size=3,
    unique_by=lambda backend: backend[0],
)


@given(strategies.datagrams)
def test_split_lines(datagram: bytes) -> None:
    """A datagram has the lines that the model gives it."""
    assert line_model.split_lines(datagram) == _testing.split_lines(datagram)


@given(strategies.lines | strategies.octets)
def test_refusal(line: bytes) -> None:
    """A line is carried or refused, and for the reason, as in the model."""
    assert line_model.refusal(line) == _testing.refusal(line)


@given(
    strategies.lines | strategies.bracketed | strategies.events() | strategies.octets
)
@example(b"a[k=v]b[x=y]c:1|c")
@example(b"_e{5,4}:title|text|k:|k:agg|k:other")
def test_name_key(line: bytes) -> None:
    """The ``name`` key of any line, carried or not, is the model's."""
    assert key_model.name_key(line) == _testing.key(line, "name")


@given(strategies.lines | strategies.octets)
def test_embedded_key(line: bytes) -> None:
    """The ``embedded`` key of any line, carried or not, is the model's."""
    assert key_model.embedded_key(line) == _testing.key(line, "embedded")


@given(st.lists(st.binary(max_size=5), max_size=80), st.sampled_from([b"", b":1|c"]))
def test_embedded_key_of_many_tags(tags: list[bytes], rest: bytes) -> None:
    """Tags are sorted by bytes, however many there are."""
    line = b",".join([b"name", *tags]) + rest
    assert key_model.embedded_key(line) == _testing.key(line, "embedded")


@given(
    st.integers(0, 300).flatmap(lambda size: st.binary(min_size=size, max_size=size))
)
def test_xxh64_without_seed(octets: bytes) -> None:
    """XXH64 of 0 to 300 bytes is the model's and that of the public package."""
    assert hash_model.xxh64(octets) == _testing.xxh64(octets, 0)
    assert xxhash.xxh64_intdigest(octets) == _testing.xxh64(octets, 0)


@given(strategies.octets, seeds)
@example(bytes(32), 0)
@example(bytes(31), 2**64 - 1)
def test_xxh64_with_seed(octets: bytes, seed: int) -> None:
    """XXH64 with any seed is the model's and that of the public package."""
    assert hash_model.xxh64(octets, seed) == _testing.xxh64(octets, seed)
    assert xxhash.xxh64_intdigest(octets, seed) == _testing.xxh64(octets, seed)


@given(strategies.names | strategies.octets | st.text(max_size=80).map(str.encode))
@example("café.count".encode())
@example(b"\xc0\x80\xe0\x80\x80\xf0\x80\x80\x80")
@example(b"\xed\x9f\xbf\xed\xa0\x80\xee\x80\x80")
@example(b"\xf4\x8f\xbf\xbf\xf4\x90\x80\x80\xf8\x88\x80\x80\x80")
@example(b"\xe2\x82a\xf0\x9f\x93")
def test_djb2(key: bytes) -> None:
    """Any key, UTF-8 or not, has the model's djb2."""
    assert hash_model.djb2(key) == _testing.djb2(key)


@given(
    st.lists(
        st.sampled_from(
            b"\x00\x41\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2"
            b"\xdf\xe0\xe1\xec\xed\xee\xef\xf0\xf3\xf4\xf5\xff"
        ),
        max_size=12,
    ).map(bytes)
)
def test_djb2_at_the_edges_of_utf8(key: bytes) -> None:
    """Every edge of well-formed UTF-8 is where the model has it."""
    assert hash_model.djb2(key) == _testing.djb2(key)


@settings(max_examples=10, deadline=None)  # 65 536 logarithms a backend, in Python
@given(rings)
def test_slots(backends: list[tuple[bytes, float]]) -> None:
    """Every slot of a weighted ring has the owner that the model gives it."""
    expected = slots_model.owners(backends, hash64=xxhash.xxh64_intdigest)
    assert expected == _testing.slots(backends)


@given(
    hash_name=st.sampled_from(["rendezvous", "djb2", "jump"]),
    shard_by=st.sampled_from(["name", "series", "raw", "embedded"]),
    backends=st.lists(
        st.tuples(
            strategies.backend_names,
            st.integers(0, 255).map("10.0.0.{}:8125".format),
            strategies.weights | st.floats(1e-300, 1e300),
        ),
        min_size=1,
        max_size=6,
        unique_by=lambda backend: backend[0],
    ),
    hash_prefix=st.sampled_from(["", "prod"]),
)
def test_ring_id(
    hash_name: str,
    shard_by: str,
    backends: list[tuple[str, str, float]],
    hash_prefix: str,
) -> None:
    """A configured ring has the id that the model digests from its lines."""
    configured = [
        Backend(name=name, address=node, weight=weight)
        for name, node, weight in backends
    ]
    expected = ring_id_model.ring_id(hash_name, shard_by, backends, hash_prefix)
    assert expected == ring_id(hash_name, shard_by, configured, hash_prefix)


@given(strategies.packings())
@example(([], 1))
def test_pack(packing: tuple[list[bytes], int]) -> None:
    """Lines go into the datagrams that the model packs."""
    lines, limit = packing
    assert packer_model.pack(lines, limit) == _testing.pack(lines, limit)


@given(strategies.packings())
def test_split(packing: tuple[list[bytes], int]) -> None:
    """A packed datagram is cut where the model cuts it."""
    lines, limit = packing
    datagram = b"\n".join(lines)
    assert packer_model.split(datagram, limit) == _testing.split(datagram, limit)


@given(strategies.packings())
def test_packing_loses_and_moves_nothing(packing: tuple[list[bytes], int]) -> None:
    """Joined by LF, datagrams are the lines again, and only a lone line is too long."""
    lines, limit = packing
    datagrams = _testing.pack(lines, limit)
    assert b"\n".join(lines) == b"\n".join(datagrams)
    assert not [each for each in datagrams if len(each) > limit and b"\n" in each]
