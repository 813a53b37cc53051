"""Prefixes: what was counted of names without room, as Python sees it; for the store.

    [[(b"api.users.u", 98, 0), ...], [(b"api.", 98, 0), ...], ..., ...]   level by level
                        weight, of it at most too much

Must not know: which of them is worth telling.
"""
from statshard.plane.hitters cimport Hitters
from statshard.plane.offenders cimport PREFIX_LEVELS, Offenders


cdef list prefixes_of(const Offenders *offenders):
    """Return for each level what was counted of it."""
    return [hitters_of(&offenders.levels[i]) for i in range(PREFIX_LEVELS)]


cdef list hitters_of(const Hitters *hitters):
    """Return (name, weight, over) of each that is counted."""
    return [
        (hitters.names[i][:hitters.sizes[i]], hitters.weights[i], hitters.overs[i])
        for i in range(hitters.count)
    ]
