"""An aggregation server as a real process, its console as JSON in a file.

with Serve(tmp_path, "--flush-interval", "3600") as serve:
...                          serve.address
serve.stop()                 the last flush is in serve.flushes()
"""

import json
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.proxy import Proxy


class Serve(Proxy):
    """`statshard serve` with these flags; a context manager that ends it."""

    name = "serve"

    def __init__(self, folder: Path, *flags: str) -> None:
        self.path = folder / "console.json"
        sinks = ("--sink", "console:?format=json", "--text-port", "127.0.0.1:0")
        super().__init__(*sinks, *flags)

    def __enter__(self) -> Self:
        self.output = self.path.open("wb")
        return super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        if self.output is not None:
            self.output.close()

    def flushes(self) -> list[dict[str, Any]]:
        """Return the flushes that were written, in order."""
        lines = self.path.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]
