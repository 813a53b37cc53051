"""The flags of a load, what they become, and how the limit is searched."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from statshard import Ring
from statshard.errors import SettingsError
from statshard.load.corpus import (
    list_groups,
    list_rust_texts,
    name_of,
    open_traffic,
    split_file,
)
from statshard.load.flags import load_from_flags
from statshard.load.generators import share_out
from statshard.load.limit import find_limit
from statshard.load.measure import refuse_too_many
from statshard.load.proc import Usage, parse_drops, parse_usage
from statshard.load.step import Checked, Sent, Step
from statshard.settings.flags import Found

TARGET = "udp://127.0.0.1:8125"
GOOD = Step(Sent(1, 1, 1, 1.0, 0, 0), None, 0, 0, None, ())


def test_defaults() -> None:
    """With a target alone, a load is 10 000 counters a second for 10 s."""
    load = load_from_flags({"target": TARGET})
    assert (10_000, 1, 1000, ("c",), 10.0) == (
        load.rate,
        load.lines,
        load.names,
        load.types,
        load.seconds,
    )
    assert 100_000 == load.datagrams
    assert () == load.receive


def test_ports_are_given_in_any_way() -> None:
    """--receive takes ports, addresses, several at a time and several times."""
    given = {"target": TARGET, "receive": ("9001,9002", "[::1]:9003")}
    expected = (("127.0.0.1", 9001), ("127.0.0.1", 9002), ("::1", 9003))
    assert expected == load_from_flags(given).ports


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"target": None}, "no --target; valid: --target udp://HOST:PORT"),
        ({"target": "tcp://h:1"}, "--target 'tcp://h:1': tcp:// is not supported"),
        ({"target": "udp://h:0"}, "--target 'udp://h:0': port 0 is no target"),
        ({"rate": "0"}, "--rate '0': valid: a whole number from 1"),
        ({"skew": "11"}, "--skew '11': valid: a number from 0 to 10"),
        ({"skew": "x"}, "--skew 'x': 'x' is not a number"),
        ({"types": "c,x"}, "--types 'c,x': valid: c, ms, g, s, h, d"),
        ({"format": "rost"}, "did you mean rust?"),
        ({"receive": ("9001,9001",)}, "--receive: a port is given twice"),
        ({"find_limit": True}, "--find-limit: nothing to see losses by"),
        ({"file": "x", "format": "rust"}, "--file and --format"),
        (
            {"mark": "\n" * 99},
            "--mark '" + r"\n" * 39 + r"\...: valid: up to 64 letters",
        ),
        ({"mark": "a.b"}, "--mark 'a.b': valid: up to 64 letters"),
        ({"mark": "a", "file": "x"}, "--mark: changes nothing of the lines of --file"),
        ({"names": "9", "file": "x"}, "--names: changes nothing"),
        (
            {"size": "9", "format": "rust"},
            "--size: changes nothing of the lines of --f",
        ),
        ({"skew": "0.0."}, "--skew '0.0.': '0.0.' is not a number"),
        ({"receive": ("a=9001,a=9002",)}, "--receive: a name is given twice"),
        ({"receive": ("weight=2",)}, "a weight stands behind its port"),
        ({"hash": "rendezvous"}, "--hash 'rendezvous': no places to check"),
        ({"hash": "jmp"}, "--hash 'jmp': did you mean jump?"),
        ({"shard_by": "name"}, "--shard-by: of which hash?"),
        ({"hash_prefix": "p"}, "--hash-prefix: of which hash? add --hash jump"),
        ({"shard_map": ("a",)}, "--shard-map: of which hash? add --hash murmur3"),
        (
            {"hash": "etsy", "hash_prefix": "p", "receive": ("9001",)},
            "--hash etsy: hash_prefix 'p': etsy has none; only jump has",
        ),
        (
            {"hash": "murmur3", "shard_map": ("one",), "receive": ("ones=9001",)},
            "--hash murmur3: shard_map 'one': did you mean 'ones'?",
        ),
        (
            {"hash": "djb2", "receive": ("a=9001,a=9002",)},
            "--hash djb2: backend 'a': twice",
        ),
        ({"receive": ("node=2",)}, "a node stands behind its port"),
        (
            {"hash": "djb2", "receive": ("9001,weight=2",)},
            "--hash djb2: backend '127.0.0.1:9001': weight 2: djb2 has no weights",
        ),
        (
            {"hash": "ketama", "receive": ("9001,weight=2.5",)},
            "ketama has whole weights; valid: a whole number from 1",
        ),
        ({"processes": "3", "rate": "2"}, "--processes 3: more than --rate 2"),
        ({"processes": "4", "senders": "65"}, "260 sockets; at most 256"),
        (
            {"names": "10000000", "senders": "16", "receive": ("9001",)},
            "would take 610 MiB; valid with --receive: up to 8388608 names",
        ),
        ({"format": "rust", "names": "1000001"}, "--format rust at most 1000000"),
    ],
)
def test_a_wrong_flag_is_named(given: Found, said: str) -> None:
    """A wrong flag is refused by a sentence that names it and what is valid."""
    with pytest.raises(SettingsError) as caught:
        load_from_flags({"target": TARGET, **given})
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("given", "first", "options"),
    [
        (("a=9001,weight=2", "b=9002"), "a=127.0.0.1:9001,weight=2", {}),
        (("a=9001,node=x,b=9002",), "a=127.0.0.1:9001,node=x", {"hash": "etsy"}),
        (
            ("a=9001,b=9002",),
            "a=127.0.0.1:9001",
            {"hash": "jump", "hash_prefix": "prod"},
        ),
        (
            ("a=9001,b=9002",),
            "a=127.0.0.1:9001",
            {"hash": "murmur3", "shard_map": ("b", "a")},
        ),
    ],
)
def test_the_ring_is_that_of_a_proxy(
    given: tuple[str, ...], first: str, options: dict[str, Any]
) -> None:
    """Whatever a proxy's ring is made of can be said of the target's, and counts."""
    options = {"hash": "rendezvous"} | options
    load = load_from_flags({"target": TARGET, "receive": given} | options)
    assert load.ring is not None
    ring = Ring([first, "b=127.0.0.1:9002"], **options)
    assert ring.ring_id == load.ring.ring_id
    assert load_from_flags({"target": TARGET, "receive": given}).ring is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"lines": "1000", "size": "100"}, "a datagram would have up to 100999 bytes"),
        ({"rate": "10000000", "seconds": "101"}, "1000000000 lines at most"),
        ({"file": "/nowhere"}, "--file '/nowhere': No such file or directory"),
    ],
)
def test_what_cannot_be_sent_is_refused(given: Found, said: str) -> None:
    """Traffic that no datagram or number has room for is refused."""
    with pytest.raises(SettingsError) as caught:
        open_traffic(load_from_flags({"target": TARGET, **given}))
    assert said in str(caught.value)


@pytest.mark.parametrize("processes", [1, 3, 64])
@pytest.mark.parametrize("rate", [1, 50, 1000, 999_999])
def test_processes_share_a_rate(rate: int, processes: int) -> None:
    """All shares are about the same, at least 1, and together the rate where it can be.

    In 2 s each has twice as many datagrams as it sends in one.
    """
    shares = share_out(rate, 2.0, processes)
    rates = [each for _, each in shares]
    assert max(rates) - min(rates) <= 1 <= min(rates)
    assert max(rate, processes) == sum(rates)
    assert [2 * each for each in rates] == [count for count, _ in shares]


@pytest.mark.parametrize(
    ("processes", "fits", "too_many"),
    [(1, (100_000_000,), (100_000_001,)), (2, (49_999_968,) * 2, (49_999_969, 1))],
)
def test_a_step_has_numbers_for_its_lines(
    processes: int, fits: tuple[int, ...], too_many: tuple[int, ...]
) -> None:
    """More lines than there are numbers for, with all blocks up to them, are refused.

    Here of ten lines a datagram: 100 000 000 datagrams, less what is left of a block.
    """
    given = {"target": TARGET, "lines": "10", "processes": str(processes)}
    traffic = open_traffic(load_from_flags(given))
    sent = (0,) * processes
    refuse_too_many(traffic, 10, sent, [(count, 1) for count in fits])
    with pytest.raises(SettingsError, match="take fewer --seconds"):
        refuse_too_many(traffic, 10, too_many, [(64, 1)] * processes)


def test_a_datagram_may_be_as_long_as_udp_has_room_for(tmp_path: Path) -> None:
    """A line of 65507 bytes is sent, a longer one refused; an LF behind it counts."""
    path = tmp_path / "lines"
    path.write_bytes(b"a:" + b"1" * 65_503 + b"|c")
    for given in ({"size": "65507"}, {"file": str(path)}):
        traffic = open_traffic(load_from_flags({"target": TARGET, **given}))
        assert 65_507 == len(traffic.datagram(0, 0)) == traffic.datagram_max
    path.write_bytes(b"a:" + b"1" * 65_504 + b"|c")
    with pytest.raises(SettingsError, match="up to 65508 bytes"):
        open_traffic(load_from_flags({"target": TARGET, "file": str(path)}))
    rust = open_traffic(load_from_flags({"target": TARGET, "format": "rust"}))
    longest = max(len(rust.datagram(number, 0)) for number in range(20_000))
    assert longest == rust.datagram_max


def test_size_makes_names_long() -> None:
    """With --size, the shortest line has so many bytes, and its name says so."""
    load = load_from_flags({"target": TARGET, "size": "300", "names": "10"})
    line = open_traffic(load).datagram(0, 0)
    assert 300 == len(line)
    name = name_of(load, open_traffic(load).place(0)[1])
    assert line.startswith(f"{name}:".encode())


def test_skew_prefers_the_first_names() -> None:
    """Under --skew 1 of 1000 names the first has about a tenth of the lines."""
    load = load_from_flags({"target": TARGET, "skew": "1"})
    traffic = open_traffic(load)
    first = sum(traffic.place(line)[1] == 0 for line in range(10_000))
    assert 900 < first < 1100


def test_a_file_is_sent_in_order_again_and_again(tmp_path: Path) -> None:
    """A file's lines go as they are, but for CR and empty lines, round and round."""
    path = tmp_path / "lines"
    path.write_bytes(b"b:1|c\r\n\na:2|ms\nb:1|c")
    load = load_from_flags({"target": TARGET, "file": str(path), "lines": "4"})
    assert b"b:1|c\na:2|ms\nb:1|c\nb:1|c" == open_traffic(load).datagram(0, 0)
    path.write_bytes(b"\n\r\n")
    with pytest.raises(SettingsError, match="no lines"):
        open_traffic(load)


