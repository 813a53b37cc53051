"""The published words of a worker: a reader sees one state, or tries again."""

import threading

from statshard.plane._testing import BlockDoor

LINKS = 100  # a block so large that a read takes a while


def test_a_reader_never_sees_two_states_mixed() -> None:
    """While a worker publishes numbers, each in all words, no read mixes two."""
    block = BlockDoor(LINKS)
    writer = threading.Thread(target=block.publish_numbers, args=(100_000,))
    writer.start()
    seen = set()
    again = 0
    while writer.is_alive():
        words = block.read()
        if words is None:
            again += 1
            continue
        least, most = words
        assert least == most
        seen.add(most)
    writer.join()
    assert again > 0
    assert len(seen) > 2


def test_a_block_that_is_being_written_is_not_read() -> None:
    """An odd sequence says that the worker is between the first word and the last."""
    block = BlockDoor(LINKS)
    block.publish_numbers(1)
    block.set_sequence(3)
    assert block.read() is None
    block.set_sequence(4)
    assert (1, 1) == block.read()
