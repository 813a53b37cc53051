"""Interval: the face's handle of one worker's table of one interval; plane shows it.

It has one owner at a time: its worker's from the swap that gives it to the swap that
takes it, else the flush's. `KnownSeries` is what it asks where it is full: made by a
store, read by the tables of all workers. Must not know: what is folded, when.
"""
from libc.stdint cimport uint32_t, uint64_t

from statshard.plane.arena cimport CHUNK_SIZE
from statshard.plane.known cimport close_known
from statshard.plane.series cimport Bounds, close_series, open_series
from statshard.plane.sys.atomic cimport store_pointer


cdef class KnownSeries:
    """Which series a store knew after a fold; Store.known makes it. Immutable."""

    def __dealloc__(self):
        close_known(&self.c)


cdef class Interval:
    """One worker's table of one interval; empty until a worker has had it.

    Interval(limit_bytes, ...)
      limit_bytes        what it may hold, in whole MiB; a sample that finds no more
                         room is dropped as no_memory. The last quarter is kept for
                         series that are known
      series_max         series of each type that begin; further ones go to the type's
                         `_overflow`, but for those that are known
      timer_values_max   a timer of more values becomes a sketch
      set_members_max    as does a set of more members

    Raises MemoryError.
    """

    def __cinit__(
        self,
        uint64_t limit_bytes,
        *,
        uint32_t series_max=ALL_SERIES,
        uint64_t timer_values_max=ALL_VALUES,
        uint32_t set_members_max=ALL_MEMBERS,
    ):
        cdef uint64_t chunks = min(limit_bytes // CHUNK_SIZE, <uint64_t> 1 << 31)
        cdef Bounds bounds = Bounds(timer_values_max, set_members_max)
        self.older = []
        if open_series(&self.c, <uint32_t> chunks, series_max, bounds) < 0:
            raise MemoryError

    def __dealloc__(self):
        close_series(&self.c)

    def __len__(self):
        """Return how many series came."""
        return self.c.rows.count

    def raw(self):
        """Return the events and checks that came, as they came."""
        lines = self.c.raw[:self.c.raw_size].split(b"\n")
        lines.pop()
        return lines

    def recognise(self, KnownSeries known not None):
        """Let these series begin where no others may; a worker may have the table."""
        if known is self.newest:
            return
        self.older.append(self.newest)
        self.newest = known
        store_pointer(<void **> &self.c.known, &known.c)

    cdef void forget_known(self) noexcept:
        """Let go of those that it reads no longer: no worker has it."""
        self.older = []

    def resident_bytes(self):
        """Return the memory that it holds, with what was used before."""
        return self.c.arena.mapped * <uint64_t> CHUNK_SIZE