def test_texts_of_a_key_share_a_group() -> None:
    """The key is what stands before the colon; events have a key each."""
    texts = tuple(split_file(b"a:1|c\nb:1|c\na:2|c\n_e{1,1}:a|b\n_e{1,1}:c|d\n"))
    assert (0, 1, 0, 2, 3) == list_groups(texts)


def test_rust_lines() -> None:
    """The Rust format: tags in the name, 2|c, an LF at the end of each datagram."""
    texts = list_rust_texts(50, 6)
    assert 50 == len(set(texts))
    assert any(b"," in text for text in texts)
    assert all(text.endswith(b":2|c") for text in texts)
    load = load_from_flags({"target": TARGET, "format": "rust", "lines": "2"})
    datagram = open_traffic(load).datagram(0, 0)
    assert datagram.endswith(b":2|c\n")
    assert 2 == datagram.count(b"\n")


def step_at(rate: int, lost: int, reached: int) -> Step:
    """Return a step of a rate with so many lines lost."""
    checked = Checked(1, 1, 1, 1, lost, 0, 0, 0, 0, None, 0, 0, None)
    sent = Sent(rate, reached, reached, 1.0, 0, 0)
    return replace(GOOD, sent=sent, checked=checked)


@pytest.mark.parametrize("true_limit", [150, 700, 9_999, 10_000, 123_456, 5_000_000])
def test_the_limit_is_found(true_limit: int) -> None:
    """The search ends within 5 %, or 100/s, below a limit, and never above it."""
    found = find_limit(lambda r: step_at(r, int(r > true_limit), r), 10_000)
    assert found.rate <= true_limit <= found.rate + max(100, 0.05 * found.rate) + 1
    assert "1 lost" in found.bound
    assert len(found.steps) < 30


