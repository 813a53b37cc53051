# strict: the grammar that is the default (strict.pyx).
from statshard.plane.line cimport Line
from statshard.plane.sample cimport Sample, SampleReason, Samples

cdef SampleReason open_strict(Samples *samples, const Line *line) noexcept nogil
cdef bint next_strict(
    Samples *samples, Sample *sample, SampleReason *reason
) noexcept nogil
