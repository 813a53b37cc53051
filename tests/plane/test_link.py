"""A link: what each answer of the kernel means for the lines."""

import errno

import pytest

from statshard.plane._stepped import ScriptedLink

MS = 1_000_000
SECOND = 1_000_000_000
A, B, C = b"a:1|c", b"bb:1|c", b"ccc:1|c"


def datagrams(link: ScriptedLink) -> list[bytes]:
    """Return the datagrams that the kernel took since the last call."""
    return [datagram for _, datagram, _ in link.sent()]


def dropped(link: ScriptedLink) -> dict[str, int]:
    """Return reason -> lines."""
    return link.counts()[1]


def give(link: ScriptedLink, *lines: bytes, now_ns: int = 0) -> None:
    """Forward lines, then flush."""
    for line in lines:
        link.forward(line, now_ns)
    link.flush(now_ns)


def one_each(count: int, size: int = 100) -> list[bytes]:
    """Return lines that fill a datagram of `size` bytes each."""
    return [b"%06d:" % number + b"x" * (size - 7) for number in range(count)]


def test_lines_leave_together() -> None:
    """Lines of one flush leave in one datagram, joined by LF, and are forwarded."""
    link = ScriptedLink()
    give(link, A, B, C)
    assert [A + b"\n" + B + b"\n" + C] == datagrams(link)
    counts, reasons = link.counts()
    assert {
        "forwarded_lines": 3,
        "forwarded_datagrams": 1,
        "forwarded_bytes": 20,
        "refused_datagrams": 0,
        "waiting_lines": 0,
        "queued_lines": 0,
    } == counts
    assert {} == reasons


def test_every_count_stands_under_its_own_name() -> None:
    """With a number of its own for each count, none stands under another's name."""
    link = ScriptedLink()
    link.refuse(7)
    link.answer_sends([-errno.ECONNREFUSED])
    give(link, A, B)
    give(link, C)
    give(link, A, B, C)
    link.answer_sends([-errno.EAGAIN])
    give(link, A, B, C, A)
    link.forward(B, 0)
    assert {
        "forwarded_lines": 6,
        "forwarded_datagrams": 3,
        "forwarded_bytes": 12 + 7 + 20,
        "refused_datagrams": 7,
        "waiting_lines": 5,
        "queued_lines": 4,
    } == link.counts()[0]


def test_a_full_packer_is_sent_before_the_flush() -> None:
    """The 65th datagram sends the 64 before it."""
    link = ScriptedLink(max_payload=100)
    lines = one_each(65)
    for line in lines:
        link.forward(line, 0)
    assert lines[:64] == datagrams(link)
    link.flush(0)
    assert lines[64:] == datagrams(link)


@pytest.mark.parametrize("taken", range(1, 10))
def test_a_partial_send_resumes_at_the_right_datagram(taken: int) -> None:
    """Where the kernel takes some of ten, the rest follows, in order and once."""
    link = ScriptedLink(max_payload=100)
    link.answer_sends([taken])
    lines = one_each(10)
    give(link, *lines)
    assert lines == datagrams(link)


def test_an_interrupted_send_is_repeated() -> None:
    """EINTR changes nothing, however often it comes."""
    link = ScriptedLink()
    link.answer_sends([-errno.EINTR] * 50)
    give(link, A)
    assert [A] == datagrams(link)


@pytest.mark.parametrize("error", [errno.EAGAIN, errno.ENOBUFS, errno.ENOMEM])
def test_what_cannot_be_taken_now_waits(error: int) -> None:
    """After such an error the lines wait, and go first, in order, at the next flush."""
    link = ScriptedLink(max_payload=100)
    lines = one_each(5)
    link.answer_sends([2, -error])
    give(link, *lines[:4])
    assert lines[:2] == datagrams(link)
    assert 2 == link.counts()[0]["waiting_lines"]
    give(link, lines[4])
    assert lines[2:] == datagrams(link)
    assert 0 == link.counts()[0]["waiting_lines"]
    assert (0, False) == link.waiting_bytes()


