"""Snapshot: settings into the placement, and into the plane's routing table."""

from statshard.plane.plane import Table
from statshard.routing.configured import Configured
from statshard.routing.placement import Placement, place
from statshard.settings.model import ProxySettings


def placement_of(settings: ProxySettings, generation: int = 1) -> Placement:
    """Return the placement that these settings ask for, nobody out.

    A backend's index is its place in `settings.backend`.
    """
    ring = Configured(settings.hash, settings.shard_by, settings.backend)
    return place(ring, generation)


def build_table(settings: ProxySettings, generation: int) -> Table:
    """Return the table for these settings.

    `generation` is above that of every table published before.
    """
    return placement_of(settings, generation).table
