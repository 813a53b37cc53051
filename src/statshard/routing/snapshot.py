"""Snapshot: settings into the plane's immutable routing table."""

from statshard.plane.plane import Table
from statshard.settings.model import ProxySettings


def build_table(settings: ProxySettings, generation: int) -> Table:
    """Return the table for these settings.

    A backend's index is its place in `settings.backend`. `generation` is above that of
    every table published before.
    """
    backends = [
        (backend.name.encode(), backend.node.encode(), backend.weight)
        for backend in settings.backend
    ]
    return Table(settings.hash, settings.shard_by, backends, generation)
