"""The output of `statshard up`: what it writes, and when it stops waiting."""

import errno
import fcntl
import os

import pytest

from statshard.up.output import Output


def test_what_was_written_leaves_with_a_flush() -> None:
    """Text waits for the flush, then all of it is there, in its order."""
    ours, theirs = os.pipe()
    os.set_blocking(ours, False)
    output = Output(theirs)
    assert 2 == output.write("a\n")
    with pytest.raises(BlockingIOError):
        os.read(ours, 10)
    output.write("\u00e9" * 5000)
    output.flush()
    output.flush()
    assert ("a\n" + "\u00e9" * 5000).encode() == os.read(ours, 1 << 16)
    assert (theirs, False, True) == (
        output.fileno(),
        output.isatty(),
        output.writable(),
    )
    os.close(theirs)
    os.close(ours)


def test_who_does_not_read_is_waited_for_until_told_not_to() -> None:
    """Given up, a flush writes what there is room for and raises; the next is none of
    the text of the last.
    """
    ours, theirs = os.pipe()
    size = fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, 4096)
    output = Output(theirs)
    output.give_up()
    output.write("a" * (size + 1))
    with pytest.raises(TimeoutError) as caught:
        output.flush()
    assert errno.ETIMEDOUT == caught.value.errno
    assert b"a" * size == os.read(ours, 2 * size)
    output.write("b")
    output.flush()
    assert b"b" == os.read(ours, 2 * size)
    os.close(ours)
    output.write("c")
    with pytest.raises(BrokenPipeError):
        output.flush()
    os.close(theirs)


def test_characters_that_an_encoding_lacks_keep_their_width() -> None:
    """What the encoding of a terminal has not is a question mark."""
    ours, theirs = os.pipe()
    output = Output(theirs, "ascii")
    assert "ascii" == output.encoding
    output.write("a\u2026b")
    output.flush()
    assert b"a?b" == os.read(ours, 10)
    os.close(theirs)
    os.close(ours)
