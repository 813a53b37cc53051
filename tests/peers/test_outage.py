"""A sink that goes away and comes back: what a server delivers, loses or tells."""

from tests.peers.outage import observe_outage
from tests.peers.under_test import SERVERS


def test_etsy_loses_what_it_flushes_in_an_outage() -> None:
    """Of the intervals in which its sink was away, etsy's server tells none later."""
    outage = observe_outage(SERVERS["etsy"])
    assert set() == outage.lines_by_time.keys() & set(outage.away)
    assert 0 < outage.arrived < outage.sent


def test_our_server_delivers_what_it_flushed_in_an_outage() -> None:
    """Every count arrives, and each flush of the outage arrives afterwards, whole."""
    outage = observe_outage(SERVERS["statshard"])
    assert set(outage.away) <= outage.lines_by_time.keys()
    assert outage.sent == outage.arrived
    times = sorted(outage.lines_by_time)[
        2:-1
    ]  # the first lack a series, the last is cut
    assert 1 == len({outage.lines_by_time[each] for each in times})
