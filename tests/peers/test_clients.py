"""Real clients: what they send is known to the byte, and passes the proxy unchanged."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.model.graphite_names import Names
from tests.model.key import name_key
from tests.model.server import Options, Server
from tests.peers.captures import CLIENTS, capture, read_captures, send
from tests.peers.differential import Flush, observe
from tests.peers.expected import Expected, is_told, read_expected
from tests.peers.under_test import SERVERS
from tests.support.proxy import Proxy
from tests.support.receivers import Receivers

CAPTURES = read_captures()
EXPECTED = read_expected()
BAD = "stats.counters.statsd.bad_lines_seen.count"


def by_key(lines: list[bytes]) -> dict[bytes, list[bytes]]:
    """Return the lines of each key, in their order."""
    found: dict[bytes, list[bytes]] = {}
    for line in lines:
        found.setdefault(name_key(line), []).append(line)
    return found


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_sends_what_was_captured(client: str) -> None:
    """The client that is installed sends the datagrams of the file, byte for byte."""
    assert CAPTURES[client] == capture(client)


# What a client sends against the protocol; it is refused and counted. hot-shots gives
# the lengths of an event in UTF-16 units, where DogStatsD asks for bytes of UTF-8.
REFUSED = {"hot-shots": [b"_e{7,4}:hs.caf\xc3\xa9|text|k:deploy|t:error"]}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_is_carried_whole(client: str) -> None:
    """Each line arrives as it was sent, those of a name on one server, in order."""
    refused = REFUSED.get(client, [])
    sent = [line for each in CAPTURES[client] for line in each.split(b"\n") if line]
    carried = [line for line in sent if line not in refused]
    assert len(sent) == len(carried) + len(refused)
    with Receivers(4) as receivers, Proxy(*receivers.backends()) as proxy:
        send(client, proxy.address[1])
        receivers.wait_for_lines(len(carried))
        arrived = [by_key(each.list_lines()) for each in receivers.each]
        dropped = proxy.stop().dropped
    keys = [key for each in arrived for key in each]
    assert len(keys) == len(set(keys)), "a name is on two servers"
    assert by_key(carried) == {k: v for each in arrived for k, v in each.items()}
    reason = {("", "bad_event"): len(refused)} if refused else {}
    assert reason == {where: lines for where, lines in dropped.items() if lines}


@pytest.mark.parametrize("client", CLIENTS)
def test_the_twin_takes_all_of_a_client(client: str) -> None:
    """The plain twin tells of each client's datagrams the rows of the file."""
    twin = Server(
        Options(compat="strict", names=Names(is_legacy=False, fits_tags=True))
    )
    bad = sum(twin.receive(datagram).bad for datagram in CAPTURES[client])
    lines = [line.rpartition(" ")[0] for line in twin.flush(0) if is_told(line)]
    assert EXPECTED[client] == Expected(bad, lines)


@pytest.fixture(scope="module")
def flushed() -> dict[str, Flush]:
    """Give what our server flushes of each client's datagrams; all run at a time."""
    with ThreadPoolExecutor(len(CLIENTS)) as pool:
        observed = pool.map(
            lambda client: observe(SERVERS["statshard"], [CAPTURES[client]]), CLIENTS
        )
        return {client: each[0] for client, each in zip(CLIENTS, observed, strict=True)}


@pytest.mark.parametrize("client", CLIENTS)
def test_our_server_takes_all_of_a_client(
    flushed: dict[str, Flush], client: str
) -> None:
    """`statshard serve` tells of each client's datagrams the rows of the file."""
    flush = flushed[client]
    (bad,) = (line for line in flush if line.startswith(f"{BAD} "))
    expected = EXPECTED[client]
    assert f"{BAD} {expected.bad}" == bad
    assert sorted(expected.lines) == sorted(filter(is_told, flush.elements()))
