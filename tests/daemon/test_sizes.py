"""Sizes: datagrams from nothing up to the longest, in and out, and no memory kept."""

from collections.abc import Iterator, Sequence

import pytest

from tests.support.build import COUNTS_MEMORY
from tests.support.network import NEEDS_IPV6
from tests.support.proxy import Proxy
from tests.support.receivers import Receivers
from tests.support.senders import CHUNK, open_senders, send_closed_loop

SIZES = (1, 2, 1431, 1432, 1433, 2047, 2048, 2049, 4096, 8192, 65_506, 65_507)
MAX_PAYLOAD = 1432
LARGE = 60_000
LARGE_TRUESIZE = 64 << 10  # bytes of a receive buffer that a datagram of LARGE takes
SLOTS = 512  # datagrams that a worker reads in one call
KEPT_KIB = 3072  # what a burst may leave behind: the room for packed datagrams

HOSTS = pytest.mark.parametrize(
    "host", ["127.0.0.1", pytest.param("::1", marks=NEEDS_IPV6)], ids=["ipv4", "ipv6"]
)


def url_of(host: str) -> str:
    """Return the URL to listen at."""
    return f"udp://[{host}]:0" if ":" in host else f"udp://{host}:0"


def one_line(size: int) -> bytes:
    """Return a line of so many bytes; below two bytes there is no carried one."""
    return b"n:".ljust(size, b"1") if size >= 2 else b"n"


def full_of_lines(size: int) -> bytes:
    """Return a datagram of so many bytes: lines, the last one as long as it takes."""
    rest = size
    lines: list[bytes] = []
    while rest > 30:
        line = b"name.%d:%d|ms|#a:b" % (len(lines) % 7, len(lines))
        lines.append(line)
        rest -= len(line) + 1
    return b"\n".join([*lines, one_line(rest)])


@HOSTS
def test_a_single_line_of_any_size_arrives_whole_and_alone(host: str) -> None:
    """A line up to the longest that a datagram holds comes out as one datagram."""
    lines = [one_line(size) for size in SIZES]
    with (
        Receivers(1, host) as receivers,
        Proxy(*receivers.backends(), listen=[url_of(host)]) as proxy,
        open_senders(proxy.address) as senders,
    ):
        # One at a time, or short neighbours would share a datagram.
        send_closed_loop(
            senders,
            [(line, int(b":" in line)) for line in [*lines, b""]],
            lambda: receivers.lines,
            chunk=1,
        )
        ending = proxy.stop()
    assert [line for line in lines if b":" in line] == receivers.datagrams
    assert ending.dropped == {("", "no_colon"): 1}
    assert (len(SIZES) + 1, len(SIZES)) == (
        ending.balance["received_datagrams"],
        ending.balance["received_lines"],
    )


@HOSTS
def test_long_lines_go_alone_between_short_ones(host: str) -> None:
    """A line above max_payload shares no datagram, and its neighbours keep theirs."""
    sizes = [5, 1433, 6, 7, 65_507 - 8, 8, 2049, 9, 1432, 1431, 2]
    lines = [one_line(size) for size in sizes]
    sendings = [(b"\n".join(lines[:4]), 4), (lines[4], 1), (b"\n".join(lines[5:]), 6)]
    with (
        Receivers(1, host) as receivers,
        Proxy(*receivers.backends(), listen=[url_of(host)]) as proxy,
        open_senders(proxy.address) as senders,
    ):
        proxy.freeze()
        for datagram, _ in sendings:
            senders[0].send(datagram)
        proxy.thaw()
        receivers.wait_for_lines(len(lines))
    assert lines == receivers.list_lines()
    assert [size for size in sizes if size > MAX_PAYLOAD] == [
        len(each) for each in receivers.datagrams if len(each) > MAX_PAYLOAD
    ]


@HOSTS
@pytest.mark.parametrize("size", SIZES[2:])
def test_a_datagram_full_of_lines_comes_out_packed_anew(size: int, host: str) -> None:
    """The lines of a datagram of any size come out in order, at most max_payload."""
    datagram = full_of_lines(size)
    lines = datagram.split(b"\n")
    assert size == len(datagram)
    with (
        Receivers(1, host) as receivers,
        Proxy(*receivers.backends(), listen=[url_of(host)]) as proxy,
        open_senders(proxy.address) as senders,
    ):
        send_closed_loop(senders, [(datagram, len(lines))], lambda: receivers.lines)
    assert lines == receivers.list_lines()
    assert max(map(len, receivers.datagrams)) <= MAX_PAYLOAD
    assert -(-size // MAX_PAYLOAD) <= len(receivers.datagrams)


def resident_kib(proxy: Proxy) -> int:
    """Return the resident memory of a proxy."""
    return int(proxy.read_status()["VmRSS"].split()[0])


def bursts(datagrams: Sequence[bytes], size: int) -> Iterator[list[bytes]]:
    """Cut a run of datagrams into bursts."""
    for start in range(0, len(datagrams), size):
        yield list(datagrams[start : start + size])


def send_bursts(
    proxy: Proxy, receivers: Receivers, datagrams: Sequence[bytes], size: int
) -> None:
    """Have a proxy find each burst at once, as if it had been kept from its CPU."""
    with open_senders(proxy.address) as senders:
        for burst in bursts(datagrams, size):
            due = receivers.lines + sum(each.count(b"\n") + 1 for each in burst)
            proxy.freeze()
            for datagram in burst:
                senders[0].send(datagram)
            proxy.thaw()
            receivers.wait_for_lines(due)


@COUNTS_MEMORY
@pytest.mark.parametrize("datagram", [one_line(LARGE), full_of_lines(LARGE)])
def test_a_burst_of_large_datagrams_leaves_no_memory_behind(datagram: bytes) -> None:
    """After hundreds of 60 000-byte datagrams the resident memory is what small ones
    had made of it.
    """
    with (
        Receivers(2) as receivers,
        Proxy(*receivers.backends()) as proxy,
    ):
        granted = proxy.wait_for_event("listening")["granted_bytes"]
        small = [b"small.%d:1|c" % number for number in range(2 * SLOTS)]
        send_bursts(proxy, receivers, small, min(SLOTS, 2 * CHUNK))
        before = resident_kib(proxy)
        large = max(1, min(SLOTS, granted // LARGE_TRUESIZE))
        send_bursts(proxy, receivers, [datagram] * 2 * large, large)
        send_bursts(proxy, receivers, small, 2 * CHUNK)
        after = resident_kib(proxy)
        assert proxy.stop().balance["kernel_dropped_datagrams"] == 0
    assert after - before <= KEPT_KIB
