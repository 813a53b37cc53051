# overflow: where samples go whose series found no room (overflow.pyx has the rules).
from statshard.plane.series cimport Series, SeriesTable, SeriesType

cdef void open_overflow(SeriesTable *table) noexcept nogil
cdef void empty_overflow(SeriesTable *table) noexcept nogil
cdef bint is_overflow(const unsigned char *start, size_t size) noexcept nogil
cdef void settle_gauge(Series *gauge) noexcept nogil
cdef void note_overflow(
    SeriesTable *table,
    SeriesType type_,
    const unsigned char *start,
    const unsigned char *end,
) noexcept nogil

cdef inline const unsigned char *overflow_key() noexcept nogil:
    """Return the OVERFLOW_SIZE bytes of the key of what overflows."""
    return b"_overflow"
