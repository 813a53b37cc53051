"""A sink that goes away and comes back: what a server delivers, loses or tells."""

from tests.peers.outage import observe_outage
from tests.peers.under_test import SERVERS


def test_etsy_loses_what_it_flushes_in_an_outage() -> None:
    """Of the intervals in which its sink was away, etsy's server tells none later."""
    outage = observe_outage(SERVERS["etsy"])
    assert set() == outage.lines_by_time.keys() & set(outage.away)
    assert 0 < outage.arrived < outage.sent
