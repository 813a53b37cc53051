# javascript: spaces and numbers as JavaScript has them (javascript.pyx).
from statshard.plane.key cimport Span

cdef size_t space_size(
    const unsigned char *at, const unsigned char *end
) noexcept nogil
cdef Span trimmed(const unsigned char *start, const unsigned char *end) noexcept nogil
cdef bint read_number(
    const unsigned char *start, const unsigned char *end, double *value
) noexcept nogil