def test_a_step_that_fails_by_chance_is_made_once_more() -> None:
    """One bad step among good ones at its rate does not bound the search."""
    bad_ones = {40_000: 1}

    def run(rate: int) -> Step:
        chance = bad_ones.pop(rate, 0)
        return step_at(rate, chance + int(rate > 100_000), rate)

    assert 95_000 <= find_limit(run, 10_000).rate <= 100_000


def test_a_search_where_nothing_arrives_ends_at_once() -> None:
    """A target that is not there is not asked at ten rates."""
    nothing = replace(
        FAILED, checked=Checked(0, 0, 0, 0, 9, 0, 0, 0, 0, None, 0, 0, None)
    )
    limit = find_limit(lambda _: nothing, 10_000)
    assert (0, 1) == (limit.rate, len(limit.steps))


FAILED = step_at(10_000, 3, 5000)


@pytest.mark.parametrize(
    ("failed", "said"),
    [
        (
            replace(FAILED, target_drops=7),
            "the target's socket: at 10000 datagrams/s the kernel dropped 7",
        ),
        (replace(FAILED, receiver_drops=7), "the receivers here"),
        (
            replace(FAILED, sent=replace(FAILED.sent, refused=7)),
            "nobody listens there",
        ),
        (FAILED, "the target, or what is behind its socket"),
        (
            replace(FAILED, checked=None),
            "the generator: at 10000 datagrams/s it sent 5000",
        ),
    ],
)
def test_what_bounded_it_is_named(failed: Step, said: str) -> None:
    """A failed step names the kernel's drops, else the faults, else the generator."""
    steps = iter([failed, None])
    limit = find_limit(lambda _: next(steps), 10_000)
    assert (0, 1) == (limit.rate, len(limit.steps))
    assert said in limit.bound


