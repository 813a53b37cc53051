"""Doors for tests onto hitters, offenders and what is known. Nothing but tests may use
them.
"""
from libc.stdint cimport uint32_t, uint64_t

from statshard.plane.hitters cimport (
    HITTERS_MAX,
    Hitters,
    add_weight,
    empty_hitters,
    merge_hitters,
)
from statshard.plane.known cimport Known, close_known, is_known, open_known, put_known
from statshard.plane.offenders cimport (
    PREFIX_LEVELS,
    Offenders,
    empty_offenders,
    merge_offenders,
    note_name,
)
from statshard.plane.prefixes cimport hitters_of


cdef class WeighedNames:
    """A summary of names with room for so many, 1 to 64."""

    cdef Hitters c

    def __cinit__(self, uint32_t room):
        if not 1 <= room <= HITTERS_MAX:
            raise ValueError(f"room for {room}: 1 to {HITTERS_MAX}")
        empty_hitters(&self.c, room)

    def add(self, bytes name not None, uint64_t weight):
        """Add to the weight of a name."""
        cdef const unsigned char *start = name
        add_weight(&self.c, start, start + len(name), weight)

    def merge(self, WeighedNames others not None):
        """Add what others came to."""
        merge_hitters(&self.c, &others.c)

    def counted(self):
        """Return (total, [(name, weight, over), ...])."""
        return self.c.total, hitters_of(&self.c)


cdef class WeighedPrefixes:
    """What names have in common, with room for so many of each level."""

    cdef Offenders c

    def __cinit__(self, uint32_t room):
        if not 1 <= room <= HITTERS_MAX:
            raise ValueError(f"room for {room}: 1 to {HITTERS_MAX}")
        empty_offenders(&self.c, room)

    def note(self, bytes name not None, uint64_t weight):
        """Add to the weight of each prefix of a name."""
        cdef const unsigned char *start = name
        note_name(&self.c, start, start + len(name), weight)

    def merge(self, WeighedPrefixes others not None):
        """Add what others came to."""
        merge_offenders(&self.c, &others.c)

    def counted(self):
        """Return what each level has, as WeighedNames.counted does."""
        return [
            (self.c.levels[i].total, hitters_of(&self.c.levels[i]))
            for i in range(PREFIX_LEVELS)
        ]


def ask_known(list hashes not None, list asked not None):
    """Return for each hash asked whether it is known where these are."""
    cdef Known known
    if open_known(&known, <uint32_t> len(hashes)) < 0:
        raise MemoryError
    for each in hashes:
        put_known(&known, each)
    told = [bool(is_known(&known, each)) for each in asked]
    close_known(&known)
    return told
