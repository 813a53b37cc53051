"""How often a process looks at its counters and its workers."""

import asyncio

import pytest

from statshard.daemon.server import Server
from statshard.settings.server import SERVER
from statshard.settings.sources import read_settings


class Slept(Exception):  # noqa: N818 -- no error: it says for how long
    """Stands for a sleep of so many seconds."""


@pytest.mark.parametrize(
    ("summary_s", "look_s"), [("0", 1.0), ("60", 1.0), ("0.2", 0.2), ("0.00001", 0.1)]
)
def test_summaries_however_frequent_leave_the_loop_alone(
    monkeypatch: pytest.MonkeyPatch, summary_s: str, look_s: float
) -> None:
    """A server looks once a second, more often for summaries, and never in a row."""

    async def sleep(seconds: float) -> None:
        raise Slept(seconds)

    found = {"listen": ("udp://127.0.0.1:0",), "summary_s": summary_s}
    settings = read_settings(SERVER, found, environ={}, usable_cpus=1).settings
    monkeypatch.setattr(asyncio, "sleep", sleep)
    with pytest.raises(Slept) as slept:
        asyncio.run(Server(settings)._look())
    assert (look_s,) == slept.value.args
