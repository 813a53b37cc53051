"""DDSketch: many values in little memory, each known to within 1 %.

    value   0.980 | bin 0 | 1.0 | bin 1 | 1.020 | ...
            bin i holds (e^((i - 1) / 50), e^(i / 50)] and is told as its middle
    page    | bins 0 to 127 | 128 to 255 | ...       only those that have values

    of the negative and of the positive values, by magnitude; 0 and infinities alone

ALPHA = 0.01 is the relative error: the value of each rank is told as one that differs
by ALPHA of it at most. A bin is e^0.02 wide, a little less than (1 + ALPHA) / (1 -
ALPHA), so that the rounding of log and exp stays within. Below the smallest normal
number (2.2e-308) half of a denormal's last bit comes on top. Exact are, beside the
bins, count, lowest and highest; sums and the deviation as well as doubles add up.

Memory is one struct, that of whoever opens it. Values of one sign may lie in 16 pages,
each as wide as a factor of e^2.56 = 12.9. Where they would lie in more, all below the
16 highest pages go into the lowest bin of these: what is then told of them is their
rank, and no longer their value. Nothing is lost so within a factor of e^38.4 = 4.7e16
of the largest value: what is below vanishes in a sum with that one.

Bins, counts and bounds of two sketches merged are those of one that has had the values
of both, in any order; sums may differ in their last bits. Integer counts. NaN, which no
timer takes, counts as Infinity, and its sums are NaN.

Source: Masson, Rim and Lee, "DDSketch: A Fast and Fully-Mergeable Quantile Sketch with
Relative-Error Guarantees", PVLDB 12(12), 2019; the deviation by Welford, merged as by
Chan, Golub and LeVeque, "Updating Formulae", 1979. Must not know: series, figures.
"""
from libc.float cimport DBL_MAX
from libc.math cimport INFINITY, ceil, exp, fabs, log
from libc.stdint cimport uint16_t, uint32_t, uint64_t
from libc.string cimport memset

cdef enum:
    # Of the natural logarithm: a bin is e^0.02 wide, so that ALPHA is tanh 0.01.
    BINS_A_UNIT = 50
    # What makes the number of any bin at least 0: the smallest denormal's is -37222.
    LEAST_BIN = -37376   # a multiple of PAGE_BINS


cdef void open_sketch(DDSketch *sketch) noexcept nogil:
    """Make a sketch without values of memory with any content; little is written."""
    sketch.count = sketch.zeros = sketch.lows = sketch.highs = 0
    sketch.lowest = INFINITY
    sketch.highest = -INFINITY
    sketch.sum = sketch.sum_squares = sketch.mean = sketch.deviations = 0
    sketch.positive.count = sketch.negative.count = 0


cdef void add_value(DDSketch *sketch, double value) noexcept nogil:
    """Take a value in."""
    cdef double difference = value - sketch.mean
    sketch.count += 1
    sketch.sum += value
    sketch.sum_squares += value * value
    sketch.mean += difference / <double> sketch.count
    sketch.deviations += difference * (value - sketch.mean)
    if value < sketch.lowest:
        sketch.lowest = value
    if value > sketch.highest:
        sketch.highest = value
    if value == 0:
        sketch.zeros += 1
    elif fabs(value) <= DBL_MAX:
        add_times(
            &sketch.positive if value > 0 else &sketch.negative, bin_of(fabs(value)), 1
        )
    elif value < 0:
        sketch.lows += 1
    else:
        sketch.highs += 1


cdef void merge_sketch(DDSketch *into, const DDSketch *other) noexcept nogil:
    """Take in all that another one has."""
    if other.count == 0:
        return
    merge_moments(into, other)
    into.lowest = min(into.lowest, other.lowest)
    into.highest = max(into.highest, other.highest)
    into.zeros += other.zeros
    into.lows += other.lows
    into.highs += other.highs
    merge_pages(&into.positive, &other.positive)
    merge_pages(&into.negative, &other.negative)


cdef size_t list_levels(const DDSketch *sketch, Level *levels) noexcept nogil:
    """Write what values there are, ascending; return how many, at most LEVELS_MAX."""
    cdef Level *at = levels
    cdef const uint64_t *bins
    cdef uint32_t page
    cdef int i
    if sketch.lows > 0:
        at = put_level(at, sketch, -INFINITY, sketch.lows)
    for page in range(sketch.negative.count, 0, -1):
        bins = bins_of(&sketch.negative, page - 1)
        for i in range(PAGE_BINS, 0, -1):
            at = put_level(
                at, sketch, -middle_of(&sketch.negative, page - 1, i - 1), bins[i - 1]
            )
    at = put_level(at, sketch, 0, sketch.zeros)
    for page in range(sketch.positive.count):
        bins = bins_of(&sketch.positive, page)
        for i in range(PAGE_BINS):
            at = put_level(at, sketch, middle_of(&sketch.positive, page, i), bins[i])
    if sketch.highs > 0:
        at = put_level(at, sketch, INFINITY, sketch.highs)
    return at - levels


