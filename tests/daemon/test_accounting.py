"""Accounting: what comes out, and what the balance says, down to the last line."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

from tests.model.line import refusal, split_lines
from tests.support.proxy import Ending, Proxy
from tests.support.receivers import Receivers
from tests.support.senders import open_senders, send_closed_loop

MILLION = 1_000_000
LINES_EACH = 20  # in one datagram
REFUSED_EACH = 50  # one line in so many is refused
SEPARATORS = (b"\n", b"\r\n", b"\n\n", b"\r\n\r\n")
REFUSED = (
    ("no_colon", b"gorets.%d|c"),
    ("empty_name", b":%d|c"),
    ("bad_event", b"_e{5,%d}:title|text"),
    ("bad_check", b"_sc|db.up|%d"),
)
CARRIED = (
    b"gorets.%d:1|c",
    b"glork.%d,env=a:320|ms|@0.1|#b:2",
    b"gaugor.%d:+4|g",
    b"_e{5,4}:title|text|k:%d",
    b"_sc|db.%d|1|m:down",
)


def many_lines(count: int) -> Iterator[tuple[bytes, list[bytes], list[str]]]:
    """Give datagrams of ``count`` lines: bytes, the carried lines, why others go."""
    for start in range(0, count, LINES_EACH):
        carried, reasons, lines = [], [], []
        for number in range(start, start + LINES_EACH):
            if number % REFUSED_EACH:
                line = CARRIED[number % len(CARRIED)] % number
                carried.append(line)
            else:
                reason, form = REFUSED[number // REFUSED_EACH % len(REFUSED)]
                line = form % (number + 9)
                reasons.append(reason)
            lines.append(line)
        separator = SEPARATORS[start // LINES_EACH % len(SEPARATORS)]
        yield separator.join([*lines, b""]), carried, reasons


def digest(lines: Sequence[bytes]) -> int:
    """Return a number that two multisets of lines share only where they are equal."""
    return sum(map(hash, lines)) % 2**64


def assert_told_as_received(ending: Ending, receivers: Receivers) -> None:
    """Hold the balance against what each receiver has."""
    told = {
        name: (
            counts["forwarded_lines"],
            counts["forwarded_datagrams"],
            counts["forwarded_bytes"],
            counts["waiting_lines"],
            counts["refused_datagrams"],
        )
        for name, counts in ending.backends.items()
    }
    assert {
        each.name: (
            each.lines,
            len(each.datagrams),
            sum(map(len, each.datagrams)),
            0,
            0,
        )
        for each in receivers.each
    } == told
    assert (ending.status, ending.balance["closes"]) == (0, "yes")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_million_lines_are_accounted_for_to_the_line(workers: int) -> None:
    """Of 10^6 lines each carried one comes out, byte for byte, each other is counted
    by its reason, and what the balance tells of each backend is what came there.
    """
    sent: list[int] = []
    reasons: Counter[str] = Counter()

    def noted() -> Iterator[tuple[bytes, int]]:
        for datagram, carried, refused in many_lines(MILLION):
            sent.append(digest(carried))
            reasons.update(refused)
            yield datagram, len(carried)

    with (
        Receivers(4) as receivers,
        Proxy(*receivers.backends(), workers=workers) as proxy,
        open_senders(proxy.address, 4) as senders,
    ):
        datagrams = send_closed_loop(senders, noted(), lambda: receivers.lines)
        ending = proxy.stop()
    refused = MILLION // REFUSED_EACH
    assert {("", reason): refused // 4 for reason, _ in REFUSED} == ending.dropped
    assert {reason: refused // 4 for reason, _ in REFUSED} == reasons
    assert {
        "received_datagrams": datagrams,
        "received_lines": MILLION,
        "forwarded_lines": MILLION - refused,
        "dropped_lines": refused,
        "waiting_lines": 0,
        "truncated_datagrams": 0,
        "kernel_dropped_datagrams": 0,
        "refused_datagrams": 0,
        "closes": "yes",
    }.items() <= ending.balance.items()
    assert_told_as_received(ending, receivers)
    arrived = receivers.list_lines()
    assert MILLION - refused == len(arrived)
    assert sum(sent) % 2**64 == digest(arrived)
    assert max(map(len, receivers.datagrams)) <= 1432
    assert [each for each in proxy.events if each["level"] != "info"] == []


def wild_datagrams(count: int) -> Iterator[bytes]:
    """Give datagrams of any bytes, with every kind of line, and lines of any length."""
    chance = random.Random(2)
    alphabet = b"abz.:|,;#[]_e{}sc019\x00\x1b\x80\xff\r "
    for number in range(count):
        pieces = []
        for _ in range(chance.randrange(12)):
            noise = bytes(chance.choices(alphabet, k=chance.randrange(24)))
            kind = chance.randrange(6)
            if kind == 0:
                noise = CARRIED[number % len(CARRIED)] % number
            elif kind == 1:
                noise = b"long%d:" % number + noise * chance.randrange(40)
            pieces.append(noise + chance.choice([b"", b"\r"]))
        yield b"\n".join(pieces)


@pytest.mark.parametrize("max_payload", [64, 512, 8192])
def test_any_bytes_come_out_as_the_model_says(max_payload: int) -> None:
    """Of datagrams of any bytes, exactly the lines that the model carries come out, the
    others are counted as it says, and only a single line is longer than max_payload.
    """
    wild = list(wild_datagrams(3000))
    lines = [line for each in wild for line in split_lines(each)]
    expected = Counter(line for line in lines if refusal(line) is None)
    reasons = Counter(reason for line in lines if (reason := refusal(line)))
    sendings = [
        (each, sum(refusal(line) is None for line in split_lines(each)))
        for each in wild
    ]
    with (
        Receivers(3) as receivers,
        Proxy(*receivers.backends(), "--max-payload", str(max_payload)) as proxy,
        open_senders(proxy.address) as senders,
    ):
        send_closed_loop(senders, sendings, lambda: receivers.lines)
        ending = proxy.stop()
    assert expected == Counter(receivers.list_lines())
    assert {("", name): count for name, count in reasons.items()} == ending.dropped
    assert len(wild) == ending.balance["received_datagrams"]
    assert len(lines) == ending.balance["received_lines"]
    assert_told_as_received(ending, receivers)
    longer = [each for each in receivers.datagrams if len(each) > max_payload]
    assert [each for each in longer if b"\n" in each] == []
