"""statshard: a sharding StatsD proxy and aggregation server for Linux.

`Ring` places lines as the proxy does, by the same compiled code. It is loaded when it
is asked for, so that no command carries what it does not need.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statshard.routing.ring import Ring
else:
    # name -> its module
    FACES = {"Ring": "statshard.routing.ring"}

    def __getattr__(name: str) -> object:
        """Return a name of the package; raises AttributeError for one that is none."""
        if name not in FACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(FACES[name]), name)


__all__ = ["Ring"]