def test_a_search_that_is_stopped_says_so() -> None:
    """A bound that was found, or not found, before Ctrl-C is told as such."""
    steps = iter([step_at(10_000, 0, 10_000), None])
    limit = find_limit(lambda _: next(steps), 10_000)
    bound = "nothing: no step failed; the search was stopped before its end"
    assert (10_000, bound) == (limit.rate, limit.bound)


def test_the_search_ends_at_the_highest_rate() -> None:
    """Where nothing ever fails, the search ends at the highest rate that there is."""
    limit = find_limit(lambda rate: step_at(rate, 0, rate), 10_000)
    assert (10_000_000, "nothing: no step failed") == (limit.rate, limit.bound)


def test_drops_are_summed_by_port() -> None:
    """Rows of /proc/net/udp give drops by local port, over all its sockets."""
    row = " 1: 0100007F:{} 00000000:0000 07 0:0 00:0 0 0 0 77 2 ffff {}\n"
    text = "  sl  local_address\n" + row.format("1FBD", 3) + row.format("1FBD", 4)
    assert {8125: 7, 80: 0} == parse_drops(text + row.format("0050", 0))


def test_usage_is_read_behind_the_commands_name() -> None:
    """A command's name with blanks and brackets does not shift the words."""
    stat = "7 (a) b) c) S 1 1 1 0 -1 0 0 0 0 0 150 50 0 0 20 0"
    usage = parse_usage(stat, "900 25 1", ticks=100, page=4096)
    assert Usage(2.0, 102_400) == usage
