"""Objects: a view as JSON, a line a flush; changes of state on standard error.

    {"event": "flush", "timestamp": ..., "listen": [...], "traffic": [...],
     "dropped": [...], "series": [{"kind": "counter", "key": "hello", ...}, ...]}
    {"event": "balance", "proxy": {...}, "servers": {"shard-1": {...}, ...}, ...}

Rules: ASCII; every series of the last flush of each server is there, with its age.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from statshard.up.options import UpSettings
from statshard.up.picture import Picture
from statshard.up.screen import Screen
from statshard.up.view import PROXY, News, View
from statshard.up.words import list_news


class JsonScreen(Screen):
    """Objects on the standard output, and what is new on standard error."""

    def open(
        self,
        settings: UpSettings,  # noqa: ARG002 -- the interface's
        listening: Sequence[str],
    ) -> None:
        """Remember where to send, which each object says."""
        self._listening = tuple(listening)

    def show(self, view: View, news: Sequence[News], *, is_round: bool) -> None:
        """Write what is new, and an object where every server has flushed."""
        sys.stderr.write("".join(f"{line}\n" for line in list_news(news)))
        if is_round:
            self._write({"event": "flush", "listen": self._listening, **asdict(view)})

    def tell_end(self, picture: Picture) -> None:
        """Write the balances."""
        totals = {name: counts.total for name, counts in picture.counts.items()}
        proxy = totals.pop(PROXY, {})
        dropped = [asdict(each) for each in picture.view().dropped]
        self._write(
            {
                "event": "balance",
                "proxy": proxy,
                "servers": totals,
                "dropped": dropped,
                "sinks": picture.sinks,
            }
        )

    def _write(self, shown: object) -> None:
        self.output.write(json.dumps(shown) + "\n")
        self.output.flush()