def test_later_lines_go_behind_those_that_wait() -> None:
    """While a backend blocks, new lines queue behind old ones and share datagrams."""
    link = ScriptedLink(max_payload=11)
    link.answer_sends([-errno.EAGAIN] * 4)
    for line in (A, b"b:1|c", b"c:1|c", b"d:1|c"):
        give(link, line)
    assert [] == datagrams(link)
    assert [b"a:1|c\nb:1|c", b"c:1|c\nd:1|c"] == link.waiting()
    link.flush(0)
    assert [b"a:1|c\nb:1|c", b"c:1|c\nd:1|c"] == datagrams(link)


def test_a_full_queue_drops_the_oldest() -> None:
    """Beyond its bytes the queue drops the oldest, each line counted as queue_full."""
    link = ScriptedLink(max_payload=1000, queue_bytes=10_240)
    lines = one_each(20, size=1000)
    link.answer_sends([-errno.EAGAIN] * 20)
    give(link, *lines)
    kept = link.waiting()
    assert lines[20 - len(kept) :] == kept
    assert {"queue_full": 20 - len(kept)} == dropped(link)
    assert link.waiting_bytes()[0] <= 10_240
    assert len(kept) in (9, 10)
    link.answer_sends([])
    link.flush(0)
    assert kept == datagrams(link)


def test_a_datagram_that_the_queue_can_never_hold_is_dropped_itself() -> None:
    """What is larger than the whole queue is dropped as queue_full."""
    link = ScriptedLink(queue_bytes=4096)
    link.answer_sends([-errno.EAGAIN])
    give(link, b"a:" + b"x" * 5000)
    assert {"queue_full": 1} == dropped(link)
    assert 0 == link.counts()[0]["waiting_lines"]


