# ddsketch: many values in little memory (ddsketch.pyx has the drawing and the bounds).
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

cdef enum:
    PAGE_BITS = 7                     # bins of a page: 2 to this
    PAGE_BINS = 1 << PAGE_BITS
    PAGES_MAX = 16                    # of each sign
    # Bins that have values, the two infinities and 0 among them.
    LEVELS_MAX = 2 * PAGES_MAX * PAGE_BINS + 3

# The bins of the values of one sign, by their magnitude.
cdef struct Pages:
    uint32_t count                    # pages in use, `slots` handed out
    uint16_t numbers[PAGES_MAX]       # of bins / PAGE_BINS, ascending
    uint8_t slots[PAGES_MAX]          # where the bins of each lie
    uint64_t bins[PAGES_MAX][PAGE_BINS]

# One sketch; whoever gave the memory owns it, one thread at a time writes.
cdef struct DDSketch:
    uint64_t count                    # values
    double lowest                     # of them; Infinity where there are none
    double highest                    # of them; -Infinity where there are none
    double sum
    double sum_squares
    double mean
    double deviations                 # sum of the squared ones from the mean
    uint64_t zeros
    uint64_t lows                     # -Infinity
    uint64_t highs                    # Infinity
    Pages positive
    Pages negative

# Values that are told as one.
cdef struct Level:
    double value
    uint64_t count

cdef void open_sketch(DDSketch *sketch) noexcept nogil
cdef void add_value(DDSketch *sketch, double value) noexcept nogil
cdef void merge_sketch(DDSketch *into, const DDSketch *other) noexcept nogil
cdef size_t list_levels(const DDSketch *sketch, Level *levels) noexcept nogil
