"""The load generator's compiled parts and their plain twin agree.

What is sent by its number, and what a checker makes of whatever arrives: any datagrams
of the traffic, in any order, with changed bytes, at any port.
"""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from statshard.load.corpus import list_suffixes, rank_quantiles
from statshard.plane import _testing
from statshard.plane.load import Checker, Traffic
from tests.model import load as model
from tests.model.hash import djb2
from tests.model.key import embedded_key
from tests.support.tables import build_table

numbers = st.integers(0, 10**9 - 1)
moments = st.integers(0, 10**7 - 1)
skews = st.sampled_from([0, 0.3, 1, 1.5, 4])


@st.composite
def traffics(draw: st.DrawFn) -> tuple[Traffic, model.Traffic]:
    """Draw a traffic and its twin."""
    names = draw(st.integers(1, 30) | st.sampled_from([1000, 10**7]))
    lines = draw(st.integers(1, 5))
    processes = draw(st.integers(1, 3))
    senders = draw(st.integers(1, 3)) * processes
    quantiles = rank_quantiles(names, draw(skews))
    head = draw(st.sampled_from([b"load.", b"x"]))
    types = tuple(draw(st.lists(st.sampled_from(["c", "ms"]), min_size=1, max_size=3)))
    suffixes = list_suffixes(types, draw(st.integers(0, 2)))
    twin = model.Traffic(names, lines, senders, quantiles, head, suffixes, processes)
    compiled = Traffic(
        names,
        lines=lines,
        senders=senders,
        processes=processes,
        quantiles=quantiles,
        head=head,
        suffixes=suffixes,
    )
    return compiled, twin


@given(numbers, moments)
def test_a_stamp_is_written_and_read_back(number: int, sent_us: int) -> None:
    """Digits are those of the model, a number below 2^63, and read back the same."""
    digits = _testing.write_stamp_of(number, sent_us)
    assert model.write_stamp(number, sent_us) == digits
    assert 10**18 <= int(digits) < 2**63
    assert (number, sent_us) == _testing.read_stamp_of(digits)


@given(numbers, moments, st.integers(0, 18), st.integers(0, 255))
def test_a_changed_byte_of_a_stamp_is_noticed(
    number: int, sent_us: int, place: int, byte: int
) -> None:
    """A stamp with one byte changed is no stamp."""
    digits = bytearray(_testing.write_stamp_of(number, sent_us))
    is_changed = digits[place] != byte
    digits[place] = byte
    assert (_testing.read_stamp_of(bytes(digits)) is None) == is_changed


@given(st.binary(min_size=19, max_size=19) | st.from_regex(rb"\A1[0-9]{18}\Z"))
def test_what_is_a_stamp(digits: bytes) -> None:
    """Any 19 bytes are read as the model reads them."""
    assert model.read_stamp(digits) == _testing.read_stamp_of(digits)


@given(traffics(), st.integers(0, 10**8), moments)
def test_a_datagram_by_its_number(
    both: tuple[Traffic, model.Traffic], number: int, sent_us: int
) -> None:
    """Any datagram, and who sends its first line, are the model's."""
    compiled, twin = both
    datagram = compiled.datagram(number, sent_us)
    assert twin.datagram(number, sent_us) == datagram
    assert len(datagram) <= compiled.datagram_max
    line = number * twin.lines
    assert (twin.sender_of(line), twin.name_of(line)) == compiled.place(line)
    assert 0 <= compiled.place(line)[1] < twin.names


@given(traffics(), st.integers(0, 10**6))
def test_each_datagram_is_one_processs(
    both: tuple[Traffic, model.Traffic], turn: int
) -> None:
    """A process's datagrams are the model's, and their senders are its own."""
    compiled, twin = both
    for process in range(twin.processes):
        number = compiled.number(process, turn)
        assert twin.number_of(process, turn) == number
        assert process == compiled.place(number * twin.lines)[0] % twin.processes


@given(st.integers(1, 4))
def test_the_processes_leave_no_datagram_out(processes: int) -> None:
    """The first blocks of all processes are all datagrams up to there, once each."""
    traffic = Traffic(
        1, lines=1, senders=processes, processes=processes, suffixes=(b"|c",)
    )
    turns = itertools.product(range(processes), range(3 * model.BLOCK))
    numbers = sorted(traffic.number(process, turn) for process, turn in turns)
    assert list(range(3 * model.BLOCK * processes)) == numbers


backends = st.none() | st.lists(
    st.tuples(st.sampled_from([b"a", b"b", b"127.0.0.1:9001"]), st.just(1.0)),
    min_size=1,
    max_size=3,
    unique_by=lambda each: each[0],
)
# The number of a datagram, its port, and a byte of it that is changed, if any.
arrivals = st.tuples(
    st.integers(0, 40),
    st.integers(0, 2),
    st.none() | st.tuples(st.integers(0, 10**4), st.integers(0, 255)),
)


@given(traffics(), backends, st.lists(arrivals, max_size=30))
def test_a_tally_is_the_models(
    both: tuple[Traffic, model.Traffic],
    members: list[tuple[bytes, float]] | None,
    coming: list[tuple[int, int, tuple[int, int] | None]],
) -> None:
    """Whatever arrives where and in which order, the counts are the model's.

    There is no hash, or djb2, whose twin is quick.
    """
    compiled, twin = both
    table, tally = None, model.Tally(twin)
    if members is not None:
        table = build_table("djb2", "embedded", members, 1)
        count = len(members)
        tally.place_of = lambda line: djb2(embedded_key(line)) % count
    checker = Checker(compiled, [], -1, table)
    for number, port, change in coming:
        datagram = bytearray(compiled.datagram(number, 5))
        if change is not None:
            datagram[change[0] % len(datagram)] = change[1]
        checker.take(bytes(datagram), port, 9)
        tally.take(bytes(datagram), port)
    counts = checker.counts((41,) * twin.processes)
    assert {name: tally.counts[name] for name in counts} == counts
    for process in range(twin.processes):
        numbers = [
            twin.number_of(process, turn) * twin.lines + line
            for turn in range(41)
            for line in range(twin.lines)
        ]
        lost = [number for number in numbers if number not in tally.seen]
        assert lost == checker.lost(process, 0, 41, 1000)


@given(st.integers(0, 10**14), st.integers(1, 10**7))
def test_what_is_due(elapsed_ns: int, rate: int) -> None:
    """After any time, so many datagrams are due as rate and time make, cut down."""
    assert elapsed_ns * rate // 10**9 == _testing.due(elapsed_ns, rate)


@given(st.integers(1, 10**7), skews)
def test_quantiles_rise_from_the_first_name_to_the_last(
    names: int, skew: float
) -> None:
    """The curve of names never falls, begins at 0 and stays below their number."""
    ranks = rank_quantiles(names, skew)
    assert sorted(ranks) == list(ranks)
    assert (ranks[0], ranks[-1] >> 16) == (0, names - 1)
