"""It needs no privilege: neither root's capabilities nor the way back to them."""

import os
import shutil

import pytest

from tests.support.proxy import Proxy
from tests.support.receivers import Receivers
from tests.support.senders import open_senders

# A process of root that has given up all of root's capabilities, for good.
GIVE_UP = (
    *("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"),
    "--no-new-privs",
)


@pytest.mark.skipif(
    os.geteuid() == 0 and shutil.which("setpriv") is None, reason="no setpriv here"
)
def test_a_proxy_without_a_capability_carries_lines() -> None:
    """A proxy that has no capability starts, forwards, stops, and has got none."""
    with Receivers(2) as receivers:
        proxy = Proxy(*receivers.backends())
        if os.geteuid() == 0:
            proxy.command = [*GIVE_UP, *proxy.command]
        with proxy, open_senders(proxy.address) as (sender,):
            for number in range(100):
                sender.send(b"plain.%d:1|c" % number)
            receivers.wait_for_lines(100)
            status = proxy.read_status()
            ending = proxy.stop()
    assert (ending.status, ending.balance["closes"]) == (0, "yes")
    assert {0} == {int(status[each], 16) for each in ("CapPrm", "CapEff", "CapInh")}
