"""Screen: the one interface of every way to show a pipeline, and the table of them.

    live    a table that is drawn anew, on a terminal         live.py, which loads rich
    plain   lines, a block a flush                            plain.py
    json    an object a flush                                 objects.py

One thread calls it, which may block: nobody waits for it but what is shown, and at the
end not for long. A screen raises OSError where it cannot write; BrokenPipeError, where
nobody reads any more.
"""

import importlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from statshard.up.options import UpSettings
from statshard.up.output import Output
from statshard.up.picture import Picture
from statshard.up.view import News, View

SCREENS: Mapping[str, str] = {
    "live": "statshard.up.live:LiveScreen",
    "plain": "statshard.up.plain:PlainScreen",
    "json": "statshard.up.objects:JsonScreen",
}


class Screen(ABC):
    """Where a pipeline is shown: on this output."""

    def __init__(self, output: Output) -> None:
        self.output = output

    @abstractmethod
    def open(self, settings: UpSettings, listening: Sequence[str]) -> None:
        """Say what is up and where to send; `listening` are the proxy's URLs."""

    @abstractmethod
    def show(self, view: View, news: Sequence[News], *, is_round: bool) -> None:
        """Show what is known; `is_round`: every server has flushed anew.

        `news` are changes of state that have not been shown yet.
        """

    @abstractmethod
    def tell_end(self, picture: Picture) -> None:
        """Say what became of every line, once all have stopped."""

    def close(self) -> None:  # noqa: B027 -- most hold nothing
        """Give back what it holds, whatever happened."""


def open_screen(name: str, output: Output) -> Screen:
    """Return a screen of SCREENS, loaded only where it is asked for."""
    module, _, attribute = SCREENS[name].partition(":")
    screen: Screen = getattr(importlib.import_module(module), attribute)(output)
    return screen
