"""A sender that makes names collide: it needs the key of the tables, which is random.

A thousand names are made that meet in one place of the index under a key that is known;
under the key that a server has of itself they are spread like any others.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from statshard.plane._collected import steps_of
from statshard.plane._sampling import siphash
from statshard.plane.aggregation import Interval, Store
from tests.daemon.test_server import Running, running
from tests.support.wait import TIMEOUT_S

KEY = bytes(range(16))
SLOTS = 2048  # of the index that so many series are in
NAMES = 1000
EACH = 50  # lines of a datagram

# A server that is not started; what it has made its key of is nobody else's.
PRINT_KEY = """
from statshard.daemon.server import Server
from statshard.settings.server import SERVER
from statshard.settings.sources import read_settings

settings = read_settings(SERVER, {}, environ={}, usable_cpus=1).settings
print(Server(settings)._hash_key.hex())
"""


class Watched:
    """A store that counts the steps of the tables that it folds."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.steps = 0

    def fold(self, intervals: list[Interval]) -> None:
        """Count, and fold."""
        self.steps += sum(map(steps_of, intervals))
        self.store.fold(intervals)

    def __getattr__(self, name: str) -> Callable[..., object]:
        found: Callable[..., object] = getattr(self.store, name)
        return found


@pytest.fixture(scope="module", name="names")
def make_names() -> list[bytes]:
    """Return names that meet in one place under KEY."""
    names: list[bytes] = []
    number = 0
    while len(names) < NAMES:
        name = b"n%d" % number
        if siphash(name, KEY) % SLOTS == 77:
            names.append(name)
        number += 1
    return names


async def flood(at: Running, names: list[bytes]) -> int:
    """Send all names, twice, see that each is told, and return the steps they took."""
    watched = Watched(at.server.flushing.store)
    at.server.flushing.store = watched  # type: ignore[assignment]  # stands in for it
    batches = [names[start : start + EACH] for start in range(0, len(names), EACH)]
    for turn in range(2):
        for number, batch in enumerate(batches, 1):
            at.send(b"\n".join(b"%s:1|c" % name for name in batch))
            await at.wait_for_datagrams(turn * len(batches) + number)
    told = dict(line.split(" ")[:2] for line in await at.flush())
    assert {"2"} == {told[f"stats_counts.{name.decode()}"] for name in names}
    return watched.steps


def test_a_flood_that_knows_the_key_is_told_exactly(
    names: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the key known, each name would stand behind all that came before it; even
    then none is lost, and none is taken for another.
    """
    monkeypatch.setattr(os, "urandom", lambda count: KEY[:count])

    async def run() -> None:
        async with running({}) as at:
            assert sum(range(NAMES)) == await flood(at, names)

    asyncio.run(run())


def test_under_a_servers_own_key_the_flood_is_like_any_other(
    names: list[bytes],
) -> None:
    """The same names take less than two steps each, in any server as it is started."""

    async def run() -> None:
        async with running({}) as at:
            assert await flood(at, names) < 2 * NAMES

    asyncio.run(run())


def test_each_process_has_a_key_of_its_own() -> None:
    """Of four processes none has the key of another, whatever Python's own seed is."""
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    keys = [
        subprocess.run(
            [sys.executable, "-c", PRINT_KEY],
            capture_output=True,
            check=True,
            env=environment,
            text=True,
            timeout=TIMEOUT_S,
        ).stdout
        for _ in range(4)
    ]
    assert (4, {33}) == (len(set(keys)), set(map(len, keys)))
