"""Snapshot: settings into the placement, and into the plane's routing table."""

from statshard.plane.plane import Table
from statshard.routing.configured import Configured
from statshard.routing.placement import Placement, place
from statshard.settings.model import ProxySettings


def ring_of(settings: ProxySettings) -> Configured:
    """Return the ring that these settings describe.

    A backend's index is its place in `settings.backend`.
    """
    return Configured(
        settings.hash,
        settings.shard_by,
        settings.backend,
        settings.hash_prefix,
        settings.shard_map,
    )


def placement_of(settings: ProxySettings, generation: int = 1) -> Placement:
    """Return the placement that these settings ask for, nobody out.

    Raises SettingsError for a ring that cannot be.
    """
    return place(ring_of(settings), generation)


def build_table(settings: ProxySettings, generation: int) -> Table:
    """Return the table for these settings.

    `generation` is above that of every table published before.
    """
    return placement_of(settings, generation).table
