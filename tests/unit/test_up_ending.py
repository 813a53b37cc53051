"""How `statshard up` ends where its processes do not end as they should."""

import asyncio
from collections.abc import Sequence

import pytest

from statshard.errors import StatshardError
from statshard.up import pipeline
from statshard.up.options import UpSettings, read_up
from statshard.up.output import Output
from statshard.up.picture import Picture
from statshard.up.pipeline import Pipeline
from statshard.up.screen import Screen
from statshard.up.view import News, View


class Kept(Screen):
    """A screen that says whether the terminal was given back."""

    is_closed = False

    def open(self, settings: UpSettings, listening: Sequence[str]) -> None:
        """Show nothing."""

    def show(self, view: View, news: Sequence[News], *, is_round: bool) -> None:
        """Show nothing."""

    def tell_end(self, picture: Picture) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Give the terminal back."""
        self.is_closed = True


def test_a_process_that_has_to_be_killed_leaves_the_terminal_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where one process has failed and another does not stop in time, the terminal is
    given back all the same.
    """

    async def fail(_: Pipeline) -> None:
        raise StatshardError("shard-1 ended by itself")

    async def stop(*_: object) -> list[str]:
        return ["shard-2"]

    monkeypatch.setattr(pipeline, "STOP_SIGNALS", ())  # those of this process stay
    monkeypatch.setattr(Pipeline, "_run", fail)
    monkeypatch.setattr(pipeline, "stop_children", stop)
    screen = Kept(Output(1))
    served = Pipeline(read_up({}, {}).settings, {}, screen).serve()
    with pytest.raises(StatshardError, match="killed: shard-2"):
        asyncio.run(served)
    assert screen.is_closed