cdef Level *put_level(
    Level *at, const DDSketch *sketch, double value, uint64_t count
) noexcept nogil:
    """Write a level within the bounds, unless it is empty; return where the next is."""
    if count == 0:
        return at
    at[0] = Level(max(sketch.lowest, min(value, sketch.highest)), count)
    return at + 1


cdef uint32_t bin_of(double magnitude) noexcept nogil:
    """Return the number of the bin of what is finite and above 0."""
    return <uint32_t> (<int> ceil(log(magnitude) * BINS_A_UNIT) - LEAST_BIN)


cdef double middle_of(const Pages *pages, uint32_t page, int i) noexcept nogil:
    """Return what a bin is told as: as far from its least value as from its largest.

    Relatively, that is: 2 g^i / (g + 1) for g = e^0.02, or g^(i - 0.5) / cosh 0.01,
    whose number stands here, so that no two libraries tell otherwise.
    """
    cdef int number = (pages.numbers[page] << PAGE_BITS) + i + LEAST_BIN
    cdef double told = exp((number - 0.5) / BINS_A_UNIT) / 1.0000500004166681
    return min(told, DBL_MAX)


cdef const uint64_t *bins_of(const Pages *pages, uint32_t page) noexcept nogil:
    """Return the bins of a page."""
    return &pages.bins[pages.slots[page]][0]


cdef void add_times(Pages *pages, uint32_t bin_, uint64_t times) noexcept nogil:
    """Count a bin so many times more."""
    cdef uint16_t number = <uint16_t> (bin_ >> PAGE_BITS)
    cdef uint32_t above = pages.count
    while above > 0 and pages.numbers[above - 1] > number:
        above -= 1
    if above > 0 and pages.numbers[above - 1] == number:
        pages.bins[pages.slots[above - 1]][bin_ & (PAGE_BINS - 1)] += times
    elif above > 0 or pages.count < PAGES_MAX:
        pages.bins[begin_page(pages, above, number)][bin_ & (PAGE_BINS - 1)] += times
    else:
        pages.bins[pages.slots[0]][0] += times


cdef uint32_t begin_page(Pages *pages, uint32_t at, uint16_t number) noexcept nogil:
    """Begin a page that has `at` pages below it; return its slot.

    Where there is no slot left it takes that of the lowest, which must be one of them.
    """
    cdef uint32_t slot = pages.count
    cdef uint64_t collapsed = 0
    cdef uint32_t i
    cdef int bin_
    if slot == PAGES_MAX:
        slot = pages.slots[0]
        for bin_ in range(PAGE_BINS):
            collapsed += pages.bins[slot][bin_]
        at -= 1
        for i in range(at):
            pages.numbers[i] = pages.numbers[i + 1]
            pages.slots[i] = pages.slots[i + 1]
    else:
        for i in range(pages.count, at, -1):
            pages.numbers[i] = pages.numbers[i - 1]
            pages.slots[i] = pages.slots[i - 1]
        pages.count += 1
    pages.numbers[at] = number
    pages.slots[at] = <unsigned char> slot
    memset(&pages.bins[slot][0], 0, PAGE_BINS * sizeof(uint64_t))
    pages.bins[pages.slots[0]][0] += collapsed
    return slot


cdef void merge_pages(Pages *into, const Pages *other) noexcept nogil:
    """Count all that another one's bins have counted; the highest first."""
    cdef const uint64_t *bins
    cdef uint32_t page
    cdef int i
    for page in range(other.count, 0, -1):
        bins = bins_of(other, page - 1)
        for i in range(PAGE_BINS):
            if bins[i] > 0:
                add_times(into, (other.numbers[page - 1] << PAGE_BITS) + i, bins[i])


cdef void merge_moments(DDSketch *into, const DDSketch *other) noexcept nogil:
    """Add count, sums, mean and deviations of another one that has values."""
    cdef double share = <double> other.count / <double> (into.count + other.count)
    cdef double difference = other.mean - into.mean
    if into.count == 0:
        into.mean = other.mean
    else:
        into.mean += difference * share
        into.deviations += difference * difference * share * <double> into.count
    into.deviations += other.deviations
    into.count += other.count
    into.sum += other.sum
    into.sum_squares += other.sum_squares