def test_what_waits_too_long_is_dropped() -> None:
    """Older than the age, a datagram is dropped as expired; a younger one goes out."""
    link = ScriptedLink(max_payload=100, queue_age_ns=SECOND)
    first, second = one_each(2)
    link.answer_sends([-errno.EAGAIN] * 2)
    give(link, first, now_ns=0)
    give(link, second, now_ns=SECOND // 2)
    link.flush(SECOND + 1)
    assert [second] == datagrams(link)
    assert {"expired": 1} == dropped(link)


def test_an_echo_does_not_cost_the_datagram_that_meets_it() -> None:
    """ECONNREFUSED is counted, and the same datagram is sent once more."""
    link = ScriptedLink()
    link.answer_sends([-errno.ECONNREFUSED])
    link.refuse(1)
    give(link, A)
    assert [A] == datagrams(link)
    assert 1 == link.counts()[0]["refused_datagrams"]
    assert {} == dropped(link)


def test_an_echo_is_counted_though_the_error_queue_lost_it() -> None:
    """ECONNREFUSED without an entry in the error queue counts as one refusal."""
    link = ScriptedLink()
    link.answer_sends([-errno.ECONNREFUSED])
    give(link, A)
    assert 1 == link.counts()[0]["refused_datagrams"]


def test_refusals_that_stop_a_send_halfway_are_counted() -> None:
    """Where a send stops short, what the error queue holds is counted, all of it."""
    link = ScriptedLink(max_payload=100)
    link.answer_sends([1])
    link.refuse(150)
    give(link, *one_each(3))
    assert 150 == link.counts()[0]["refused_datagrams"]
    assert 3 == len(datagrams(link))


def test_a_storm_of_echoes_ends_in_waiting() -> None:
    """A datagram that meets only echoes waits; it is neither lost nor sent twice."""
    link = ScriptedLink()
    link.answer_sends([-errno.ECONNREFUSED] * 17)
    give(link, A)
    assert [] == datagrams(link)
    assert [A] == link.waiting()
    link.flush(0)
    assert [A] == datagrams(link)


UNREACHABLE = [
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
    errno.EPERM,
    errno.EACCES,
    errno.ENETDOWN,
    errno.EINVAL,
]


@pytest.mark.parametrize("error", UNREACHABLE)
def test_an_error_that_may_be_an_echo_is_tried_once_more(error: int) -> None:
    """Once, such an error costs nothing."""
    link = ScriptedLink()
    link.answer_sends([-error])
    give(link, A)
    assert [A] == datagrams(link)


@pytest.mark.parametrize("error", UNREACHABLE)
def test_an_error_that_stays_drops_that_datagram_only(error: int) -> None:
    """Twice in a row it drops the front datagram as unreachable; the next is tried."""
    link = ScriptedLink(max_payload=100)
    lines = one_each(3)
    link.answer_sends([1, -error, -error])
    give(link, *lines)
    assert [lines[0], lines[2]] == datagrams(link)
    assert {"unreachable": 1} == dropped(link)


def test_a_narrower_path_cuts_at_line_ends() -> None:
    """EMSGSIZE lowers the limit to the path's; the datagram leaves in whole lines."""
    link = ScriptedLink(max_payload=100)
    link.set_mtu(28 + 12)
    link.answer_sends([-errno.EMSGSIZE])
    lines = [b"a:1|c", b"b:1|c", b"c:1|c", b"d:1|c", b"e:1|c"]
    give(link, *lines)
    assert [b"a:1|c\nb:1|c", b"c:1|c\nd:1|c", b"e:1|c"] == datagrams(link)
    give(link, *lines[:3])
    assert [b"a:1|c\nb:1|c", b"c:1|c"] == datagrams(link)
    assert 8 == link.counts()[0]["forwarded_lines"]


def test_ipv6_headers_are_longer() -> None:
    """On IPv6 the limit is the path's MTU less 48 bytes."""
    link = ScriptedLink(max_payload=100, is_ipv6=True)
    link.set_mtu(48 + 5)
    link.answer_sends([-errno.EMSGSIZE])
    give(link, b"a:1|c", b"b:1|c")
    assert [b"a:1|c", b"b:1|c"] == datagrams(link)


def test_a_path_that_widens_is_used_again() -> None:
    """Ten minutes after the path narrowed, the configured payload is tried again."""
    link = ScriptedLink(max_payload=100)
    link.set_mtu(28 + 5)
    link.answer_sends([-errno.EMSGSIZE])
    give(link, b"a:1|c", b"b:1|c")
    assert 2 == len(datagrams(link))
    link.flush(601 * SECOND)
    give(link, b"a:1|c", b"b:1|c", now_ns=601 * SECOND)
    assert [b"a:1|c\nb:1|c"] == datagrams(link)


def test_a_cut_datagram_that_has_to_wait_loses_and_repeats_nothing() -> None:
    """Where the kernel blocks between two pieces, the rest waits and follows later."""
    link = ScriptedLink(max_payload=100)
    link.set_mtu(28 + 5)
    link.answer_sends([-errno.EMSGSIZE, 1, 1, -errno.EAGAIN])
    lines = [b"a:1|c", b"b:1|c", b"c:1|c", b"d:1|c"]
    give(link, *lines)
    assert lines[:2] == datagrams(link)
    assert 2 == link.counts()[0]["waiting_lines"]
    link.answer_sends([1, -errno.EAGAIN])
    link.flush(0)
    assert lines[2:3] == datagrams(link)
    assert 1 == link.counts()[0]["waiting_lines"]
    link.answer_sends([])
    link.flush(0)
    assert lines[3:] == datagrams(link)
    assert 4 == link.counts()[0]["forwarded_lines"]


def test_a_longer_line_goes_alone_in_fragments() -> None:
    """A line over the payload has its own datagram, for which DF is taken off."""
    link = ScriptedLink(max_payload=20)
    long = b"long:" + b"1" * 100 + b"|c"
    give(link, A, long, B)
    assert [(0, A, False), (0, long, True), (0, B, False)] == link.sent()


def test_a_line_for_which_the_network_has_no_datagram_is_too_long() -> None:
    """EMSGSIZE for a single line that may be fragmented drops it alone, as too_long."""
    link = ScriptedLink(max_payload=20)
    link.answer_sends([1, -errno.EMSGSIZE])
    give(link, A, b"long:" + b"1" * 100, B)
    assert [A, B] == datagrams(link)
    assert {"too_long": 1} == dropped(link)


def test_emsgsize_without_a_narrower_path_allows_fragments() -> None:
    """Where the kernel knows no smaller MTU, a line goes in fragments, or not."""
    link = ScriptedLink(max_payload=100)
    link.answer_sends([-errno.EMSGSIZE])
    give(link, A)
    assert [(0, A, True)] == link.sent()
    link.answer_sends([-errno.EMSGSIZE, -errno.EMSGSIZE])
    give(link, A)
    assert {"too_long": 1} == dropped(link)


def test_emsgsize_of_unknown_size_costs_no_short_line() -> None:
    """Where nobody says what the path takes, a datagram is halved until it goes."""
    link = ScriptedLink(max_payload=100)
    link.answer_sends([-errno.EMSGSIZE] * 6)
    lines = [b"%d:1|c" % n for n in range(9)]
    give(link, *lines)
    assert lines == [x for d in datagrams(link) for x in d.split(b"\n")]
    assert {} == dropped(link)


def test_a_datagram_that_ends_where_the_ring_ends_cannot_grow() -> None:
    """A later datagram does not join one behind which the ring is over."""
    link = ScriptedLink(max_payload=4000, queue_bytes=4096)
    first, second, third = b"a:" + b"1" * 2998, b"b:" + b"1" * 1062, b"c:" + b"1" * 498
    link.answer_sends([-errno.EAGAIN] * 2)
    give(link, first)
    give(link, second)
    link.answer_sends([1, -errno.EAGAIN, -errno.EAGAIN])
    link.flush(0)
    give(link, third)
    assert [first] == datagrams(link)
    assert [second, third] == link.waiting()


def test_a_line_joins_no_datagram_that_has_waited_for_long() -> None:
    """One line a second to a stuck backend: each expires by its own age, not before."""
    link = ScriptedLink(queue_age_ns=30 * SECOND)
    link.answer_sends([-errno.EAGAIN] * 40)
    for second in range(31):
        give(link, b"m:%d|c" % second, now_ns=second * SECOND)
    link.flush(30 * SECOND + 1)
    kept = sum(len(d.split(b"\n")) for d in link.waiting())
    assert ({"expired": 31 - kept}, True) == (dropped(link), kept >= 29)


def test_only_what_the_network_says_is_a_refusal() -> None:
    """ICMP and ICMPv6 errors are counted; this host's own (EMSGSIZE) are not."""
    link = ScriptedLink(max_payload=100)
    for origin, expected in ((1, 0), (2, 5), (3, 10)):
        link.refuse(5, origin)
        link.answer_sends([1])
        give(link, *one_each(2))
        assert expected == link.counts()[0]["refused_datagrams"]


@pytest.mark.parametrize(
    ("is_ipv6", "longest"), [(False, 65_507), (True, 65_527)], ids=["IPv4", "IPv6"]
)
def test_the_longest_line(is_ipv6: bool, longest: int) -> None:  # noqa: FBT001 - a row of a table
    """A line of what one UDP datagram can hold goes; one byte more is too_long."""
    link = ScriptedLink(is_ipv6=is_ipv6)
    give(link, b"a:" + b"1" * (longest - 2), b"a:" + b"1" * (longest - 1))
    assert [longest] == [len(datagram) for datagram in datagrams(link)]
    assert {"too_long": 1} == dropped(link)


def test_a_stop_drops_what_still_waits() -> None:
    """What waits when the link ends is dropped as shutdown; late refusals count."""
    link = ScriptedLink()
    link.answer_sends([-errno.EAGAIN])
    give(link, A, B)
    link.refuse(3)
    link.abandon()
    assert {"shutdown": 2} == dropped(link)
    assert 3 == link.counts()[0]["refused_datagrams"]
    assert 0 == link.counts()[0]["waiting_lines"]
