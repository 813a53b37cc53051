"""Order: the lines of one key from one sender arrive as they were sent."""

from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.support.proxy import Proxy
from tests.support.receivers import Receivers
from tests.support.senders import open_senders, send_closed_loop

SENDERS = 8
KEYS = 25
ROUNDS = 400  # how often each sender sends each key


def numbered_datagrams(lines_each: int) -> Iterator[tuple[bytes, int]]:
    """Give datagrams, one for each sender in turn: every key, with a running number.

    One datagram of a sender begins where its last one ended, so that keys stand at
    all places of a datagram.
    """
    for start in range(0, KEYS * ROUNDS, lines_each):
        numbers = range(start, min(start + lines_each, KEYS * ROUNDS))
        for sender in range(SENDERS):
            lines = [
                b"key%d:%d|c|#s:%d" % (number % KEYS, number // KEYS, sender)
                for number in numbers
            ]
            yield b"\n".join(lines), len(lines)


@pytest.mark.parametrize("lines_each", [1, 7, 64])
def test_lines_of_one_key_and_sender_keep_their_order(lines_each: int) -> None:
    """With two workers, packed or not, each sender's lines of a key stay in order."""
    with (
        Receivers(3) as receivers,
        Proxy(*receivers.backends(), workers=2) as proxy,
        open_senders(proxy.address, SENDERS) as senders,
    ):
        send_closed_loop(
            senders, numbered_datagrams(lines_each), lambda: receivers.lines
        )
    arrived = defaultdict(list)
    for line in receivers.list_lines():
        key, value, tag = line.split(b":", 1)[0], *line.split(b":", 1)[1].split(b"|c|")
        arrived[key, tag].append(int(value))
    assert len(arrived) == SENDERS * KEYS
    assert {tuple(range(ROUNDS))} == {tuple(values) for values in arrived.values()}
