"""Placement: every line is on the backend that the plain twins name."""

from collections.abc import Sequence
from contextlib import ExitStack

import pytest

from tests.model.hash import djb2
from tests.model.key import embedded_key, name_key
from tests.model.slots import pick
from tests.support.network import NEEDS_IPV6, find_free_port
from tests.support.proxy import Proxy
from tests.support.receivers import Receivers
from tests.support.senders import Address, open_senders, send_closed_loop

V4 = "127.0.0.1"
V6 = "::1"
ANY_V4 = "0.0.0.0"  # noqa: S104 - a test's proxy is gone in a second
ANY_V6 = "[::]"
DUAL = ("udp://[::]:0",)
NAMES = 400
FORMS = (
    b"page.%d.views:1|c",
    b"page.%d.views,host=b,env=a:1|c",
    b"page.%d.views;host=b:1|ms|@0.1|#x:y",
    b"page.%d[host=b]views:1|g",
    b"caf\xc3\xa9.%d,b,a:1|c",
    b"_e{5,4}:title|text|k:agg%d",
    b"_sc|db.%d.up|2|m:down",
)
LINES = [form % number for number in range(NAMES) for form in FORMS]


def expected_names(
    lines: Sequence[bytes], hash_name: str, weights: Sequence[float]
) -> dict[bytes, str]:
    """Return the name of the backend of each line, as the twins have it."""
    backends = [(b"shard-%d" % index, weight) for index, weight in enumerate(weights)]
    if hash_name == "djb2":
        places = [djb2(embedded_key(line)) % len(backends) for line in lines]
    else:
        places = [pick(name_key(line), backends) for line in lines]
    return {line: f"shard-{place}" for line, place in zip(lines, places, strict=True)}


def assert_placed(
    receivers: Receivers,
    proxy: Proxy,
    expected: dict[bytes, str],
    targets: Sequence[Address],
) -> None:
    """Send the lines to each address, and hold where they arrive against the twins."""
    with ExitStack() as stack:
        senders = [
            sender
            for target in targets
            for sender in stack.enter_context(open_senders(target, 4))
        ]
        for sender in senders:
            send_closed_loop(
                [sender], [(line, 1) for line in expected], lambda: receivers.lines
            )
    assert len(senders) * len(expected) == receivers.lines
    arrived = {line: each.name for each in receivers.each for line in each.list_lines()}
    assert expected == arrived
    assert {each.name for each in receivers.each} == set(arrived.values())
    assert proxy.stop().balance["closes"] == "yes"


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    "host", [V4, pytest.param(V6, marks=NEEDS_IPV6)], ids=["ipv4", "ipv6"]
)
@pytest.mark.parametrize(
    ("hash_name", "weights"),
    [
        ("rendezvous", (1, 1, 1, 1)),
        ("rendezvous", (1, 2.5, 0.5)),
        ("djb2", (1, 1, 1)),
    ],
    ids=["rendezvous", "weights", "djb2"],
)
def test_lines_are_where_the_twin_puts_them(
    hash_name: str, weights: tuple[float, ...], host: str, workers: int
) -> None:
    """Each line, whoever sent it, is on the backend of its key, and all are used."""
    url = f"udp://[{host}]:0" if ":" in host else f"udp://{host}:0"
    with (
        Receivers(len(weights), host) as receivers,
        Proxy(
            *receivers.backends(weights),
            *("--hash", hash_name),
            listen=[url],
            workers=workers,
        ) as proxy,
    ):
        expected = expected_names(LINES, hash_name, weights)
        assert_placed(receivers, proxy, expected, proxy.addresses)


@NEEDS_IPV6
@pytest.mark.parametrize("workers", [1, 2])
def test_a_dual_stack_listener_takes_both(workers: int) -> None:
    """[::] alone is reached over IPv6 and over IPv4."""
    lines = LINES[:: len(FORMS)]
    expected = expected_names(lines, "rendezvous", (1, 1))
    with (
        Receivers(2) as receivers,
        Proxy(*receivers.backends(), listen=DUAL, workers=workers) as proxy,
    ):
        port = proxy.address[1]
        assert_placed(receivers, proxy, expected, [(V4, port), (V6, port)])


@NEEDS_IPV6
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("hosts", [(ANY_V6, ANY_V4), (ANY_V4, ANY_V6)])
def test_both_wildcards_share_a_port(hosts: tuple[str, str], workers: int) -> None:
    """[::] and 0.0.0.0 with the same port, in any order, each take their own kind."""
    lines = LINES[:: len(FORMS)]
    expected = expected_names(lines, "rendezvous", (1, 1))
    port = find_free_port()
    urls = [f"udp://{host}:{port}" for host in hosts]
    with (
        Receivers(2) as receivers,
        Proxy(*receivers.backends(), listen=urls, workers=workers) as proxy,
    ):
        assert urls == [e["listener"] for e in proxy.list_events("listening")]
        assert_placed(receivers, proxy, expected, [(V4, port), (V6, port)])


@NEEDS_IPV6
def test_one_proxy_spans_both_ip_versions() -> None:
    """Lines that come in over either version go out over either, by their keys."""
    expected = expected_names(LINES, "rendezvous", (1, 1))
    with (
        Receivers(1, V4) as old,
        Receivers(1, V6) as new,
        Proxy(
            *("--backend", f"shard-0={old.each[0].address}"),
            *("--backend", f"shard-1={new.each[0].address}"),
            listen=[f"udp://{V4}:0", f"udp://[{V6}]:0"],
        ) as proxy,
    ):
        for address in proxy.addresses:
            with open_senders(address) as senders:
                send_closed_loop(
                    senders,
                    [(line, 1) for line in expected],
                    lambda: old.lines + new.lines,
                )
        arrived = dict.fromkeys(old.list_lines(), "shard-0")
        arrived |= dict.fromkeys(new.list_lines(), "shard-1")
        assert expected == arrived
