# labels: lines behind the names of their backends (labels.pyx has the drawing).
from statshard.plane.key cimport Scratch
from statshard.plane.route cimport RoutingTable

# What stands before the lines of a backend.
cdef struct Label:
    const unsigned char *start
    size_t size

cdef size_t label_lines(
    const RoutingTable *table,
    const unsigned char *start,
    const unsigned char *end,
    const Label *labels,
    unsigned char *out,
    Scratch *scratch,
) noexcept nogil
cdef size_t count_lines(
    const unsigned char *start, const unsigned char *end
) noexcept nogil
