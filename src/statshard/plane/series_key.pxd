# series_key: the key `series` (series_key.pyx has the rules).
from statshard.plane.key cimport Scratch, Span
from statshard.plane.line cimport Line

cdef Span series_key(const Line *line, Scratch *scratch) noexcept nogil
