"""What the tests beside real software share."""

import pytest

from tests.peers.differential import Run
from tests.peers.under_test import SERVERS


@pytest.fixture(params=list(SERVERS.values()), ids=list(SERVERS))
def run(request: pytest.FixtureRequest) -> Run:
    """Give what runs a server; the test is made for each that there is."""
    found: Run = request.param
    return found
