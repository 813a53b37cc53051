"""Doors for tests onto sketches. Nothing but tests may use them."""
from cpython cimport array
from libc.stdint cimport uint64_t
from libc.stdlib cimport calloc, free, malloc

from statshard.plane.ddsketch cimport (
    LEVELS_MAX,
    PAGE_BINS,
    DDSketch,
    Level,
    Pages,
    add_value,
    list_levels,
    merge_sketch,
    open_sketch,
)
from statshard.plane.figures cimport PART_WIDTH, WHOLE_WIDTH, Asked
from statshard.plane.hyperloglog cimport (
    REGISTERS,
    HyperLogLog,
    add_hash,
    estimate_distinct,
    merge_hyperloglog,
    open_hyperloglog,
)
from statshard.plane.siphash cimport SipKey, siphash13
from statshard.plane.sketch_figures cimport write_sketch_row

import array


cdef class Sketch:
    """A DDSketch of its own memory, which held something else before."""

    cdef DDSketch *c

    def __cinit__(self):
        cdef size_t i
        self.c = <DDSketch *> malloc(sizeof(DDSketch))
        if self.c == NULL:
            raise MemoryError
        for i in range(sizeof(DDSketch)):
            (<unsigned char *> self.c)[i] = 0xA5
        open_sketch(self.c)

    def __dealloc__(self):
        free(self.c)

    def add(self, object values not None):
        """Take values in, in order."""
        for value in values:
            add_value(self.c, value)

    def merge(self, Sketch other not None):
        """Take in all that another one has."""
        merge_sketch(self.c, other.c)

    def levels(self):
        """Return the (value, count) of each level, ascending."""
        cdef Level *levels = <Level *> malloc(LEVELS_MAX * sizeof(Level))
        if levels == NULL:
            raise MemoryError
        try:
            return [
                (levels[i].value, levels[i].count)
                for i in range(list_levels(self.c, levels))
            ]
        finally:
            free(levels)

    def row(self, tuple percentiles not None, tuple limits not None):
        """Return the row of figures of an interval of 1 s; limits of bins ascend."""
        cdef array.array asked_percentiles = array.array("d", percentiles)
        cdef array.array asked_limits = array.array("d", limits)
        cdef Py_ssize_t width = len(percentiles) * PART_WIDTH + WHOLE_WIDTH
        cdef array.array found = array.array("d", [0.0] * (width + len(limits)))
        cdef Level *levels = <Level *> malloc(LEVELS_MAX * sizeof(Level))
        cdef Asked asked = Asked(
            asked_percentiles.data.as_doubles, len(percentiles), 1,
            asked_limits.data.as_doubles, len(limits),
        )
        if levels == NULL:
            raise MemoryError
        write_sketch_row(
            found.data.as_doubles, &asked, self.c, <double> self.c.count, levels
        )
        free(levels)
        return found.tolist()

    def bins(self):
        """Return bin -> count of the negative and of the positive values."""
        return bins_of(&self.c.negative), bins_of(&self.c.positive)

    def moments(self):
        """Return count, lowest, highest, sum, sum of squares, mean, deviations."""
        return (
            self.c.count, self.c.lowest, self.c.highest, self.c.sum,
            self.c.sum_squares, self.c.mean, self.c.deviations,
        )


cdef dict bins_of(const Pages *pages):
    """Return the bins that have something, ascending."""
    return {
        pages.numbers[page] * PAGE_BINS + i: pages.bins[pages.slots[page]][i]
        for page in range(pages.count)
        for i in range(PAGE_BINS)
        if pages.bins[pages.slots[page]][i] > 0
    }


cdef class Distinct:
    """A HyperLogLog of its own memory."""

    cdef HyperLogLog *c

    def __cinit__(self):
        self.c = <HyperLogLog *> calloc(1, sizeof(HyperLogLog))
        if self.c == NULL:
            raise MemoryError
        open_hyperloglog(self.c)

    def __dealloc__(self):
        free(self.c)

    def add(self, object hashes not None):
        """Take hashes in."""
        for each in hashes:
            add_hash(self.c, each)

    def add_numbers(self, bytes key not None, uint64_t start, uint64_t stop):
        """Take in the numbers from start to below stop, eight bytes each, hashed."""
        cdef SipKey sip = SipKey(
            int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
        )
        cdef const unsigned char *octets = <const unsigned char *> &start
        while start < stop:
            add_hash(self.c, siphash13(&sip, octets, octets + sizeof(start)))
            start += 1

    def merge(self, Distinct other not None):
        """Take in all that another one has had."""
        merge_hyperloglog(self.c, other.c)

    def registers(self):
        """Return the rank of each register that has one."""
        return {i: self.c.registers[i] for i in range(REGISTERS) if self.c.registers[i]}

    def estimate(self):
        """Return about how many distinct hashes came."""
        return estimate_distinct(self.c)
